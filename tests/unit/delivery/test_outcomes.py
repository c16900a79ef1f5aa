"""What is told to the administrators on the way, and what becomes of the row if that fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.conversation.decision import Outgoing, Place
from bot.conversation.events import Alarm, MachineEvent
from bot.delivery.ports import Transaction
from channels.message import Address, DeliveryError, Permanent, Reason, Receipt
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
