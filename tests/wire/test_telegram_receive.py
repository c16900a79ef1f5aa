"""Receiving from Telegram: nothing is acknowledged before it is kept."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from pydantic import SecretStr

from bot.sandbox.telegram import Emulator
from channels.message import Edited, Membership, Moved, Reachability, Said, Unreadable
from channels.protocol import Misconfigured
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import AiogramClient
from channels.telegram.receive import Receiver
from tests.inbox import ListInbox
from tests.telegram_channel import channel_for, client_for, receiving, settings_for
from tests.waiting import Pauses


def receiver_for(client: AiogramClient, pauses: Pauses) -> Receiver:
    return Receiver(client, name="telegram", poll_timeout=5, pause=pauses, chance=lambda: 1.0)


def text_of(item: Any) -> str:
    event = item.event
    assert isinstance(event, Said | Edited)
    return event.content.words


async def test_messages_arrive_in_order_and_are_confirmed(emulator: Emulator) -> None:
    anna = emulator.user("Anna")
    inbox = ListInbox()
    for number in range(250):
        emulator.tell(anna, f"message {number}")
    async with channel_for(emulator) as channel, receiving(channel, inbox):
        items = await inbox.have(250)
        await emulator.consumed()
        assert channel.health().ok
    assert [text_of(item) for item in items] == [f"message {n}" for n in range(250)]
    assert inbox.asked == 3


async def test_killed_before_commit_everything_comes_again(emulator: Emulator) -> None:
    """case A1: however often it was asked for before, as no poll acknowledged it."""
    anna = emulator.user("Anna")
    emulator.tell(anna, "one")
    emulator.tell(anna, "two")
    lost = ListInbox()
    lost.available = False
    async with channel_for(emulator) as channel, receiving(channel, lost):
        await lost.until(lambda: lost.asked >= 2)
    assert all(call["params"].get("offset") is None for call in emulator.calls("getUpdates"))
    kept = ListInbox()
    async with channel_for(emulator) as channel, receiving(channel, kept):
        items = await kept.have(2)
        await emulator.consumed()
    assert [text_of(item) for item in items] == ["one", "two"]


class KilledAfterCommit(BaseException):
    """As a kill is nothing that a receiver could catch and go on after."""


class DyingInbox(ListInbox):
    async def accept(self, *args: Any, **kwargs: Any) -> int:
        await super().accept(*args, **kwargs)
        raise KilledAfterCommit


async def test_killed_after_commit_the_repetition_is_known(emulator: Emulator) -> None:
    """case A2"""
    anna = emulator.user("Anna")
    emulator.tell(anna, "one")
    dying = DyingInbox()
    async with channel_for(emulator) as channel:
        with pytest.raises(KilledAfterCommit):
            await channel.run(dying)
    assert len(dying.items) == 1
    assert emulator.calls("getUpdates")[-1]["params"].get("offset") is None
    after = ListInbox()
    after.items = list(dying.items)
    async with channel_for(emulator) as channel, receiving(channel, after):
        await emulator.consumed()
        emulator.tell(anna, "two")
        items = await after.have(2)
    assert [text_of(item) for item in items] == ["one", "two"]
    assert after.asked == 2


async def test_while_nothing_can_be_stored_nothing_is_acknowledged(emulator: Emulator) -> None:
    """case A7, case A6: the updates wait at Telegram, and the loop goes on by itself."""
    anna = emulator.user("Anna")
    emulator.tell(anna, "one")
    inbox = ListInbox()
    inbox.available = False
    pauses = Pauses()
    async with client_for(emulator) as client, asyncio.TaskGroup() as tasks:
        receiver = receiver_for(client, pauses)
        running = tasks.create_task(receiver.run(inbox))
        await inbox.until(lambda: inbox.asked >= 9)
        assert not receiver.health.ok
        assert "the disk is full" in receiver.health.detail
        assert len(emulator.world.updates) == 1
        assert all(c["params"].get("offset") is None for c in emulator.calls("getUpdates"))
        emulator.tell(anna, "two")
        inbox.available = True
        await inbox.have(2)
        await emulator.consumed()
        await emulator.wait_for(lambda: receiver.health.ok)
        running.cancel()
    assert [text_of(item) for item in inbox.items] == ["one", "two"]
    assert pauses.seconds[:8] == [0.5, 1, 2, 4, 8, 16, 30, 30]


async def test_another_poller_loses_nothing(emulator: Emulator) -> None:
    """case A10: 409 makes us wait and say so; whoever polls next gets the rest."""
    anna = emulator.user("Anna")
    inbox, pauses = ListInbox(), Pauses()
    async with client_for(emulator) as client, asyncio.TaskGroup() as tasks:
        receiver = receiver_for(client, pauses)
        running = tasks.create_task(receiver.run(inbox))
        await emulator.wait_for(lambda: emulator.world.updates.polled)
        emulator.world.updates.interrupt("Conflict: terminated by other getUpdates request")
        await pauses.happen()
        assert pauses.seconds == [0.5]
        assert not receiver.health.ok
        assert "terminated by other getUpdates" in receiver.health.detail
        emulator.tell(anna, "one")
        await inbox.have(1)
        await emulator.consumed()
        await emulator.wait_for(lambda: receiver.health.ok)
        running.cancel()


async def test_numbers_that_start_anew_are_accepted(emulator: Emulator) -> None:
    """case B4: after a quiet week update ids go on with a smaller number."""
    anna = emulator.user("Anna")
    inbox = ListInbox()
    emulator.world.updates.next_id = 900_000_000
    async with channel_for(emulator) as channel, receiving(channel, inbox):
        emulator.tell(anna, "before")
        await inbox.have(1)
        await emulator.consumed()
        emulator.world.updates.next_id = 17
        emulator.tell(anna, "after")
        await inbox.have(2)
        await emulator.consumed()
        emulator.tell(anna, "later")
        await inbox.have(3)
        await emulator.consumed()
    assert [text_of(item) for item in inbox.items] == ["before", "after", "later"]


async def test_an_update_served_twice_is_kept_once(emulator: Emulator) -> None:
    """case B5"""
    anna = emulator.user("Anna")
    inbox = ListInbox()
    async with channel_for(emulator) as channel, receiving(channel, inbox):
        emulator.tell(anna, "once")
        await inbox.have(1)
        await emulator.consumed()
        emulator.world.updates.repeat(max(emulator.world.updates.served))
        await inbox.until(lambda: inbox.asked == 2)
        await emulator.consumed()
        emulator.tell(anna, "next")
        await inbox.have(2)
    assert [text_of(item) for item in inbox.items] == ["once", "next"]


async def test_a_poisoned_update_is_kept_and_the_loop_goes_on(emulator: Emulator) -> None:
    anna = emulator.user("Anna")
    inbox = ListInbox()
    async with channel_for(emulator) as channel, receiving(channel, inbox):
        emulator.world.updates.inject({"message": {"message_id": 1, "text": "no chat"}})
        emulator.tell(anna, "fine")
        items = await inbox.have(2)
        await emulator.consumed()
    assert isinstance(items[0].event, Unreadable)
    assert json.loads(items[0].event.raw)["message"]["text"] == "no chat"
    assert text_of(items[1]) == "fine"


@pytest.mark.parametrize("fault", ["500", "drop", "lost"])
async def test_an_outage_is_survived(emulator: Emulator, fault: str) -> None:
    """case B2 for getUpdates: asking again does no harm."""
    anna = emulator.user("Anna")
    emulator.tell(anna, "one")
    emulator.fail(fault, "getUpdates", count=3)
    inbox, pauses = ListInbox(), Pauses()
    async with client_for(emulator) as client, asyncio.TaskGroup() as tasks:
        receiver = receiver_for(client, pauses)
        running = tasks.create_task(receiver.run(inbox))
        await inbox.have(1)
        await emulator.consumed()
        await emulator.wait_for(lambda: receiver.health.ok)
        running.cancel()
    assert pauses.seconds == [0.5, 1, 2]
    assert [text_of(item) for item in inbox.items] == ["one"]


async def test_flood_control_names_the_pause(emulator: Emulator) -> None:
    """case B1 for getUpdates"""
    emulator.tell(emulator.user("Anna"), "one")
    emulator.fail("429", "getUpdates", retry_after=17)
    inbox, pauses = ListInbox(), Pauses()
    async with client_for(emulator) as client, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(receiver_for(client, pauses).run(inbox))
        await inbox.have(1)
        running.cancel()
    assert pauses.seconds == [17]


async def test_a_server_that_is_not_there_is_waited_for(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    settings = settings_for(emulator, api_url=f"http://127.0.0.1:{unused_tcp_port}")
    pauses = Pauses()
    caplog.set_level(logging.DEBUG)
    async with (
        AiogramClient(settings, SecretStr(emulator.token)) as client,
        asyncio.TaskGroup() as tasks,
    ):
        receiver = receiver_for(client, pauses)
        running = tasks.create_task(receiver.run(ListInbox()))
        await pauses.happen()
        assert not receiver.health.ok
        assert "cannot be reached" in receiver.health.detail
        running.cancel()
    assert emulator.token not in caplog.text


@pytest.mark.parametrize("token", ["4200000000:wrong-wrong-wrong-wrong", "77777:wrong"])
async def test_a_wrong_token_ends_it(emulator: Emulator, token: str) -> None:
    """case E9: and the message does not repeat it."""
    settings = settings_for(emulator)
    channel = TelegramChannel(settings, client=AiogramClient(settings, SecretStr(token)))
    async with channel:
        with pytest.raises(Misconfigured) as caught:
            await channel.run(ListInbox())
    assert "wrong" not in str(caught.value)


async def test_only_what_we_understand_is_asked_for(emulator: Emulator) -> None:
    inbox = ListInbox()
    async with channel_for(emulator) as channel, receiving(channel, inbox):
        emulator.tell(emulator.user("Anna"), "one")
        await inbox.have(1)
        await emulator.consumed()
    allowed = emulator.calls("getUpdates")[0]["params"]["allowed_updates"]
    wanted = ["message", "edited_message", "callback_query", "my_chat_member"]
    assert (json.loads(allowed) if isinstance(allowed, str) else allowed) == wanted


async def test_what_people_do_arrives(emulator: Emulator) -> None:
    """case B11, case B12, case B20: moves, blocks, standing; no service messages."""
    anna = emulator.user("Anna")
    boris = emulator.user("Boris")
    inbox = ListInbox()
    async with channel_for(emulator) as channel, receiving(channel, inbox):
        await emulator.wait_for(lambda: emulator.world.updates.polled)
        first = emulator.tell(anna, "hello")
        emulator.edit(first, "hello!")
        emulator.block(anna)
        emulator.unblock(anna)
        forum = emulator.group("Desk", members=[boris], forum=True)
        topic = emulator.create_topic(forum, "Ticket 1", boris)
        emulator.pin(emulator.say(boris, forum, "in the topic", thread=topic))
        emulator.close_topic(forum, topic)
        emulator.set_member(forum, None, "member")
        plain = emulator.group("Plain", members=[boris], forum=False)
        emulator.migrate(plain)
        emulator.tell(anna, "end")
        await inbox.until(lambda: inbox.items and text_is(inbox.items[-1], "end"))
    kinds = [type(item.event).__name__ for item in inbox.items]
    assert kinds.count("Said") == 3
    assert kinds.count("Edited") == 1
    assert [i.event.reachable for i in inbox.items if isinstance(i.event, Reachability)] == [
        False,
        True,
    ]
    moves = [item for item in inbox.items if isinstance(item.event, Moved)]
    assert len(moves) == 1
    assert moves[0].address.chat == str(plain.id)
    standings = [i.event for i in inbox.items if isinstance(i.event, Membership)]
    assert [each.status for each in standings if each.title == "Desk"] == [
        "administrator",
        "member",
    ]
    within = next(i for i in inbox.items if text_is(i, "in the topic"))
    assert (within.address.chat, within.address.thread) == (str(forum.id), str(topic.id))
    assert isinstance(within.event, Said)
    assert within.event.reply_to is None


def text_is(item: Any, text: str) -> bool:
    return isinstance(item.event, Said) and item.event.content.text.text == text
