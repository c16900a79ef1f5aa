"""The outbox of every store: order, coalescing, holds, rooms, links."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest

from bot.conversation.decision import (
    Decision,
    Mark,
    Outgoing,
    Rewrite,
    Room,
    Say,
    TakeBack,
    Urgency,
)
from bot.delivery.ports import Lane, OutboxRow, Store, Transaction
from channels.message import Address, Button, Buttons, Receipt
from tests import outbox
from tests.outbox import next_due
from tests.values import ANNA, BORIS, GROUP, NOW, ROOM, SECOND, act, content, say, sending

ANNAS_CHAT = ("telegram", "101")
DESKS_CHAT = ("telegram", "-500")


async def enqueue(store: Store, *outgoing: Outgoing) -> None:
    await store.transact(lambda tx: tx.apply(sending(*outgoing), NOW))


async def due(
    store: Store,
    after: timedelta = timedelta(),
    *,
    limit: int = 50,
    busy: Collection[Lane] = (),
) -> Sequence[OutboxRow]:
    return await store.transact(lambda tx: outbox.due(tx, NOW + after, limit=limit, busy=busy))


async def deliver(store: Store, row: OutboxRow, *messages: str) -> None:
    await store.transact(lambda tx: tx.start([row.id], "me"))
    await arrive(store, row, *messages)


async def arrive(store: Store, row: OutboxRow, *messages: str) -> None:
    receipt = Receipt(at=NOW, messages=messages)
    await store.transact(lambda tx: tx.delivered(row.id, receipt))


def words(rows: Sequence[OutboxRow]) -> list[str]:
    said = []
    for row in rows:
        action = row.outgoing.action
        if isinstance(action, (Say, Rewrite)) and action.content:
            said.append(action.content.words)
        else:
            said.append(action.type)
    return said


async def drained(store: Store) -> list[str]:
    """Everything in the order it would be sent."""
    sent: list[str] = []
    while rows := await due(store, limit=1):
        sent += words(rows)
        await deliver(store, rows[0])
    return sent


async def test_a_row_says_where_it_goes(store: Store) -> None:
    await enqueue(store, say("hello", handle="m1"))
    [row] = await due(store)
    assert row.outgoing == say("hello", handle="m1")
    assert (row.place.address, row.place.room, row.place.open) == (ANNA, None, True)
    assert (row.order, row.attempts, row.enqueued_at) == (ANNA.key, 0, NOW)
    assert 0 < len(row.id) <= 20
    assert row.id.isalnum()


async def test_one_row_of_each_place_may_go(store: Store) -> None:
    await enqueue(store, say("a1"), say("a2"), say("b1", BORIS))
    rows = await due(store)
    assert words(rows) == ["a1", "b1"]
    await store.transact(lambda tx: tx.start([rows[0].id], "me"))
    assert words(await due(store)) == ["b1"], "a2 waits until a1 has come back"
    await store.transact(lambda tx: tx.delivered(rows[0].id, Receipt(at=NOW)))
    assert words(await due(store)) == ["a2", "b1"], "the oldest first again"


async def test_people_go_before_notices_and_older_before_newer(store: Store) -> None:
    chats = [Address(channel="telegram", chat=str(number)) for number in range(4)]
    await enqueue(
        store,
        say("cosmetic", chats[0], urgency=Urgency.COSMETIC),
        say("notice", chats[1]),
        say("words", chats[2], urgency=Urgency.PEOPLE),
        say("newer words", chats[3], urgency=Urgency.PEOPLE),
    )
    assert words(await due(store)) == ["words", "newer words", "notice", "cosmetic"]
    assert words(await due(store, limit=2)) == ["words", "newer words"]


async def test_a_postponed_row_keeps_its_place(store: Store) -> None:
    """case A9: it keeps it as well when the clock jumps a day."""
    await enqueue(store, say("a1"), say("a2"))
    [row] = await due(store)
    await store.transact(lambda tx: tx.start([row.id], "me"))
    await store.transact(
        lambda tx: tx.postpone(row.id, NOW + 5 * SECOND, "429", arrived=("1", "2"))
    )
    assert not await due(store)
    assert await store.transact(lambda tx: next_due(tx, NOW)) == NOW + 5 * SECOND
    assert not await due(store, timedelta(days=-1))
    [again] = await due(store, timedelta(days=1))
    assert (again.id, again.attempts, again.arrived) == (row.id, 1, ("1", "2"))
    assert await drained_after(store, 5 * SECOND) == ["a1", "a2"]


async def drained_after(store: Store, after: timedelta) -> list[str]:
    sent: list[str] = []
    while rows := await due(store, after, limit=1):
        sent += words(rows)
        await deliver(store, rows[0])
    return sent


async def test_a_failed_row_is_out_of_the_way_and_can_be_sent_again(store: Store) -> None:
    await enqueue(store, say("a1", handle="m1"), say("a2"))
    [row] = await due(store)
    await store.transact(lambda tx: tx.start([row.id], "me"))
    await store.transact(lambda tx: tx.fail(row.id, "uncertain", "reset"))
    assert await store.transact(lambda tx: tx.post_state("m1", "telegram", "101")) == "uncertain"
    assert words(await due(store)) == ["a2"]
    await store.transact(lambda tx: tx.apply(Decision(resend=(row.id,)), NOW + SECOND))
    assert await store.transact(lambda tx: tx.post_state("m1", "telegram", "101")) == "waiting"
    rows = await due(store, SECOND)
    assert words(rows) == ["a2"], "sent again it comes last"
    await deliver(store, rows[0])
    [again] = await due(store, SECOND)
    assert (again.id, again.attempts) == (row.id, 0), "the id is the same: so is a Message-ID"
    assert again.enqueued_at == NOW + SECOND, "its age begins anew"


@pytest.mark.parametrize("state", ["waiting", "delivered", "unknown"])
async def test_only_what_did_not_arrive_is_sent_again(store: Store, state: str) -> None:
    await enqueue(store, say("a1"))
    [row] = await due(store)
    key = "nobody" if state == "unknown" else row.id
    if state == "delivered":
        await deliver(store, row)
    await store.transact(lambda tx: tx.apply(Decision(resend=(key,)), NOW))
    assert len(await due(store)) == (0 if state == "delivered" else 1)


async def test_what_goes_in_front_keeps_its_own_order(store: Store) -> None:
    await enqueue(store, say("old 1", ROOM), say("old 2", ROOM))
    await enqueue(store, say("card", ROOM, front=True), say("history", ROOM, front=True))
    await enqueue(store, say("late", ROOM))
    assert await drained(store) == ["card", "history", "old 1", "old 2", "late"]


async def test_nothing_in_front_overtakes_a_row_in_flight(store: Store) -> None:
    await enqueue(store, say("in flight", ROOM))
    [row] = await due(store)
    await store.transact(lambda tx: tx.start([row.id], "me"))
    await enqueue(store, say("card", ROOM, front=True))
    assert not await due(store)
    await store.transact(lambda tx: tx.postpone(row.id, NOW, "thread gone"))
    assert await drained(store) == ["card", "in flight"]


async def test_lines_behind_a_row_can_be_merged(store: Store) -> None:
    await enqueue(store, *(say(f"line {n}", ROOM) for n in range(4)), say("other"))
    [row] = await due(store, limit=1)
    behind = await store.transact(lambda tx: tx.unsent_after(row, 2))
    assert words(behind) == ["line 1", "line 2"]
    rows = [row, *behind]
    await store.transact(lambda tx: tx.start([r.id for r in rows], "me"))
    assert words(await due(store)) == ["other"]

    for each in rows:
        await arrive(store, each)
    assert words(await due(store)) == ["line 3", "other"]


# ---------------------------------------------------------------- coalescing


async def test_a_newer_rewrite_replaces_one_that_waits(store: Store) -> None:
    keyboard = Buttons(rows=((Button(label="Взять", action="take:7"),),))
    await enqueue(
        store,
        act(Rewrite(handle="card", content=content("old")), ROOM, urgency=Urgency.PEOPLE),
        say("between", ROOM),
        act(Rewrite(handle="card", content=content("new"), keyboard=keyboard), ROOM),
        act(Rewrite(handle="other", content=content("other")), ROOM),
        act(Rewrite(handle="card", content=content("elsewhere"))),
    )
    rows = await due(store, limit=1)
    assert rows[0].outgoing.urgency == Urgency.PEOPLE, "it stays as urgent as it was"
    action = rows[0].outgoing.action
    assert isinstance(action, Rewrite)
    assert action.keyboard == keyboard
    assert sorted(await drained(store)) == ["between", "elsewhere", "new", "other"]


async def test_new_buttons_keep_the_words_that_wait(store: Store) -> None:
    keyboard = Buttons(rows=((Button(label="Взять", action="take:7"),),))
    await enqueue(
        store,
        act(Rewrite(message="55", content=content("words"))),
        act(Rewrite(message="55", keyboard=keyboard)),
        act(Rewrite(message="56", keyboard=keyboard)),
    )
    [row] = await due(store)
    assert row.outgoing.action == Rewrite(message="55", content=content("words"), keyboard=keyboard)
    assert await drained(store) == ["words", "rewrite"]


async def test_a_rewrite_in_flight_is_not_touched(store: Store) -> None:
    await enqueue(store, act(Rewrite(handle="card", content=content("old"))))
    [row] = await due(store)
    await store.transact(lambda tx: tx.start([row.id], "me"))
    await enqueue(store, act(Rewrite(handle="card", content=content("new"))))
    await store.transact(lambda tx: tx.delivered(row.id, Receipt(at=NOW)))
    assert await drained(store) == ["new"]


async def test_a_post_taken_back_in_time_is_never_sent(store: Store) -> None:
    """case G2: a message can be recalled within seconds."""
    await enqueue(
        store,
        say("slip", handle="m1"),
        act(Rewrite(handle="m1", content=content("slip!"))),
        say("other", handle="m2"),
    )
    await enqueue(store, act(TakeBack(handle="m1")))
    assert await store.transact(lambda tx: tx.post_state("m1", "telegram", "101")) == "dropped"
    assert await drained(store) == ["other"]


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_post_taken_back_late_is_deleted(store: Store, *, arrived: bool) -> None:
    await enqueue(store, say("slip", handle="m1"))
    [row] = await due(store)
    await store.transact(lambda tx: tx.start([row.id], "me"))
    if arrived:
        await store.transact(lambda tx: tx.delivered(row.id, Receipt(at=NOW, messages=("9",))))
    await enqueue(store, act(TakeBack(handle="m1")))
    if not arrived:
        await store.transact(lambda tx: tx.delivered(row.id, Receipt(at=NOW, messages=("9",))))
    assert await store.transact(lambda tx: tx.places_of("m1", "telegram", "101")) == ["9"]
    assert await drained(store) == ["take_back"]
    assert await store.transact(lambda tx: tx.places_of("m1", "telegram", "101")) == []
    assert await store.transact(lambda tx: tx.handle_at("telegram", "101", "9")) == "m1"


async def test_a_post_taken_back_half_way_goes_on_and_is_deleted_whole(store: Store) -> None:
    """case G2: dropped, it would leave its first part where it arrived."""
    await enqueue(store, say("slip", handle="m1"))
    [row] = await due(store)
    await store.transact(lambda tx: tx.start([row.id], "me"))
    await store.transact(lambda tx: tx.postpone(row.id, NOW, "429", arrived=("8",)))
    await enqueue(store, act(TakeBack(handle="m1")))
    assert await drained(store) == ["slip", "take_back"]


# ---------------------------------------------------------------- holds


async def test_a_parked_chat_waits_until_we_may_write_again(store: Store) -> None:
    """case B13."""
    await enqueue(store, say("room", ROOM), say("anna"))
    assert await store.transact(lambda tx: tx.park("telegram", "-500", "kicked"))
    assert not await store.transact(lambda tx: tx.park("telegram", "-500", "kicked again"))
    await enqueue(store, say("later", ROOM))
    assert words(await due(store, timedelta(days=9))) == ["anna"]
    await deliver(store, (await due(store))[0])
    assert await store.transact(lambda tx: next_due(tx, NOW)) is None
    await store.transact(lambda tx: tx.apply(Decision(returned=(GROUP,)), NOW))
    assert await drained(store) == ["room", "later"]
    assert not await store.transact(lambda tx: tx.park("telegram", "-500", None))


async def test_what_was_parked_is_due_at_once_on_return(store: Store) -> None:
    await enqueue(store, say("room", ROOM))
    [row] = await due(store)
    await store.transact(lambda tx: tx.start([row.id], "me"))
    await store.transact(lambda tx: tx.postpone(row.id, NOW + timedelta(hours=1), "kicked"))
    await store.transact(lambda tx: tx.park("telegram", "-500", "kicked"))
    await store.transact(lambda tx: tx.apply(Decision(returned=(GROUP,)), NOW))
    assert words(await due(store)) == ["room"]


# ---------------------------------------------------------------- rooms and links


async def test_a_room_is_opened_before_its_first_post(store: Store) -> None:
    await enqueue(store, say("card", ROOM))
    [row] = await due(store)
    assert (row.place.address, row.place.room, row.place.open) == (GROUP, ROOM, False)
    assert await store.transact(lambda tx: tx.unconfirmed("telegram", "-500"))
    thread = Address(channel="telegram", chat="-500", thread="31")
    await store.transact(lambda tx: tx.room_opened(ROOM, thread))
    [row] = await due(store)
    assert (row.place.address, row.place.open) == (thread, True)
    assert await store.transact(lambda tx: tx.room_at("telegram", "-500", "31")) == ROOM
    there = Address(channel="telegram", chat="-500", thread="31")
    assert await store.transact(lambda tx: tx.place_of_room(ROOM)) == there
    assert await store.transact(lambda tx: tx.room_at("telegram", "-500", "32")) is None
    assert not await store.transact(lambda tx: tx.unconfirmed("telegram", "-500"))


async def test_a_lost_room_is_lost_once(store: Store) -> None:
    """case B9: two posts fail in the same vanished topic, one new topic is made."""
    thread = Address(channel="telegram", chat="-500", thread="31")
    assert not await store.transact(lambda tx: tx.room_lost(ROOM, "31"))
    await store.transact(lambda tx: tx.room_opened(ROOM, thread))
    assert not await store.transact(lambda tx: tx.room_lost(ROOM, "30"))
    assert await store.transact(lambda tx: tx.room_lost(ROOM, "31"))
    assert not await store.transact(lambda tx: tx.room_lost(ROOM, "31"))
    assert await store.transact(lambda tx: tx.room_at("telegram", "-500", "31")) is None
    assert await store.transact(lambda tx: tx.place_of_room(ROOM)) is None
    await enqueue(store, say("card", ROOM))
    [row] = await due(store)
    assert not row.place.open


async def test_a_room_in_a_plain_group_has_no_thread(store: Store) -> None:
    await store.transact(lambda tx: tx.room_opened(ROOM, GROUP))
    await enqueue(store, say("card", ROOM))
    [row] = await due(store)
    assert (row.place.address, row.place.open) == (GROUP, True)
    assert await store.transact(lambda tx: tx.room_lost(ROOM, None))


async def test_a_room_at_a_desk_nobody_knows_is_refused(store: Store) -> None:
    with pytest.raises(LookupError):
        await enqueue(store, say("card", Room(ticket=1, desk="nowhere")))
    assert not await due(store)


async def test_a_receipt_links_both_ways(store: Store) -> None:
    await enqueue(store, say("long", handle="m1"))
    assert await store.transact(lambda tx: tx.unconfirmed("telegram", "101"))
    [row] = await due(store)
    await deliver(store, row, "41", "42")
    assert not await store.transact(lambda tx: tx.unconfirmed("telegram", "101"))
    assert await store.transact(lambda tx: tx.post_state("m1", "telegram", "101")) == "delivered"
    assert await store.transact(lambda tx: tx.places_of("m1", "telegram", "101")) == ["41", "42"]
    assert await store.transact(lambda tx: tx.places_of("m1", "telegram", "102")) == []
    assert await store.transact(lambda tx: tx.handle_at("telegram", "101", "42")) == "m1"
    assert await store.transact(lambda tx: tx.handle_at("telegram", "102", "42")) is None


async def test_a_post_without_a_handle_leaves_nothing_open(store: Store) -> None:
    await enqueue(store, say("hello"), act(Mark(message="5", emoji="👌")))
    assert not await store.transact(lambda tx: tx.unconfirmed("telegram", "101"))
    assert await drained(store) == ["hello", "mark"]


async def test_a_post_made_anew_is_the_one_to_edit(store: Store) -> None:
    """case B9: the card is posted again in the new topic; the old one is still recognised."""
    for message in ("41", "77"):
        await enqueue(store, say("card", ROOM, handle="card:7@network"))
        await deliver(store, (await due(store))[0], message)
    places = await store.transact(lambda tx: tx.places_of("card:7@network", "telegram", "-500"))
    assert places == ["77"]
    assert await store.transact(lambda tx: tx.handle_at("telegram", "-500", "41"))


async def test_parts_of_an_album_are_linked_one_by_one(store: Store) -> None:
    def link(tx: Transaction) -> None:
        for part in ("1", "2", "2"):
            tx.link("m1", "telegram", "101", [part], thread=None)

    await store.transact(link)
    assert await store.transact(lambda tx: tx.places_of("m1", "telegram", "101")) == ["1", "2"]


async def test_an_edit_keeps_the_other_messages_of_a_long_post(store: Store) -> None:
    await enqueue(store, say("long", handle="m1"))
    await deliver(store, (await due(store))[0], "41", "42")
    await enqueue(store, act(Rewrite(handle="m1", content=content("longer"))))
    await deliver(store, (await due(store))[0], "41")
    assert await store.transact(lambda tx: tx.places_of("m1", "telegram", "101")) == ["41", "42"]


async def test_a_receipt_is_counted_once(store: Store) -> None:
    await enqueue(store, say("card", handle="m1"))
    [row] = await due(store)
    await deliver(store, row, "41")
    await store.transact(lambda tx: tx.delivered(row.id, Receipt(at=NOW, messages=("99",))))
    assert await store.transact(lambda tx: tx.places_of("m1", "telegram", "101")) == ["41"]


async def test_a_row_that_never_was_is_an_error(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.transact(lambda tx: tx.delivered("x", Receipt(at=NOW)))
    with pytest.raises(LookupError):
        await store.transact(lambda tx: tx.postpone("x", NOW, ""))
    with pytest.raises(LookupError):
        await store.transact(lambda tx: tx.fail("x", "failed", ""))
