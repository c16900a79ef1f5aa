"""The whole service killed between its commits, again and again (cases A1, A2, A3, A12)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.state import Chat, Message, User
from tests.waiting import PATIENCE
from tests.workspaces import small_workspace

IDLE = 1.0
"""Seconds a life that waits for updates may go on before it is killed from outside."""
ANIMALS = ["слон", "жираф", "бегемот", "кенгуру", "носорог", "пингвин", "верблюд"]
PRICES = "section: { id: zoo, title: { ru: Зоопарк, en: Zoo } }\nentries:\n" + "".join(
    f"  - id: animal-{n}\n    title: {{ ru: {a}, en: {a} }}\n"
    f"    questions: {{ ru: [сколько стоит {a}], en: [price of animal {n}] }}\n"
    f"    answer: {{ ru: {a} не продаётся, en: not for sale }}\n"
    for n, a in enumerate(ANIMALS)
)
LIVES = Path(__file__).with_name("lives.py")
ROOT = Path(__file__).parents[2]


class Lives:
    """Services on one workspace, one after another."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def begin(self, commits: int = 0, when: str = "after") -> int:
        """Start a life that dies at that commit (0: lives on); its pid."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{commits} {when}\n".encode())
        await self._process.stdin.drain()
        return int(await self._line())

    async def die(self, chance: random.Random, telegram: Emulator) -> None:
        """Live until a random commit; a life that has nothing left to do is killed as it waits."""
        pid = await self.begin(chance.randint(2, 9), chance.choice(["before", "after"]))
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(self._line())
            idle = group.create_task(telegram.wait_for_poll(PATIENCE))
            await asyncio.wait({ending, idle}, return_when=asyncio.FIRST_COMPLETED)
            idle.cancel()
            if not (await asyncio.wait({ending}, timeout=IDLE))[0]:
                os.kill(pid, signal.SIGKILL)
            assert int(await ending) == -signal.SIGKILL

    async def end(self) -> int:
        """Wait for the present life to end; its exit code."""
        return int(await self._line())

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        return await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)


@asynccontextmanager
async def lives(folder: Path) -> AsyncIterator[Lives]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(LIVES),
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        yield Lives(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the life that is being lived, too
        await process.communicate()


@asynccontextmanager
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Emulator, Chat, User, Lives]]:
    async with Emulator(privacy=False) as telegram:
        boris = telegram.user("Boris")
        tech = telegram.group("Tech", members=[boris], forum=True, supergroup=True)
        core = telegram.group("Core", members=[boris], forum=True, supergroup=True)
        admins = telegram.group("Admins", members=[boris], supergroup=True)
        folder = small_workspace(
            tmp_path / "desk", api=telegram.url, desk=tech.id, core=core.id, admins=admins.id
        )
        (folder / "faq" / "zoo.yaml").write_text(PRICES, encoding="utf-8")
        async with lives(folder) as service:
            yield telegram, tech, boris, service


def bot_messages(telegram: Emulator, person: User) -> list[Message]:
    return [m for m in telegram.messages(person) if m.by_bot and not m.is_service]


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
async def test_no_question_is_lost_however_often_the_service_is_killed(
    tmp_path: Path, seed: int
) -> None:
    """Cases A1, A2, A3: 4 clients ask 4 questions each while the service dies at a random commit,
    before or after it. Every question is answered, in order."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    async with desk(tmp_path) as (telegram, _, _, service):
        clients = [telegram.user(f"Client {n}") for n in range(4)]
        for animal in ANIMALS[:4]:
            for client in clients:
                telegram.tell(client, f"сколько стоит {animal}")
            await service.die(chance, telegram)
        for animal in ANIMALS[4:]:
            telegram.tell(clients[0], f"сколько стоит {animal}")
            await service.die(chance, telegram)
        pid = await service.begin()
        asked = [ANIMALS, *[ANIMALS[:4] for _ in clients[1:]]]

        def answers(client: User) -> list[str]:
            return [a for m in bot_messages(telegram, client) for a in ANIMALS if a in m.text]

        def all_answered() -> bool:
            return all(set(a) <= set(answers(c)) for c, a in zip(clients, asked, strict=True))

        await telegram.wait_for(all_answered, timeout=PATIENCE)
        await telegram.consumed()
        for client, animals in zip(clients, asked, strict=True):
            assert _subsequence(animals, answers(client)), (animals, answers(client))
        os.kill(pid, signal.SIGTERM)
        assert await service.end() == 0


def _subsequence(wanted: list[str], seen: list[str]) -> bool:
    """Bot texts may repeat after a crash; their order must hold."""
    rest = iter(seen)
    return all(any(word == other for other in rest) for word in wanted)


async def test_a_specialists_words_are_never_doubled_and_never_lost_silently(
    tmp_path: Path,
) -> None:
    """For case A3: killed around each send, a specialist's line arrives once, or is flagged in the
    topic so that a person decides."""
    chance = random.Random(7)  # noqa: S311 - a repeatable choice, no secret
    async with desk(tmp_path) as (telegram, tech, boris, service):
        anna = telegram.user("Anna")
        pid = await service.begin()
        telegram.tell(anna, "/person")
        telegram.tell(anna, "проблема с интернетом")
        asked = await telegram.reply_in(anna, contains="договора", timeout=PATIENCE)
        telegram.press(anna, asked, "Сразу к специалисту")
        room = await telegram.wait_for(lambda: next(iter(telegram.topics(tech)), None), PATIENCE)
        await telegram.consumed()
        os.kill(pid, signal.SIGTERM)
        assert await service.end() == 0
        lines = [f"line {n}" for n in range(6)]
        for line in lines:
            telegram.say(boris, tech, line, thread=room)
            await service.die(chance, telegram)
        await service.begin()

        def flagged() -> list[str]:
            return [
                message.json["reply_to_message"].get("text", "")
                for message in telegram.messages(tech, room)
                if message.by_bot and message.buttons and "reply_to_message" in message.json
            ]

        def arrived() -> list[str]:
            texts = "\n".join(m.text for m in bot_messages(telegram, anna)).split("\n")
            return [text for text in texts if text in lines]

        await telegram.wait_for(lambda: set(lines) <= {*arrived(), *flagged()}, PATIENCE)
        seen = arrived()
        assert len(seen) == len(set(seen)), "a line was delivered twice"
        assert seen == sorted(seen, key=lines.index), "lines changed places"


async def test_a_stopping_service_lets_what_it_sends_finish(tmp_path: Path) -> None:
    """For case A12: SIGTERM while a send is slow: it comes back, nothing is sent twice later."""
    async with desk(tmp_path) as (telegram, _, _, service):
        anna = telegram.user("Anna")
        pid = await service.begin()
        telegram.tell(anna, "как заплатить за услуги")
        await telegram.reply_in(anna, timeout=PATIENCE)
        before = len(telegram.calls("sendMessage"))
        telegram.fail("slow", "sendMessage", seconds=1.0)
        telegram.tell(anna, "в какие часы вы работаете")
        await telegram.wait_for(lambda: len(telegram.calls("sendMessage")) > before, PATIENCE)
        os.kill(pid, signal.SIGTERM)
        assert await service.end() == 0
        [file] = (tmp_path / "desk").rglob("*.db")
        with contextlib.closing(sqlite3.connect(file)) as database:
            in_flight = database.execute("SELECT count(*) FROM outbox WHERE state = 'sending'")
            assert in_flight.fetchone() == (0,), "nothing is left for the next life to repeat"
        answers = [m for m in bot_messages(telegram, anna) if "с 9 до 18" in m.text]
        assert len(answers) == 1
