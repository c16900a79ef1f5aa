"""A client who blocks the bot and comes back."""

from __future__ import annotations

from tests.flow.stage import Stage


async def test_the_desk_learns_of_a_block_and_of_the_return(stage: Stage) -> None:
    """case B12: told at once, marked on the card, never banned, cleared on return."""
    room = await stage.ticket()
    await stage.settled()
    stage.telegram.block(stage.anna.user)
    await room.sees("заблокировал бота")
    await room.reads(room.card, "🚫")

    said = await stage.boris.writes(room, "Готово, проверьте")
    await room.sees("Не доставлено", "заблокировал", button="🔄 Отправить ещё раз")
    await stage.settled()
    assert said.emoji == ["💔"]

    stage.telegram.unblock(stage.anna.user)
    await room.sees("снова доступен")
    await stage.settled()
    assert "🚫" not in room.card.text
    assert await stage.boris.presses(room, "🔄 Отправить ещё раз") == "Отправляем ещё раз"
    await stage.anna.sees("Готово, проверьте")
    await stage.settled()
    assert said.emoji == ["👌"]


async def test_a_block_without_news_is_learned_from_the_refusal(stage: Stage) -> None:
    """case B12: 403 says it, even if the update never came."""
    room = await stage.ticket()
    await stage.settled()
    stage.anna.user.blocked = True
    await stage.boris.writes(room, "Вы здесь?")
    await room.sees("Клиент заблокировал бота")
    await room.sees("Не доставлено")
