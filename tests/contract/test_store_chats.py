"""What every store knows of chats: holds, rooms, which messages stand for which handle."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.decision import (
    Decision,
    Mark,
    Rewrite,
    Room,
)
from bot.delivery.ports import Store, Transaction
from channels.message import Address
from tests.contract.shipping import deliver, drained, due, enqueue, words
from tests.outbox import next_due
from tests.values import GROUP, NOW, ROOM, act, content, say

# ---------------------------------------------------------------- holds


async def test_a_parked_chat_waits_until_we_may_write_again(store: Store) -> None:
    """case B13."""
    await enqueue(store, say("room", ROOM), say("anna"))
    assert await store.transact(lambda tx: tx.chats.park("telegram", "-500", "kicked"))
    assert not await store.transact(lambda tx: tx.chats.park("telegram", "-500", "kicked again"))
    await enqueue(store, say("later", ROOM))
    assert words(await due(store, timedelta(days=9))) == ["anna"]
    await deliver(store, (await due(store))[0])
    assert await store.transact(lambda tx: next_due(tx, NOW)) is None
    await store.transact(lambda tx: tx.apply(Decision(returned=(GROUP,)), NOW))
    assert await drained(store) == ["room", "later"]
    assert not await store.transact(lambda tx: tx.chats.park("telegram", "-500", None))


async def test_what_was_parked_is_due_at_once_on_return(store: Store) -> None:
    await enqueue(store, say("room", ROOM))
    [row] = await due(store)
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await store.transact(lambda tx: tx.outbox.postpone(row.id, NOW + timedelta(hours=1), "kicked"))
    await store.transact(lambda tx: tx.chats.park("telegram", "-500", "kicked"))
    await store.transact(lambda tx: tx.apply(Decision(returned=(GROUP,)), NOW))
    assert words(await due(store)) == ["room"]


# ---------------------------------------------------------------- rooms and links


async def test_a_room_is_opened_before_its_first_post(store: Store) -> None:
    await enqueue(store, say("card", ROOM))
    [row] = await due(store)
    assert (row.place.address, row.place.room, row.place.open) == (GROUP, ROOM, False)
    assert await store.transact(lambda tx: tx.records.unconfirmed("telegram", "-500"))
    thread = Address(channel="telegram", chat="-500", thread="31")
    await store.transact(lambda tx: tx.chats.room_opened(ROOM, thread))
    [row] = await due(store)
    assert (row.place.address, row.place.open) == (thread, True)
    assert await store.transact(lambda tx: tx.records.room_at("telegram", "-500", "31")) == ROOM
    assert await store.transact(lambda tx: tx.records.place_of_room(ROOM)) == thread
    assert await store.transact(lambda tx: tx.records.room_at("telegram", "-500", "32")) is None
    assert not await store.transact(lambda tx: tx.records.unconfirmed("telegram", "-500"))


async def test_a_lost_room_is_lost_once(store: Store) -> None:
    """case B9: two posts fail in the same vanished topic, one new topic is made."""
    thread = Address(channel="telegram", chat="-500", thread="31")
    assert not await store.transact(lambda tx: tx.chats.room_lost(ROOM, "31"))
    await store.transact(lambda tx: tx.chats.room_opened(ROOM, thread))
    assert not await store.transact(lambda tx: tx.chats.room_lost(ROOM, "30"))
    assert await store.transact(lambda tx: tx.chats.room_lost(ROOM, "31"))
    assert not await store.transact(lambda tx: tx.chats.room_lost(ROOM, "31"))
    assert await store.transact(lambda tx: tx.records.room_at("telegram", "-500", "31")) is None
    assert await store.transact(lambda tx: tx.records.place_of_room(ROOM)) is None
    await enqueue(store, say("card", ROOM))
    [row] = await due(store)
    assert not row.place.open


async def test_a_room_in_a_plain_group_has_no_thread(store: Store) -> None:
    await store.transact(lambda tx: tx.chats.room_opened(ROOM, GROUP))
    await enqueue(store, say("card", ROOM))
    [row] = await due(store)
    assert (row.place.address, row.place.open) == (GROUP, True)
    assert await store.transact(lambda tx: tx.chats.room_lost(ROOM, None))


async def test_a_room_at_a_desk_nobody_knows_is_refused(store: Store) -> None:
    with pytest.raises(LookupError):
        await enqueue(store, say("card", Room(ticket=1, desk="nowhere")))
    assert not await due(store)


async def test_a_receipt_links_both_ways(store: Store) -> None:
    await enqueue(store, say("long", handle="m1"))
    assert await store.transact(lambda tx: tx.records.unconfirmed("telegram", "101"))
    [row] = await due(store)
    await deliver(store, row, "41", "42")
    assert not await store.transact(lambda tx: tx.records.unconfirmed("telegram", "101"))
    assert (
        await store.transact(lambda tx: tx.records.post_state("m1", "telegram", "101"))
        == "delivered"
    )
    assert await store.transact(lambda tx: tx.records.places_of("m1", "telegram", "101")) == [
        "41",
        "42",
    ]
    assert await store.transact(lambda tx: tx.records.places_of("m1", "telegram", "102")) == []
    assert await store.transact(lambda tx: tx.records.handle_at("telegram", "101", "42")) == "m1"
    assert await store.transact(lambda tx: tx.records.handle_at("telegram", "102", "42")) is None


async def test_a_post_without_a_handle_leaves_nothing_open(store: Store) -> None:
    await enqueue(store, say("hello"), act(Mark(message="5", state="delivered")))
    assert not await store.transact(lambda tx: tx.records.unconfirmed("telegram", "101"))
    assert await drained(store) == ["hello", "mark"]


async def test_a_post_made_anew_is_the_one_to_edit(store: Store) -> None:
    """case B9: the card is posted again in the new topic; the old one is still recognised."""
    for message in ("41", "77"):
        await enqueue(store, say("card", ROOM, handle="card:7@network"))
        await deliver(store, (await due(store))[0], message)
    places = await store.transact(
        lambda tx: tx.records.places_of("card:7@network", "telegram", "-500")
    )
    assert places == ["77"]
    assert await store.transact(lambda tx: tx.records.handle_at("telegram", "-500", "41"))


async def test_parts_of_an_album_are_linked_one_by_one(store: Store) -> None:
    def link(tx: Transaction) -> None:
        for part in ("1", "2", "2"):
            tx.chats.link("m1", "telegram", "101", [part], thread=None)

    await store.transact(link)
    assert await store.transact(lambda tx: tx.records.places_of("m1", "telegram", "101")) == [
        "1",
        "2",
    ]


async def test_an_edit_keeps_the_other_messages_of_a_long_post(store: Store) -> None:
    await enqueue(store, say("long", handle="m1"))
    await deliver(store, (await due(store))[0], "41", "42")
    await enqueue(store, act(Rewrite(handle="m1", content=content("longer"))))
    await deliver(store, (await due(store))[0], "41")
    assert await store.transact(lambda tx: tx.records.places_of("m1", "telegram", "101")) == [
        "41",
        "42",
    ]
