"""Buttons pressed twice, late, or by the wrong person."""

from __future__ import annotations

from tests.flow.stage import Stage


async def test_the_last_no_opens_one_ticket_however_often_it_is_pressed(stage: Stage) -> None:
    """case B16: an answer's button pressed twice has one effect."""
    anna = stage.anna
    anna.says("как заплатить за услуги?")
    answer = await anna.sees("Картой")
    yes = next(b.data for b in answer.buttons if b.text == "👍 Да")
    assert yes is not None
    assert len(yes.encode()) <= 64
    first = stage.telegram.press(anna.user, answer, data=yes)
    second = stage.telegram.press(anna.user, answer, data=yes)
    await stage.telegram.answered(first)
    assert (await stage.telegram.answered(second))["text"].startswith("Уже сделано")
    await stage.settled()
    assert len(anna.shown("рад, что помогло")) == 1


async def test_a_button_a_week_later_is_answered_and_changes_nothing(stage: Stage) -> None:
    """case B16: "solved" pressed after the ticket went on says so, and does nothing."""
    room = await stage.ticket()
    await stage.boris.writes(room, "/resolve Заменили кабель")
    asked = await stage.anna.sees("решена", button="✅ Да, решено")
    stage.anna.says("снова пропал")
    await stage.anna.sees("снова открыта")
    data = asked.buttons[0].data if asked.buttons else None
    await stage.later(days=7)
    query = stage.telegram.press(stage.anna.user, asked, data=data or "c:solved:1:0")
    assert "уже изменилась" in (await stage.telegram.answered(query))["text"]
    await stage.settled()
    assert "в работе" in room.card.text or "новая" in room.card.text


async def test_somebody_elses_ticket_and_forged_data_are_refused(stage: Stage) -> None:
    """case B16, case E6: a button's data proves nothing about who may use it."""
    room = await stage.ticket()
    await stage.boris.writes(room, "/resolve Готово")
    await stage.anna.sees("решена")
    stage.john.says("/start")
    start = await stage.john.sees("Daisy")
    for forged in ("c:solved:1:0", "c:reopen:1", "c:ticket:1", "c:rate:1:0:1", "d:take:1", "💣"):
        query = stage.telegram.press(stage.john.user, start, data=forged)
        assert (await stage.telegram.answered(query))["text"]
    await stage.settled()
    assert "решена" in room.card.text
    assert not any("интернет" in m.text for m in stage.john.screen)
