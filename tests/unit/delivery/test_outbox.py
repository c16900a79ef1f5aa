"""The outbox against a channel that can fail in every way, on the in-memory store."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.conversation.decision import (
    Decision,
    Diagnose,
    Mark,
    Rewrite,
    Room,
    Say,
    TakeBack,
    Urgency,
)
from bot.conversation.events import DeliveryFailed, RoomLost
from channels.message import (
    Address,
    Content,
    FormattedText,
    OpenThread,
    Outbound,
    Permanent,
    Post,
    Reason,
    Transient,
    Uncertain,
)
from tests.outbox import due, next_due
from tests.unit.delivery.sending import CLIENT, GROUP, OTHER, ROOM, desk, origin
from tests.values import act
from tests.waiting import turns


async def test_rows_to_one_place_keep_their_order() -> None:
    async with desk() as it:
        for number in range(20):
            await it.say(CLIENT, f"line {number}")
        await it.until(lambda: len(it.texts("42")) == 20)
        assert it.texts("42") == [f"line {number}" for number in range(20)]


async def test_a_chat_told_to_wait_waits_exactly_so_long_and_others_go_on() -> None:
    """For case B1."""
    async with desk() as it:
        error = Transient("429", retry_after=17, whole_chat=True)
        it.channel.fail(error, concerns=lambda o: o.address.chat == "42")
        began = it.clock.now()
        await it.say(CLIENT, "first")
        await it.say(CLIENT, "second")
        await it.until(lambda: it.told == [] and it.channel.sent == [] and it.clock.now() > began)
        await it.say(OTHER, "meanwhile")
        await it.until(lambda: it.texts("43"))
        assert (it.clock.now() - began).total_seconds() < 16
        await it.until(lambda: len(it.texts("42")) == 2)
        assert it.texts("42") == ["first", "second"]
        assert 17 <= (it.clock.now() - began).total_seconds() < 20


async def test_a_pause_survives_a_restart() -> None:
    """For case B1."""
    async with desk() as it:
        it.channel.fail(Transient("429", retry_after=60, whole_chat=True))
        began = it.clock.now()
        await it.say(CLIENT, "patience")
        await it.until(lambda: it.clock.now() > began)
        rows = await it.store.transact(lambda tx: due(tx, it.clock.now()))
        assert rows == []
        over = await it.store.transact(lambda tx: next_due(tx, it.clock.now()))
        assert over is not None
        assert 59 <= (over - began).total_seconds() <= 61


async def test_what_was_being_sent_at_a_crash_counts_as_uncertain() -> None:
    """For case A3."""
    async with desk(run=False) as it:
        await it.say(CLIENT, "ours")
        await it.say(OTHER, "theirs", origin=origin(), resend_if_uncertain=False)
        claimed = [await it.worker._claim(), await it.worker._claim()]
        assert [len(claim.prepared) for claim in claimed] == [1, 1]
        # The process dies here: attempts are committed, nothing was sent.
        await it.worker.recover()
        again = await it.store.transact(lambda tx: due(tx, it.clock.now()))
        assert [row.outgoing.to for row in again if isinstance(row.outgoing.action, Say)] == [
            CLIENT
        ]
        assert [type(event) for event in it.told] == [DeliveryFailed]


async def test_a_delivered_message_is_marked_on_the_authors_own() -> None:
    """For case G3."""
    async with desk() as it:
        it.channel.say("hello", chat=GROUP)
        message = next(iter(it.channel.chats[GROUP].messages))
        await it.say(CLIENT, "hello", origin=origin(message), resend_if_uncertain=False)
        await it.until(lambda: it.channel.chats[GROUP].messages[message].reaction)
        assert it.channel.chats[GROUP].messages[message].reaction == "delivered"


async def test_a_blocked_client_is_told_to_the_desk_and_marked() -> None:
    """For case B12."""
    async with desk() as it:
        it.channel.say("hello", chat=GROUP)
        message = next(iter(it.channel.chats[GROUP].messages))
        it.channel.fail(
            Permanent(Reason.BLOCKED, "blocked"), concerns=lambda o: o.address == CLIENT
        )
        await it.say(CLIENT, "hello", origin=origin(message), resend_if_uncertain=False)
        await it.until(lambda: it.channel.chats[GROUP].messages[message].reaction)
        assert it.channel.chats[GROUP].messages[message].reaction == "failed"
        [event] = it.told
        assert isinstance(event, DeliveryFailed)
        assert event.reason is Reason.BLOCKED


async def test_a_failed_post_goes_again_when_a_person_says_so() -> None:
    """For case G3."""
    async with desk() as it:
        it.channel.fail(Permanent(Reason.BLOCKED, "blocked"))
        await it.say(CLIENT, "hello", origin=None, resend_if_uncertain=False)
        await it.until(lambda: it.told)
        [event] = it.told
        assert isinstance(event, DeliveryFailed)
        resend = Decision(resend=(event.outgoing,))
        await it.store.transact(lambda tx: tx.apply(resend, it.clock.now()))
        it.worker.wakeups.ring("outbox")
        await it.until(lambda: it.texts("42") == ["hello"])


async def test_the_first_post_to_a_room_opens_it_once() -> None:
    async with desk() as it:
        for number in range(5):
            await it.say(ROOM, f"line {number}")
        await it.until(lambda: len(it.texts(GROUP)) == 5)
        threads = it.channel.chats[GROUP].threads
        assert [thread.title for thread in threads.values()] == ["№7"]
        assert {m.thread for m in it.channel.chats[GROUP].messages.values()} == set(threads)


async def test_a_deleted_topic_is_made_again_once_with_the_card_first() -> None:
    """For case B9."""
    async with desk() as it:
        await it.say(ROOM, "card", handle=f"card:{ROOM.key}", pin=True)
        await it.until(lambda: it.texts(GROUP) == ["card"])
        it.channel.chats[GROUP].threads.clear()
        for number in range(3):
            await it.say(ROOM, f"line {number}")
        await it.until(lambda: len(it.texts(GROUP)) == 5)
        assert it.texts(GROUP)[1:] == ["card again", "line 0", "line 1", "line 2"]
        assert len(it.channel.chats[GROUP].threads) == 1
        assert [type(event) for event in it.told] == [RoomLost]
        opened = [o for o in it.channel.sent if isinstance(o.act, OpenThread)]
        assert len(opened) == 2


async def test_a_closed_topic_is_opened_again() -> None:
    """For case B9."""
    async with desk() as it:
        await it.say(ROOM, "card")
        await it.until(lambda: it.texts(GROUP) == ["card"])
        [thread] = it.channel.chats[GROUP].threads.values()
        thread.closed = True
        await it.say(ROOM, "news")
        await it.until(lambda: it.texts(GROUP) == ["card", "news"])
        assert not thread.closed


async def test_a_group_without_topics_gets_replies_to_the_card() -> None:
    """For case B9."""
    async with desk() as it:
        it.channel.chats[GROUP].has_threads = False
        await it.say(ROOM, "card", handle=f"card:{ROOM.key}")
        await it.say(ROOM, "line")
        await it.until(lambda: it.texts(GROUP) == ["card", "line"])
        card, line = it.channel.chats[GROUP].messages.values()
        assert line.reply_to == card.id


async def test_topics_switched_off_later_card_is_posted_again() -> None:
    """For case B9."""
    async with desk() as it:
        await it.say(ROOM, "card", handle=f"card:{ROOM.key}")
        await it.until(lambda: it.texts(GROUP) == ["card"])
        it.channel.chats[GROUP].has_threads = False
        await it.say(ROOM, "line")
        await it.until(lambda: len(it.texts(GROUP)) == 3)
        assert it.texts(GROUP) == ["card", "card again", "line"]


async def test_a_moved_group_is_followed_and_the_message_delivered() -> None:
    """For case B11."""
    async with desk() as it:
        await it.say(ROOM, "card")
        await it.until(lambda: it.texts(GROUP) == ["card"])
        it.channel.move(GROUP, "-200")
        it.channel.chats["-200"].threads = it.channel.chats[GROUP].threads
        await it.say(ROOM, "line")
        await it.until(lambda: it.texts("-200") == ["line"])
        moved = await it.store.transact(lambda tx: tx.records.current_chat("memory", GROUP))
        assert moved == "-200"


async def test_a_group_we_may_not_write_to_is_parked_and_replayed() -> None:
    """For case B13."""
    async with desk() as it:
        it.channel.standing(GROUP, "absent")
        await it.say(ROOM, "line 0")
        await it.say(ROOM, "line 1")
        await it.until(lambda: it.told)
        it.clock.advance(hours=3)
        await turns()
        assert len(it.told) == 1
        it.channel.standing(GROUP, "administrator")
        back = Decision(returned=(Address(channel="memory", chat=GROUP),))
        await it.store.transact(lambda tx: tx.apply(back, it.clock.now()))
        it.worker.wakeups.ring("outbox")
        await it.until(lambda: it.texts(GROUP) == ["line 0", "line 1"])


async def test_lines_are_joined_when_the_group_is_nearly_full() -> None:
    """For case B3."""
    async with desk(limits=True) as it:
        began = it.clock.now()
        for number in range(200):
            await it.say(ROOM, f"line {number}", merge=True, urgency=Urgency.PEOPLE)
        await it.until(lambda: "line 199" in "\n".join(it.texts(GROUP)))
        assert "\n".join(it.texts(GROUP)).split("\n") == [f"line {n}" for n in range(200)]
        assert len(it.texts(GROUP)) < 40
        assert (it.clock.now() - began).total_seconds() < 120


async def test_people_go_before_receipts_and_cosmetics() -> None:
    """For case B3."""
    async with desk(limits=True) as it:
        other = Room(ticket=8, desk="internet")
        for number in range(30):
            await it.say(other, f"notice {number}", urgency=Urgency.NOTICE)
        await it.until(lambda: len(it.texts(GROUP)) >= 15)
        await it.say(ROOM, "a person speaks", urgency=Urgency.PEOPLE)
        await it.until(lambda: "a person speaks" in it.texts(GROUP))
        assert "notice 29" not in it.texts(GROUP)


async def test_a_rewrite_finds_its_post_and_a_take_back_removes_it() -> None:
    async with desk() as it:
        await it.say(CLIENT, "hello", handle="m1")
        await it.until(lambda: it.texts("42") == ["hello"])
        changed = Rewrite(handle="m1", content=Content(text=FormattedText("good day")))
        await it.enqueue(act(to=CLIENT, action=changed))
        await it.until(lambda: it.texts("42") == ["good day"])
        await it.enqueue(act(to=CLIENT, action=TakeBack(handle="m1")))
        await it.until(lambda: it.texts("42") == [])


async def test_a_reply_goes_without_what_it_answers_when_that_is_unknown() -> None:
    """For case B14."""
    async with desk() as it:
        await it.say(CLIENT, "answer", reply_to="never-posted")
        await it.until(lambda: it.texts("42") == ["answer"])


async def test_cosmetics_that_fail_are_dropped_silently() -> None:
    async with desk() as it:
        await it.enqueue(act(to=CLIENT, action=Mark(message="77", state="delivered")))
        await it.say(CLIENT, "after")
        await it.until(lambda: it.texts("42") == ["after"])
        assert it.told == []


async def test_a_channel_that_breaks_does_not_stop_the_others() -> None:
    async with desk() as it:
        calls = 0
        send = it.channel.send

        async def broken(outbound: Outbound) -> Any:
            nonlocal calls
            if outbound.address == CLIENT:
                calls += 1
                raise ZeroDivisionError
            return await send(outbound)

        it.channel.send = broken  # type: ignore[method-assign]
        await it.say(CLIENT, "one")
        await it.say(OTHER, "two")
        await it.until(lambda: it.told)
        assert it.texts("43") == ["two"]
        assert 1 < calls <= 3


async def test_a_half_sent_post_goes_on_where_it_stopped() -> None:
    async with desk() as it:
        seen: list[tuple[str, ...]] = []
        send = it.channel.send

        async def halfway(outbound: Outbound) -> Any:
            seen.append(outbound.arrived)
            if not outbound.arrived:
                rest = Transient("429", retry_after=3)
                raise Uncertain("broken off", arrived=("11", "12"), rest=rest)
            return await send(outbound)

        it.channel.send = halfway  # type: ignore[method-assign]
        await it.say(CLIENT, "long")
        await it.until(lambda: it.texts("42") == ["long"])
        assert seen == [(), ("11", "12")]


async def test_a_half_sent_post_is_not_begun_again_after_a_crash() -> None:
    """For case A3: what arrived of a long post stays known through a crash in its second half."""
    async with desk(run=False) as it:
        await it.say(CLIENT, "long")
        [first] = (await it.worker._claim()).prepared
        broken = Uncertain("broken off", arrived=("11",), rest=Transient("429", retry_after=0))
        await it.worker._settle(first, broken)
        it.worker._in_hand.clear()
        it.clock.advance(1)
        assert len((await it.worker._claim()).prepared) == 1
        # The process dies here, in the second half.
        await it.worker.recover()
        it.worker._in_hand.clear()
        [again] = (await it.worker._claim()).prepared
        assert again.outbound.arrived == ("11",)


async def test_a_diagnosis_is_made_when_it_is_sent() -> None:
    async with desk() as it:
        await it.enqueue(act(to=CLIENT, action=Diagnose(language="en")))
        await it.until(lambda: it.texts("42") == ["memory is fine in en"])


async def test_draining_lets_what_is_in_flight_finish() -> None:
    """For case A12."""
    async with desk(run=False) as it:
        began, finish = asyncio.Event(), asyncio.Event()
        send = it.channel.send

        async def slow(outbound: Outbound) -> Any:
            began.set()
            await finish.wait()
            return await send(outbound)

        it.channel.send = slow  # type: ignore[method-assign]
        async with asyncio.TaskGroup() as group:
            running = group.create_task(it.worker.run())
            await it.say(CLIENT, "in flight")
            await began.wait()
            await it.say(OTHER, "too late")
            it.worker.drain()
            finish.set()
            await running
        assert it.texts("42") == ["in flight"]
        assert it.texts("43") == []
        left = await it.store.transact(lambda tx: due(tx, it.clock.now()))
        assert [row.outgoing.to for row in left] == [OTHER]


async def test_posts_carry_what_was_said() -> None:
    async with desk() as it:
        await it.say(CLIENT, "bold")
        await it.until(lambda: it.channel.sent)
        [outbound] = it.channel.sent
        assert isinstance(outbound.act, Post)
        assert outbound.act.content.text == FormattedText("bold")
