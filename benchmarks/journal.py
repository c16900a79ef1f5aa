"""What the journal costs: a desk that writes it beside one that does not, living the same days.

    make bench-journal

Both serve in this process over the in-process channel, each with an SQLite file of its own. Every
act is done on one side and then on the other, so that whatever else the machine does meets both
alike; which side is first alternates. First quiet days, one act at a time: tickets from the first
word to the last, and questions that the FAQ answers. Then crowds of questions at once.

Figures are for an event (whatever a client or a specialist does): see `table`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.end_to_end import machine
from benchmarks.growth import ANSWERS, WORDS, connected, groups
from benchmarks.lived import PATIENCE, LivedDesk, Ticket, Timed
from benchmarks.marks import Numbers
from benchmarks.workspace import answered_questions
from bot.app import build
from bot.storage import open_store
from channels.message import Address

TICKETS = 40
CROWDS = 30
CROWD = 40
"""Questions at once."""

Act = Callable[["Side"], Awaitable[object]]


def mute(tx: Any) -> Any:  # noqa: ANN401 - a transaction of any store
    """The same transaction; what is put into its journal is thrown away."""
    tx.journal.add = lambda _entry: None
    return tx


class Whole:
    """A store that adds up the seconds of its transactions, from asking for one to its commit.

    Args:
        store: whatever was opened.
        journal: whether what happens is written into the journal.
    """

    def __init__(self, store: Any, *, journal: bool) -> None:  # noqa: ANN401 - see above
        self._timed = Timed(store)
        self._store = store
        self._journal = journal
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        return getattr(self._timed, name)

    async def transact(self, work: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - whatever it gives
        timed = self._timed
        timed._under_way += 1  # noqa: SLF001 - ours
        began = time.perf_counter()
        try:
            return await self._store.transact(work if self._journal else lambda tx: work(mute(tx)))
        finally:
            timed._last = time.perf_counter()  # noqa: SLF001 - ours
            timed._under_way -= 1  # noqa: SLF001 - ours
            self.seconds += timed._last - began  # noqa: SLF001 - ours


@dataclass
class Side:
    """One of the two desks."""

    desk: LivedDesk
    journal: bool
    tickets: list[Ticket] = field(default_factory=list)
    store: float = 0.0
    figures: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """Milliseconds by what was done, and of what."""

    @property
    def whole(self) -> Any:  # noqa: ANN401 - the store in its wrapping
        return self.desk.store

    def open(self) -> Any:  # noqa: ANN401 - a context
        desk = self.desk

        def where(name: str) -> Address:
            return Address(channel="telegram", chat=desk.workspace.desks[name].chat)

        store = open_store(desk.url, folder=desk.folder, desks=where)
        desk.store = Whole(store, journal=self.journal)  # type: ignore[assignment]  # the same to a desk
        desk.app = build(
            desk.workspace,
            store=desk.store,
            channels=[desk.channel],
            limits={},
            clock=desk.clock,
        )
        return desk.app.running()

    async def do(self, kind: str, act: Act, events: int = 1) -> None:
        """Do something; its time and processor time are kept under its kind."""
        stored, spent, began = self.whole.seconds, time.process_time(), time.perf_counter()
        await act(self)
        await self.desk.still()
        taken = {
            "store": self.whole.seconds - stored,
            "CPU": time.process_time() - spent,
            "wall": time.perf_counter() - began,
        }
        for what, seconds in taken.items():
            self.figures[kind, what].append(1000 * seconds / events)

    def size(self) -> int:
        """Bytes of the database that are in use."""
        with connected(self.desk.url) as connection:
            return sum(connection.exec_driver_sql("SELECT pgsize FROM dbstat").scalars())


async def alternately(
    sides: Sequence[Side], kind: str, act: Act, turn: int, events: int = 1
) -> None:
    for side in sides if turn % 2 else reversed(sides):
        await side.do(kind, act, events)


async def quiet_days(sides: Sequence[Side], questions: Sequence[str], tickets: int) -> None:
    turn = 0

    async def both(kind: str, act: Act, events: int = 1) -> None:
        nonlocal turn
        turn += 1
        await alternately(sides, kind, act, turn, events)

    for number in range(tickets):
        for place in range(3):
            await both("question", asking(questions[(3 * number + place) % len(questions)]))
        await both("ticket opened", opening, 3)
        for place, words in enumerate(WORDS):
            await both("client writes", writing(words))
            if place < len(ANSWERS):
                await both("desk answers", answering(ANSWERS[place]))
        await both("resolved", lambda side: side.desk.resolve(side.tickets[-1], "Перезапустили."))


def asking(question: str) -> Act:
    return lambda side: side.desk.ask(side.desk.new_client(), question)


def writing(words: str) -> Act:
    return lambda side: side.desk.write(side.tickets[-1], words)


def answering(words: str) -> Act:
    return lambda side: side.desk.answer(side.tickets[-1], words)


async def opening(side: Side) -> None:
    group, _ = groups(side.desk)
    client = side.desk.new_client()
    side.tickets.append(await side.desk.open_ticket(client, "no-internet", group))


async def crowds(sides: Sequence[Side], questions: Sequence[str], number: int) -> None:
    async def crowd(side: Side) -> None:
        desk = side.desk
        sent = len(desk.channel.sent)
        for place in range(CROWD):
            client = desk.new_client()
            desk.channel.say(
                questions[place % len(questions)], chat=client, sender=desk.sender(client)
            )
        async with asyncio.timeout(PATIENCE):
            await desk.channel.until(lambda: len(desk.channel.sent) >= sent + CROWD)

    for turn in range(number):
        await alternately(sides, "crowd", crowd, turn, CROWD)


def table(bare: Side, noted: Side) -> dict[str, float]:
    """Prints what was measured; gives the shares that the journal adds, weighed as the days were.

    What it adds to an act is the middle one of the differences between the two sides, which did it
    right after each other.
    """
    added: dict[str, float] = {}
    print("| what is done, and how often | of what | without, ms | added, ms | added |")
    print("|---|---|--:|--:|--:|")
    for what in ("store", "CPU"):
        sums = {"quiet": [0.0, 0.0], "crowd": [0.0, 0.0]}
        for kind in (kind for kind, of in bare.figures if of == what):
            without, with_it = (side.figures[kind, what] for side in (bare, noted))
            middle = statistics.median(without)
            more = statistics.median(b - a for a, b in zip(without, with_it, strict=True))
            print(
                f"| {kind}, {len(without)} | {what} | {middle:.2f} | {more:.2f} "
                f"| {more / middle:+.1%} |"
            )
            total = sums["crowd" if kind == "crowd" else "quiet"]
            total[0] += len(without) * middle
            total[1] += len(without) * more
        added |= {f"{days}_{what.lower()}": more / base for days, (base, more) in sums.items()}
    return added


async def measure(asked: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="linezero-journal-") as name:
        sides = []
        for each in ("bare", "noted"):
            folder = Path(name) / each
            desk = LivedDesk(folder, f"sqlite:///{folder}.db", Numbers(1))
            sides.append(Side(desk, journal=each == "noted"))
        questions = answered_questions(sides[0].desk.folder)
        sizes = []
        async with AsyncExitStack() as stack:
            for side in sides:
                await stack.enter_async_context(side.open())
                await side.desk.still()
            empty = [side.size() for side in sides]
            await quiet_days(sides, questions, asked.tickets)
            sizes = [side.size() - was for side, was in zip(sides, empty, strict=True)]
            await crowds(sides, questions, asked.crowds)
        bare, noted = sides
        added = table(bare, noted)
        added["bytes"] = sizes[1] / sizes[0] - 1
        print(f"\nquiet days: {sizes[0]:,} bytes without, {sizes[1]:,} with")
        return added


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--crowds", type=int, default=CROWDS)
    asked = parser.parse_args()
    print(f"before: {machine()}\n", flush=True)
    added = asyncio.run(measure(asked))
    print(f"after: {machine()}\n")
    print(json.dumps({name: round(value, 4) for name, value in added.items()}))


if __name__ == "__main__":
    main()
