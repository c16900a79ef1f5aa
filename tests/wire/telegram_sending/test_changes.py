"""Edits, threads, groups and faults of Telegram over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.methods import TelegramMethod
from pydantic import SecretStr

from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.content import Attachment
from bot.sandbox.telegram.state import Chat, User
from channels.message import (
    Button,
    Buttons,
    ChangeThread,
    Delete,
    Edit,
    Leave,
    OpenThread,
    Post,
    React,
    Reason,
    Transient,
    Uncertain,
)
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import AiogramClient, Json
from tests.telegram_channel import channel_for, outbound, post, settings_for, words
from tests.wire.telegram_sending.conftest import from_bot, garbled, media_of, pinned, refused

# --------------------------------------------------------------------------- edits and the like


async def test_edits(emulator: Emulator, channel: TelegramChannel, anna: User) -> None:
    """case B8"""
    buttons = Buttons(rows=((Button(label="Yes", action="y"),),))
    receipt = await channel.send(post(anna.id, "было", keyboard=buttons))
    (message,) = from_bot(emulator, anna)
    target = receipt.messages[0]
    change = Edit(message=target, content=words("стало"), keyboard=buttons)
    assert (await channel.send(outbound(anna.id, change))).messages == (target,)
    assert (message.text, len(message.buttons), message.edits) == ("стало", 1, 1)
    await channel.send(outbound(anna.id, change))  # already reads so
    assert message.edits == 1
    await channel.send(outbound(anna.id, Edit(message=target)))
    assert (message.text, message.buttons) == ("стало", [])
    emulator.remove(message)
    error = await refused(channel, outbound(anna.id, change))
    assert error.reason is Reason.MESSAGE_GONE


async def test_captions_are_edited_too(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    """case B8"""
    one, two = (
        media_of(emulator, emulator.send(anna, anna, Attachment(kind="photo", content=bytes([n]))))
        for n in (1, 2)
    )
    receipt = await channel.send(post(anna.id, "было", one))
    (message,) = from_bot(emulator, anna)
    target = receipt.messages[0]
    await channel.send(outbound(anna.id, Edit(message=target, content=words("стало"))))
    assert (message.kind, message.text) == ("photo", "стало")
    await channel.send(outbound(anna.id, Edit(message=target, content=words("другое", two))))
    assert media_of(emulator, message).file == two.file
    assert message.text == "другое"


async def test_an_edit_that_needs_two_messages_is_refused(
    channel: TelegramChannel, anna: User
) -> None:
    receipt = await channel.send(post(anna.id, "x"))
    change = Edit(message=receipt.messages[0], content=words("y" * 4097))
    error = await refused(channel, outbound(anna.id, change))
    assert error.reason is Reason.REFUSED


async def test_deletions_and_reactions(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    receipt = await channel.send(post(anna.id, "x" * 5000))
    await channel.send(outbound(anna.id, Delete(messages=receipt.messages)))
    assert from_bot(emulator, anna) == []
    await channel.send(outbound(anna.id, Delete(messages=receipt.messages)))  # gone is gone
    question = emulator.tell(anna, "question")
    await channel.send(outbound(anna.id, React(message=str(question.id), state="delivered")))
    assert list(question.reactions.values()) == [["👌"]]
    await channel.send(outbound(anna.id, React(message=str(question.id), state=None)))
    assert not any(question.reactions.values())
    emulator.remove(question)
    again = React(message=str(question.id), state="delivered")
    error = await refused(channel, outbound(anna.id, again))
    assert error.reason is Reason.MESSAGE_GONE


# --------------------------------------------------------------------------- threads and groups


async def test_threads(emulator: Emulator, channel: TelegramChannel, desk: Chat) -> None:
    receipt = await channel.send(outbound(desk.id, OpenThread(title="№ 1 " + "x" * 200)))
    (topic,) = emulator.topics(desk)
    assert receipt.thread == str(topic.id)
    assert len(topic.name) == 128
    change = ChangeThread(title="№ 1 решено", closed=True)
    await channel.send(outbound(desk.id, change, thread=topic.id))
    assert (topic.name, topic.closed) == ("№ 1 решено", True)
    await channel.send(outbound(desk.id, change, thread=topic.id))  # already so
    await channel.send(outbound(desk.id, ChangeThread(closed=False), thread=topic.id))
    assert not topic.closed
    receipt = await channel.send(post(desk.id, "card", thread=topic.id, pin=True))
    assert receipt.thread == str(topic.id)
    (card,) = from_bot(emulator, desk, topic)
    assert pinned(emulator, desk) == [card.id]


async def test_a_deleted_or_closed_thread_is_told(
    emulator: Emulator, channel: TelegramChannel, desk: Chat, boris: User
) -> None:
    """case B9"""
    closed = emulator.create_topic(desk, "closed", boris)
    emulator.close_topic(desk, closed, for_admins=True)
    error = await refused(channel, post(desk.id, "x", thread=closed.id))
    assert error.reason is Reason.THREAD_CLOSED
    gone = emulator.create_topic(desk, "gone", boris)
    emulator.delete_topic(desk, gone)
    error = await refused(channel, post(desk.id, "x", thread=gone.id))
    assert error.reason is Reason.THREAD_GONE
    plain = emulator.group("Plain", members=[boris], supergroup=True)
    error = await refused(channel, outbound(plain.id, OpenThread(title="x")))
    assert error.reason is Reason.NO_THREADS


async def test_a_message_that_strays_from_its_thread_is_taken_back(
    emulator: Emulator, desk: Chat, boris: User
) -> None:
    """case B9: the returned thread id is verified."""
    topic = emulator.create_topic(desk, "Ticket 1", boris)
    async with garbled(emulator, message_thread_id=None) as channel:
        error = await refused(channel, post(desk.id, "secret", thread=topic.id))
    assert error.reason is Reason.THREAD_GONE
    assert len(emulator.calls("sendMessage")) == 1
    assert from_bot(emulator, desk) == []


async def test_a_post_whose_pin_fails_has_still_arrived(
    emulator: Emulator, channel: TelegramChannel, boris: User
) -> None:
    desk = emulator.group("Desk", members=[boris], forum=True, rights={"can_pin_messages": False})
    receipt = await channel.send(post(desk.id, "card", pin=True))
    assert len(receipt.messages) == 1
    assert pinned(emulator, desk) == []


async def test_people_and_groups_that_cannot_be_reached(
    emulator: Emulator, channel: TelegramChannel, anna: User, boris: User, desk: Chat
) -> None:
    """case B12, case B11"""
    emulator.block(anna)
    assert (await refused(channel, post(anna.id, "x"))).reason is Reason.BLOCKED
    assert (await refused(channel, post(999, "x"))).reason is Reason.CHAT_GONE
    old = emulator.group("Plain", members=[boris])
    new = emulator.migrate(old)
    error = await refused(channel, post(old.id, "x"))
    assert (error.reason, error.moved_to) == (Reason.MOVED, str(new.id))
    emulator.set_member(desk, None, "kicked")
    assert (await refused(channel, post(desk.id, "x"))).reason is Reason.CHAT_GONE
    no_rights = emulator.group("Other", members=[boris], forum=True, bot="member")
    error = await refused(channel, outbound(no_rights.id, OpenThread(title="x")))
    assert error.reason is Reason.NO_RIGHTS


async def test_leaving(emulator: Emulator, channel: TelegramChannel, desk: Chat) -> None:
    await channel.send(outbound(desk.id, Leave()))
    assert not desk.members[emulator.bot.id].present
    await channel.send(outbound(desk.id, Leave()))  # gone is gone


async def test_nothing_to_say_is_refused(channel: TelegramChannel, anna: User) -> None:
    assert (await refused(channel, post(anna.id, " \n"))).reason is Reason.REFUSED


# --------------------------------------------------------------------------- faults


async def test_flood_control(emulator: Emulator, channel: TelegramChannel, anna: User) -> None:
    """case B1"""
    emulator.fail("429", "sendMessage", retry_after=23)
    with pytest.raises(Transient) as caught:
        await channel.send(post(anna.id, "x"))
    assert (caught.value.retry_after, caught.value.whole_chat) == (23, True)
    assert from_bot(emulator, anna) == []


@pytest.mark.parametrize(("fault", "arrived"), [("lost", 1), ("drop", 0), ("500", 0)])
async def test_nobody_knows_whether_it_arrived(
    emulator: Emulator, channel: TelegramChannel, anna: User, fault: str, arrived: int
) -> None:
    """case B2: and other posts would fare no better."""
    emulator.fail(fault, "sendMessage")
    with pytest.raises(Uncertain) as caught:
        await channel.send(post(anna.id, "x"))
    assert caught.value.unreachable
    assert len(from_bot(emulator, anna)) == arrived


async def test_a_late_answer_is_uncertain(emulator: Emulator, anna: User) -> None:
    """case B2"""
    emulator.fail("slow", "sendMessage", seconds=1)
    async with channel_for(emulator, request_timeout=0.1) as channel:
        with pytest.raises(Uncertain):
            await channel.send(post(anna.id, "x"))


async def test_what_may_be_repeated_is_transient(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    """case B2: edits, reactions and deletions do no harm twice."""
    receipt = await channel.send(post(anna.id, "x"))
    target = receipt.messages[0]
    for act in (
        Edit(message=target, content=words("y")),
        React(message=target, state="delivered"),
        Delete(messages=(target,)),
    ):
        emulator.fail("lost")
        with pytest.raises(Transient) as caught:
            await channel.send(outbound(anna.id, act))
        assert caught.value.unreachable
        await channel.send(outbound(anna.id, act))


async def test_a_server_that_is_not_there_got_nothing(
    emulator: Emulator, unused_tcp_port: int
) -> None:
    """case B2"""
    async with channel_for(emulator, api_url=f"http://127.0.0.1:{unused_tcp_port}") as channel:
        with pytest.raises(Transient) as caught:
            await channel.send(post(1, "x"))
        assert caught.value.unreachable


class FailingLater(AiogramClient):
    """Arms a fault before the n-th message."""

    def __init__(self, emulator: Emulator, fault: str, before: int) -> None:
        super().__init__(settings_for(emulator), SecretStr(emulator.token))
        self.emulator, self.fault, self.before = emulator, fault, before

    async def call(self, method: TelegramMethod[Any], *, wait: float = 0.0) -> Json:
        self.before -= 1
        if self.before == 0:
            self.emulator.fail(self.fault, retry_after=9)
        return await super().call(method, wait=wait)


@pytest.mark.parametrize(("fault", "copies_of_second"), [("429", 1), ("drop", 1), ("lost", 2)])
async def test_a_post_that_broke_off_goes_on_where_it_stopped(
    emulator: Emulator, anna: User, fault: str, copies_of_second: int
) -> None:
    """case B1, case B2: three messages, the second one fails; the first is never repeated.

    After a ``lost`` answer nobody knows, so the second one comes twice if the caller decides to
    send again (case A3).
    """
    what = Post(content=words("a" * 4096 + "b" * 4096 + "c"), pin=True)
    client = FailingLater(emulator, fault, before=2)
    async with TelegramChannel(settings_for(emulator), client=client) as channel:
        with pytest.raises(Uncertain) as caught:
            await channel.send(outbound(anna.id, what))
        assert caught.value.arrived == (str(from_bot(emulator, anna)[0].id),)
        if fault == "429":
            assert isinstance(caught.value.rest, Transient)
            assert caught.value.rest.retry_after == 9
        else:
            assert caught.value.rest is None
        receipt = await channel.send(outbound(anna.id, what, arrived=caught.value.arrived))
        assert [m.text[0] for m in from_bot(emulator, anna)] == [
            "a",
            *["b"] * copies_of_second,
            "c",
        ]
        assert len(receipt.messages) == 3
        assert receipt.messages[0] == caught.value.arrived[0]
        assert pinned(emulator, anna) == [int(receipt.messages[0])]
        again = await channel.send(outbound(anna.id, what, arrived=receipt.messages))
        assert again.messages == receipt.messages
    assert len(from_bot(emulator, anna)) == 2 + copies_of_second


async def test_a_receipt_says_that_a_forum_is_crowded(
    emulator: Emulator, channel: TelegramChannel, desk: Chat, anna: User
) -> None:
    """case B10: at the 900,000th message of a forum, and only for what goes into a topic."""
    topic = emulator.create_topic(desk, "№1")
    desk.last_message_id = 899_998
    into_topic = post(desk.id, "hello", thread=topic.id)
    assert not (await channel.send(into_topic)).crowded
    assert (await channel.send(into_topic)).crowded
    assert not (await channel.send(post(desk.id, "to all"))).crowded
    emulator.world._last_private_id = 900_000
    assert not (await channel.send(post(anna.id, "hello"))).crowded
