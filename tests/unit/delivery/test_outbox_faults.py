"""What the outbox makes of storage that is away at the wrong moment, clocks that are wrong, rows
nobody can read, and calls that never come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.decision import Diagnose, Mark, Room, Say
from bot.conversation.events import Alarm, DeliveryFailed
from bot.delivery.ports import LEASE, StorageUnavailable, Transaction, VersionConflict
from bot.delivery.preparing import Prepared
from channels.message import (
    Address,
    ChangeThread,
    Content,
    Media,
    Outbound,
    Permanent,
    Post,
    Reason,
    Receipt,
    Transient,
    Uncertain,
)
from channels.patience import CHAT
from tests.clock import START
from tests.damage import damaged_post
from tests.outbox import due
from tests.unit.delivery.sending import CLIENT, GROUP, OTHER, ROOM, Desk, desk, origin, running
from tests.values import act
from tests.waiting import patience

QUICK = replace(CHAT, answer=0.01)


def committed_but_not_heard(it: Desk, which: Callable[[Any], bool], *, times: int = 1) -> list[int]:
    """Storage that commits what ``which`` is true of and then says that it is away."""
    transact, broken = it.store.transact, list[int]()

    async def breaking(work: Callable[[Transaction], Any]) -> Any:
        result = await transact(work)
        if len(broken) < times and which(result):
            broken.append(1)
            raise StorageUnavailable("committed, but nobody told us")
        return result

    it.store.transact = breaking  # type: ignore[method-assign]
    return broken


def is_claim(result: Any) -> bool:
    return bool(getattr(result, "prepared", ()))


# ---------------------------------------------------------------- storage


@pytest.mark.parametrize("alone", [True, False])
async def test_a_claim_of_unknown_outcome_is_sent(*, alone: bool) -> None:
    """Review, fault 4: its rows stood as ours for ever, and their chat was blocked."""
    async with desk(run=False) as it:
        it.worker.alone = alone
        broken = committed_but_not_heard(it, is_claim)
        await it.say(CLIENT, "hello", resend_if_uncertain=False)
        began = it.clock.now()
        async with running(it.worker):
            await it.until(lambda: it.texts("42"))
        assert broken
        assert it.texts("42") == ["hello"]
        assert it.clock.now() - began < timedelta(seconds=5)
        assert it.told == [], "it was surely not sent: nobody is asked"


async def test_what_settled_unheard_settles_once() -> None:
    """PostgreSQL goes away during the commit of what a failure led to: the specialist hears of the
    failure once, and the chat goes on."""
    async with desk() as it:
        it.channel.fail(
            Permanent(Reason.BLOCKED, "blocked"), concerns=lambda o: o.address == CLIENT
        )
        broken = committed_but_not_heard(it, lambda result: bool(it.told), times=2)
        await it.say(CLIENT, "hello", origin=origin(), resend_if_uncertain=False)
        await it.until(lambda: len(broken) == 2)
        await it.say(CLIENT, "and again")
        await it.until(lambda: it.texts("42") == ["and again"])
        assert [type(event) for event in it.told] == [DeliveryFailed]
        assert marks(it) == 1


def marks(it: Desk) -> int:
    rows = it.store._tables.outbox.rows()
    return sum(isinstance(row.outgoing.action, Mark) for row in rows)


async def test_a_receipt_that_settled_unheard_marks_once() -> None:
    async with desk() as it:
        it.channel.say("hello", chat=GROUP)
        message = next(iter(it.channel.chats[GROUP].messages))
        committed_but_not_heard(it, lambda _: bool(it.texts("42")), times=2)
        await it.say(CLIENT, "hello", origin=origin(message), resend_if_uncertain=False)
        await it.until(lambda: it.channel.chats[GROUP].messages[message].reaction)
        it.clock.advance(60)
        for _ in range(50):
            await asyncio.sleep(0)
        assert marks(it) == 1
        assert it.texts("42") == ["hello"]


async def test_a_result_that_always_meets_others_is_left_at_that() -> None:
    """What follows cannot be saved; the chat must not wait for it for ever."""
    async with desk() as it:
        settle = it.worker.outcomes.settle

        def conflicting(tx: Transaction, prepared: Prepared, *more: Any) -> None:
            if prepared.outbound.address == CLIENT and "first" in str(prepared.outbound.act):
                raise VersionConflict("somebody was first")
            settle(tx, prepared, *more)

        it.worker.outcomes.settle = conflicting  # type: ignore[method-assign,assignment]
        await it.say(CLIENT, "first")
        await it.say(CLIENT, "second")
        await it.until(lambda: it.texts("42") == ["first", "second"])
        assert it.worker.trouble == ""


async def test_a_receipt_counts_though_a_neighbour_took_us_for_gone() -> None:
    """We stood still for longer than a lease, but the message had arrived: nobody has to decide."""
    async with desk(run=False) as it:
        await it.say(CLIENT, "hello", handle="m1", resend_if_uncertain=False)
        [prepared] = (await it.worker._claim()).prepared
        it.clock.advance(LEASE.total_seconds())
        neighbour = replace(it.worker, owner="neighbour", alone=False)
        await neighbour.recover()
        assert [type(event) for event in it.told] == [DeliveryFailed]
        receipt = Receipt(at=it.clock.now(), messages=("7",))
        await it.worker._settled(prepared, receipt)
        state = await it.store.transact(lambda tx: tx.records.post_state("m1", "memory", "42"))
        assert state == "delivered"


async def test_a_failure_says_nothing_once_a_neighbour_has_the_row() -> None:
    async with desk(run=False) as it:
        await it.say(CLIENT, "hello")
        [prepared] = (await it.worker._claim()).prepared
        it.clock.advance(LEASE.total_seconds())
        neighbour = replace(it.worker, owner="neighbour", alone=False)
        await neighbour.recover()
        [theirs] = (await neighbour._claim()).prepared
        await it.worker._settled(prepared, Transient("too late", retry_after=60))
        assert await it.store.transact(lambda tx: tx.claims.in_flight([theirs.row.id], "neighbour"))


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize("ahead", [timedelta(hours=1), -timedelta(hours=1)])
async def test_a_neighbours_clock_changes_nothing(ahead: timedelta) -> None:
    """Review, fault 7b: what one process is sending at this moment was sent by a second one, whose
    clock was an hour ahead."""
    async with desk(run=False) as it:
        it.worker.alone = False
        await it.say(CLIENT, "hello")
        assert len((await it.worker._claim()).prepared) == 1
        theirs = type(it.clock)(it.clock.now() + ahead)
        neighbour = replace(it.worker, owner="neighbour", clock=theirs)
        await neighbour.recover()
        assert (await neighbour._claim()).prepared == ()
        assert it.told == []


async def test_what_is_on_its_way_for_long_keeps_its_lease() -> None:
    """A letter may take longer than a lease; its row is renewed as long as we have it in hands."""
    async with desk() as it:
        it.worker.alone = False
        began, finish = asyncio.Event(), asyncio.Event()
        send = it.channel.send

        async def slow(outbound: Outbound) -> Receipt:
            began.set()
            await finish.wait()
            return await send(outbound)

        it.channel.send = slow  # type: ignore[method-assign]
        await it.say(CLIENT, "hello")
        await began.wait()
        for _ in range(2 * int(LEASE.total_seconds()) // 5):
            it.clock.advance(5)
            for _ in range(40):
                await asyncio.sleep(0)
        neighbour = replace(it.worker, owner="neighbour")
        await neighbour.recover()
        assert (await neighbour._claim()).prepared == ()
        finish.set()
        await it.until(lambda: it.texts("42") == ["hello"])


async def test_what_a_clock_of_tomorrow_wrote_holds_nobody_until_tomorrow() -> None:
    """F3: the clock was a day ahead, a 429 came, the process died, the clock was put right."""
    async with desk(run=False) as it:
        it.clock.advance(days=1)
        it.channel.fail(Transient("429", retry_after=2, whole_chat=True))
        await it.say(ROOM, "card")
        [prepared] = (await it.worker._claim()).prepared
        await it.worker._settled(prepared, await it.worker._send(prepared))
        right = type(it.clock)(it.clock.now() - timedelta(days=1))
        it.clock = right
        reborn = replace(it.worker, owner="reborn", clock=right)
        async with running(reborn):
            await it.say(ROOM, "line")
            began = right.now()
            await it.until(lambda: len(it.texts(GROUP)) == 2)
        assert it.texts(GROUP) == ["card", "line"]
        assert right.now() - began < timedelta(seconds=30)


# ---------------------------------------------------------------- rows


async def test_a_row_that_cannot_be_read_is_set_aside_and_told() -> None:
    """Review, fault 3: it ended the service, and the next start, and the next."""
    async with desk(run=False) as it:
        await it.say(CLIENT, "from a newer version")
        await it.say(CLIENT, "hello")
        await it.say(OTHER, "others")
        [row, _] = await it.store.transact(lambda tx: due(tx, it.clock.now()))
        await it.store.transact(damaged_post(row.id))
        async with running(it.worker):
            await it.until(lambda: it.texts("42") and it.texts("43"))
        assert (it.texts("42"), it.texts("43")) == (["hello"], ["others"])
        [alarm] = it.told
        assert isinstance(alarm, Alarm)
        assert (alarm.key, alarm.args["row"]) == ("admin.outbox_aside", row.id)


async def test_an_interrupted_row_that_cannot_be_read_is_set_aside() -> None:
    async with desk(run=False) as it:
        await it.say(CLIENT, "hello")
        [prepared] = (await it.worker._claim()).prepared
        await it.store.transact(damaged_post(prepared.row.id))
        await replace(it.worker, owner="reborn").recover()
        assert [type(event) for event in it.told] == [Alarm]


async def test_lines_are_joined_up_to_one_that_cannot_be_read() -> None:
    async with desk(run=False, limits=True) as it:
        await it.store.transact(
            lambda tx: tx.chats.room_opened(ROOM, Address(channel="memory", chat=GROUP, thread="1"))
        )
        for number in range(4):
            await it.say(ROOM, f"line {number}", merge=True)
        pacer = it.worker._pacer("memory", it.clock.now())
        pacer.spend(GROUP, 12, it.clock.now())
        third = [row.id for row in it.store._tables.outbox.rows()][2]
        await it.store.transact(damaged_post(third))
        [prepared] = (await it.worker._claim()).prepared
        assert isinstance(prepared.outbound.act, Post)
        assert prepared.outbound.act.content.text.text == "line 0\nline 1"


# ---------------------------------------------------------------- calls that never come back


async def hangs(*_anything: object) -> Any:
    await asyncio.Event().wait()


async def test_a_topic_that_hangs_while_it_is_reopened_costs_one_limit() -> None:
    """Review, fault 18: after THREAD_CLOSED nothing had a limit any more."""
    async with desk(run=False) as it:
        worker = replace(it.worker, patience={"memory": QUICK})
        calls: list[str] = []

        async def closed(outbound: Outbound) -> Receipt:
            calls.append(outbound.act.type)
            if isinstance(outbound.act, Post):
                raise Permanent(Reason.THREAD_CLOSED, "closed")
            return await hangs()  # type: ignore[no-any-return]  # it never returns

        it.channel.send = closed  # type: ignore[method-assign]
        await it.say(CLIENT, "hello")
        [prepared] = (await worker._claim()).prepared
        async with patience():
            result = await worker._send(prepared)
        assert isinstance(result, Transient), "the post itself was surely not sent"
        assert calls == ["post", "change_thread"]


async def test_the_second_send_has_a_limit_as_well() -> None:
    async with desk(run=False) as it:
        worker = replace(it.worker, patience={"memory": QUICK})
        reopened: list[int] = []

        async def closed(outbound: Outbound) -> Receipt:
            if isinstance(outbound.act, ChangeThread):
                reopened.append(1)
                return Receipt(at=it.clock.now())
            if not reopened:
                raise Permanent(Reason.THREAD_CLOSED, "closed")
            return await hangs()  # type: ignore[no-any-return]  # it never returns

        it.channel.send = closed  # type: ignore[method-assign]
        await it.say(CLIENT, "hello")
        [prepared] = (await worker._claim()).prepared
        async with patience():
            assert isinstance(await worker._send(prepared), Uncertain)


async def test_a_topic_that_may_have_been_reopened_loses_nothing() -> None:
    async with desk(run=False) as it:
        answers: list[Exception] = [Permanent(Reason.THREAD_CLOSED, "closed"), Uncertain("reset")]

        async def unlucky(outbound: Outbound) -> Receipt:
            raise answers.pop(0)

        it.channel.send = unlucky  # type: ignore[method-assign]
        await it.say(CLIENT, "hello", resend_if_uncertain=False)
        [prepared] = (await it.worker._claim()).prepared
        assert isinstance(await it.worker._send(prepared), Transient)


async def test_files_that_do_not_come_have_a_limit(tmp_path: Path) -> None:
    async with desk(run=False, files=tmp_path / "way") as it:
        worker = replace(it.worker, patience={"memory": QUICK})
        assert worker.files is not None
        it.mail.fetch = hangs  # type: ignore[attr-defined]  # it keeps files, as mail does
        media = Media(kind="photo", channel="email", file="7")
        await it.enqueue(act(to=CLIENT, action=Say(content=Content(parts=(media,)))))
        [prepared] = (await worker._claim()).prepared
        async with patience():
            assert isinstance(await worker._send(prepared), Transient)


async def test_a_diagnosis_that_hangs_has_a_limit() -> None:
    async with desk(run=False) as it:
        worker = replace(it.worker, patience={"memory": QUICK}, diagnose=hangs)
        await it.enqueue(act(to=CLIENT, action=Diagnose(language="en")))
        [prepared] = (await worker._claim()).prepared
        async with patience():
            assert isinstance(await worker._send(prepared), Transient)


# ---------------------------------------------------------------- no busy loop


async def test_a_group_over_its_budget_is_not_looked_at_again_and_again() -> None:
    """Review, fault 8: 426 claiming transactions in three seconds with nothing to send."""
    async with desk(limits=True) as it:
        for number in range(25):
            await it.say(Room(ticket=number, desk="internet"), "hello")
        for _ in range(40):
            await asyncio.sleep(0)
            it.clock.advance(0.05)
        await it.until(lambda: len(it.channel.sent) >= 18, step=0.05)
        assert await looks(it, seconds=10) < 20


async def test_a_paused_chat_is_not_looked_at_again_and_again() -> None:
    async with desk() as it:
        it.channel.fail(Transient("429", retry_after=300, whole_chat=True), times=1)
        for number in range(50):
            await it.say(CLIENT, f"line {number}")
        await it.until(lambda: not it.worker._in_hand and it.clock.now() > START)
        assert await looks(it, seconds=60) < 10


async def test_an_idle_outbox_looks_once_a_minute() -> None:
    async with desk() as it:
        await looks(it, seconds=5)
        assert await looks(it, seconds=600) <= 11


async def looks(it: Desk, *, seconds: float) -> int:
    """How many transactions the worker makes while so much time passes."""
    transact, count = it.store.transact, 0

    async def counting(work: Callable[[Transaction], Any]) -> Any:
        nonlocal count
        count += 1
        return await transact(work)

    it.store.transact = counting  # type: ignore[method-assign]
    for _ in range(round(seconds / 0.05)):
        for _ in range(10):
            await asyncio.sleep(0)
        it.clock.advance(0.05)
    it.store.transact = transact  # type: ignore[method-assign]
    return count
