"""Channels, posts and threads that are gone, or are not what they were, when something is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.decision import Decision, Outgoing, Rewrite
from bot.conversation.events import DeliveryFailed, RoomDoubled
from channels.memory import Thread
from channels.message import (
    Address,
    Content,
    Edit,
    FormattedText,
    OpenThread,
    Outbound,
    Permanent,
    Reason,
    Receipt,
)
from tests.unit.delivery.sending import CLIENT, GROUP, ROOM, desk, origin
from tests.values import act


async def test_words_for_a_channel_that_is_gone_fail_where_people_see_it() -> None:
    """case G3: they were dropped without a mark, a word or a way to send them again."""
    gone = Address(channel="sms", chat="1")
    async with desk() as it:
        it.channel.say("hello", chat=GROUP)
        message = next(iter(it.channel.chats[GROUP].messages))
        await it.say(gone, "hello", origin=origin(message), conversation="k1")
        await it.enqueue(act(to=gone, action=Rewrite(handle="x")))
        await it.until(lambda: it.channel.chats[GROUP].messages[message].reaction)
        assert it.channel.chats[GROUP].messages[message].reaction == "failed"
        [failed] = it.told
        assert isinstance(failed, DeliveryFailed)
        assert (failed.reason, failed.detail) == (Reason.NO_CHANNEL, "sms")
        again = Decision(resend=(failed.outgoing,))
        it.worker.channels = {**it.worker.channels, "sms": it.channel}
        await it.store.transact(lambda tx: tx.apply(again, it.clock.now()))
        it.worker.wakeups.ring("outbox")
        await it.until(lambda: it.texts("1"))
        assert it.texts("1") == ["hello"]


async def test_a_deleted_post_is_posted_anew_once_however_often_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """case B9: a further change waits while the first one finds nothing to change."""
    async with desk() as it:
        await it.say(CLIENT, "card 1", handle="card", pin=True)
        await it.until(lambda: it.texts("42"))
        chat, edits = it.channel.chats["42"], 0
        chat.messages.clear()
        send = it.channel.send

        async def watched(outbound: Outbound) -> Receipt:
            nonlocal edits
            if isinstance(outbound.act, Edit):
                edits += 1
                if edits == 1:
                    await it.enqueue(rewrite("card 3"))
            return await send(outbound)

        monkeypatch.setattr(it.channel, "send", watched)
        await it.say(CLIENT, "line")
        await it.enqueue(rewrite("card 2"))
        await it.until(lambda: "card 3" in it.texts("42"))
        assert sorted(it.texts("42")) == ["card 3", "line"]
        assert edits == 2
        [card] = [shown for shown in chat.messages.values() if shown.content.words == "card 3"]
        assert card.pinned


def rewrite(text: str) -> Outgoing:
    content = Content(text=FormattedText(text))
    return Outgoing(
        to=CLIENT, audience="client", action=Rewrite(handle="card", content=content, pinned=True)
    )


async def test_what_only_took_buttons_off_a_deleted_post_is_over() -> None:
    async with desk() as it:
        await it.say(CLIENT, "question", handle="q")
        await it.until(lambda: it.texts("42"))
        it.channel.chats["42"].messages.clear()
        await it.enqueue(act(to=CLIENT, action=Rewrite(handle="q")))
        await it.say(CLIENT, "line")
        await it.until(lambda: it.texts("42"))
        assert it.texts("42") == ["line"]
        assert it.told == []


@pytest.mark.parametrize("pinned", [True, False])
async def test_what_must_be_there_is_posted_by_its_next_change(*, pinned: bool) -> None:
    """A card that was never posted, as its content was refused that day."""
    async with desk() as it:
        it.channel.fail(Permanent(Reason.REFUSED))
        await it.say(CLIENT, "card 1", handle="card")
        await it.until(lambda: it.told)
        change = rewrite("card 2").action
        assert isinstance(change, Rewrite)
        await it.enqueue(act(to=CLIENT, action=replace(change, pinned=pinned)))
        await it.say(CLIENT, "line")
        await it.until(lambda: "line" in it.texts("42"))
        assert it.texts("42") == (["card 2", "line"] if pinned else ["line"])
        await it.enqueue(rewrite("card 3"))
        if pinned:
            await it.until(lambda: "card 3" in it.texts("42"))
            assert it.texts("42") == ["card 3", "line"]


async def test_a_room_that_was_found_meanwhile_keeps_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """case B9: its first thread becomes known while a second one is being opened."""
    async with desk() as it:
        first = Address(channel="memory", chat=GROUP, thread="first")
        it.channel.chats[GROUP].threads["first"] = Thread(title="№7")
        send = it.channel.send

        async def watched(outbound: Outbound) -> Receipt:
            if isinstance(outbound.act, OpenThread):
                await it.store.transact(lambda tx: tx.chats.room_opened(ROOM, first))
            return await send(outbound)

        monkeypatch.setattr(it.channel, "send", watched)
        await it.say(ROOM, "hello")
        await it.until(lambda: "hello" in it.texts(GROUP))
        [doubled] = it.told
        assert isinstance(doubled, RoomDoubled)
        assert doubled.room == ROOM
        assert doubled.thread.thread not in {None, "first"}
        [hello] = [m for m in it.channel.chats[GROUP].messages.values() if m.ours]
        assert hello.thread == "first"
