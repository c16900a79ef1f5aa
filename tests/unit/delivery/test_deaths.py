"""Posts that were being sent when the process ended, once or at each start."""

from __future__ import annotations

from bot.conversation.decision import Mark
from bot.delivery.outcomes import INTERRUPTIONS
from channels.message import Address, Post, Uncertain
from tests.unit.delivery.sending import CLIENT, ROOM, Desk, desk
from tests.unit.delivery.test_copies import failures
from tests.values import act


async def test_an_interrupted_send_counts_as_a_copy() -> None:
    """case A3: each copy after the first is flagged. Dying a few times gives nothing up: most of
    what a process had in hand never went out. A send that fails then does."""
    async with desk(run=False) as it:
        await it.say(ROOM, "words")
        opening = await it.worker._claim()
        await it.worker._settle(
            opening.prepared[0], await it.channel.send(opening.prepared[0].outbound)
        )
        it.worker._in_hand.clear()
        said: list[str] = []
        for _ in range(4):
            it.clock.advance(days=1)
            for prepared in (await it.worker._claim()).prepared:
                assert isinstance(prepared.outbound.act, Post)
                said.append(prepared.outbound.act.content.text.text)
            it.worker._in_hand.clear()
            await it.worker.recover()
        assert said == ["words", "↻\nwords", "↻\nwords", "↻\nwords"]
        assert failures(it) == []
        it.clock.advance(days=1)
        [prepared] = (await it.worker._claim()).prepared
        await it.worker._settle(prepared, Uncertain("no answer"))
        [event] = failures(it)
        assert event.reason is None


async def _dies_while_sending(it: Desk, times: int) -> int:
    """The process ends each time it has claimed what waits. Returns how often it was claimed."""
    claimed = 0
    for _ in range(times):
        it.clock.advance(days=1)
        claimed += len((await it.worker._claim()).prepared)
        it.worker._in_hand.clear()
        await it.worker.recover()
    return claimed


async def test_what_each_process_died_of_is_given_up_and_a_person_is_asked() -> None:
    """Decision 520: what is sent when the process ends, at each start anew, is sent no more."""
    async with desk(run=False) as it:
        await it.say(CLIENT, "deadly")
        assert await _dies_while_sending(it, INTERRUPTIONS + 3) == INTERRUPTIONS
        [event] = failures(it)
        assert event.reason is None
        assert "interrupted" in event.detail
        await it.resend(event.outgoing)
        assert len((await it.worker._claim()).prepared) == 1


async def test_a_letter_that_each_process_died_of_is_given_up_too() -> None:
    """It bears no flag: a mailbox shows its copies once."""
    async with desk(run=False) as it:
        await it.say(Address(channel="email", chat="a@b.example"), "deadly")
        it.clock.advance(1)
        [first] = (await it.worker._claim()).prepared
        it.worker._in_hand.clear()
        await it.worker.recover()
        [second] = (await it.worker._claim()).prepared
        assert second.outbound.act == first.outbound.act
        it.worker._in_hand.clear()
        await it.worker.recover()
        assert await _dies_while_sending(it, INTERRUPTIONS) == INTERRUPTIONS - 2
        assert len(failures(it)) == 1


async def test_a_reaction_that_each_process_died_of_is_dropped_in_silence() -> None:
    async with desk(run=False) as it:
        await it.enqueue(act(to=CLIENT, action=Mark(message="5", state="delivered")))
        assert await _dies_while_sending(it, INTERRUPTIONS + 3) == INTERRUPTIONS
        assert not it.told
