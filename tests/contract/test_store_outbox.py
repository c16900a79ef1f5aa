"""The outbox of every store: order, coalescing, what becomes of a row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.decision import (
    Decision,
    Rewrite,
    TakeBack,
    Urgency,
)
from bot.delivery.ports import Store
from channels.message import Address, Button, Buttons, Receipt
from tests.contract.shipping import arrive, deliver, drained, due, enqueue, words
from tests.outbox import next_due
from tests.values import ANNA, BORIS, NOW, ROOM, SECOND, act, content, say


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
    await store.transact(lambda tx: tx.claims.take([rows[0].id], "me"))
    assert words(await due(store)) == ["b1"], "a2 waits until a1 has come back"
    await store.transact(lambda tx: tx.outbox.delivered(rows[0].id, Receipt(at=NOW)))
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
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await store.transact(
        lambda tx: tx.outbox.postpone(row.id, NOW + 5 * SECOND, "429", arrived=("1", "2"))
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
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await store.transact(lambda tx: tx.outbox.fail(row.id, "uncertain", "reset"))
    assert (
        await store.transact(lambda tx: tx.records.post_state("m1", "telegram", "101"))
        == "uncertain"
    )
    assert words(await due(store)) == ["a2"]
    await store.transact(lambda tx: tx.apply(Decision(resend=(row.id,)), NOW + SECOND))
    assert (
        await store.transact(lambda tx: tx.records.post_state("m1", "telegram", "101")) == "waiting"
    )
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
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await enqueue(store, say("card", ROOM, front=True))
    assert not await due(store)
    await store.transact(lambda tx: tx.outbox.postpone(row.id, NOW, "thread gone"))
    assert await drained(store) == ["card", "in flight"]


async def test_lines_behind_a_row_can_be_merged(store: Store) -> None:
    await enqueue(store, *(say(f"line {n}", ROOM) for n in range(4)), say("other"))
    [row] = await due(store, limit=1)
    behind = await store.transact(lambda tx: tx.outbox.unsent_after(row, 2))
    assert words(behind) == ["line 1", "line 2"]
    rows = [row, *behind]
    await store.transact(lambda tx: tx.claims.take([r.id for r in rows], "me"))
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
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await enqueue(store, act(Rewrite(handle="card", content=content("new"))))
    await store.transact(lambda tx: tx.outbox.delivered(row.id, Receipt(at=NOW)))
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
    assert (
        await store.transact(lambda tx: tx.records.post_state("m1", "telegram", "101")) == "dropped"
    )
    assert await drained(store) == ["other"]


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_post_taken_back_late_is_deleted(store: Store, *, arrived: bool) -> None:
    await enqueue(store, say("slip", handle="m1"))
    [row] = await due(store)
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    if arrived:
        await store.transact(
            lambda tx: tx.outbox.delivered(row.id, Receipt(at=NOW, messages=("9",)))
        )
    await enqueue(store, act(TakeBack(handle="m1")))
    if not arrived:
        await store.transact(
            lambda tx: tx.outbox.delivered(row.id, Receipt(at=NOW, messages=("9",)))
        )
    assert await store.transact(lambda tx: tx.records.places_of("m1", "telegram", "101")) == ["9"]
    assert await drained(store) == ["take_back"]
    assert await store.transact(lambda tx: tx.records.places_of("m1", "telegram", "101")) == []
    assert await store.transact(lambda tx: tx.records.handle_at("telegram", "101", "9")) == "m1"


async def test_a_post_taken_back_half_way_goes_on_and_is_deleted_whole(store: Store) -> None:
    """case G2: dropped, it would leave its first part where it arrived."""
    await enqueue(store, say("slip", handle="m1"))
    [row] = await due(store)
    await store.transact(lambda tx: tx.claims.take([row.id], "me"))
    await store.transact(lambda tx: tx.outbox.postpone(row.id, NOW, "429", arrived=("8",)))
    await enqueue(store, act(TakeBack(handle="m1")))
    assert await drained(store) == ["slip", "take_back"]


async def test_a_receipt_is_counted_once(store: Store) -> None:
    await enqueue(store, say("card", handle="m1"))
    [row] = await due(store)
    await deliver(store, row, "41")
    await store.transact(lambda tx: tx.outbox.delivered(row.id, Receipt(at=NOW, messages=("99",))))
    assert await store.transact(lambda tx: tx.records.places_of("m1", "telegram", "101")) == ["41"]


async def test_a_row_that_never_was_is_an_error(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.transact(lambda tx: tx.outbox.delivered("x", Receipt(at=NOW)))
    with pytest.raises(LookupError):
        await store.transact(lambda tx: tx.outbox.postpone("x", NOW, ""))
    with pytest.raises(LookupError):
        await store.transact(lambda tx: tx.outbox.fail("x", "failed", ""))
