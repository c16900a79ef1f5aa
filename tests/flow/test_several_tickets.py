"""One client with several tickets."""

from __future__ import annotations

from tests.flow.stage import Room, Stage


async def _two(stage: Stage) -> tuple[Room, Room]:
    first = await stage.ticket()
    await stage.settled()
    stage.anna.says("/new")
    await stage.anna.sees("Слушаю вас")
    stage.anna.says("проблема с интернетом на даче, договор 654321")
    second = await stage.tech.opens()
    await stage.anna.sees("№2")
    await stage.settled()
    return first, second


async def test_words_go_where_they_belong(stage: Stage) -> None:
    """case F7: by reply, to the chosen one, and after a specialist of the other spoke: asked."""
    anna, boris = stage.anna, stage.boris
    first, second = await _two(stage)
    anna.says("на даче мигает красный")
    await second.sees("на даче мигает красный")

    await boris.writes(first, "А дома что?")
    heard = await anna.sees("А дома что?")
    assert "№1" in heard.text
    anna.says("дома темно", reply_to=heard)
    await first.sees("дома темно")
    await anna.sees("Вы пишете в заявку", "№1")

    await boris.writes(second, "На даче проверьте кабель")
    await anna.sees("№2", "кабель")
    anna.says("проверил, цел")
    asked = await anna.sees("К какой это относится?")
    assert len(asked.buttons) == 3
    await stage.settled()
    assert not first.shown("проверил, цел")
    assert not second.shown("проверил, цел")
    await anna.presses("№2", on=asked)
    await second.sees("проверил, цел")
    await anna.sees("Передал в заявку", "№2")
    await stage.settled()
    assert not first.shown("проверил, цел")


async def test_the_switcher(stage: Stage) -> None:
    """case F7: the client chooses which ticket they write to, and sees it."""
    first, second = await _two(stage)
    anna = stage.anna
    anna.says("/status")
    await anna.sees("Ваши заявки", "№1", "№2")
    await anna.presses("№1")
    await stage.settled()
    await anna.presses("Написать в эту заявку")
    await anna.sees("Вы пишете в заявку", "№1")
    anna.says("это про первую")
    await first.sees("это про первую")
    await anna.presses("№2")
    await anna.sees("Вы пишете в заявку", "№2")
    anna.says("а это про вторую")
    await second.sees("а это про вторую")
    await stage.settled()
    assert not second.shown("про первую")
    assert not first.shown("про вторую")
