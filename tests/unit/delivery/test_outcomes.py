"""What is told to the administrators on the way, and what becomes of the row if that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.decision import Outgoing, Place
from bot.conversation.events import Alarm, MachineEvent
from bot.delivery.ports import Transaction
from channels.message import Address, DeliveryError, Permanent, Reason, Receipt, Transient
from tests.clock import START
from tests.unit.delivery.sending import GROUP, ROOM, Desk, desk

IN_GROUP = Address(channel="memory", chat=GROUP)
NEW = "-1009"


def no_alarms(_tx: Transaction, event: MachineEvent) -> Sequence[Outgoing]:
    """A machine that cannot put an alarm into words."""
    if isinstance(event, Alarm):
        raise KeyError(event.key)
    return ()


async def settled(it: Desk, to: Place, result: Receipt | DeliveryError) -> None:
    """Have something posted, and come out so."""
    await it.say(to, "hello")
    [prepared] = (await it.worker._claim()).prepared
    await it.worker._settled(prepared, result)


@pytest.mark.parametrize(
    ("to", "result", "alarm"),
    [
        (IN_GROUP, Permanent(Reason.MOVED, "migrated", moved_to=NEW), "admin.chat_moved"),
        (ROOM, Permanent(Reason.NO_RIGHTS, "no topics"), "admin.no_topic_right"),
        (IN_GROUP, Receipt(messages=("1",), at=START, crowded=True), "admin.forum_crowded"),
    ],
    ids=["moved", "no topics", "crowded"],
)
async def test_an_alarm_that_cannot_be_given_leaves_no_row_unsettled(
    to: Place, result: Receipt | DeliveryError, alarm: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The sign of trouble is lost, in the log; what it is about is done nevertheless."""
    async with desk(run=False, says=no_alarms) as it:
        await settled(it, to, result)
        assert f"an alarm could not be given: {alarm}" in caplog.text
        [row] = it.store._tables.outbox.rows()
        if isinstance(result, Receipt):
            assert row.state == "delivered"
        else:
            assert row.state == "waiting"
            assert row.error in {"the chat moved", "the group takes no topics"}
        if alarm == "admin.chat_moved":
            assert row.chat == NEW


def no_words(_tx: Transaction, event: MachineEvent) -> Sequence[Outgoing]:
    """A machine that makes nothing of what delivery tells it, but for alarms."""
    if not isinstance(event, Alarm):
        raise KeyError("a mistake of ours")
    return ()


async def test_what_nobody_could_be_told_of_is_set_aside() -> None:
    """It stood as failed, without a mark, a word or a button: lost but for the log."""
    async with desk(run=False, says=no_words) as it:
        await settled(it, IN_GROUP, Permanent(Reason.REFUSED, "too long"))
        [row] = it.store._tables.outbox.rows()
        assert row.state == "aside"
        [alarm] = [event for event in it.told if isinstance(event, Alarm)]
        assert alarm.key == "admin.outbox_aside"
        assert "a mistake of ours" in str(alarm.args["error"])
        await it.resend(row.id)
        it.worker._in_hand.clear()
        assert len((await it.worker._claim()).prepared) == 1


async def test_what_would_be_tried_again_is_though_a_word_about_it_failed() -> None:
    """A letter is late, and the desk cannot be told: it was given up at that moment."""
    async with desk(run=False, says=no_words) as it:
        letter = Address(channel="email", chat="a@b.example")
        await it.say(letter, "hello")
        [prepared] = (await it.worker._claim()).prepared
        it.clock.advance(hours=2)
        await it.worker._settled(prepared, Transient("451 greylisted"))
        [row] = it.store._tables.outbox.rows()
        assert (row.state, row.error) == ("waiting", "451 greylisted")
        assert it.clock.now() < row.due <= it.clock.now() + timedelta(hours=1)


async def test_a_room_that_was_opened_is_known_though_a_word_about_it_failed() -> None:
    """Somebody found another topic meanwhile; what waits for the room was given up."""
    async with desk(run=False, says=no_words) as it:
        await it.say(ROOM, "hello")
        [opening] = (await it.worker._claim()).prepared
        found = replace(IN_GROUP, thread="5")
        await it.store.transact(lambda tx: tx.chats.room_opened(ROOM, found))
        await it.worker._settled(opening, Receipt(at=START, thread="6"))
        it.worker._in_hand.clear()
        [post] = (await it.worker._claim()).prepared
        assert post.outbound.address == found


@pytest.mark.parametrize("seconds", [1e300, float("inf"), float("nan"), -5.0])
async def test_a_pause_that_makes_no_sense_loses_nothing(seconds: float) -> None:
    async with desk(run=False) as it:
        await settled(it, IN_GROUP, Transient("429", retry_after=seconds, whole_chat=True))
        [row] = it.store._tables.outbox.rows()
        assert row.state == "waiting"
        assert it.clock.now() < row.due <= it.clock.now() + timedelta(days=1)
