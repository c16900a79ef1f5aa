"""What may go next in every store, who has it in hands, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from bot.conversation.decision import Decision, Outgoing, Room, TakeBack, Urgency
from bot.delivery.ports import Head, Lane, Store, Transaction
from channels.message import Address, Receipt
from tests.outbox import due, next_due, sendable
from tests.values import ANNA, BORIS, GROUP, NOW, ROOM, SECOND, act, said, say, sending

T = TypeVar("T")

OTHER = Room(ticket=8, desk="network")
LETTER = Address(channel="email", chat="anna@example.org", thread="c1")
ANNAS_LANE: Lane = ("telegram", "101")
DESKS_LANE: Lane = ("telegram", "-500")
LONGEST = timedelta(minutes=5)


async def enqueue(store: Store, *outgoing: Outgoing) -> None:
    await store.transact(lambda tx: tx.apply(sending(*outgoing), NOW))


async def rows(store: Store) -> Sequence[str]:
    return await store.transact(lambda tx: [row.id for row in due(tx, NOW)])


async def asked(store: Store, question: Callable[[Transaction], T]) -> T:
    return await store.transact(question)


# ---------------------------------------------------------------- what may go


async def test_each_order_key_has_one_head(store: Store) -> None:
    await enqueue(
        store,
        say("notice", ROOM, urgency=Urgency.NOTICE),
        say("behind it", ROOM, urgency=Urgency.PEOPLE),
        say("other room", OTHER, urgency=Urgency.PEOPLE),
        say("anna", urgency=Urgency.PEOPLE),
    )
    heads = await asked(store, lambda tx: tx.claims.heads(NOW))
    assert [(head.lane, head.order, head.urgency) for head in heads] == [
        (DESKS_LANE, OTHER.key, Urgency.PEOPLE),
        (ANNAS_LANE, ANNA.key, Urgency.PEOPLE),
        (DESKS_LANE, ROOM.key, Urgency.NOTICE),
    ]
    assert {head.due for head in heads} == {NOW}
    found = await asked(store, lambda tx: tx.outbox.rows([head.row for head in heads] + ["x"]))
    assert [sendable(row).id for row in found] == [head.row for head in heads]


async def test_a_head_that_is_due_later_is_told_as_well(store: Store) -> None:
    await enqueue(store, say("a1"), say("a2"))
    [row] = await rows(store)
    await asked(store, lambda tx: tx.claims.take([row], "me"))
    assert await asked(store, lambda tx: tx.claims.heads(NOW)) == [], (
        "nothing passes what is in flight"
    )
    await asked(store, lambda tx: tx.outbox.postpone(row, NOW + SECOND, "429"))
    [head] = await asked(store, lambda tx: tx.claims.heads(NOW))
    assert (head.row, head.due) == (row, NOW + SECOND)


async def test_busy_lanes_and_full_channels_are_left_out(store: Store) -> None:
    """And they do not count for when there may be something again."""
    await enqueue(store, say("anna"), say("boris", BORIS), say("room", ROOM), say("mail", LETTER))

    def orders(heads: Sequence[Head]) -> list[str]:
        return [head.order for head in heads]

    found = await asked(store, lambda tx: tx.claims.heads(NOW, busy={ANNAS_LANE, DESKS_LANE}))
    assert orders(found) == [BORIS.key, LETTER.key]
    found = await asked(
        store, lambda tx: tx.claims.heads(NOW, busy={("email", "101")}, full={"email"})
    )
    assert orders(found) == [ANNA.key, BORIS.key, ROOM.key]
    found = await asked(store, lambda tx: tx.claims.heads(NOW, full={"telegram", "nothing"}))
    assert orders(found) == [LETTER.key]
    found = await asked(store, lambda tx: tx.claims.heads(NOW, full={"telegram", "email"}))
    assert not found


async def test_nothing_goes_to_a_paused_chat_before_time(store: Store) -> None:
    """case B1: the pause is in the store, not in a process."""
    await enqueue(store, say("room", ROOM), say("group", GROUP), say("anna"))
    await asked(store, lambda tx: tx.chats.pause(*DESKS_LANE, NOW + 3 * SECOND))
    await asked(store, lambda tx: tx.chats.pause("telegram", "nobody", NOW + SECOND))
    heads = await asked(store, lambda tx: tx.claims.heads(NOW))
    assert [head.order for head in heads] == [ANNA.key]
    assert await asked(store, lambda tx: tx.claims.pause_over(NOW)) == NOW + 3 * SECOND
    assert await asked(store, lambda tx: tx.claims.pause_over(NOW, busy={DESKS_LANE})) is None
    assert await asked(store, lambda tx: tx.claims.pause_over(NOW, full={"telegram"})) is None
    heads = await asked(store, lambda tx: tx.claims.heads(NOW + 3 * SECOND))
    assert [head.order for head in heads] == [ROOM.key, GROUP.key, ANNA.key]
    assert await asked(store, lambda tx: tx.claims.pause_over(NOW + 3 * SECOND)) is None


async def test_a_parked_chat_that_is_paused_too_waits_for_no_moment(store: Store) -> None:
    """case B13"""
    await enqueue(store, say("room", ROOM))
    await asked(store, lambda tx: tx.chats.pause(*DESKS_LANE, NOW + SECOND))
    await asked(store, lambda tx: tx.chats.park(*DESKS_LANE, "kicked"))
    assert await asked(store, lambda tx: next_due(tx, NOW)) is None
    assert await asked(store, lambda tx: tx.claims.heads(NOW + 9 * SECOND)) == []


# ---------------------------------------------------------------- one act a lane


async def test_a_lane_has_one_act_in_flight(store: Store) -> None:
    """Whatever the order keys: three rooms of a group, and the group itself."""
    await enqueue(store, say("a", ROOM), say("b", OTHER), say("c", GROUP), say("anna"))
    first, second, third, anna = await rows(store)
    assert await asked(store, lambda tx: tx.claims.take([first], "me"))
    assert not await asked(store, lambda tx: tx.claims.take([second], "you"))
    assert not await asked(store, lambda tx: tx.claims.take([third], "me"))
    assert await asked(store, lambda tx: tx.claims.take([anna], "you"))
    await asked(store, lambda tx: tx.outbox.delivered(first, Receipt(at=NOW)))
    assert await rows(store) == [second, third]
    assert await asked(store, lambda tx: tx.claims.take([second], "you"))


async def test_a_row_is_started_by_one(store: Store) -> None:
    await enqueue(store, say("a1"))
    [row] = await rows(store)
    assert await asked(store, lambda tx: tx.claims.take([row], "me"))
    assert not await asked(store, lambda tx: tx.claims.take([row], "you"))
    assert not await asked(store, lambda tx: tx.claims.take(["nobody"], "you"))
    assert await asked(store, lambda tx: tx.claims.in_flight([row], "me"))
    assert not await asked(store, lambda tx: tx.claims.in_flight([row], "you"))


async def test_only_the_first_of_an_order_key_is_started(store: Store) -> None:
    await enqueue(store, say("a1"))
    [late] = await rows(store)
    await enqueue(store, say("a0", front=True))
    assert not await asked(store, lambda tx: tx.claims.take([late], "me"))
    [first] = await rows(store)
    assert await asked(store, lambda tx: tx.claims.take([first, late], "me")), (
        "those behind are joined"
    )


async def test_rows_are_started_together_or_not_at_all(store: Store) -> None:
    await enqueue(store, say("a1"), say("a2", handle="m2"))
    [first] = await rows(store)
    [row] = await asked(store, lambda tx: tx.outbox.rows([first]))
    [second] = await asked(store, lambda tx: tx.outbox.unsent_after(sendable(row), 5))
    await enqueue(store, act(TakeBack(handle="m2")))
    assert not await asked(store, lambda tx: tx.claims.take([first, second.id], "me"))
    assert not await asked(store, lambda tx: tx.claims.in_flight([first], "me"))
    assert await asked(store, lambda tx: tx.claims.take([first], "me"))


async def test_a_lane_follows_a_chat_that_moves(store: Store) -> None:
    """case B11: what is in flight to the old id keeps the new one from being written to."""
    await enqueue(store, say("a", ROOM), say("b", OTHER))
    first, second = await rows(store)
    await asked(store, lambda tx: tx.claims.take([first], "me"))
    new = Address(channel="telegram", chat="-1009")
    await asked(store, lambda tx: tx.apply(Decision(moved=((GROUP, new),)), NOW))
    assert not await asked(store, lambda tx: tx.claims.take([second], "me"))
    await asked(store, lambda tx: tx.outbox.postpone(first, NOW, "moved"))
    heads = await asked(store, lambda tx: tx.claims.heads(NOW))
    assert {head.lane for head in heads} == {("telegram", "-1009")}
    assert await asked(store, lambda tx: tx.claims.heads(NOW, busy={("telegram", "-1009")})) == []


# ---------------------------------------------------------------- leases


async def test_rows_of_a_process_that_died_are_found(store: Store) -> None:
    """case A3: what was being sent when the process was killed. Time passes by the database's
    clock: nobody's own counts, an hour off it changes nothing."""
    await enqueue(store, say("a"), say("b", BORIS))
    first, second = await rows(store)
    await asked(store, lambda tx: tx.claims.take([first], "dead"))
    await asked(store, lambda tx: tx.claims.take([second], "me"))

    def found(owner: str | None, **lease: timedelta) -> Callable[[Transaction], list[str]]:
        return lambda tx: [sendable(row).id for row in tx.claims.interrupted(owner, **lease)]

    assert await asked(store, found(None)) == [first, second]
    assert await asked(store, found("me")) == [], "its lease lasts"
    assert await asked(store, found("me", lease=timedelta(0))) == [first]


async def test_a_lease_can_be_renewed(store: Store) -> None:
    """A letter may take longer than a lease. By row: what is not in hands is not renewed."""
    await enqueue(store, say("a"), say("b", BORIS))
    mine, forgotten = await rows(store)
    await asked(store, lambda tx: tx.claims.take([mine], "me"))
    await asked(store, lambda tx: tx.claims.take([forgotten], "me"))
    lease = timedelta(milliseconds=200)

    def renewed(tx: Transaction) -> list[str]:
        tx.claims.renew([mine], "me")
        tx.claims.renew([mine, forgotten], "somebody else")
        return [sendable(row).id for row in tx.claims.interrupted("another", lease=lease)]

    for _ in range(10_000):
        if gone := await asked(store, renewed):
            break
    assert gone == [forgotten]


async def test_what_nobody_holds_is_released(store: Store) -> None:
    """A claim whose commit nobody heard of: its rows were never sent, and wait as before."""
    await enqueue(store, say("a1"), say("a2"), say("b", BORIS), say("room", ROOM))
    lost, held, theirs = await rows(store)
    for row, owner in ((lost, "me"), (held, "me"), (theirs, "you")):
        await asked(store, lambda tx, row=row, owner=owner: tx.claims.take([row], owner))  # type: ignore[misc]  # the usual default-argument idiom
    assert await asked(store, lambda tx: tx.claims.release("me", [held])) == 1
    assert await rows(store) == [lost]
    [again] = await asked(store, lambda tx: tx.outbox.rows([lost]))
    assert sendable(again).attempts == 0
    assert await asked(store, lambda tx: tx.claims.release("me", [held])) == 0
    assert await asked(store, lambda tx: tx.claims.in_flight([theirs], "you"))


async def test_what_is_known_to_have_arrived(store: Store) -> None:
    await enqueue(store, say("a"), say("b", BORIS))
    first, second = await rows(store)
    await asked(store, lambda tx: tx.claims.take([first], "me"))
    await asked(store, lambda tx: tx.outbox.delivered(first, Receipt(at=NOW)))
    assert not await asked(store, lambda tx: tx.claims.in_flight([first], "me"))
    assert await asked(store, lambda tx: tx.outbox.any_delivered([first, second]))
    assert not await asked(store, lambda tx: tx.outbox.any_delivered([second, "nobody"]))


# ---------------------------------------------------------------- out of the way


async def test_a_row_set_aside_is_kept_and_can_be_sent_again(store: Store) -> None:
    await enqueue(store, say("a1", handle="m1"), say("a2"))
    [row] = await rows(store)
    await asked(store, lambda tx: tx.outbox.set_aside(row, "trace"))
    assert await asked(store, lambda tx: tx.records.post_state("m1", *ANNAS_LANE)) == "aside"
    [(kept, why)] = await asked(store, lambda tx: tx.outbox.aside())
    assert (sendable(kept).id, why) == (row, "trace")
    [behind] = await rows(store)
    assert behind != row
    await asked(store, lambda tx: tx.apply(Decision(resend=(row,)), NOW))
    assert await asked(store, lambda tx: tx.records.post_state("m1", *ANNAS_LANE)) == "waiting"


def cut_waits(tx: Transaction) -> list[int]:
    """How many waits were cut in the inbox, the outbox and of chats."""
    return [
        tx.inbox.cut_waits(NOW, LONGEST),
        tx.outbox.cut_waits(NOW, LONGEST),
        tx.chats.cut_pauses(NOW, LONGEST),
    ]


async def test_waits_that_a_wrong_clock_wrote_are_cut(store: Store) -> None:
    """case A9: a clock a day ahead wrote them; nobody waits a day for it to be right."""
    tomorrow = NOW + timedelta(days=1)
    await enqueue(store, say("anna"), say("boris", BORIS), say("room", ROOM))
    [anna, boris, _] = await rows(store)
    await asked(store, lambda tx: tx.outbox.postpone(anna, tomorrow, "429"))
    await asked(store, lambda tx: tx.outbox.postpone(boris, NOW + LONGEST, "429"))
    await asked(store, lambda tx: tx.chats.pause(*DESKS_LANE, tomorrow))
    await asked(store, lambda tx: tx.chats.pause("telegram", "102", NOW + SECOND))
    await asked(store, lambda tx: tx.inbox.accept([said("1")], None, tomorrow))
    assert await asked(store, cut_waits) == [1, 1, 1]
    heads = await asked(store, lambda tx: tx.claims.heads(NOW + SECOND))
    assert {head.order: head.due for head in heads} == {
        ANNA.key: NOW,
        BORIS.key: NOW + LONGEST,
        ROOM.key: NOW,
    }
    assert await asked(store, lambda tx: tx.inbox.next_due()) == NOW
    assert await asked(store, cut_waits) == [0, 0, 0]
