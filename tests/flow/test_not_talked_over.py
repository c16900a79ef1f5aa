"""The bot and a specialist do not talk at once."""

from __future__ import annotations

from tests.flow.stage import Stage


async def test_a_specialist_silences_the_bot_until_the_client_asks_it(stage: Stage) -> None:
    """case F5: while a specialist holds the conversation line 0 is silent; the client can leave
    to the bot and come back."""
    anna, boris = stage.anna, stage.boris
    room = await stage.ticket()
    await boris.presses(room, "Взять")
    await anna.sees("занимается")
    anna.says("как заплатить за услуги?")
    await room.sees("как заплатить за услуги?")
    await stage.settled()
    assert not anna.shown("Картой")

    await anna.presses("Спросить бота")
    await anna.sees("Слушаю вас")
    await room.sees("отошёл спросить бота")
    anna.says("как заплатить за услуги?")
    await anna.sees("Картой", button="↩️ Вернуться к заявке")
    await stage.settled()
    assert len(room.shown("как заплатить")) == 1
    await anna.presses("Вернуться к заявке")
    await room.sees("вернулся")
    anna.says("так что с линией?")
    await room.sees("так что с линией?")


async def test_an_answer_that_is_late_is_not_sent(stage: Stage) -> None:
    """case F5: checked again when it would be sent."""
    room = await stage.ticket()
    await stage.settled()
    stage.telegram.fail("429", "sendMessage", chat=stage.anna.chat, retry_after=5)
    stage.anna.says("как заплатить за услуги?")  # nobody has it yet: the bot may help
    await room.sees("как заплатить за услуги?")
    await stage.settled()
    await stage.boris.writes(room, "/take")
    await stage.later(seconds=6)
    await stage.settled()
    assert not stage.anna.shown("Картой")
    assert stage.anna.shown("занимается")
