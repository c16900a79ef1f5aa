"""What the FAQ makes of words, found out beside the transactions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.conversation.decision import Say
from bot.coordination.local import LocalWakeUps
from bot.delivery.decisions import Decider
from bot.delivery.inbox import DurableInbox, InboxWorker
from bot.delivery.matching import KEPT, Matches, Unmatched
from bot.delivery.ports import Store
from bot.storage import open_store
from bot.storage.memory import MemoryStore
from channels.message import Inbound
from config.settings import Workspace
from config.workspace import load
from faq import Faq
from tests.clock import StandingClock
from tests.outbox import due
from tests.values import ANNA, BORIS, said
from tests.waiting import eventually
from tests.workspaces import small_workspace

QUESTION = "как заплатить за услуги?"


@dataclass(eq=False)
class Encoder:
    """Counts letters; reads a question only when it may."""

    name: str = "letters"
    may: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    failing: int = 0
    """Questions that are yet to fail."""

    def __post_init__(self) -> None:
        self.may.set()

    def encode(self, texts: Sequence[str], *, keep: bool = False) -> NDArray[np.float32]:
        if not keep:
            self.asked.extend(texts)
            assert self.may.wait(60)
            if self.failing:
                self.failing -= 1
                raise OSError("the model is gone")
        letters = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
        counts = [[1 + text.lower().count(letter) for letter in letters] for text in texts]
        vectors = np.array(counts, np.float32).reshape(len(texts), len(letters))
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths)


def slow(workspace: Workspace, encoder: Encoder) -> Workspace:
    """The same with an FAQ that asks an encoder."""
    found = replace(workspace.faq, encoder=encoder)
    _ = found.matcher
    return replace(workspace, faq=found)


@dataclass(kw_only=True)
class Desk:
    """A desk whose arrivals are decided about."""

    workspace: Workspace
    encoder: Encoder
    store: Store
    clock: StandingClock = field(default_factory=StandingClock)
    worker: InboxWorker = field(init=False)

    def __post_init__(self) -> None:
        self.wakeups = LocalWakeUps()
        decider = Decider(lambda: self.workspace, ask=Matches())
        self.worker = InboxWorker(self.store, decider, self.clock, self.wakeups, careful=0)
        self.inbox = DurableInbox(self.store, self.clock, self.wakeups)

    async def posts(self, chat: str) -> list[str]:
        """What goes next to a client, as far as it was decided."""
        rows = await self.store.transact(lambda tx: due(tx, self.clock.now()))
        return [
            row.outgoing.action.content.words
            for row in rows
            if isinstance(row.outgoing.action, Say) and row.place.address.chat == chat
        ]

    async def has_for(self, chat: str) -> list[str]:
        """Wait for it."""
        return await eventually(lambda: self.posts(chat))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.worker.run())
            yield
            task.cancel()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return load(small_workspace(tmp_path))


@pytest.fixture(params=["memory:", "sqlite:///x.db"])
async def desk(
    request: pytest.FixtureRequest, workspace: Workspace, tmp_path: Path
) -> AsyncIterator[Desk]:
    encoder = Encoder()
    store = open_store(request.param, folder=tmp_path)
    yield Desk(workspace=slow(workspace, encoder), encoder=encoder, store=store)
    encoder.may.set()
    await store.close()


async def test_whoever_asks_something_hard_keeps_nobody_waiting(desk: Desk) -> None:
    """Others are decided about, and write to the store, while an encoder takes its time."""
    desk.encoder.may.clear()
    async with desk.running():
        await desk.inbox.accept([said("1", ANNA, text=QUESTION)])
        await eventually(lambda: bool(desk.encoder.asked))
        await desk.inbox.accept([said("2", BORIS, text="/start")])
        await desk.has_for(BORIS.chat)
        assert await desk.posts(ANNA.chat) == []
        desk.encoder.may.set()
        await desk.has_for(ANNA.chat)
    assert "Картой в кабинете" in "".join(await desk.posts(ANNA.chat))


async def test_what_the_same_client_says_meanwhile_waits_its_turn(desk: Desk) -> None:
    desk.encoder.may.clear()
    async with desk.running():
        await desk.inbox.accept([said("1", ANNA, text=QUESTION), said("2", ANNA, text="/start")])
        await eventually(lambda: bool(desk.encoder.asked))
        for _ in range(20):
            assert await desk.posts(ANNA.chat) == []
        desk.encoder.may.set()
        await desk.has_for(ANNA.chat)
    assert "Картой в кабинете" in (await desk.posts(ANNA.chat))[0]


async def decided(workspace: Workspace, ask: object, *events: Inbound) -> list[object]:
    """Everything in the outbox after some events."""
    ids = count(1)
    store = MemoryStore(new_id=lambda: f"i{next(ids)}", desks=workspace.place_of)
    desk = Desk(workspace=workspace, encoder=Encoder(), store=store)
    desk.worker._decide = Decider(lambda: workspace, ask=ask)  # type: ignore[arg-type]  # one of two
    await desk.inbox.accept(events)
    for _ in range(3 * len(events)):
        await desk.worker.step()
    rows = await store.transact(lambda tx: due(tx, desk.clock.now()))
    return [row.outgoing.action.content for row in rows if isinstance(row.outgoing.action, Say)]


@pytest.mark.parametrize("text", [QUESTION, "когда вы открыты", "абракадабра", "оплата"])
async def test_what_is_decided_is_the_same(workspace: Workspace, text: str) -> None:
    asking = slow(workspace, Encoder())
    event = said("1", ANNA, text=text)
    direct = await decided(asking, Faq.match, event)
    assert direct
    assert await decided(asking, Matches(), event) == direct


async def test_after_a_reload_the_new_faq_is_asked(desk: Desk, workspace: Workspace) -> None:
    desk.encoder.may.clear()
    newer = Encoder()
    async with desk.running():
        await desk.inbox.accept([said("1", ANNA, text=QUESTION)])
        await eventually(lambda: bool(desk.encoder.asked))
        desk.workspace = slow(workspace, newer)
        desk.encoder.may.set()
        await desk.has_for(ANNA.chat)
    assert newer.asked == desk.encoder.asked


async def test_an_encoder_that_fails_once_is_asked_again(desk: Desk) -> None:
    desk.encoder.failing = 1

    async def later() -> list[str]:
        desk.clock.advance(0.5)
        return await desk.posts(ANNA.chat)

    async with desk.running():
        await desk.inbox.accept([said("1", ANNA, text=QUESTION)])
        assert "Картой в кабинете" in "".join(await eventually(later))


async def test_a_question_that_always_fails_is_set_aside(desk: Desk) -> None:
    desk.encoder.failing = 10**6

    async def later() -> Sequence[tuple[object, str]]:
        desk.clock.advance(0.5)
        return await desk.store.transact(lambda tx: tx.inbox.aside())

    async with desk.running():
        await desk.inbox.accept([said("1", ANNA, text=QUESTION)])
        [(_, trace)] = await eventually(later)
    assert "the model is gone" in trace
    assert len(desk.encoder.asked) >= 5


async def test_without_an_encoder_the_faq_is_asked_at_once(workspace: Workspace) -> None:
    match = Matches()(workspace.faq, QUESTION, language="ru", today=None)
    assert match == workspace.faq.match(QUESTION, language="ru")


async def test_only_so_many_matches_are_remembered(workspace: Workspace) -> None:
    matches, found = Matches(), slow(workspace, Encoder()).faq
    for number in range(KEPT + 5):
        with pytest.raises(Unmatched) as unmatched:
            matches(found, f"вопрос {number}", language="ru", today=None)
        await unmatched.value.find()
        matches(found, f"вопрос {number}", language="ru", today=None)
    [kept] = matches._found.values()
    assert len(kept) == KEPT


async def test_what_ends_the_process_while_it_is_matched_is_counted(desk: Desk) -> None:
    """It is still written down that it was begun."""
    careful = InboxWorker(desk.store, desk.worker._decide, desk.clock, desk.wakeups, careful=1)

    async def begun() -> str | None:
        return await desk.store.transact(lambda tx: tx.inbox.cursor("", "inbox begun"))

    desk.encoder.may.clear()
    await desk.inbox.accept([said("1", ANNA, text=QUESTION)])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(careful.step())
        await eventually(lambda: bool(desk.encoder.asked))
        assert await begun() == "1 1"
        desk.encoder.may.set()
        await task
    assert await begun() == ""
    await careful.step()
    assert await desk.posts(ANNA.chat)
