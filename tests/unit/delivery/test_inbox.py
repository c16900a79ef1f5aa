"""The inbox worker: every event is decided once, in order, and none is in the way of others."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from bot.conversation.decision import Decision, Timer
from bot.conversation.events import Alarm, MachineEvent, NotYet
from bot.delivery.inbox import ATTEMPTS, NOT_YET_TRIES
from bot.delivery.ports import (
    InboxRow,
    StorageUnavailable,
    Transaction,
    Unreadable,
    VersionConflict,
)
from bot.delivery.wakeups import Queue
from bot.delivery.worker import BATCH_SECONDS, Progress
from channels.message import Address, Inbound, Media, MessageRef, Said
from tests.damage import damaged, healed
from tests.outbox import next_due
from tests.unit.delivery.deciding import Answer, each, inbox, of, passes
from tests.values import ANNA, BORIS, content, readable, said, say

OTHERS: Final[tuple[Queue, ...]] = ("outbox", "timers")


def half_way(tx: Transaction, _event: MachineEvent, now: datetime) -> Decision:
    """A machine that fails after it has written something."""
    tx.apply(Decision(outgoing=(say("half"),)), now)
    raise ValueError("odd")


# ------------------------------------------------------------------ one after another


async def test_what_arrived_is_decided_in_order_and_once() -> None:
    async with inbox(said("1"), said("2", BORIS), said("3")) as it:
        assert await it.step() == Progress(handled=3)
        assert it.decided == ["1", "2", "3"]
        assert await it.step() == Progress(handled=0)
        assert it.decided == ["1", "2", "3"]


async def test_an_idle_worker_is_woken_by_what_arrives() -> None:
    async with inbox() as it:
        await it.inbox.accept([said("1")])
        assert it.rung("inbox")
        await it.until_quiet(1)
        assert it.decided == ["1"]


async def test_what_is_known_already_wakes_nobody() -> None:
    async with inbox(said("1")) as it:
        await it.wakeups.wait("inbox")
        assert await it.inbox.accept([said("1")]) == 0
        assert not it.rung("inbox")


@pytest.mark.parametrize(
    ("decision", "rung"),
    [
        (Decision(), set()),
        (Decision(outgoing=(say("hello"),)), {"outbox"}),
        (Decision(timers=(Timer(kind="close", subject="1", due=None),)), {"timers"}),
        (Decision(returned=(ANNA,)), {"outbox"}),
        (Decision(resend=("x",)), {"outbox"}),
        (Decision(moved=((ANNA, BORIS),)), {"outbox"}),
    ],
)
async def test_who_has_something_new_is_rung(decision: Decision, rung: set[Queue]) -> None:
    async with inbox(said("1")) as it:
        it.machine.answers = each(decision)
        await it.step()
        assert {queue for queue in OTHERS if it.rung(queue)} == rung


def part(number: str, text: str = "", reply_to: str | None = None) -> Inbound:
    ref = MessageRef(channel="telegram", chat="101", id=number)
    photo = Media(kind="photo", file=f"file{number}")
    arrival = said(number, text=text, album="x")
    assert isinstance(arrival.event, Said)
    words = replace(content(text), parts=(photo,), source=(ref,))
    return replace(arrival, event=replace(arrival.event, content=words, reply_to=reply_to))


async def test_an_album_is_one_event_with_all_parts_in_order() -> None:
    async with inbox(part("10"), part("9", "look", reply_to="5")) as it:
        await it.until_quiet(2)
        [event] = it.machine.decided
        assert isinstance(event, Inbound)
        assert isinstance(event.event, Said)
        files = [p.file for p in event.event.content.parts if isinstance(p, Media)]
        assert files == ["file9", "file10"]
        assert event.event.content.words == "look"
        assert event.event.reply_to == "5"


# ------------------------------------------------------------------ a batch


@pytest.mark.parametrize("each", [1 / 4, 1 / 400])
async def test_a_batch_is_bounded_by_time_alone(each: float) -> None:
    """Whoever waits for the store, a channel that was told something, waits for one batch: a few
    slow decisions, or hundreds of quick ones in one commit."""
    async with inbox(*(said(f"{n}") for n in range(500))) as it:

        def working(_: MachineEvent) -> Answer:
            it.steady.seconds += BATCH_SECONDS * each
            return Decision()

        it.machine.answers = working
        before = it.store.transactions
        handled = (await it.step()).handled
        assert it.store.transactions == before + 1
        assert handled == pytest.approx(1 / each, abs=1)
        assert it.decided == [f"{n}" for n in range(handled)]


async def test_what_a_batch_did_not_reach_waits_for_nothing() -> None:
    """It is not held back by having been claimed: somebody else can decide about it at once."""
    async with inbox(*(said(f"{n}") for n in range(20))) as it:

        def slowly(_: MachineEvent) -> Answer:
            it.steady.seconds += BATCH_SECONDS
            return Decision()

        it.machine.answers = slowly
        assert (await it.step()).handled == 1
        [row] = await it.store.real.transact(lambda tx: readable(tx.inbox.next(it.clock.now())))
        assert row.inbound.external_id == "1"


async def test_even_the_slowest_work_gets_on() -> None:
    async with inbox(said("1"), said("2")) as it:

        def slowly(_: MachineEvent) -> Answer:
            it.steady.seconds += 10
            return Decision()

        it.machine.answers = slowly
        assert (await it.step()).handled == 1
        assert (await it.step()).handled == 1
        assert it.decided == ["1", "2"]


# ------------------------------------------------------------------ what fails


async def test_poison_is_tried_a_few_times_and_set_aside() -> None:
    """case A13"""
    async with inbox(said("1"), said("2")) as it:
        it.machine.answers = of("1", ValueError("odd"))
        await it.until_quiet(60)
        assert it.asked.count("1") == ATTEMPTS
        assert it.decided == ["2"]
        [alarm] = it.machine.alarms
        assert (alarm.key, alarm.args["error"]) == ("admin.set_aside", "ValueError: odd")
        assert len(await it.aside()) == 1


async def test_what_recovers_in_time_is_decided() -> None:
    async with inbox(said("1"), said("2")) as it:
        answers: list[Answer] = [ValueError("odd"), ValueError("odd"), Decision()]
        it.machine.answers = lambda _: answers.pop(0) if answers else Decision()
        await it.until_quiet(60)
        assert it.decided == ["1", "2"]
        assert not await it.aside()


async def test_nothing_of_a_decision_that_failed_stays() -> None:
    async with inbox(said("1")) as it:
        it.worker._decide = half_way
        await it.step()
        due = await it.store.real.transact(lambda tx: next_due(tx, it.clock.now()))
        assert due is None


async def test_what_was_set_aside_is_replayed_from_the_start() -> None:
    async with inbox(said("1")) as it:
        it.machine.answers = of("1", ValueError("odd"))
        await it.until_quiet(60)
        [row] = await it.aside()
        assert isinstance(row, InboxRow)
        now = it.clock.now()
        await it.store.real.transact(lambda tx: tx.inbox.replay([row.id], now))
        it.machine.answers = lambda _: Decision()
        await it.until_quiet(70)
        assert it.decided == ["1"]


# ------------------------------------------------------------------ conflicts (fault 2)


async def test_one_conflict_stops_nobody_else() -> None:
    """Fault 2: two clients; deciding about the first one's words conflicts for ever."""
    async with inbox(said("1"), said("2", BORIS)) as it:
        it.machine.answers = of("1", VersionConflict("x"))
        assert (await it.step()).handled == 1
        assert it.decided == ["2"], "in the same batch"
        await it.until_quiet(60)
        [alarm] = it.machine.alarms
        assert alarm.key == "admin.set_aside"
        assert "VersionConflict" in str(alarm.args["error"])
        assert len(await it.aside()) == 1
        assert not it.worker.trouble


async def test_a_passing_conflict_is_decided_at_once() -> None:
    """Somebody else saved first: what they saved is seen by the next attempt."""
    async with inbox(said("1")) as it:
        answers: list[Answer] = [VersionConflict("x"), VersionConflict("x"), Decision()]
        it.machine.answers = lambda _: answers.pop(0)
        assert await it.step() == Progress(handled=1)
        assert it.decided == ["1"]


async def test_conflicts_are_counted_in_the_row() -> None:
    """A restart does not begin to count anew."""
    async with inbox(said("1")) as it:
        it.machine.answers = of("1", VersionConflict("x"))
        await it.step()
        it.clock.advance(2)
        [row] = await it.store.real.transact(lambda tx: tx.inbox.next(it.clock.now()))
        assert isinstance(row, InboxRow)
        assert row.attempts == 1


# ------------------------------------------------------------------ rows nobody can read (fault 3)


async def test_a_row_that_cannot_be_read_is_set_aside_with_an_alarm() -> None:
    """Fault 3: it ended the service, and every start after it."""
    async with inbox(said("1"), said("2"), said("3", BORIS)) as it:
        await it.store.real.transact(damaged("1"))
        assert (await it.step()).handled == 3
        assert it.decided == ["2", "3"]
        [alarm] = it.machine.alarms
        assert alarm.key == "admin.set_aside"
        [row] = await it.aside()
        assert isinstance(row, Unreadable)
        await it.store.real.transact(healed(said("1")))
        now = it.clock.now()
        await it.store.real.transact(lambda tx: tx.inbox.replay([row.row], now))
        await it.step()
        assert it.decided == ["2", "3", "1"]


async def test_of_an_album_what_can_be_read_is_decided() -> None:
    async with inbox(part("1"), part("2"), part("3")) as it:
        await it.store.real.transact(damaged("2"))
        await it.until_quiet(2)
        [event] = [e for e in it.machine.decided if isinstance(e, Inbound)]
        assert isinstance(event.event, Said)
        assert [ref.id for ref in event.event.content.source] == ["1", "3"]
        assert len(it.machine.alarms) == 1
        assert len(await it.aside()) == 1


# ------------------------------------------------------------------ receipts (faults 1 and 1b)


async def test_what_waits_for_a_receipt_is_decided_in_the_end() -> None:
    """Fault 1, case G4: it was finished without a decision, and its words were gone."""
    async with inbox(said("1", text="дома темно")) as it:
        it.machine.answers = lambda _: Decision() if it.machine.settled[-1] else NotYet()
        await it.until_quiet(14)
        assert it.decided == []
        await it.until_quiet(3)
        assert it.decided == ["1"]
        assert it.machine.settled == [False] * NOT_YET_TRIES + [True]
        assert not await it.aside()


async def test_a_batch_that_took_too_long_over_what_waits_goes_on_at_once() -> None:
    """It said that nothing was handled while more was due, and paused."""
    async with inbox(said("1"), said("2", BORIS)) as it:

        def slow(event: MachineEvent) -> Answer:
            it.steady.seconds += 10
            late = isinstance(event, Inbound) and event.external_id == "1"
            return NotYet() if late else Decision()

        it.machine.answers = slow
        assert (await it.step()).handled, "there is more"
        await it.step()
        assert it.decided == ["2"]


async def test_it_is_waited_for_by_attempts_not_by_age() -> None:
    """Fault 1b: after a pause of the process the first look was the last one."""
    async with inbox(said("1")) as it:
        it.clock.advance(16)
        it.machine.answers = each(NotYet())
        progress = await it.step()
        assert progress.due == it.clock.now() + timedelta(seconds=1), "it is looked at again"
        it.machine.answers = lambda _: Decision()
        it.clock.advance(1)
        await it.step()
        assert it.decided == ["1"]
        assert it.machine.settled == [False, False]


async def test_what_follows_it_waits_others_do_not() -> None:
    async with inbox(said("1"), said("2"), said("3", BORIS)) as it:
        late = it.clock.now() + timedelta(seconds=5)
        it.machine.answers = lambda event: (
            NotYet()
            if isinstance(event, Inbound) and event.external_id == "1" and it.clock.now() < late
            else Decision()
        )
        await it.step()
        assert it.decided == ["3"]
        await it.until_quiet(7)
        assert it.decided == ["3", "1", "2"]


async def test_each_event_is_waited_for_anew() -> None:
    async with inbox(said("1"), said("2")) as it:
        it.machine.answers = lambda _: Decision() if it.machine.settled[-1] else NotYet()
        await it.until_quiet(40)
        assert it.machine.settled == ([False] * NOT_YET_TRIES + [True]) * 2
        assert it.decided == ["1", "2"]


async def test_a_machine_that_waits_on_although_all_is_settled_is_at_fault() -> None:
    async with inbox(said("1"), said("2")) as it:
        it.machine.answers = of("1", NotYet("still"))
        await it.until_quiet(90)
        assert it.decided == ["2"]
        assert len(await it.aside()) == 1
        assert len(it.machine.alarms) == 1


async def test_waiting_for_receipts_costs_one_transaction_a_second() -> None:
    """Faults 8 and 9: an idle or held-back process makes under two."""
    async with inbox(said("1")) as it:
        it.machine.answers = each(NotYet())
        before = it.store.transactions
        await passes(it.worker, it.clock, 10, step=0.05)
        assert it.store.transactions - before <= 12


# ------------------------------------------------------------------ alarms (fault 16)


@pytest.mark.parametrize("error", [ValueError("odd"), VersionConflict("x"), NotYet("still")])
async def test_an_alarm_that_cannot_be_given_is_not_the_end(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 16"""
    async with inbox(said("1"), said("2", BORIS)) as it:
        poison = of("1", ValueError("poison"))
        it.machine.answers = lambda event: error if isinstance(event, Alarm) else poison(event)
        await it.until_quiet(60)
        assert it.decided == ["2"]
        assert len(await it.aside()) == 1
        assert not it.worker.trouble
    assert "an alarm could not be given: admin.set_aside" in caplog.text


async def test_nothing_of_an_alarm_that_failed_stays() -> None:
    async with inbox(said("1")) as it:
        await it.store.real.transact(damaged("1"))

        it.worker._decide = half_way
        await it.step()
        assert await it.store.real.transact(lambda tx: next_due(tx, it.clock.now())) is None
        assert len(await it.aside()) == 1


# ------------------------------------------------------------------ storage


async def test_storage_that_goes_away_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with inbox(said("1"), said("2")) as it:
        it.store.failing = iter([StorageUnavailable("locked")] * 4)
        await it.until_quiet(30)
        assert it.decided == ["1", "2"]
        assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]


async def test_storage_that_goes_away_in_a_decision_counts_for_no_row() -> None:
    async with inbox(said("1")) as it:
        answers: list[Answer] = [StorageUnavailable("full")] * 9
        it.machine.answers = lambda _: answers.pop(0) if answers else Decision()
        await it.until_quiet(90)
        assert it.decided == ["1"]
        assert not it.machine.alarms


async def test_an_idle_worker_asks_once_a_minute() -> None:
    """Fault 9: counted."""
    async with inbox() as it:
        before = it.store.transactions
        await it.until_quiet(300)
        assert it.store.transactions - before <= 6


# ------------------------------------------------------------------ accepting (fault 15)


@pytest.mark.parametrize(
    "error", [VersionConflict("x"), StorageUnavailable("full"), ValueError("a fault of ours")]
)
async def test_channels_hear_of_one_kind_of_trouble(error: Exception) -> None:
    """Fault 15: a conflict while accepting ended the receiver, and the service with it."""
    async with inbox() as it:
        it.store.failing = iter([error, error])
        with pytest.raises(StorageUnavailable):
            await it.inbox.accept([said("1")])
        with pytest.raises(StorageUnavailable):
            await it.inbox.cursor("telegram", "INBOX")
        assert await it.inbox.accept([said("1")]) == 1, "and what comes again is kept"


async def test_the_place_of_an_address_is_its_own_queue() -> None:
    """Topics of one group do not wait for each other."""
    topic, other = (Address(channel="telegram", chat="-5", thread=name) for name in ("1", "2"))
    async with inbox(said("1", topic), said("2", other)) as it:
        it.machine.answers = of("1", NotYet())
        await it.step()
        assert it.decided == ["2"]
