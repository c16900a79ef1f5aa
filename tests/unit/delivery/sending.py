"""An outbox worker on the in-memory store, with a channel that can fail in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.decision import Decision, Origin, Outgoing, Place, Room, Say
from bot.conversation.events import MachineEvent, RoomLost
from bot.coordination.local import LocalWakeUps
from bot.delivery.files import FilesOnTheWay
from bot.delivery.outbox import OutboxWorker
from bot.delivery.outcomes import Outcomes
from bot.delivery.ports import Transaction
from bot.storage.memory import MemoryStore
from channels.memory import Chat, MemoryChannel
from channels.message import Address, Content, FormattedText
from channels.patience import CHAT, LETTERS
from channels.telegram.limits import TELEGRAM
from tests.clock import StandingClock
from tests.values import act

CLIENT = Address(channel="memory", chat="42")
OTHER = Address(channel="memory", chat="43")
GROUP = "-100"
ROOM = Room(ticket=7, desk="internet")


def words(text: str, **more: Any) -> Say:
    return Say(content=Content(text=FormattedText(text)), **more)


def origin(message: str = "900") -> Origin:
    return Origin(channel="memory", chat=GROUP, message=message, room=ROOM.key)


class Letters(MemoryChannel):
    """A dialogue is no thread that would have to be opened."""

    def _check_thread(self, chat: Chat, thread: str | None, *, even_closed: bool = False) -> None:
        return None


@dataclass
class Desk:
    """An outbox worker, what it works on, and what the machine was told."""

    channel: MemoryChannel
    store: MemoryStore
    clock: StandingClock
    worker: OutboxWorker
    mail: MemoryChannel
    """Another channel, as patient and repeatable as letters are."""
    told: list[MachineEvent] = field(default_factory=list)

    async def enqueue(self, *outgoing: Outgoing) -> None:
        now = self.clock.now()
        decision = Decision(outgoing=outgoing)
        await self.store.transact(lambda tx: tx.apply(decision, now))
        self.worker.wakeups.ring("outbox")

    async def say(self, to: Place, text: str, **more: Any) -> None:
        """Post words, for whom :func:`tests.values.act` says."""
        fields = {k: more.pop(k) for k in list(more) if k in Say.__dataclass_fields__}
        await self.enqueue(act(words(text, **fields), to, **more))

    async def resend(self, row: str) -> None:
        """A person has something sent again."""
        now = self.clock.now()
        await self.store.transact(lambda tx: tx.apply(Decision(resend=(row,)), now))
        self.worker.wakeups.ring("outbox")

    async def until(self, condition: Callable[[], object], *, step: float = 0.25) -> None:
        """Let time pass in steps of so many seconds until something is true."""
        for _ in range(4000):
            for _ in range(20):
                if condition():
                    return
                await asyncio.sleep(0)
            self.clock.advance(step)
        pytest.fail(f"never came true; sent: {[o.act for o in self.channel.sent]}")

    def texts(self, chat: str) -> list[str]:
        return self.channel.chats[chat].texts if chat in self.channel.chats else []


@asynccontextmanager
async def desk(
    *,
    limits: bool = False,
    run: bool = True,
    files: Path | None = None,
    last_copy: timedelta = CHAT.last_copy,
    says: Callable[[Transaction, MachineEvent], Sequence[Outgoing]] = lambda tx, event: (),
) -> AsyncIterator[Desk]:
    """
    Args:
        limits: Telegram's budgets.
        run: the worker works.
        files: where files are on their way from one channel to the other.
        last_copy: of the memory channel's patience.
        says: what follows from an event, besides that a lost room gets its card back.
    """
    clock = StandingClock()
    channel = MemoryChannel(now=clock.now)
    mail = Letters("email", repeatable=True, now=clock.now)
    channels = {"memory": channel, "email": mail}
    patience = {"memory": replace(CHAT, last_copy=last_copy), "email": LETTERS}
    channel.group(GROUP, "Internet")
    store = MemoryStore(desks=lambda _: Address(channel="memory", chat=GROUP), now=clock.now)
    told: list[MachineEvent] = []

    def decide(tx: Transaction, event: MachineEvent, now: datetime) -> Decision:
        told.append(event)
        decision = Decision(outgoing=tuple(says(tx, event)))
        if isinstance(event, RoomLost):
            again = words("card again", handle=f"card:{event.room}", pin=True)
            decision = Decision(outgoing=(act(again, ROOM, front=True),))
        tx.apply(decision, now)
        return decision

    async def diagnose(channel: str, language: str) -> Content:
        return Content(text=FormattedText(f"{channel} is fine in {language}"))

    worker = OutboxWorker(
        store=store,
        channels=channels,
        outcomes=Outcomes(decide, patience=patience, repeatable=["email"]),
        clock=clock,
        wakeups=LocalWakeUps(),
        title_of=lambda tx, room: f"№{room.ticket}",
        repeated=lambda row: FormattedText("↻"),
        in_words=lambda tx, row, content: content,
        diagnose=diagnose,
        owner="me",
        limits={"memory": TELEGRAM} if limits else {},
        patience=patience,
        files=FilesOnTheWay(channels, files) if files else None,
    )
    made = Desk(channel=channel, store=store, clock=clock, worker=worker, mail=mail, told=told)
    if not run:
        yield made
        return
    async with running(worker):
        yield made


@asynccontextmanager
async def running(worker: OutboxWorker) -> AsyncIterator[None]:
    """A worker at work, until the end of the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.run())
        try:
            yield
        finally:
            task.cancel()
