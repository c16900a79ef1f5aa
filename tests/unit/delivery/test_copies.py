"""A post that may have arrived: how many copies there are at most, when, and who is told so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.conversation.decision import TRIAL, Mark, Outgoing, Room, Say, Urgency
from bot.conversation.events import DeliveryFailed, MachineEvent, Unconfirmed
from bot.delivery.outcomes import SECOND_THOUGHT
from bot.delivery.ports import Transaction
from channels.message import Address, OpenThread, Outbound, Post, Transient, Uncertain
from channels.patience import CHAT
from tests.unit.delivery.sending import CLIENT, GROUP, OTHER, ROOM, Desk, desk, origin, words
from tests.values import act
from tests.waiting import patience

ADMINS = Address(channel="memory", chat="-1")
SECOND = timedelta(seconds=1)
LONG = [20 * SECOND, timedelta(minutes=10), timedelta(hours=6)]


def failures(it: Desk) -> list[DeliveryFailed]:
    """Of what people were told."""
    return [event for event in it.told if isinstance(event, DeliveryFailed)]


def is_post(outbound: Outbound) -> bool:
    return isinstance(outbound.act, Post)


class Outage:
    """Sends get no answer, and are counted, until it is over."""

    def __init__(self, it: Desk, *, arrives: bool = False, probes: bool = True) -> None:
        self.it = it
        self.tries: dict[str, list[datetime]] = {}
        it.channel.silent = probes
        it.channel.fail(
            Uncertain("no answer"), times=1_000_000, arrives=arrives, concerns=self._hits
        )
        self.going_on = True

    def _hits(self, outbound: Outbound) -> bool:
        if not self.going_on or not is_post(outbound):
            return False
        self.tries.setdefault(outbound.id, []).append(self.it.clock.now())
        return True

    def end(self) -> None:
        self.going_on = self.it.channel.silent = False


async def let_pass(it: Desk, span: timedelta, step: float = 1.0) -> None:
    over = it.clock.now() + span
    await it.until(lambda: it.clock.now() >= over, step=step)


@pytest.mark.parametrize("span", LONG)
async def test_an_outage_of_everything_loses_nothing_and_copies_next_to_nothing(
    span: timedelta,
) -> None:
    """Cases A3, B2: nothing is answered for so long; one act of each chat was on its way, all else
    is not even tried. Then all arrives, in order."""
    async with desk() as it:
        await it.say(CLIENT, "before", conversation="c1")
        await it.until(lambda: it.texts("42"))
        outage = Outage(it)
        for number in range(3):
            await it.say(CLIENT, f"answer {number}", conversation="c1")
            await it.say(ROOM, f"words {number}")
        await let_pass(it, span, step=max(1.0, span.total_seconds() / 3000))
        assert sum(map(len, outage.tries.values())) <= 2
        outage.end()
        await it.until(lambda: len(it.texts("42")) == 4 and len(it.texts(GROUP)) == 3)
        assert it.texts("42") == ["before", "answer 0", "answer 1", "answer 2"]
        assert [t.removeprefix("↻\n") for t in it.texts(GROUP)] == ["words 0", "words 1", "words 2"]
        assert failures(it) == []
        assert len(it.channel.probes) < 12 + span / timedelta(minutes=5)


async def test_lost_answers_are_repeated_once_and_flagged_where_a_desk_reads_them() -> None:
    """case A3: "0 doubled unflagged". What the bot says to clients is repeated as it was."""
    async with desk() as it:
        await it.say(CLIENT, "before", conversation="c1")
        await it.until(lambda: it.texts("42"))
        outage = Outage(it, arrives=True)
        await it.say(ROOM, "a client's words")
        await it.until(lambda: it.texts(GROUP))
        outage.end()
        await it.until(lambda: len(it.texts(GROUP)) == 2)
        assert it.texts(GROUP) == ["a client's words", "↻\na client's words"]
        outage = Outage(it, arrives=True)
        await it.say(CLIENT, "an answer", conversation="c1")
        await it.until(lambda: len(it.texts("42")) == 2)
        outage.end()
        await it.until(lambda: len(it.texts("42")) == 3)
        assert it.texts("42") == ["before", "an answer", "an answer"]


async def test_our_own_words_are_sent_again_only_when_a_probe_was_answered() -> None:
    """case A3."""
    async with desk() as it:
        outage = Outage(it)
        await it.say(CLIENT, "our answer", conversation="c1")
        await let_pass(it, timedelta(minutes=3))
        assert [len(tries) for tries in outage.tries.values()] == [1]
        assert set(it.channel.probes) == {CLIENT}
        outage.end()
        await it.until(lambda: it.texts("42") == ["our answer"])
        assert failures(it) == []


async def test_a_lone_post_outlives_ten_minutes_in_which_only_posts_are_not_taken() -> None:
    """case A3: probes are answered all the time; the last copy is kept for half an hour later."""
    async with desk() as it:
        outage = Outage(it, probes=False)
        await it.say(CLIENT, "our answer", conversation="c1")
        await let_pass(it, timedelta(minutes=10))
        outage.end()
        await it.until(lambda: it.texts("42") == ["our answer"], step=5)
        [tries] = outage.tries.values()
        assert [(at - tries[0]) / SECOND for at in tries] == pytest.approx([0, 2], abs=1)
        assert failures(it) == []


async def test_the_last_copy_goes_as_soon_as_anything_else_was_delivered() -> None:
    """case A3: hours of posts not being taken, and no copy is wasted."""
    async with desk() as it:
        outage = Outage(it, probes=False)
        await it.say(CLIENT, "first", conversation="c1")
        await it.say(CLIENT, "second", conversation="c1")
        await let_pass(it, timedelta(minutes=20))
        outage.end()
        began = it.clock.now()
        await it.say(OTHER, "something else", conversation="c2")
        await it.until(lambda: len(it.texts("42")) == 2)
        assert it.texts("42") == ["first", "second"]
        assert it.clock.now() - began < timedelta(minutes=6)


async def test_where_only_posts_are_not_taken_something_harmless_is_tried() -> None:
    """case A3: with administrators to read it, no post of anybody else is spent: six hours lose
    nothing even if nobody says anything new."""
    async with desk(says=tried_out, last_copy=timedelta(days=1)) as it:
        outage = Outage(it, probes=False)
        await it.say(CLIENT, "first", conversation="c1")
        await it.say(ROOM, "second")
        await let_pass(it, timedelta(hours=6), step=10)
        outage.end()
        began = it.clock.now()
        await it.until(lambda: it.texts("42") and it.texts(GROUP), step=1)
        assert it.texts("42") == ["first"]
        assert it.texts(GROUP) == ["↻\nsecond"]
        assert it.clock.now() - began < timedelta(minutes=6)
        assert it.texts("-1") == ["is anybody there?"]
        assert 10 < sum(len(tries) == 1 for tries in outage.tries.values()) < 90
        assert failures(it) == []


def tried_out(tx: Transaction, event: MachineEvent) -> Sequence[Outgoing]:
    """The administrators' chat, one trial at a time."""
    handle = f"{TRIAL}memory"
    under_way = tx.records.post_state(handle, "memory", ADMINS.chat) in {"waiting", "sending"}
    if not isinstance(event, Unconfirmed) or under_way:
        return ()
    say = words("is anybody there?", handle=handle)
    return (act(say, ADMINS, audience="admins", resend_if_uncertain=False, front=True),)


async def test_trouble_of_one_chat_holds_up_no_other_for_more_than_a_moment() -> None:
    """case B2: and it is given up after three copies, the last one later, with its words."""
    async with desk() as it:
        await it.say(OTHER, "before", conversation="c2")
        await it.until(lambda: it.texts("43"))
        tries: list[datetime] = []

        def of_anna(outbound: Outbound) -> bool:
            if hit := outbound.address == CLIENT:
                tries.append(it.clock.now())
            return hit

        it.channel.fail(Uncertain("500"), times=100, concerns=of_anna)
        await it.say(CLIENT, "our answer", conversation="c1")
        for number in range(1, 80):
            began = it.clock.now()
            await it.say(OTHER, f"{number}", conversation="c2")
            await it.until(lambda number=number: it.texts("43")[-1] == f"{number}")  # type: ignore[misc]  # the usual default-argument idiom
            assert it.clock.now() - began <= SECOND
            await let_pass(it, SECOND)
        assert len(tries) == 3
        assert tries[2] - tries[1] >= SECOND_THOUGHT
        [failed] = failures(it)
        assert failed.reason is None
        assert failed.post is not None
        assert failed.post.action == words("our answer")


async def test_a_persons_words_are_flagged_and_not_sent_twice() -> None:
    """case A3: however long the outage is, and also when a probe is answered."""
    async with desk() as it:
        it.channel.say("on my way", chat=GROUP)
        message = next(iter(it.channel.chats[GROUP].messages))
        outage = Outage(it, arrives=True, probes=False)
        await it.say(
            CLIENT,
            "on my way",
            origin=origin(message),
            conversation="c1",
            resend_if_uncertain=False,
        )
        await it.until(lambda: failures(it))
        await let_pass(it, timedelta(hours=2), step=10)
        outage.end()
        await it.until(lambda: it.channel.chats[GROUP].messages[message].reaction)
        assert it.texts("42") == ["on my way"]
        assert it.channel.chats[GROUP].messages[message].reaction == "unsure"
        [event] = failures(it)
        assert event.reason is None
        assert event.origin == origin(message)


async def test_a_persons_words_are_not_spent_on_finding_out_whether_posts_are_taken() -> None:
    """case A3: they wait for the end of the outage, and arrive once."""
    async with desk(says=tried_out, last_copy=timedelta(days=1)) as it:
        await it.say(OTHER, "before", conversation="c2")
        await it.until(lambda: it.texts("43"))
        outage = Outage(it, probes=False)
        await it.say(CLIENT, "an answer of the bot", conversation="c1")
        await it.until(lambda: outage.tries)
        await it.say(OTHER, "mine", conversation="c2", origin=origin(), resend_if_uncertain=False)
        await let_pass(it, timedelta(minutes=10))
        outage.end()
        await it.until(lambda: it.texts("43") == ["before", "mine"] and it.texts("42"))
        assert failures(it) == []


async def test_what_certainly_did_not_arrive_has_as_many_tries_as_it_needs() -> None:
    """case B2: no copy of it can be anywhere, so nothing is flagged."""
    async with desk() as it:
        tries = 0

        def count(outbound: Outbound) -> bool:
            nonlocal tries
            tries += is_post(outbound)
            return is_post(outbound)

        it.channel.fail(Transient("refused", unreachable=True), times=12, concerns=count)
        await it.say(ROOM, "words")
        await it.until(lambda: it.texts(GROUP) == ["words"], step=5)
        assert tries == 12
        assert failures(it) == []


async def test_being_asked_for_a_pause_is_no_outage() -> None:
    """case B1: the others are written to meanwhile, and nobody is probed."""
    async with desk() as it:
        await it.say(OTHER, "before")
        await it.until(lambda: it.texts("43"))
        flood = Transient("429", retry_after=40, whole_chat=True)
        it.channel.fail(flood, concerns=lambda o: o.address == CLIENT)
        await it.say(CLIENT, "first", conversation="c1")
        await it.until(lambda: it.channel.sent)
        began = it.clock.now()
        for number in range(20):
            await it.say(OTHER, f"{number}", conversation="c2")
        await it.until(lambda: len(it.texts("43")) == 21)
        assert it.clock.now() - began < 20 * SECOND
        await it.until(lambda: it.texts("42"))
        assert it.channel.probes == []


async def test_each_joined_line_is_flagged_that_may_be_a_repetition() -> None:
    """case A3."""
    async with desk(limits=True) as it:
        outage = Outage(it, arrives=True)
        outage.going_on = False
        for number in range(90):
            await it.say(ROOM, f"line {number}", merge=True, urgency=Urgency.PEOPLE)
        await it.until(lambda: any("\n" in text for text in it.texts(GROUP)))
        outage.going_on = it.channel.silent = True
        before = len(it.texts(GROUP))
        await it.until(lambda: len(it.texts(GROUP)) > before)
        twice = it.texts(GROUP)[-1].split("\n")
        outage.end()
        await it.until(
            lambda: twice[-1] in it.texts(GROUP)[-1] and len(it.texts(GROUP)) > before + 1
        )
        await it.until(lambda: "line 89" in "\n".join(it.texts(GROUP)))
        lines = "\n".join(it.texts(GROUP)).split("\n")
        assert len(twice) > 1
        for line in twice:
            first, second = (n for n, each in enumerate(lines) if each == line)
            assert lines[second - 1] == "↻", (first, second)
        once = list(dict.fromkeys(line for line in lines if line != "↻"))
        assert once == [f"line {number}" for number in range(90)]


async def test_a_long_post_that_is_gone_on_with_stays_as_it_was_begun() -> None:
    """case A3: a line above it would shift where it is divided."""
    async with desk(run=False) as it:
        await it.say(Address(channel="memory", chat=GROUP), "long")
        [prepared] = (await it.worker._claim()).prepared
        await it.worker._settle(prepared, Uncertain("no answer", arrived=("11",)))
        it.worker._in_hand.clear()
        it.clock.advance(10)
        [again] = (await it.worker._claim()).prepared
        assert again.outbound.arrived == ("11",)
        assert isinstance(again.outbound.act, Post)
        assert again.outbound.act.content.text.text == "long\n↻"


async def test_a_room_is_opened_though_nobody_knows_whether_it_was() -> None:
    """case A3: what waits for it was surely not sent. Few are opened in vain, and when it is open
    the post is no repetition."""
    async with desk() as it:
        opened: list[datetime] = []

        def opening(outbound: Outbound) -> bool:
            if hit := isinstance(outbound.act, OpenThread):
                opened.append(it.clock.now())
            return hit

        it.channel.fail(Uncertain("timeout"), times=4, concerns=opening)
        await it.say(ROOM, "the client's words", resend_if_uncertain=False)
        await it.until(lambda: it.texts(GROUP) == ["the client's words"], step=5)
        assert failures(it) == []
        assert len(opened) == 4
        assert opened[3] - opened[0] > 2 * CHAT.last_copy


async def test_a_mistake_of_ours_is_no_outage() -> None:
    async with desk() as it:
        send = it.channel.send

        async def broken(outbound: Outbound) -> Any:
            if outbound.address == CLIENT:
                raise ZeroDivisionError
            return await send(outbound)

        it.channel.send = broken  # type: ignore[method-assign]
        await it.say(CLIENT, "one", conversation="c1")
        await it.say(OTHER, "two", conversation="c2")
        await it.until(lambda: failures(it), step=5)
        assert it.texts("43") == ["two"]
        assert it.channel.probes == []


async def test_cosmetics_are_tried_on_after_an_outage() -> None:
    async with desk() as it:
        it.channel.say("hello", chat=GROUP)
        [message] = it.channel.chats[GROUP].messages.values()
        it.channel.silent = True
        it.channel.fail(Transient("500", unreachable=True))
        there = Address(channel="memory", chat=GROUP)
        await it.enqueue(
            Outgoing(
                to=there, audience="client", action=Mark(message=message.id, state="delivered")
            )
        )
        await it.until(lambda: len(it.channel.probes) > 2)
        assert message.reaction is None
        it.channel.silent = False
        await it.until(lambda: message.reaction == "delivered")


async def test_a_stopping_service_waits_for_no_probe() -> None:
    """case A12."""
    async with desk(run=False) as it:
        asked = asyncio.Event()

        async def silent(address: Address) -> None:
            asked.set()
            await asyncio.Event().wait()

        it.channel.probe = silent  # type: ignore[method-assign]
        it.channel.fail(Uncertain("no answer"))
        async with patience(), asyncio.TaskGroup() as group:
            group.create_task(it.worker.run())
            await it.say(CLIENT, "our answer", conversation="c1")
            await asked.wait()
            it.worker.drain()


async def test_a_probe_that_breaks_is_made_again() -> None:
    async with desk() as it:
        calls = 0

        async def broken(address: Address) -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise ZeroDivisionError
            if calls == 2:
                await asyncio.Event().wait()

        it.channel.probe = broken  # type: ignore[method-assign]
        it.worker.patience = {"memory": replace(CHAT, answer=0.01)}
        it.channel.fail(Uncertain("no answer"))
        await it.say(CLIENT, "our answer", conversation="c1")
        await it.until(lambda: it.texts("42") == ["our answer"])
        assert calls == 3


async def test_a_post_that_a_person_sends_again_is_still_flagged() -> None:
    """case A3."""
    async with desk(run=False) as it:
        room = Room(ticket=7, desk="internet")
        await it.store.transact(
            lambda tx: tx.chats.room_opened(room, Address(channel="memory", chat=GROUP, thread="5"))
        )
        await it.say(room, "words")
        for _ in range(3):
            [prepared] = (await it.worker._claim()).prepared
            await it.worker._settle(prepared, Uncertain("no answer"))
            it.worker._in_hand.clear()
            it.clock.advance(days=2)
        [failed] = failures(it)
        await it.resend(failed.outgoing)
        [again] = (await it.worker._claim()).prepared
        assert isinstance(again.outbound.act, Post)
        assert again.outbound.act.content.text.text == "↻\nwords"
        assert isinstance(again.row.outgoing.action, Say)
