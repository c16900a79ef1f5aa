"""Several workers on one PostgreSQL: a chat takes one act at a time, whoever sends it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import URL

from bot.conversation.decision import Decision, Outgoing, Rewrite, Room, TakeBack
from bot.conversation.events import MachineEvent
from bot.coordination.local import LocalWakeUps
from bot.delivery.outbox import OutboxWorker
from bot.delivery.outcomes import Outcomes
from bot.delivery.ports import Store, Transaction
from bot.storage.postgres import PostgresStore
from channels.memory import MemoryChannel
from channels.message import Content, FormattedText, Outbound, Post, Receipt
from tests import postgres
from tests.clock import StandingClock
from tests.outbox import due
from tests.values import ANNA, BORIS, NOW, act, content, desk_chat, say
from tests.waiting import PATIENCE, moment, patience

ROOMS = [Room(ticket=number, desk="network") for number in range(1, 5)]
EACH = 12


@dataclass
class Watched:
    """A channel that sees how many acts are on their way to a chat at a time."""

    on_the_way: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    sent: list[str] = field(default_factory=list)

    def channel(self) -> MemoryChannel:
        channel = MemoryChannel("telegram")
        channel.send = self.send  # type: ignore[method-assign]
        return channel

    async def send(self, outbound: Outbound) -> Receipt:
        chat = outbound.address.chat
        self.on_the_way[chat] += 1
        self.most[chat] = max(self.most[chat], self.on_the_way[chat])
        for _ in range(5):
            await asyncio.sleep(0)
        self.on_the_way[chat] -= 1
        if isinstance(outbound.act, Post):
            self.sent.append(outbound.act.content.text.text)
        return Receipt(
            at=NOW, messages=(str(len(self.sent)),), thread=outbound.address.thread or "t"
        )


def worker(store: Store, watched: Watched, owner: str) -> OutboxWorker:
    def decide(tx: Transaction, _event: MachineEvent, now: datetime) -> Decision:
        tx.apply(Decision(), now)
        return Decision()

    async def diagnose(_channel: str, _language: str) -> Content:
        return Content()

    return OutboxWorker(
        store=store,
        channels={"telegram": watched.channel()},
        outcomes=Outcomes(decide),
        clock=StandingClock(NOW),
        wakeups=LocalWakeUps(),
        title_of=lambda _tx, room: room.key,
        repeated=lambda _row: FormattedText("↻"),
        in_words=lambda _tx, _row, content: content,
        diagnose=diagnose,
        owner=owner,
        alone=False,
    )


@asynccontextmanager
async def stores(url: URL, count: int) -> AsyncIterator[Sequence[Store]]:
    made = [PostgresStore(url, desks=desk_chat, threads=2) for _ in range(count)]
    yield made
    for store in made:
        await store.close()


async def test_four_workers_write_to_a_group_one_after_another(postgres_database: URL) -> None:
    """Review, fault 19: four rooms of one group, four workers: two acts at once. Nothing is sent
    twice, each room keeps its order, and who comes second loses without a conflict."""
    url = postgres.emptied(postgres_database)
    watched = Watched()
    expected = [f"{room.ticket}: {n}" for n in range(EACH) for room in ROOMS]
    async with stores(url, 4) as four:
        rows = [say(f"{room.ticket}: {n}", room) for n in range(EACH) for room in ROOMS]
        rows += [say(f"{chat.chat}: {n}", chat) for n in range(EACH) for chat in (ANNA, BORIS)]
        await four[0].transact(lambda tx: tx.apply(Decision(outgoing=tuple(rows)), NOW))
        workers = [worker(store, watched, f"w{n}") for n, store in enumerate(four)]
        async with patience(), asyncio.TaskGroup() as group:
            running = [group.create_task(each.run()) for each in workers]
            while len(watched.sent) < len(rows):
                for each in workers:
                    each.wakeups.ring("outbox")
                await moment()
            for each in workers:
                each.drain()
            await asyncio.wait(running)
    assert max(watched.most.values()) == 1, watched.most
    assert sorted(watched.sent) == sorted(
        expected + [f"{chat.chat}: {n}" for n in range(EACH) for chat in (ANNA, BORIS)]
    )
    for name in [str(room.ticket) for room in ROOMS] + [ANNA.chat, BORIS.chat]:
        told = [text for text in watched.sent if text.startswith(f"{name}: ")]
        assert told == [f"{name}: {n}" for n in range(EACH)]


async def test_two_that_claim_at_the_same_moment_do_not_both_get_the_lane(
    postgres_database: URL,
) -> None:
    """The second one asks while the first has not committed: it is refused at once, it neither
    waits nor meets a conflict; and again after the commit."""
    url = postgres.emptied(postgres_database)
    async with stores(url, 2) as (mine, theirs):
        rows = (say("one", ROOMS[0]), say("two", ROOMS[1]))
        await mine.transact(lambda tx: tx.apply(Decision(outgoing=rows), NOW))
        first, second = await mine.transact(lambda tx: [row.id for row in due(tx, NOW)])
        loop = asyncio.get_running_loop()
        answers: list[bool] = []

        def claim(tx: Transaction) -> bool:
            mine_too = tx.claims.take([first], "me")
            asked = theirs.transact(lambda tx: tx.claims.take([second], "you"))
            answers.append(asyncio.run_coroutine_threadsafe(asked, loop).result(PATIENCE))
            return mine_too

        assert await mine.transact(claim)
        answers.append(await theirs.transact(lambda tx: tx.claims.take([second], "you")))
        assert answers == [False, False]


async def test_what_is_being_claimed_is_not_changed_under_the_sender(
    postgres_database: URL,
) -> None:
    """A newer rewrite, or a recall, of what another process claims at this moment comes after it:
    it is not lost in words that were sent already."""
    url = postgres.emptied(postgres_database)
    async with stores(url, 2) as (mine, theirs):
        rows = (
            act(Rewrite(handle="card", content=content("old")), ROOMS[0]),
            say("slip", ANNA, handle="m1"),
        )
        await mine.transact(lambda tx: tx.apply(Decision(outgoing=rows), NOW))
        ids = await mine.transact(lambda tx: [row.id for row in due(tx, NOW)])
        loop = asyncio.get_running_loop()
        newer = Decision(
            outgoing=(
                Outgoing(
                    to=ROOMS[0],
                    audience="desk",
                    action=Rewrite(handle="card", content=content("new")),
                ),
                Outgoing(to=ANNA, audience="client", action=TakeBack(handle="m1")),
            )
        )
        changing: list[asyncio.Future[Sequence[str]]] = []

        def claim(tx: Transaction) -> None:
            assert all(tx.claims.take([row], "me") for row in ids)
            saving = theirs.transact(lambda tx: tx.apply(newer, NOW))
            waits = asyncio.run_coroutine_threadsafe(saving, loop)
            changing.append(asyncio.wrap_future(waits, loop=loop))

        await mine.transact(claim)
        await asyncio.wait_for(changing[0], PATIENCE)

        def arrived(tx: Transaction) -> None:
            for row in ids:
                tx.outbox.delivered(row, Receipt(at=NOW, messages=("7",)))

        await mine.transact(arrived)
        left = await mine.transact(lambda tx: [row.outgoing.action.type for row in due(tx, NOW)])
        assert sorted(left) == ["rewrite", "take_back"]
