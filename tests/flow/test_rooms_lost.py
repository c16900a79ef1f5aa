"""Topics that are deleted, closed or switched off while a ticket lives in them."""

from __future__ import annotations

from tests.flow.stage import Stage


async def test_a_deleted_topic_is_opened_again_with_all_that_was_said(stage: Stage) -> None:
    """case B9: card and history are posted again, and the message is delivered once."""
    room = await stage.ticket()
    await stage.boris.writes(room, "Проверяем линию")
    await stage.anna.sees("Проверяем линию")
    await stage.settled()
    stage.telegram.delete_topic(room.chat, room.topic)

    stage.anna.says("ну что там?")
    again = await stage.tech.opens()
    assert "№1" in again.card.text
    await again.sees("не работает интернет", "Проверяем линию")
    await again.sees("ну что там?")
    await stage.settled()
    assert len(stage.telegram.topics(room.chat)) == 1
    assert len(again.shown("ну что там?")) == 1

    await stage.boris.writes(again, "Починили")
    await stage.anna.sees("Починили")


async def test_a_closed_topic_is_opened_for_the_message(stage: Stage) -> None:
    """case B9: a topic somebody closed takes the client's words all the same."""
    room = await stage.ticket()
    assert room.topic is not None
    stage.telegram.close_topic(room.chat, room.topic, for_admins=True)
    stage.anna.says("я ещё здесь")
    await room.sees("я ещё здесь")
    assert not room.closed()
    assert len(stage.telegram.topics(room.chat)) == 1


async def test_without_topics_the_ticket_lives_in_replies(stage: Stage) -> None:
    """case B9: topics switched off for the group; replies to the card go on."""
    room = await stage.ticket()
    await stage.settled()
    stage.telegram.set_forum(room.chat, False)
    stage.anna.says("вы тут?")
    group = stage.tech.whole()
    card = await group.sees("№1", button="✋ Взять")
    await group.sees("вы тут?")
    await stage.boris.writes(group, "Тут", reply_to=card)
    await stage.anna.sees("Тут")
