"""The same world behind every channel: people and groups to try a channel on.

A new channel takes part in the contract by a bench of its own here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from unittest.mock import Mock, patch

from bot.sandbox.telegram import Emulator
from channels.email.mail import Mail
from channels.email.parse import parse
from channels.email.settings import Server
from channels.kind import Surroundings
from channels.memory import Chat, MemoryChannel
from channels.message import FormattedText, Transient, Uncertain
from channels.protocol import Channel
from channels.telegram.send import MARKS
from tests import lines_channel
from tests.clock import START
from tests.email_channel import channel_for as email_channel_for
from tests.email_channel import settings_for
from tests.mail_servers import PASSWORD, imap_server, letter
from tests.smtp_server import SmtpServer, Taken, smtp_server
from tests.telegram_channel import channel_for


class Bench(Protocol):
    """What people see and do on any channel. Chats and messages are the channel's own ids."""

    channel: Channel
    replies: bool = True
    """Whether people see which message one of ours answers."""

    def person(self) -> str:
        """A new person's private chat."""
        ...

    def say(
        self, chat: str, text: str, *, thread: str | None = None, reply_to: str | None = None
    ) -> str:
        """A person says something. Returns the message."""
        ...

    def seen(self, chat: str, thread: str | None = None) -> list[str]:
        """The texts of our messages there, in order."""
        ...

    def reply_target(self, chat: str, message: str) -> str | None:
        """Which message one of our messages answers; None also where nothing shows that."""
        ...

    def lose_the_answer(self) -> None:
        """The next send is carried out, and we do not learn it."""
        ...


class MessengerBench(Bench, Protocol):
    """The same where messages can be changed, and people meet in groups with threads."""

    def group(self, *, threads: bool) -> str:
        """A group that we are in with all rights, and where somebody can speak."""
        ...

    def edit(self, chat: str, message: str, text: str) -> None: ...

    def remove(self, chat: str, message: str) -> None: ...

    def press(self, chat: str, message: str, data: str) -> None: ...

    def block(self, chat: str) -> None: ...

    def unblock(self, chat: str) -> None: ...

    def move(self, chat: str) -> str:
        """The group gets a new id, which is returned."""
        ...

    def lose_thread(self, chat: str, thread: str) -> None:
        """Somebody deletes a thread."""
        ...

    def thread_state(self, chat: str, thread: str) -> tuple[str, bool]:
        """The title of a thread, and whether it is closed."""
        ...

    def reaction(self, chat: str, message: str) -> str | None:
        """The state we show on a message."""
        ...

    def ask_for_a_pause(self, seconds: int) -> None:
        """The next send is refused: not before that many seconds."""
        ...

    def fall_silent(self) -> None:
        """Nothing is answered any more."""
        ...


class MemoryBench(MessengerBench):
    """The in-process channel."""

    def __init__(self) -> None:
        self.memory = MemoryChannel(now=lambda: START)
        self.channel = self.memory
        self._number = 100

    def _next(self) -> str:
        self._number += 1
        return str(self._number)

    def person(self) -> str:
        chat = self._next()
        self.memory.chats[chat] = Chat(private=True)
        return chat

    def group(self, *, threads: bool) -> str:
        chat = self._next()
        self.memory.group(chat, threads=threads)
        return chat

    def say(
        self, chat: str, text: str, *, thread: str | None = None, reply_to: str | None = None
    ) -> str:
        self.memory.say(text, chat=chat, thread=thread, reply_to=reply_to)
        return list(self.memory.chats[chat].messages)[-1]

    def edit(self, chat: str, message: str, text: str) -> None:
        self.memory.edit(message, text, chat=chat)

    def remove(self, chat: str, message: str) -> None:
        del self.memory.chats[chat].messages[message]

    def press(self, chat: str, message: str, data: str) -> None:
        self.memory.press(data, message=message, chat=chat)

    def block(self, chat: str) -> None:
        self.memory.block(chat)

    def unblock(self, chat: str) -> None:
        self.memory.unblock(chat)

    def move(self, chat: str) -> str:
        new = self._next()
        self.memory.move(chat, new)
        return new

    def lose_thread(self, chat: str, thread: str) -> None:
        del self.memory.chats[chat].threads[thread]

    def seen(self, chat: str, thread: str | None = None) -> list[str]:
        shown = self.memory.chats[chat].messages.values()
        return [
            each.content.words
            for each in shown
            if each.ours and (thread is None or each.thread == thread)
        ]

    def reply_target(self, chat: str, message: str) -> str | None:
        return self.memory.chats[chat].messages[message].reply_to

    def thread_state(self, chat: str, thread: str) -> tuple[str, bool]:
        state = self.memory.chats[chat].threads[thread]
        return state.title, state.closed

    def reaction(self, chat: str, message: str) -> str | None:
        return self.memory.chats[chat].messages[message].reaction

    def ask_for_a_pause(self, seconds: int) -> None:
        self.memory.fail(Transient("slow down", retry_after=seconds, whole_chat=True))

    def fall_silent(self) -> None:
        self.memory.silent = True
        self.memory.fail(Uncertain("no answer"), times=1_000_000)

    def lose_the_answer(self) -> None:
        self.memory.fail(Uncertain("the answer was lost"), arrives=True)


class TelegramBench(MessengerBench):
    """The Telegram channel on the emulated Telegram."""

    def __init__(self, emulator: Emulator, channel: Channel) -> None:
        self.emulator = emulator
        self.channel = channel
        self.boris = emulator.user("Boris")

    def person(self) -> str:
        anna = self.emulator.user("Anna")
        anna.started = True
        return str(anna.id)

    def group(self, *, threads: bool) -> str:
        group = self.emulator.group("Desk", members=[self.boris], forum=threads)
        return str(group.id)

    def _who(self, chat: str) -> int:
        return self.boris.id if chat.startswith("-") else int(chat)

    def say(
        self, chat: str, text: str, *, thread: str | None = None, reply_to: str | None = None
    ) -> str:
        message = self.emulator.say(
            self._who(chat),
            int(chat),
            text,
            thread=int(thread) if thread else None,
            reply_to=int(reply_to) if reply_to else None,
        )
        return str(message.id)

    def edit(self, chat: str, message: str, text: str) -> None:
        self.emulator.edit(self.emulator.message(int(chat), int(message)), text)

    def remove(self, chat: str, message: str) -> None:
        self.emulator.remove(self.emulator.message(int(chat), int(message)))

    def press(self, chat: str, message: str, data: str) -> None:
        shown = self.emulator.message(int(chat), int(message))
        self.emulator.press(self._who(chat), shown, data=data)

    def block(self, chat: str) -> None:
        self.emulator.block(int(chat))

    def unblock(self, chat: str) -> None:
        self.emulator.unblock(int(chat))

    def move(self, chat: str) -> str:
        return str(self.emulator.migrate(int(chat)).id)

    def lose_thread(self, chat: str, thread: str) -> None:
        self.emulator.delete_topic(int(chat), int(thread))

    def seen(self, chat: str, thread: str | None = None) -> list[str]:
        shown = self.emulator.messages(int(chat), int(thread) if thread else None)
        return [each.text for each in shown if each.by_bot and not each.is_service]

    def reply_target(self, chat: str, message: str) -> str | None:
        shown = self.emulator.message(int(chat), int(message)).json
        target = shown.get("reply_to_message")
        return str(target["message_id"]) if target else None

    def thread_state(self, chat: str, thread: str) -> tuple[str, bool]:
        topic = next(t for t in self.emulator.topics(int(chat)) if t.id == int(thread))
        return topic.name, topic.closed

    def reaction(self, chat: str, message: str) -> str | None:
        shown = self.emulator.message(int(chat), int(message))
        ours = shown.reactions.get(self.emulator.bot.id)
        looks = {look: state for state, look in reversed(list(MARKS.items()))}
        return looks[ours[0]] if ours else None

    def ask_for_a_pause(self, seconds: int) -> None:
        self.emulator.fail("429", retry_after=seconds)

    def fall_silent(self) -> None:
        self.emulator.fail("500", count=None)

    def lose_the_answer(self) -> None:
        self.emulator.fail("lost")


class EmailBench(Bench):
    """The mail channel on a real IMAP and a real SMTP server."""

    def __init__(self, channel: Channel, smtp: SmtpServer) -> None:
        self.channel = channel
        self.smtp = smtp
        self.posted: asyncio.Queue[bytes] = asyncio.Queue()
        """What people have sent, on its way to the mailbox."""
        self._number = 0

    def person(self) -> str:
        self._number += 1
        return f"person{self._number}@client.example"

    def say(
        self, chat: str, text: str, *, thread: str | None = None, reply_to: str | None = None
    ) -> str:
        self._number += 1
        message = f"<{self._number}@client.example>"
        answers = f"In-Reply-To: {reply_to}" if reply_to else ""
        self.posted.put_nowait(letter(text, sender=chat, message_id=message, headers=answers))
        return message

    def seen(self, chat: str, thread: str | None = None) -> list[str]:
        return [self._read(each).text for each in self.smtp.taken if each.recipient == chat]

    def reply_target(self, chat: str, message: str) -> str | None:
        letters = (self._read(each) for each in self.smtp.taken if each.recipient == chat)
        (ours,) = (mail for mail in letters if mail.message_id == message)
        return next(iter(ours.in_reply_to), None)

    def _read(self, taken: Taken) -> Mail:
        return parse(taken.data, received=START)

    def lose_the_answer(self) -> None:
        self.smtp.drops.append("after taking it")


class LinesBench(Bench):
    """The channel of docs/channels.md."""

    replies = False

    def __init__(self, channel: Channel, folder: Path, patches: ExitStack) -> None:
        self.channel = channel
        self.folder = folder
        self.patches = patches
        self._number = 0

    def person(self) -> str:
        self._number += 1
        return f"person{self._number}"

    def say(
        self, chat: str, text: str, *, thread: str | None = None, reply_to: str | None = None
    ) -> str:
        return lines_channel.write(self.folder, chat, text)

    def seen(self, chat: str, thread: str | None = None) -> list[str]:
        return lines_channel.written_to(self.folder, chat)

    def reply_target(self, chat: str, message: str) -> str | None:
        return None

    def lose_the_answer(self) -> None:
        lost = OSError("the disk does not answer")
        failing = patch.dict(lines_channel.names(), fsync=Mock(side_effect=[lost, None]))
        self.patches.enter_context(failing)


@asynccontextmanager
async def memory_bench() -> AsyncIterator[MessengerBench]:
    bench = MemoryBench()
    async with bench.channel:
        yield bench


@asynccontextmanager
async def telegram_bench() -> AsyncIterator[MessengerBench]:
    async with Emulator() as emulator, channel_for(emulator) as channel:
        yield TelegramBench(emulator, channel)


@asynccontextmanager
async def email_bench() -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        stack.enter_context(patch.dict(os.environ, {"MAIL_PASSWORD": PASSWORD}))
        imap = await stack.enter_async_context(imap_server())
        smtp = await stack.enter_async_context(smtp_server())
        outgoing = Server(host="localhost", port=smtp.port, security="none", login="none")
        settings = settings_for(imap.settings(), outgoing, box={"since": "2020-01-01"})
        channel = email_channel_for(settings, Path(folder))
        bench = EmailBench(await stack.enter_async_context(channel), smtp)

        async def post_office() -> None:
            while True:
                await imap.deliver(await bench.posted.get())

        async with asyncio.TaskGroup() as group:
            delivering = group.create_task(post_office())
            yield bench
            delivering.cancel()


def _key(key: str, _language: str, /, **_args: object) -> str:
    return key


@asynccontextmanager
async def lines_bench() -> AsyncIterator[Bench]:
    with TemporaryDirectory() as name, ExitStack() as patches:
        folder, kind = Path(name), lines_channel.kind()
        (folder / "in").touch()
        around = Surroundings(
            folder=folder,
            words=_key,
            company=lambda *_: "",
            describe=lambda _: FormattedText(),
            now=lambda: START,
        )
        channel = kind.build(kind.settings(folder=folder), around)
        async with channel:
            yield LinesBench(channel, folder, patches)


MESSENGERS = {"memory": memory_bench, "telegram": telegram_bench}
BENCHES: dict[str, Callable[[], AbstractAsyncContextManager[Bench]]] = {
    **MESSENGERS,
    "email": email_bench,
    "lines": lines_bench,
}
