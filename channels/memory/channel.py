"""A channel inside the process: people and places as plain objects.

It behaves like a chat service as far as the application can tell: messages have ids, edits and
reactions need their message, threads can be opened, closed and lost, people block us, groups move.
``linezero chat`` talks through it; tests also let it fail.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import Literal, Self, TypeVar

from channels.limits import UNLIMITED, Limits
from channels.memory.places import Chat, Shown, Thread
from channels.message import (
    Act,
    Address,
    AnswerPress,
    ChangeThread,
    Content,
    Delete,
    DeliveryError,
    Edit,
    Edited,
    Event,
    FormattedText,
    Inbound,
    Leave,
    Membership,
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
    Sender,
    Transient,
)
from channels.patience import CHAT, Patience
from channels.protocol import EVERYTHING, Abilities, Health, Inbox, StorageUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class _Failure:
    error: DeliveryError
    times: int
    arrives: bool
    concerns: Callable[[Outbound], bool]


class MemoryChannel:
    """The in-process channel.

    What people do is said by ``say``, ``edit``, ``press`` and so on; each hands an ``Inbound`` to
    ``run`` and returns it. What the application sent is in ``sent`` and, as people see it, in
    ``chats``.
    """

    def __init__(
        self,
        name: str = "memory",
        *,
        abilities: Abilities = EVERYTHING,
        repeatable: bool = False,
        limits: Limits = UNLIMITED,
        patience: Patience = CHAT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._abilities = abilities
        self._repeatable = repeatable
        self._limits = limits
        self._patience = patience
        self._now = now
        self._pause = pause
        self._ids = count(1)
        self._waiting: list[Inbound] = []
        self._something = asyncio.Event()
        self._sent = asyncio.Condition()
        self._failures: list[_Failure] = []
        self._presses: dict[str, AnswerPress | None] = {}
        self._health = Health(ok=False, since=now(), detail="not started")
        self.sent: list[Outbound] = []
        """Every act that was carried out, in order."""
        self.probes: list[Address] = []
        """Where it was asked whether anything is answered, in order."""
        self.silent = False
        """Whether probes get no answer."""
        self.chats: dict[str, Chat] = {}

    # ----------------------------------------------------------------------- Channel

    @property
    def name(self) -> str:
        return self._name

    def abilities(self, place: Address) -> Abilities:
        chat = self.chats.get(place.chat)
        threads = self._abilities.threads and chat is not None and chat.has_threads
        return replace(self._abilities, threads=threads)

    @property
    def repeatable(self) -> bool:
        return self._repeatable

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def patience(self) -> Patience:
        return self._patience

    def health(self) -> Health:
        return self._health

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    async def run(self, inbox: Inbox) -> None:
        """Hand everything in that people did, now and later; kept until the inbox has it."""
        while True:
            items = list(self._waiting)
            try:
                if items:
                    await inbox.accept(items)
            except Exception as error:
                if not isinstance(error, StorageUnavailable):
                    log.exception("%s: a mistake of ours, beginning anew", self._name)
                self._health = Health(ok=False, since=self._now(), detail=str(error))
                await self._pause(0.05)
                continue
            del self._waiting[: len(items)]
            if not self._health.ok:
                self._health = Health(ok=True, since=self._now())
            if not self._waiting:
                self._something.clear()
                await self._something.wait()

    @property
    def accepted(self) -> bool:
        """Whether the inbox has everything that happened so far."""
        return not self._waiting

    async def probe(self, address: Address) -> None:
        self.probes.append(address)
        if self.silent:
            raise Transient("no answer", unreachable=True)

    async def send(self, outbound: Outbound) -> Receipt:
        failure = next((f for f in self._failures if f.times and f.concerns(outbound)), None)
        if failure:
            failure.times -= 1
            if not failure.arrives:
                raise failure.error
        receipt = self._carry_out(outbound.address, outbound.act)
        self.sent.append(outbound)
        async with self._sent:
            self._sent.notify_all()
        if failure:
            raise failure.error
        return receipt

    # ----------------------------------------------------------------------- what people do

    def group(self, chat: str, title: str = "", *, threads: bool = True) -> Chat:
        """A group we are in. Other chats are private ones and exist when first spoken of."""
        self.chats[chat] = Chat(private=False, title=title, has_threads=threads)
        return self.chats[chat]

    def say(
        self,
        content: Content | str,
        *,
        chat: str = "1",
        thread: str | None = None,
        sender: Sender | None = None,
        reply_to: str | None = None,
        album: str | None = None,
    ) -> Inbound:
        """Somebody writes. The id of the message is in the event."""
        if isinstance(content, str):
            content = Content(text=FormattedText(content))
        message = str(next(self._ids))
        shown = Shown(id=message, thread=thread, content=content, ours=False, reply_to=reply_to)
        self._chat(chat).messages[message] = shown
        said = Said(message=message, content=content, reply_to=reply_to, album=album)
        return self._happens(said, f"m:{chat}:{message}", chat, thread, sender)

    def edit(
        self, message: str, content: Content | str, *, chat: str = "1", sender: Sender | None = None
    ) -> Inbound:
        """Somebody changes what they wrote."""
        if isinstance(content, str):
            content = Content(text=FormattedText(content))
        shown = self._chat(chat).messages[message]
        shown.content, shown.edited = content, True
        key = f"m:{chat}:{message}:{next(self._ids)}"
        edited = Edited(message=message, content=content)
        return self._happens(edited, key, chat, shown.thread, sender)

    def press(
        self,
        data: str,
        *,
        message: str | None = None,
        chat: str = "1",
        sender: Sender | None = None,
    ) -> Inbound:
        """Somebody presses a button; ``data`` is taken as it is, shown or not."""
        press = str(next(self._ids))
        self._presses[press] = None
        shown = self._chat(chat).messages.get(message or "")
        pressed = Pressed(press=press, data=data, message=message)
        thread = shown.thread if shown else None
        return self._happens(pressed, f"cb:{press}", chat, thread, sender)

    def block(self, chat: str = "1") -> Inbound:
        """A client blocks us."""
        self._chat(chat).gone = Permanent(Reason.BLOCKED, "blocked by the client")
        return self._happens(Reachability(reachable=False), self._key(chat), chat)

    def unblock(self, chat: str = "1") -> Inbound:
        """A client comes back."""
        self._chat(chat).gone = None
        return self._happens(Reachability(reachable=True), self._key(chat), chat)

    def standing(
        self,
        chat: str,
        status: Literal["administrator", "member", "absent"],
        *,
        can_manage_topics: bool = False,
    ) -> Inbound:
        """Our place in a group changes; with ``absent`` nothing reaches it any more."""
        group = self.chats.get(chat) or self.group(chat)
        absent = Permanent(Reason.CHAT_GONE, "we are not in this group")
        group.gone = absent if status == "absent" else None
        change = Membership(status=status, can_manage_topics=can_manage_topics, title=group.title)
        return self._happens(change, self._key(chat), chat)

    def move(self, chat: str, new: str) -> Inbound:
        """A group gets a new id."""
        old = self.chats[chat]
        self.chats[new] = Chat(private=False, title=old.title, has_threads=old.has_threads)
        old.gone = Permanent(Reason.MOVED, "the group moved", moved_to=new)
        return self._happens(Moved(chat=new), f"moved:{chat}:{new}", chat)

    def hand_in(self, item: Inbound) -> Inbound:
        """Anything at all arrives, also for the second time."""
        self._waiting.append(item)
        self._something.set()
        return item

    # ----------------------------------------------------------------------- for tests

    def fail(
        self,
        error: DeliveryError,
        *,
        times: int = 1,
        arrives: bool = False,
        concerns: Callable[[Outbound], bool] = lambda outbound: True,
    ) -> None:
        """Let the next sends fail.

        Args:
            error: What ``send`` raises.
            times: How often.
            arrives: The act is carried out all the same, and only we do not learn it.
            concerns: Which sends; all of them by default.
        """
        failure = _Failure(error=error, times=times, arrives=arrives, concerns=concerns)
        self._failures.append(failure)

    async def until(self, condition: Callable[[], T]) -> T:
        """Wait until something is true, looking again after each send. Returns what it returned."""
        async with self._sent:
            while not (result := condition()):
                await self._sent.wait()
        return result

    def answer_to(self, press: str) -> AnswerPress | None:
        """How a press was answered; None as long as it was not."""
        return self._presses[press]

    # ----------------------------------------------------------------------- inside

    def _chat(self, chat: str) -> Chat:
        return self.chats.setdefault(chat, Chat(private=True))

    def _key(self, chat: str) -> str:
        return f"member:{chat}:{next(self._ids)}"

    def _happens(
        self,
        event: Event,
        key: str,
        chat: str,
        thread: str | None = None,
        sender: Sender | None = None,
    ) -> Inbound:
        item = Inbound(
            channel=self._name,
            external_id=key,
            address=Address(channel=self._name, chat=chat, thread=thread),
            private=self._chat(chat).private,
            sender=sender or Sender(id=chat, name=f"Person {chat}"),
            at=self._now(),
            event=event,
        )
        return self.hand_in(item)

    def _carry_out(self, address: Address, act: Act) -> Receipt:
        chat = self._chat(address.chat)
        if gone := chat.gone:
            raise Permanent(gone.reason, gone.detail, moved_to=gone.moved_to)
        messages: tuple[str, ...] = ()
        thread = address.thread
        match act:
            case Post():
                self._check_thread(chat, thread)
                messages = (self._post(chat, thread, act),)
            case Edit():
                self._edit(chat, act)
                messages = (act.message,)
            case Delete():
                for message in act.messages:
                    chat.messages.pop(message, None)
            case React():
                self._shown(chat, act.message).reaction = act.state
            case AnswerPress():
                self._answer(act)
            case OpenThread():
                if not chat.has_threads:
                    raise Permanent(Reason.NO_THREADS, "this chat has no threads")
                thread = str(next(self._ids))
                chat.threads[thread] = Thread(title=act.title)
            case ChangeThread():
                self._change_thread(chat, thread, act)
            case Leave():
                chat.gone = Permanent(Reason.CHAT_GONE, "we left this group")
        return Receipt(at=self._now(), messages=messages, thread=thread)

    def _answer(self, answer: AnswerPress) -> None:
        if self._presses.get(answer.press, answer) is not None:
            raise Permanent(Reason.TOO_LATE, "no such press waits for an answer")
        self._presses[answer.press] = answer

    def _change_thread(self, chat: Chat, thread: str | None, change: ChangeThread) -> None:
        changed = self._check_thread(chat, thread, even_closed=True)
        if changed is None:
            raise Permanent(Reason.NO_THREADS, "the address names no thread")
        changed.title = changed.title if change.title is None else change.title
        changed.closed = changed.closed if change.closed is None else change.closed

    def _check_thread(
        self, chat: Chat, thread: str | None, *, even_closed: bool = False
    ) -> Thread | None:
        if thread is None:
            return None
        if not chat.has_threads:
            raise Permanent(Reason.NO_THREADS, "this chat has no threads")
        found = chat.threads.get(thread)
        if found is None:
            raise Permanent(Reason.THREAD_GONE, f"there is no thread {thread}")
        if found.closed and not even_closed:
            raise Permanent(Reason.THREAD_CLOSED, f"thread {thread} is closed")
        return found

    def _post(self, chat: Chat, thread: str | None, post: Post) -> str:
        if not post.content:
            raise Permanent(Reason.REFUSED, "there is nothing to say")
        message = str(next(self._ids))
        chat.messages[message] = Shown(
            id=message,
            thread=thread,
            content=post.content,
            ours=True,
            keyboard=post.keyboard,
            reply_to=post.reply_to if post.reply_to in chat.messages else None,
            pinned=post.pin,
            silent=post.silent,
        )
        return message

    def _edit(self, chat: Chat, edit: Edit) -> None:
        shown = self._shown(chat, edit.message)
        if edit.content is not None:
            shown.edited = shown.edited or edit.content != shown.content
            shown.content = edit.content
        shown.keyboard = edit.keyboard

    def _shown(self, chat: Chat, message: str) -> Shown:
        if message not in chat.messages:
            raise Permanent(Reason.MESSAGE_GONE, f"there is no message {message}")
        return chat.messages[message]
