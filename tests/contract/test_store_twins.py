"""Whatever is done to the SQL store and to its twin in memory, they cannot be told apart."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy.engine import URL

from bot.conversation.decision import (
    Decision,
    Outgoing,
    Rewrite,
    Room,
    Say,
    TakeBack,
    Timer,
    Urgency,
)
from bot.delivery.ports import InboxRow, Store, Transaction, Unreadable, VersionConflict
from bot.storage.memory import MemoryStore
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore
from channels.message import Address, Receipt
from escalation.ticket import Status
from tests import postgres
from tests.damage import damaged
from tests.outbox import due, sendable
from tests.values import NOW, client, content, conversation, desk_chat, message, said, ticket

T = TypeVar("T")

CHATS = [Address(channel="telegram", chat=chat) for chat in ("1", "2", "-500", "-900")]
ROOMS = [Room(ticket=number, desk="network") for number in (1, 2)]
HANDLES = ["m1", "m2", "card:1@network"]

chats = st.sampled_from(CHATS)
rooms = st.sampled_from(ROOMS)
handles = st.sampled_from(HANDLES)
places = st.one_of(chats, rooms)
actions = st.one_of(
    st.builds(Say, content=st.just(content("x")), handle=st.none() | handles),
    st.builds(
        Rewrite, handle=handles, content=st.none() | st.sampled_from([content("y"), content("z")])
    ),
    st.builds(TakeBack, handle=handles),
)
outgoing = st.builds(
    Outgoing,
    to=places,
    action=actions,
    urgency=st.sampled_from(Urgency),
    front=st.booleans(),
    alarm=st.booleans(),
)


class Twins(RuleBasedStateMachine):
    """The same steps for both, the same answers from both."""

    make: ClassVar[Callable[[Callable[[], str]], Store]]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.now = NOW
        self.arrivals = count(1)
        self.memory = MemoryStore(desks=desk_chat, new_id=numbered())
        self.sql = type(self).make(numbered())

    def teardown(self) -> None:
        self.loop.run_until_complete(self.sql.close())
        self.loop.run_until_complete(self.memory.close())
        self.loop.close()

    def both(self, work: Callable[[Transaction], T]) -> T:
        """Run a work on both and compare what came of it."""

        async def run(store: Store) -> tuple[T | None, str | None]:
            try:
                return await store.transact(work), None
            except (VersionConflict, LookupError) as error:
                return None, type(error).__name__

        expected, expected_error = self.loop.run_until_complete(run(self.memory))
        result, error = self.loop.run_until_complete(run(self.sql))
        assert error == expected_error
        assert result == expected
        return result  # type: ignore[return-value]  # None only after an error, where nobody looks

    def apply(self, **parts: Any) -> None:
        self.both(lambda tx: tx.apply(Decision(**parts), self.now))

    # ---- steps

    @rule(chat=chats, album=st.sampled_from([None, None, "a", "b"]), seen=st.booleans())
    def arrive(self, chat: Address, album: str | None, *, seen: bool) -> None:
        number = 1 if seen else next(self.arrivals)
        item = said(f"{number}", chat, album=album)
        self.both(lambda tx: tx.inbox.accept([item], None, self.now))

    @rule(number=st.integers(1, 9))
    def damage(self, number: int) -> None:
        self.both(damaged(f"{number}"))

    @rule(fate=st.sampled_from(["finish", "postpone", "error", "aside"]))
    def take_from_inbox(self, fate: str) -> None:
        def work(tx: Transaction) -> object:
            rows = tx.inbox.next(self.now)
            ids = [row.row if isinstance(row, Unreadable) else row.id for row in rows]
            match fate:
                case "finish":
                    tx.inbox.finish(ids, self.now)
                case "aside":
                    tx.inbox.set_aside(ids, "trace", self.now)
                case _:
                    error = "trace" if fate == "error" else None
                    tx.inbox.postpone(ids, self.now + timedelta(seconds=2), error=error)
            return [seen(row) for row in rows]

        self.both(work)

    @rule()
    def replay(self) -> None:
        def work(tx: Transaction) -> object:
            aside = tx.inbox.aside()
            ids = [row.row if isinstance(row, Unreadable) else row.id for row, _ in aside]
            tx.inbox.replay(ids, self.now)
            return [(seen(row), error) for row, error in aside]

        self.both(work)

    @rule(items=st.lists(outgoing, min_size=1, max_size=4))
    def enqueue(self, items: list[Outgoing]) -> None:
        self.apply(outgoing=tuple(items))

    @rule(
        limit=st.integers(1, 4),
        busy=st.sets(st.sampled_from([(c.channel, c.chat) for c in CHATS]), max_size=2),
        merge=st.booleans(),
    )
    def start(self, limit: int, busy: set[tuple[str, str]], *, merge: bool) -> None:
        def work(tx: Transaction) -> object:
            rows = due(tx, self.now, limit=limit, busy=busy)
            behind = (
                [r for row in rows[:1] for r in tx.outbox.unsent_after(row, 2)] if merge else []
            )
            joined = [[row.id] for row in rows]
            if behind:
                joined[0] += [row.id for row in behind]
            return rows, behind, [tx.claims.take(each, "me") for each in joined]

        self.both(work)

    @rule(
        fate=st.sampled_from(
            ["arrived", "later", "copied", "failed", "uncertain", "dropped", "open"]
        ),
        messages=st.lists(st.sampled_from("123456"), max_size=2, unique=True),
    )
    def come_back(self, fate: str, messages: list[str]) -> None:
        def work(tx: Transaction) -> object:
            rows = [sendable(row) for row in tx.claims.interrupted(None)]
            for row in rows[:1]:
                self._settle(tx, row.id, fate, messages)
                if fate == "open" and row.place.room:
                    thread = replace(row.place.address, thread="t" + "".join(messages))
                    tx.chats.room_opened(row.place.room, thread)
                    tx.outbox.postpone(row.id, self.now, "opened first")
            return rows

        self.both(work)

    def _settle(self, tx: Transaction, row: str, fate: str, messages: list[str]) -> None:
        failures: dict[str, Literal["failed", "uncertain", "dropped"]] = {
            "failed": "failed",
            "uncertain": "uncertain",
            "dropped": "dropped",
        }
        if fate == "arrived":
            tx.outbox.delivered(row, Receipt(at=self.now, messages=tuple(messages)))
        elif fate == "later":
            tx.outbox.postpone(row, self.now + timedelta(seconds=1), "429", arrived=messages)
        elif fate == "copied":
            later = self.now + timedelta(minutes=len(messages))
            tx.outbox.postpone(row, later, "no answer", copies=1 + len(messages))
        elif fate in failures:
            tx.outbox.fail(row, failures[fate], "why")

    @rule(channel=st.sampled_from(["telegram", "email"]))
    def hasten(self, channel: str) -> None:
        def work(tx: Transaction) -> object:
            minute = self.now + timedelta(minutes=1)
            waited = tx.outbox.last_copies_wait(channel, minute)
            tx.outbox.hasten(channel, self.now, later_than=minute)
            return waited, tx.outbox.undelivered_alarms()

        self.both(work)

    @rule(number=st.integers(1, 60))
    def resend(self, number: int) -> None:
        self.apply(resend=(f"id{number}",))

    @rule(room=rooms, thread=st.sampled_from([None, "t", "t1"]))
    def lose_room(self, room: Room, thread: str | None) -> None:
        self.both(lambda tx: tx.chats.room_lost(room, thread))

    @rule(chat=chats, seconds=st.integers(0, 3), reason=st.sampled_from([None, "kicked", "gone"]))
    def hold(self, chat: Address, seconds: int, reason: str | None) -> None:
        def work(tx: Transaction) -> bool:
            tx.chats.pause(chat.channel, chat.chat, self.now + timedelta(seconds=seconds))
            return tx.chats.park(chat.channel, chat.chat, reason)

        self.both(work)

    @rule(chat=chats)
    def come_home(self, chat: Address) -> None:
        self.apply(returned=(chat,))

    @rule(old=chats, new=chats)
    def move(self, old: Address, new: Address) -> None:
        self.apply(moved=((old, new),))

    @rule(handle=handles, chat=chats, messages=st.lists(st.sampled_from("123456"), max_size=2))
    def link(self, handle: str, chat: Address, messages: list[str]) -> None:
        self.both(lambda tx: tx.chats.link(handle, chat.channel, chat.chat, messages, thread=None))

    @rule(
        key=st.sampled_from(["k1", "k2"]),
        chat=chats,
        version=st.sampled_from([None, 0, 1]),
        language=st.sampled_from(["ru", "en"]),
    )
    def talk(self, key: str, chat: Address, version: int | None, language: str) -> None:
        def work(tx: Transaction) -> object:
            known = tx.records.conversation(key)
            talk = replace(known, language=language) if known else conversation(key, at=chat)
            if version is not None:
                talk = replace(talk, version=version)
            tx.apply(Decision(conversation=talk), self.now)
            return tx.records.conversation(key)

        self.both(work)

    @rule(
        key=st.sampled_from(["c1", "c2"]),
        version=st.sampled_from([None, None, 0, 1]),
        name=st.sampled_from(["Анна", "Борис"]),
    )
    def meet(self, key: str, version: int | None, name: str) -> None:
        def work(tx: Transaction) -> object:
            met = replace(tx.records.client(key) or client(key), name=name)
            if version is not None:
                met = replace(met, version=version)
            tx.apply(Decision(client=met), self.now)
            return tx.records.client(key)

        self.both(work)

    @rule(
        number=st.integers(1, 3),
        status=st.sampled_from(Status),
        version=st.sampled_from([None, None, 0, 2]),
        words=st.sampled_from(["a", "b"]),
    )
    def work_on_ticket(self, number: int, status: Status, version: int | None, words: str) -> None:
        def work(tx: Transaction) -> object:
            new = replace(
                tx.records.ticket(number) or ticket(number), status=status, changed_at=self.now
            )
            if version is not None:
                new = replace(new, version=version)
            said_now = message(f"m{words}", of=number, text=words)
            tx.apply(Decision(tickets=(new,), messages=(said_now,)), self.now)
            return tx.records.tickets_of("k1", since=NOW), tx.records.history(number)

        self.both(work)

    @rule(subject=st.sampled_from("12"), seconds=st.none() | st.integers(0, 3))
    def set_timer(self, subject: str, seconds: int | None) -> None:
        due = None if seconds is None else self.now + timedelta(seconds=seconds)
        self.apply(timers=(Timer(kind="close", subject=subject, due=due),))

    @rule(limit=st.integers(1, 2))
    def fire_timers(self, limit: int) -> None:
        def work(tx: Transaction) -> object:
            timers = tx.timers.due(self.now, limit)
            for timer in timers:
                tx.timers.drop(timer)
            return timers

        self.both(work)

    @rule(items=st.lists(outgoing, min_size=1, max_size=3), chat=chats)
    def undo(self, items: list[Outgoing], chat: Address) -> None:
        """Do a lot in a savepoint that fails: nothing may remain."""

        def work(tx: Transaction) -> object:
            try:
                with tx.savepoint():
                    tx.inbox.accept([said("undone", chat)], None, self.now)
                    tx.chats.park(chat.channel, chat.chat, "undone")
                    tx.chats.link("m1", chat.channel, chat.chat, ["9"], thread=None)
                    tx.apply(Decision(outgoing=tuple(items), moved=((chat, CHATS[0]),)), self.now)
                    raise RuntimeError  # noqa: TRY301 - the point of the step
            except RuntimeError:
                return tx.records.handle_at(chat.channel, chat.chat, "9")

        self.both(work)

    @rule(seconds=st.integers(-2, 4))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def look_around(self) -> None:
        self.both(lambda tx: everything(tx, self.now))


def seen(row: InboxRow | Unreadable[int]) -> object:
    """All of a row but its number and the exact words of its trouble."""
    if isinstance(row, Unreadable):
        return row.order, row.raw
    return row.inbound, row.accepted_at, row.attempts


def everything(tx: Transaction, now: datetime) -> object:
    """All that can be asked."""
    return [
        tx.inbox.next_due(),
        tx.claims.heads(now),
        tx.claims.pause_over(now),
        tx.timers.next_due(),
        [tx.records.ticket(number) for number in range(1, 4)],
        [tx.records.conversation(key) for key in ("k1", "k2")],
        [
            (
                tx.records.conversation_at(chat),
                tx.records.unconfirmed(chat.channel, chat.chat),
                tx.records.current_chat(chat.channel, chat.chat),
                [tx.records.handle_at(chat.channel, chat.chat, m) for m in "123456"],
                [tx.records.room_at(chat.channel, chat.chat, thread) for thread in ("t", "t1")],
                [tx.records.place_of_room(room) for room in ROOMS],
                [
                    (
                        list(tx.records.places_of(handle, chat.channel, chat.chat)),
                        tx.records.post_state(handle, chat.channel, chat.chat),
                    )
                    for handle in HANDLES
                ],
            )
            for chat in CHATS
        ],
    ]


def numbered() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"id{next(numbers)}"


LIVES = pytest.mark.parametrize("lives", [8, pytest.param(60, marks=pytest.mark.long)])
"""How many stories of forty steps both stores live."""


@LIVES
def test_sqlite_and_memory_are_twins(sqlite_template: Path, lives: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = count(1)

        def make(new_id: Callable[[], str]) -> Store:
            path = Path(folder) / f"{next(files)}.db"
            shutil.copy(sqlite_template, path)
            return SqliteStore(path, desks=desk_chat, new_id=new_id)

        run_twins(make, lives)


@LIVES
def test_postgres_and_memory_are_twins(postgres_database: URL, lives: int) -> None:
    def make(new_id: Callable[[], str]) -> Store:
        at = postgres.emptied(postgres_database)
        return PostgresStore(at, desks=desk_chat, new_id=new_id, threads=1)

    run_twins(make, lives)


def run_twins(make: Callable[[Callable[[], str]], Store], lives: int) -> None:
    bound = type("BoundTwins", (Twins,), {"make": staticmethod(make)})
    chosen = settings(
        max_examples=lives,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(bound, settings=chosen)
