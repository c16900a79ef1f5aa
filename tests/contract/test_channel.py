"""What every channel promises (``channels/protocol.py``), each as far as its powers reach."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from channels.message import (
    Act,
    Address,
    AnswerPress,
    Button,
    Buttons,
    ChangeThread,
    Content,
    Delete,
    Edit,
    Edited,
    FormattedText,
    Inbound,
    Leave,
    Location,
    Moved,
    OpenThread,
    Outbound,
    Permanent,
    Post,
    Pressed,
    Reachability,
    React,
    Reason,
    Receipt,
    Said,
    Transient,
    Uncertain,
)
from channels.protocol import Probes
from tests.contract.channels import BENCHES, MESSENGERS, Bench, MessengerBench
from tests.inbox import ListInbox
from tests.waiting import eventually


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with BENCHES[request.param]() as running:
        yield running


on_messengers = pytest.mark.parametrize("bench", MESSENGERS, indirect=True)
"""For what takes buttons, edits, reactions, groups or threads."""
ids = (f"row{number}" for number in itertools.count())


@asynccontextmanager
async def receiving(bench: Bench, inbox: ListInbox) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bench.channel.run(inbox))
        try:
            yield
        finally:
            running.cancel()


def says(text: str) -> Content:
    return Content(text=FormattedText(text))


async def send(bench: Bench, chat: str, act: Act, thread: str | None = None) -> Receipt:
    where = Address(channel=bench.channel.name, chat=chat, thread=thread)
    return await bench.channel.send(Outbound(id=next(ids), address=where, act=act))


async def post(
    bench: Bench, chat: str, text: str, thread: str | None = None, reply_to: str | None = None
) -> str:
    act = Post(content=says(text), reply_to=reply_to)
    return (await send(bench, chat, act, thread)).messages[0]


async def refusal(bench: Bench, chat: str, act: Act, thread: str | None = None) -> Reason:
    with pytest.raises(Permanent) as caught:
        await send(bench, chat, act, thread)
    return caught.value.reason


def texts(items: list[Inbound]) -> list[str]:
    return [i.event.content.words for i in items if isinstance(i.event, Said | Edited)]


# --------------------------------------------------------------------------- receiving


async def test_what_is_said_arrives_once_and_in_order(bench: Bench) -> None:
    chat, inbox = bench.person(), ListInbox()
    messages = [bench.say(chat, f"message {number}") for number in range(5)]
    async with receiving(bench, inbox):
        await inbox.have(5)
        messages.append(bench.say(chat, "message 5"))
        items = await inbox.have(6)
        await eventually(lambda: bench.channel.health().ok)
    assert texts(items) == [f"message {number}" for number in range(6)]
    assert [i.event.message for i in items if isinstance(i.event, Said)] == messages
    assert len({i.external_id for i in items}) == 6
    for item in items:
        assert item.channel == item.address.channel == bench.channel.name
        assert (item.address.chat, item.address.thread, item.private) == (chat, None, True)
        assert item.at.tzinfo is not None


async def test_nothing_is_lost_while_nothing_can_be_stored(bench: Bench) -> None:
    """case A7"""
    chat, inbox = bench.person(), ListInbox()
    inbox.available = False
    bench.say(chat, "one")
    async with receiving(bench, inbox):
        await inbox.until(lambda: inbox.asked >= 2)
        assert not bench.channel.health().ok
        bench.say(chat, "two")
        inbox.available = True
        items = await inbox.have(2)
    assert texts(items) == ["one", "two"]


async def test_whatever_goes_wrong_in_the_inbox_is_no_end_of_receiving(bench: Bench) -> None:
    """Review, fault 15: a conflict while accepting ended the receiver of one channel, and the
    service with it; the other's went on. They keep one rule."""
    chat, inbox = bench.person(), ListInbox()
    inbox.fault = LookupError("a mistake of ours")
    bench.say(chat, "one")
    async with receiving(bench, inbox):
        await inbox.until(lambda: inbox.asked >= 2)
        assert not bench.channel.health().ok
        inbox.fault = None
        items = await inbox.have(1)
    assert texts(items) == ["one"]


async def test_what_was_not_kept_comes_to_the_next_run(bench: Bench) -> None:
    """case A1"""
    chat, dead = bench.person(), ListInbox()
    dead.available = False
    bench.say(chat, "one")
    async with receiving(bench, dead):
        await dead.until(lambda: dead.asked)
    alive = ListInbox()
    async with receiving(bench, alive):
        assert texts(await alive.have(1)) == ["one"]


@on_messengers
async def test_edits_replies_and_presses_arrive(bench: MessengerBench) -> None:
    chat, inbox = bench.person(), ListInbox()
    buttons = Buttons(rows=((Button(label="Yes", action="yes"),),))
    async with receiving(bench, inbox):
        asked = await send(bench, chat, Post(content=says("?"), keyboard=buttons))
        said = bench.say(chat, "one", reply_to=asked.messages[0])
        bench.edit(chat, said, "two")
        bench.press(chat, asked.messages[0], "yes")
        items = await inbox.have(3)
        first, second, third = (item.event for item in items)
        assert isinstance(first, Said)
        assert first.reply_to == asked.messages[0]
        assert isinstance(second, Edited)
        assert (second.message, second.content.words) == (said, "two")
        assert isinstance(third, Pressed)
        assert (third.data, third.message) == ("yes", asked.messages[0])
        await send(bench, chat, AnswerPress(press=third.press, text="ok"))
    assert await refusal(bench, chat, AnswerPress(press="987654")) is Reason.TOO_LATE


@on_messengers
async def test_a_person_who_blocks_us_cannot_be_reached(bench: MessengerBench) -> None:
    """case B12"""
    chat, inbox = bench.person(), ListInbox()
    async with receiving(bench, inbox):
        bench.block(chat)
        await inbox.have(1)
        assert await refusal(bench, chat, Post(content=says("x"))) is Reason.BLOCKED
        bench.unblock(chat)
        items = await inbox.have(2)
        await post(bench, chat, "welcome back")
    assert [i.event.reachable for i in items if isinstance(i.event, Reachability)] == [False, True]
    assert bench.seen(chat) == ["welcome back"]


@on_messengers
async def test_a_group_that_moves(bench: MessengerBench) -> None:
    """case B11"""
    old, inbox = bench.group(threads=False), ListInbox()
    async with receiving(bench, inbox):
        new = bench.move(old)
        await inbox.until(lambda: any(isinstance(i.event, Moved) for i in inbox.items))
    moves = [i for i in inbox.items if isinstance(i.event, Moved)]
    assert [(i.address.chat, i.event) for i in moves] == [(old, Moved(chat=new))]
    with pytest.raises(Permanent) as caught:
        await post(bench, old, "x")
    assert (caught.value.reason, caught.value.moved_to) == (Reason.MOVED, new)
    await post(bench, new, "x")
    assert bench.seen(new) == ["x"]


# --------------------------------------------------------------------------- sending


async def test_posts_are_seen_in_order(bench: Bench) -> None:
    chat = bench.person()
    first = await post(bench, chat, "<b>one</b>")
    second = await post(bench, chat, "two", reply_to=first)
    assert bench.seen(chat) == ["<b>one</b>", "two"]
    assert bench.reply_target(chat, second) == (first if bench.replies else None)
    assert await refusal(bench, chat, Post(content=Content())) is Reason.REFUSED


@on_messengers
async def test_an_answer_to_what_is_gone_is_sent_without_it(bench: MessengerBench) -> None:
    """case B14"""
    chat = bench.person()
    first = await post(bench, chat, "one")
    bench.remove(chat, first)
    second = await post(bench, chat, "two", reply_to=first)
    assert bench.reply_target(chat, second) is None


async def test_what_is_beyond_its_powers_is_refused(bench: Bench) -> None:
    """``abilities`` are asked first; what comes all the same must not pass for done."""
    chat = bench.person()
    able = bench.channel.abilities(Address(channel=bench.channel.name, chat=chat))
    beyond: list[Act] = []
    if not able.edits:
        beyond += [Edit(message="1", content=says("x")), Delete(messages=("1",))]
    if not able.reactions:
        beyond += [React(message="1", state="delivered")]
    if not able.buttons:
        beyond += [AnswerPress(press="1")]
    if not able.files:
        beyond += [Post(content=Content(parts=(Location(latitude=1, longitude=2),)))]
    if not able.threads:
        beyond += [OpenThread(title="x"), ChangeThread(closed=True)]
    for act in beyond:
        assert await refusal(bench, chat, act) in {Reason.REFUSED, Reason.NO_THREADS}
    assert bench.seen(chat) == []


@on_messengers
async def test_a_place_tells_what_it_can_show(bench: MessengerBench) -> None:
    """Threads are a group's, if anybody's."""
    name = bench.channel.name
    dialogue = bench.channel.abilities(Address(channel=name, chat=bench.person()))
    group = bench.channel.abilities(Address(channel=name, chat=bench.group(threads=True)))
    assert (dialogue.threads, group.threads) == (False, True)
    for able in (dialogue, group):
        assert able.buttons
        assert able.edits
        assert able.reactions
        assert able.files
        assert not able.batch


async def test_it_brings_its_own_pace(bench: Bench) -> None:
    """How fast it may be written to and how long things are tried is nobody else's business."""
    channel = bench.channel
    assert channel.limits.whole.burst >= 1
    assert channel.limits.chat.burst >= 1
    assert channel.patience.at_once >= 1
    assert channel.patience.gives_up is not None
    # What may be repeated may be tried for days; what may not is given up within one.
    assert channel.repeatable == (channel.patience.gives_up > timedelta(days=1))


@on_messengers
async def test_posts_are_edited_and_deleted(bench: MessengerBench) -> None:
    """case B8"""
    chat = bench.person()
    message = await post(bench, chat, "one")
    change = Edit(message=message, content=says("two"))
    assert (await send(bench, chat, change)).messages == (message,)
    await send(bench, chat, change)
    assert bench.seen(chat) == ["two"]
    await send(bench, chat, Delete(messages=(message,)))
    await send(bench, chat, Delete(messages=(message,)))
    assert bench.seen(chat) == []
    assert await refusal(bench, chat, change) is Reason.MESSAGE_GONE


@on_messengers
async def test_reactions(bench: MessengerBench) -> None:
    chat = bench.person()
    message = bench.say(chat, "thanks")
    await send(bench, chat, React(message=message, state="delivered"))
    assert bench.reaction(chat, message) == "delivered"
    await send(bench, chat, React(message=message, state=None))
    assert bench.reaction(chat, message) is None
    bench.remove(chat, message)
    gone = await refusal(bench, chat, React(message=message, state="delivered"))
    assert gone is Reason.MESSAGE_GONE


@on_messengers
async def test_threads(bench: MessengerBench) -> None:
    """case B9"""
    chat, inbox = bench.group(threads=True), ListInbox()
    opened = await send(bench, chat, OpenThread(title="№ 1"))
    thread = opened.thread
    assert thread is not None
    receipt = await send(bench, chat, Post(content=says("card")), thread)
    assert receipt.thread == thread
    assert bench.seen(chat, thread) == ["card"]
    bench.say(chat, "taken", thread=thread)
    async with receiving(bench, inbox):
        await inbox.until(lambda: texts(inbox.items) == ["taken"])
    (said,) = (i for i in inbox.items if isinstance(i.event, Said))
    assert (said.address.chat, said.address.thread, said.private) == (chat, thread, False)
    change = ChangeThread(title="№ 1, solved", closed=True)
    await send(bench, chat, change, thread)
    await send(bench, chat, change, thread)
    assert bench.thread_state(chat, thread) == ("№ 1, solved", True)
    await send(bench, chat, ChangeThread(closed=False), thread)
    assert bench.thread_state(chat, thread) == ("№ 1, solved", False)
    bench.lose_thread(chat, thread)
    assert await refusal(bench, chat, Post(content=says("x")), thread) is Reason.THREAD_GONE
    assert bench.seen(chat) in ([], ["card"])  # Telegram deletes what was in it


@on_messengers
async def test_a_group_without_threads(bench: MessengerBench) -> None:
    chat = bench.group(threads=False)
    assert await refusal(bench, chat, OpenThread(title="x")) is Reason.NO_THREADS
    await post(bench, chat, "x")
    assert bench.seen(chat) == ["x"]


@on_messengers
async def test_leaving(bench: MessengerBench) -> None:
    chat = bench.group(threads=True)
    await send(bench, chat, Leave())
    assert await refusal(bench, chat, Post(content=says("x"))) is Reason.CHAT_GONE


@on_messengers
async def test_a_pause_that_was_asked_for(bench: MessengerBench) -> None:
    """case B1"""
    chat = bench.person()
    bench.ask_for_a_pause(7)
    with pytest.raises(Transient) as caught:
        await post(bench, chat, "x")
    assert (caught.value.retry_after, caught.value.whole_chat) == (7, True)
    assert bench.seen(chat) == []
    await post(bench, chat, "x")
    assert bench.seen(chat) == ["x"]


async def test_a_lost_answer_is_uncertain(bench: Bench) -> None:
    """case B2: and as if the channel were away, for all that is known of it."""
    chat = bench.person()
    bench.lose_the_answer()
    with pytest.raises(Uncertain) as caught:
        await post(bench, chat, "x")
    assert caught.value.unreachable
    assert caught.value.arrived == ()
    assert bench.seen(chat) == ["x"]


@on_messengers
async def test_a_probe_tells_an_outage_and_nobody_reads_of_it(bench: MessengerBench) -> None:
    """case B2: however often it is made; being asked for a pause is an answer, too."""
    channel, chat = bench.channel, bench.person()
    assert isinstance(channel, Probes)
    place = Address(channel=channel.name, chat=chat)
    for _ in range(3):
        await channel.probe(place)
    bench.fall_silent()
    with pytest.raises(Uncertain):
        await post(bench, chat, "x")
    with pytest.raises(Transient) as caught:
        await channel.probe(place)
    assert caught.value.unreachable
    assert bench.seen(chat) == []
