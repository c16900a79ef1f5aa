"""How long letters are tried, who hears of it, and that nobody else waits for them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.events import DeliveryFailed, DeliveryLate
from channels.message import (
    Address,
    Outbound,
    Permanent,
    Reason,
    Receipt,
    Transient,
    Uncertain,
)
from channels.patience import CHAT, LETTERS, Patience
from tests.unit.delivery.sending import GROUP, OTHER, desk, origin

ANNA = Address(channel="email", chat="anna@example.org", thread="c1")
ANNA_AGAIN = Address(channel="email", chat="anna@example.org", thread="c2")
BORIS = Address(channel="email", chat="boris@example.org", thread="c3")
GREYLISTED = Transient("451 4.7.1 Greylisted, try again")
MINUTE = timedelta(minutes=1)


def schedule(patience: Patience, asked: list[timedelta | None]) -> list[timedelta]:
    """The ages at which a post is tried that fails every time; ``asked`` are the pauses that the
    far side wants, none after them."""
    ages = [timedelta()]
    while len(ages) < 2_000:
        wish = asked[len(ages) - 1] if len(ages) <= len(asked) else None
        wait = patience.next_try(len(ages), ages[-1], wish)
        if wait is None:
            break
        ages.append(ages[-1] + wait)
    return ages


def test_a_letter_is_tried_soon_then_hourly_for_five_days() -> None:
    """case D1: RFC 5321 §4.5.4.1; a server that greylists takes the second or third attempt."""
    ages = schedule(LETTERS, [])
    first = [age / MINUTE for age in ages[:8]]
    assert first == [0, 1, 5, 15, 30, 60, 120, 180]
    assert ages[-1] == timedelta(days=5)
    assert len(ages) == 125


def test_a_chat_is_tried_for_a_day() -> None:
    ages = schedule(CHAT, [])
    assert [age.total_seconds() for age in ages[:10]] == [0, 2, 6, 14, 30, 62, 126, 254, 510, 810]
    assert ages[-1] == timedelta(days=1)


@pytest.mark.parametrize("patience", [CHAT, LETTERS])
def test_what_waited_while_the_service_stood_still_is_not_given_up_at_once(
    patience: Patience,
) -> None:
    """Switched off for a week, and the first attempts fail: each post has its tries."""
    week = timedelta(days=7)
    waits = [patience.next_try(number, week, None) for number in range(1, 20)]
    assert waits[: len(patience.pauses) - 1] == list(patience.pauses[:-1])
    assert set(waits[len(patience.pauses) - 1 :]) == {None}


SPANS = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=2))


@given(st.lists(SPANS, min_size=1, max_size=6), SPANS, st.lists(st.none() | SPANS, max_size=20))
def test_the_last_attempt_is_made_when_the_time_is_up(
    pauses: list[timedelta], life: timedelta, asked: list[timedelta | None]
) -> None:
    """case D1: whatever the schedule and whatever servers ask for."""
    patience = Patience(pauses=tuple(pauses), gives_up=life, late=life)
    ages = schedule(patience, asked)
    assert all(before < after for before, after in pairwise(ages))
    if len(ages) < 2_000:
        assert life in ages
        assert ages[-1] == life or len(ages) == len(pauses)  # as often as there are pauses
    for number, (before, after) in enumerate(pairwise(ages)):
        wish = asked[number] if number < len(asked) else None
        wait = wish if wish is not None else patience.pause(number + 1)
        assert after == before + wait or after == life


def test_patience_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="pause"):
        Patience(pauses=())
    with pytest.raises(ValueError, match="pause"):
        Patience(pauses=(timedelta(),))
    with pytest.raises(ValueError, match="until when"):
        Patience(pauses=(MINUTE,), late=MINUTE)


async def test_the_desk_hears_that_a_letter_is_late_and_that_it_failed() -> None:
    """case D1: once after an hour, and at the end; then a person can have it sent again."""
    async with desk() as it:
        it.channel.say("the answer", chat=GROUP)
        [message] = it.channel.chats[GROUP].messages.values()
        start = it.clock.now()
        tried: list[datetime] = []

        async def refuse(outbound: Outbound) -> Receipt:
            tried.append(it.clock.now())
            raise GREYLISTED

        it.mail.send = refuse  # type: ignore[method-assign]
        await it.say(ANNA, "the answer", conversation="c1", origin=origin(message.id))
        await it.until(lambda: it.told, step=60)
        [late] = it.told
        assert isinstance(late, DeliveryLate)
        assert (it.clock.now() - start) / MINUTE == pytest.approx(60, abs=1)
        assert late.detail == GREYLISTED.detail
        assert (late.since, late.until) == (start, start + timedelta(days=5))
        assert late.conversation == "c1"
        await it.until(lambda: len(it.told) == 2, step=600)
        failed = it.told[1]
        assert isinstance(failed, DeliveryFailed)
        assert failed.reason is Reason.GAVE_UP
        assert failed.detail == GREYLISTED.detail
        assert it.clock.now() - start >= timedelta(days=5)
        await it.until(lambda: message.reaction == "failed")  # on the author's own message
        assert [moment - start for moment in tried[:4]] == [
            0 * MINUTE,
            MINUTE,
            5 * MINUTE,
            15 * MINUTE,
        ]


async def test_what_the_server_refuses_for_good_is_told_at_once() -> None:
    """case D1: 550, no retry."""
    async with desk() as it:
        it.mail.fail(Permanent(Reason.NO_ADDRESS, "550 5.1.1 User unknown"))
        await it.say(ANNA, "hello", conversation="c1")
        await it.until(lambda: it.told)
        [failed] = it.told
        assert isinstance(failed, DeliveryFailed)
        assert (failed.reason, failed.detail) == (Reason.NO_ADDRESS, "550 5.1.1 User unknown")
        it.clock.advance(days=6)
        await it.say(BORIS, "another")
        await it.until(lambda: it.mail.sent)
        assert [o.address for o in it.mail.sent] == [BORIS]


async def test_a_late_letter_holds_up_its_own_dialogue_alone() -> None:
    async with desk() as it:
        it.mail.fail(GREYLISTED, times=3, concerns=lambda o: o.address == ANNA)
        await it.say(ANNA, "first")
        await it.say(ANNA, "second")
        await it.say(ANNA_AGAIN, "another dialogue")
        await it.say(BORIS, "somebody else")
        await it.until(lambda: len(it.mail.sent) == 2, step=0.01)
        assert {o.address for o in it.mail.sent} == {ANNA_AGAIN, BORIS}
        await it.until(lambda: len(it.mail.sent) == 4, step=5)
        assert it.mail.chats["anna@example.org"].texts == ["another dialogue", "first", "second"]


async def test_a_letter_that_may_have_arrived_goes_again_whoever_wrote_it() -> None:
    """case A4: its Message-ID is made of the row, so the second copy is the same letter."""
    async with desk() as it:
        sent: list[str] = []

        async def lose(outbound: Outbound) -> Receipt:
            sent.append(outbound.id)
            if len(sent) < 6:
                raise Uncertain("connection lost after the final dot")
            return Receipt(at=it.clock.now(), messages=("<m@x>",))

        it.mail.send = lose  # type: ignore[method-assign]
        await it.say(ANNA, "a specialist's words", origin=origin(), resend_if_uncertain=False)
        await it.until(lambda: len(sent) == 6, step=30)
        assert len(set(sent)) == 1
        assert not [event for event in it.told if isinstance(event, DeliveryFailed)]


async def test_a_letter_that_was_on_its_way_when_we_were_killed_goes_again() -> None:
    """case A4: killed between 250 and our mark."""
    async with desk(run=False) as it:
        await it.say(ANNA, "a specialist's words", resend_if_uncertain=False)
        [before] = (await it.worker._claim()).prepared
        reborn = replace(it.worker, owner="reborn")
        await reborn.recover()
        [after] = (await reborn._claim()).prepared
        assert after.outbound == before.outbound
        assert it.told == []


async def test_slow_mail_servers_hold_up_no_chat() -> None:
    async with desk() as it:
        answers = asyncio.Event()
        on_the_way = 0
        most = 0

        async def slow(outbound: Outbound) -> Receipt:
            nonlocal on_the_way, most
            on_the_way += 1
            most = max(most, on_the_way)
            await answers.wait()
            on_the_way -= 1
            return Receipt(at=it.clock.now())

        it.mail.send = slow  # type: ignore[method-assign]
        for number in range(8 * LETTERS.at_once):
            to = Address(channel="email", chat=f"client{number}@example.org", thread="c")
            await it.say(to, "news")
        await it.until(lambda: on_the_way == LETTERS.at_once, step=0.01)
        await it.say(OTHER, "an answer in a chat")
        await it.until(lambda: it.texts("43") == ["an answer in a chat"], step=0.01)
        assert on_the_way == most == LETTERS.at_once
        answers.set()
        await it.until(lambda: on_the_way == 0 and most == LETTERS.at_once, step=0.01)


async def test_nothing_is_polled_while_all_that_waits_is_mail() -> None:
    """A mailbox whose server is slow must not make the worker spin."""
    async with desk(run=False) as it:
        for number in range(LETTERS.at_once + 1):
            to = Address(channel="email", chat=f"client{number}@example.org", thread="c")
            await it.say(to, "news")
        assert len((await it.worker._claim()).prepared) == LETTERS.at_once
        idle = await it.worker._claim()
        assert idle.prepared == ()
        assert idle.due is None, "what is on its way rings when it comes back"


async def test_a_send_that_says_nothing_is_left_after_the_channels_own_patience() -> None:
    """case D2: as long as that of letters is, ten minutes after the final dot are within it."""
    assert LETTERS.answer > 600
    async with desk(run=False) as it:
        quick = replace(LETTERS, answer=0.01)
        worker = replace(it.worker, patience={"email": quick})

        async def silent(outbound: Outbound) -> Receipt:
            await asyncio.Event().wait()
            raise AssertionError(outbound)

        it.mail.send = silent  # type: ignore[method-assign]
        await it.say(ANNA, "hello")
        [prepared] = (await worker._claim()).prepared
        assert isinstance(await worker._send(prepared), Uncertain)


async def test_a_living_neighbour_keeps_its_long_sends() -> None:
    """A letter may take longer than a lease; who sends it says so again and again."""
    async with desk(run=False) as it:
        sending = replace(it.worker, owner="slow", alone=False)
        other = replace(it.worker, owner="other", alone=False)
        await it.say(ANNA, "a large file")
        assert len((await sending._claim()).prepared) == 1
        for _ in range(10):
            it.clock.advance(minutes=1)
            await sending.recover()
            await other.recover()
        assert (await other._claim()).prepared == ()
        it.clock.advance(minutes=3)  # the neighbour is gone
        await other.recover()
        assert len((await other._claim()).prepared) == 1
