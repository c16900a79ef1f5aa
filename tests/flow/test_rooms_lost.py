"""Topics that are deleted, closed or switched off while a ticket lives in them."""

from __future__ import annotations

from bot.sandbox.telegram.state import Message
from tests.flow.stage import Room, Stage


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


def cards(room: Room) -> list[Message]:
    """The ticket's cards on screen in a room."""
    return [m for m in room.screen if "№1" in m.text and m.id in room.chat.pinned]


async def test_a_deleted_card_is_made_anew(stage: Stage) -> None:
    """case B9: with its buttons, pinned, and later changes of it show; once, however many changes
    of it waited."""
    room = await stage.ticket()
    await stage.settled()
    stage.telegram.remove(room.card)
    stage.telegram.fail("429", "editMessageText", chat=room.chat, retry_after=5)
    await stage.boris.writes(room, "/take")
    await stage.boris.writes(room, "/priority urgent")
    await stage.later(seconds=6)
    await stage.boris.writes(room, "/priority low")
    await room.sees("№1", button="✅ Решено")
    await stage.settled()
    [card] = cards(room)
    assert "низкий" in card.text
    await stage.boris.presses(room, "✅ Решено", on=card)
    await room.sees("что решило проблему")
    await stage.boris.writes(room, "Починили")
    await stage.anna.sees("Починили")
    await stage.settled()
    assert cards(room) == [card]
    assert "решена" in card.text


async def test_a_deleted_topic_with_a_change_of_the_card_gets_one_card(stage: Stage) -> None:
    """case B9: Telegram says of a deleted topic's card only that it is not there."""
    room = await stage.ticket()
    await stage.boris.writes(room, "Проверяем линию")
    await stage.anna.sees("Проверяем линию")
    await stage.settled()
    stage.telegram.fail("429", "editMessageText", chat=room.chat, retry_after=5)
    await stage.boris.writes(room, "/priority urgent")
    await stage.settled()
    stage.telegram.delete_topic(room.chat, room.topic)
    await stage.later(seconds=6)
    again = await stage.tech.opens()
    await again.sees("Проверяем линию")
    await stage.settled()
    assert len(cards(again)) == 1
    assert "срочный" in again.card.text.lower()
    history = [m.id for m in again.screen if "Проверяем линию" in m.text]
    assert again.card.id < min(history)


async def test_a_page_the_client_deleted_is_shown_again(stage: Stage) -> None:
    """case B9: the press of a button is answered by a page, there or below."""
    stage.anna.says("/faq")
    pages = await stage.anna.sees("", button="Общее")
    stage.telegram.fail("429", "editMessageText", chat=stage.anna.chat, retry_after=5)
    stage.telegram.press(stage.anna.user, pages, "Общее")
    await stage.settled()
    stage.telegram.remove(pages)
    await stage.later(seconds=6)
    await stage.anna.sees("", button="Оплата")
    assert len(stage.anna.screen) == 1
