"""Chats that move, in every store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.conversation.decision import Decision
from bot.delivery.ports import Store, Transaction
from channels.message import Address
from tests.outbox import due
from tests.values import (
    ANNA,
    GROUP,
    NOW,
    ROOM,
    SECOND,
    conversation,
    readable,
    said,
    say,
)


async def save(store: Store, **parts: Any) -> None:
    decision = Decision(**parts)
    await store.transact(lambda tx: tx.apply(decision, NOW))


NEW_GROUP = Address(channel="telegram", chat="-1009")


async def test_everything_follows_a_chat_that_moved(store: Store) -> None:
    """case B11: a group becomes a supergroup."""
    thread = replace(GROUP, thread="31")

    def before(tx: Transaction) -> None:
        tx.inbox.accept([said("1", thread), said("2", GROUP), said("3", ANNA)], None, NOW)
        tx.chats.room_opened(ROOM, thread)
        talk = conversation(at=GROUP)
        tx.apply(
            Decision(conversation=talk, outgoing=(say("room", ROOM), say("group", GROUP))), NOW
        )
        tx.chats.pause("telegram", "-500", NOW + SECOND)

    await store.transact(before)
    await save(store, moved=((GROUP, NEW_GROUP),))

    def after(tx: Transaction) -> None:
        assert tx.records.current_chat("telegram", "-500") == "-1009"
        assert tx.records.room_at("telegram", "-1009", "31") == ROOM
        assert tx.records.room_at("telegram", "-500", "31") is None
        moved = tx.records.conversation_at(NEW_GROUP)
        assert moved is not None
        assert (moved.id, moved.address, moved.version) == ("k1", NEW_GROUP, 2)
        assert tx.records.conversation_at(GROUP) is None
        assert not due(tx, NOW)
        room, group = due(tx, NOW + SECOND)
        assert room.place.address == replace(NEW_GROUP, thread="31")
        assert group.place.address == group.outgoing.to == NEW_GROUP
        assert group.order == NEW_GROUP.key
        [first] = readable(tx.inbox.next(NOW))
        assert first.inbound.address == replace(NEW_GROUP, thread="31")
        tx.inbox.finish([first.id], NOW)
        [second] = readable(tx.inbox.next(NOW))
        assert second.inbound.address == NEW_GROUP

    await store.transact(after)


async def test_what_is_said_to_the_old_chat_goes_to_the_new_one(store: Store) -> None:
    await save(store, moved=((GROUP, NEW_GROUP),))
    await save(store, outgoing=(say("group", GROUP), say("room", ROOM)))
    rows = await store.transact(lambda tx: due(tx, NOW))
    assert [row.place.address for row in rows] == [NEW_GROUP, NEW_GROUP]
    assert rows[0].order == NEW_GROUP.key


async def test_a_chat_may_move_again_and_back(store: Store) -> None:
    newest = Address(channel="telegram", chat="-1010")
    await save(store, moved=((GROUP, NEW_GROUP), (NEW_GROUP, newest)))
    assert await store.transact(lambda tx: tx.records.current_chat("telegram", "-500")) == "-1010"
    assert await store.transact(lambda tx: tx.records.current_chat("telegram", "-1009")) == "-1010"
    await save(store, moved=((newest, GROUP), (GROUP, GROUP)))
    chats = ("-500", "-1009", "-1010")
    now = await store.transact(
        lambda tx: [tx.records.current_chat("telegram", chat) for chat in chats]
    )
    assert now == ["-500"] * 3


async def test_a_moved_chat_is_not_parked_any_more(store: Store) -> None:
    await save(store, outgoing=(say("room", ROOM),))
    await store.transact(lambda tx: tx.chats.park("telegram", "-500", "gone"))
    await save(store, moved=((GROUP, NEW_GROUP),))
    assert len(await store.transact(lambda tx: due(tx, NOW))) == 1


async def test_message_ids_of_the_old_chat_mean_nothing_in_the_new_one(store: Store) -> None:
    """A supergroup counts its messages from 1: a link that moved along would take somebody's
    words to another client's ticket."""
    await store.transact(lambda tx: tx.chats.link("m1", "telegram", "-500", ["5"], thread=None))
    await save(store, moved=((GROUP, NEW_GROUP),))
    assert await store.transact(lambda tx: tx.records.handle_at("telegram", "-1009", "5")) is None
    assert await store.transact(lambda tx: tx.records.handle_at("telegram", "-500", "5")) == "m1"


async def test_a_conversation_stays_where_another_one_lives_already(store: Store) -> None:
    await save(store, conversation=conversation(at=GROUP))
    await save(store, conversation=conversation("k2", at=NEW_GROUP))
    await save(store, moved=((GROUP, NEW_GROUP),))
    stayed = await store.transact(lambda tx: tx.records.conversation("k1"))
    assert stayed is not None
    assert stayed.address == GROUP
    found = await store.transact(lambda tx: tx.records.conversation_at(NEW_GROUP))
    assert found is not None
    assert found.id == "k2"


async def test_a_move_and_words_for_the_old_chat_in_one_decision(store: Store) -> None:
    await save(store, outgoing=(say("early", GROUP),), moved=((GROUP, NEW_GROUP),))
    [row] = await store.transact(lambda tx: due(tx, NOW))
    assert row.place.address == NEW_GROUP
