"""What the in-process channel adds for tests and ``linezero chat``."""

from __future__ import annotations

import asyncio

import pytest

from channels.memory import MemoryChannel, Thread
from channels.message import (
    Act,
    Address,
    AnswerPress,
    Content,
    FormattedText,
    Membership,
    Outbound,
    Permanent,
    Post,
    Reason,
    Transient,
)
from tests.inbox import ListInbox


def outbound(text: str, chat: str = "1", thread: str | None = None) -> Outbound:
    act: Act = Post(content=Content(text=FormattedText(text)))
    return Outbound(id=text, address=Address(channel="memory", chat=chat, thread=thread), act=act)


async def test_only_chosen_sends_fail_and_only_so_often() -> None:
    channel = MemoryChannel()
    channel.fail(Permanent(Reason.BLOCKED), times=2, concerns=lambda out: out.address.chat == "2")
    await channel.send(outbound("a"))
    for _ in range(2):
        with pytest.raises(Permanent):
            await channel.send(outbound("b", chat="2"))
    await channel.send(outbound("b", chat="2"))
    assert [out.id for out in channel.sent] == ["a", "b"]
    assert channel.chats["2"].texts == ["b"]


async def test_failures_queue_up() -> None:
    channel = MemoryChannel()
    channel.fail(Transient("first"))
    channel.fail(Transient("second"))
    for detail in ("first", "second"):
        with pytest.raises(Transient, match=detail):
            await channel.send(outbound("x"))
    await channel.send(outbound("x"))


async def test_until_waits_for_sends() -> None:
    channel = MemoryChannel()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(channel.until(lambda: "b" in [o.id for o in channel.sent]))
        await channel.send(outbound("a"))
        assert not waiting.done()
        await channel.send(outbound("b"))
    assert waiting.result()


async def test_the_same_thing_can_arrive_twice() -> None:
    """case B5"""
    channel, inbox = MemoryChannel(), ListInbox()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(channel.run(inbox))
        item = channel.say("x")
        await inbox.have(1)
        channel.hand_in(item)
        await inbox.until(lambda: inbox.asked == 2)
        running.cancel()
    assert inbox.items == [item]


async def test_our_standing_decides_what_arrives() -> None:
    """case B13"""
    channel = MemoryChannel()
    channel.group("-1", "Desk")
    event = channel.standing("-1", "absent").event
    assert event == Membership(status="absent", title="Desk")
    with pytest.raises(Permanent) as caught:
        await channel.send(outbound("x", chat="-1"))
    assert caught.value.reason is Reason.CHAT_GONE
    channel.standing("-1", "administrator", can_manage_topics=True)
    await channel.send(outbound("x", chat="-1"))


async def test_presses_are_answered_once() -> None:
    channel = MemoryChannel()
    event = channel.press("yes").event
    press = getattr(event, "press", "")
    assert channel.answer_to(press) is None
    answer = AnswerPress(press=press, text="ok")
    where = Address(channel="memory", chat="1")
    await channel.send(Outbound(id="1", address=where, act=answer))
    assert channel.answer_to(press) == answer
    with pytest.raises(Permanent) as caught:
        await channel.send(Outbound(id="1", address=where, act=answer))
    assert caught.value.reason is Reason.TOO_LATE


async def test_a_closed_thread_is_closed() -> None:
    channel = MemoryChannel()
    group = channel.group("-1", "Desk", threads=False)
    with pytest.raises(Permanent) as caught:
        await channel.send(outbound("x", chat="-1", thread="5"))
    assert caught.value.reason is Reason.NO_THREADS
    group.has_threads = True
    with pytest.raises(Permanent) as caught:
        await channel.send(outbound("x", chat="-1", thread="5"))
    assert caught.value.reason is Reason.THREAD_GONE
    group.threads["5"] = Thread(title="№ 1", closed=True)
    with pytest.raises(Permanent) as caught:
        await channel.send(outbound("x", chat="-1", thread="5"))
    assert caught.value.reason is Reason.THREAD_CLOSED
