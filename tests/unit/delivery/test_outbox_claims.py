"""Which rows are claimed, and what becomes of those whose sender is gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.conversation.decision import Room, TakeBack, Urgency
from bot.delivery.ports import LEASE
from channels.message import Address, Delete, Receipt, Transient, Uncertain
from channels.patience import CHAT
from tests.unit.delivery.sending import CLIENT, GROUP, OTHER, desk
from tests.values import act


async def test_a_crowd_of_held_back_notices_starves_nobody() -> None:
    """case B3: one group's notices wait for its budget; the other chats do not wait with them."""
    async with desk(limits=True, run=False) as it:
        rooms = [Room(ticket=number, desk="internet") for number in range(4 * CHAT.at_once + 10)]
        for room in rooms:
            await it.store.transact(lambda tx, room=room: tx.chats.room_opened(room, _thread(room)))  # type: ignore[misc]  # the usual default-argument idiom
        pacer = it.worker._pacer("memory", it.clock.now())
        while pacer.wait(GROUP, Urgency.NOTICE, it.clock.now()) == 0:
            pacer.spend(GROUP, 1, it.clock.now())
        assert pacer.wait(GROUP, Urgency.PEOPLE, it.clock.now()) == 0
        for room in rooms:
            await it.say(room, "your deadline is near", urgency=Urgency.NOTICE)
        await it.say(OTHER, "your ticket is taken", urgency=Urgency.NOTICE)
        claimed = await it.worker._claim()
        assert [prepared.row.outgoing.to for prepared in claimed.prepared] == [OTHER]


def _thread(room: Room) -> Address:
    return Address(channel="memory", chat=GROUP, thread=str(1000 + room.ticket))


async def test_what_a_dead_neighbour_was_sending_is_settled_once_its_lease_is_over() -> None:
    """case A3: a process that starts again right after its crash finds its own rows still leased;
    it settles them when the lease is over, not at its next restart."""
    async with desk(run=False) as it:
        await it.say(CLIENT, "ours", conversation="c1")
        began = it.clock.now()
        assert len((await it.worker._claim()).prepared) == 1
        # The process dies here and starts again under another name, others being alive.
        reborn = replace(it.worker, owner="reborn", alone=False)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(reborn.run())
            await it.until(lambda: it.texts("42") == ["ours"])
            task.cancel()
        assert it.clock.now() - began >= LEASE


async def test_a_half_sent_post_that_is_taken_back_leaves_nothing_behind() -> None:
    """case G2: its first part is with the client, its rest waits: recalled, all of it goes."""
    async with desk(run=False) as it:
        await it.say(CLIENT, "long", handle="m1", resend_if_uncertain=False)
        [first] = (await it.worker._claim()).prepared
        broken = Uncertain("broken off", arrived=("11",), rest=Transient("429", retry_after=0))
        await it.worker._settle(first, broken)
        it.worker._in_hand.clear()
        await it.enqueue(act(to=CLIENT, action=TakeBack(handle="m1")))
        it.clock.advance(1)
        [rest] = (await it.worker._claim()).prepared
        assert rest.outbound.arrived == ("11",)
        await it.worker._settle(rest, Receipt(at=it.clock.now(), messages=("11", "12")))
        it.worker._in_hand.clear()
        [gone] = (await it.worker._claim()).prepared
        assert gone.outbound.act == Delete(messages=("11", "12"))
