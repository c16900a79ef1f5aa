"""What is said after a ticket has ended."""

from __future__ import annotations

from tests.flow.stage import Room, Stage


async def _resolved(stage: Stage) -> Room:
    room = await stage.ticket()
    await stage.boris.writes(room, "/resolve Заменили кабель")
    await stage.anna.sees("решена", button="✅ Да, решено")
    return room


async def test_thanks_reopen_nothing(stage: Stage) -> None:
    """case F6: thanks, a sticker, a rating and its comment open and reopen nothing."""
    anna = stage.anna
    room = await _resolved(stage)
    said = anna.says("Спасибо большое!")
    await stage.settled()
    assert said.emoji == ["❤"]
    assert "решена" in room.card.text
    await anna.presses("Да, решено")
    await anna.sees("Оцените")
    await anna.presses("4 ⭐")
    await anna.sees("пару слов")
    anna.says("Приехали быстро, но интернет пропадал")
    await room.sees("Приехали быстро")
    await anna.sees("Спасибо за отзыв")
    anna.says("👍")
    await stage.settled()
    assert len(stage.telegram.topics(room.chat)) == 1
    assert "закрыта" in room.card.text
    assert "★★★★" in room.card.text


async def test_words_within_the_grace_period_reopen_it(stage: Stage) -> None:
    """case G6: to the same desk, in the same topic, with what was said."""
    room = await _resolved(stage)
    await stage.later(days=2)
    await stage.anna.sees("закрыта")
    await stage.settled()
    assert room.closed()
    await stage.later(hours=12)
    stage.anna.says("Опять пропал")
    await stage.anna.sees("снова открыта")
    await room.sees("снова открыта")
    await room.sees("Опять пропал")
    await stage.settled()
    assert not room.closed()
    assert "повторно: 1 раз" in room.card.text


async def test_words_much_later_begin_a_linked_ticket(stage: Stage) -> None:
    """case G6: never into the void."""
    await _resolved(stage)
    await stage.later(days=2)
    await stage.anna.sees("закрыта")
    await stage.later(days=10)
    stage.anna.says("не работает интернет, договор 123456")
    second = await stage.tech.opens()
    assert "Продолжение заявки №1" in second.card.text
    await stage.anna.sees("№2", "продолжение заявки №1")


async def test_no_says_that_it_is_not_solved(stage: Stage) -> None:
    """case G6: the button does the same as words."""
    room = await _resolved(stage)
    await stage.anna.presses("Нет, не решено")
    await stage.anna.sees("снова открыта")
    await room.sees("снова открыта")
    stage.anna.says("мигает красным")
    await room.sees("мигает красным")
