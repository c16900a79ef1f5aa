"""What is lost and what is doubled when a bot is killed again and again, beside a stock relay bot.

    make bench-killed

Clients ask questions, clients with a ticket add words to it, and a specialist answers them. After
every few messages the bot dies by SIGKILL: LineZero before or after a random one of its commits,
the stock bot before or after a random one of its Bot API calls. Two of a hundred messages have the
answer to a send lost after Telegram has done the work. Both see the same messages and faults.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.end_to_end import ROOT, machine
from benchmarks.workspace import answered_questions, example_workspace
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.errors import ApiError
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import Chat, User

QUESTIONERS = 12
TICKETS = 4
LOST = 0.02
"""Share of messages with a lost answer to a send."""
BATCH = 5
"""Messages before each death."""
IDLE = 1.0
"""Seconds without an end after which a life that has nothing left to do is killed."""
SETTLE = 8.0
"""Seconds without any call after which the last life has done what it will do."""


@dataclass
class Tally:
    """What became of the messages of one bot."""

    sent: int = 0
    lives: int = 0
    lost_silently: int = 0
    doubled_replies: int = 0
    """Words of a specialist that a client got twice."""
    doubled_words: int = 0
    """Words of a client that a desk got twice."""
    doubled_answers: int = 0
    """Texts of the bot that arrived twice."""
    flagged: int = 0
    """Words of people that were shown to a person as uncertain."""


LABELS = {
    "sent": "messages",
    "lives": "times killed",
    "lost_silently": "lost silently",
    "doubled_replies": "specialists' words a client got twice",
    "doubled_words": "clients' words a desk got twice",
    "doubled_answers": "answers of the bot delivered twice",
    "flagged": "words flagged as uncertain, for a person to decide",
}


@dataclass
class Lives:
    """A bot that is forked for each life."""

    process: asyncio.subprocess.Process
    count: int = field(default=0)

    async def begin(self, line: str) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()
        return int(await self.line())

    async def line(self) -> bytes:
        assert self.process.stdout is not None
        return await asyncio.wait_for(self.process.stdout.readline(), 120)

    async def end(self, pid: int, *, within: float) -> None:
        """Wait for the end of a life, and bring it about if it does not come by itself."""
        try:
            async with asyncio.timeout(within):
                await self.line()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            await self.line()
        self.count += 1

    async def last(self, line: str, telegram: Emulator) -> None:
        """A life that may finish everything."""
        pid = await self.begin(line)
        await quiet(telegram, SETTLE)
        os.kill(pid, signal.SIGTERM)
        await self.line()


@asynccontextmanager
async def lives(*command: str) -> AsyncIterator[Lives]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield Lives(process)
    finally:
        process.kill()
        await process.wait()


class Scene:
    """People before an emulated Telegram, what they say, and what the others get to see."""

    def __init__(
        self, telegram: Emulator, groups: list[Chat], boris: User, questions: list[str]
    ) -> None:
        self.telegram = telegram
        self.groups = groups
        self.boris = boris
        self.questions = questions
        self.askers = [telegram.user(f"Asker {n}") for n in range(QUESTIONERS)]
        self.owners = [telegram.user(f"Owner {n}") for n in range(TICKETS)]
        self.rooms: dict[int, tuple[Chat, int]] = {}
        """The group and thread of each owner's ticket."""
        self.answers: dict[str, str] = {}
        self.asked: list[tuple[User, str]] = []
        self.words: list[tuple[str, User, bool]] = []
        """Token, the ticket's client, and whether the client said it."""

    def bot_texts(self, chat: User | Chat, thread: int | None = None) -> list[str]:
        found = self.telegram.messages(chat, thread)
        return [m.text for m in found if m.by_bot and not m.is_service]

    def speak(self, chance: random.Random) -> None:
        """One message of somebody."""
        if chance.random() < LOST:
            self.telegram.fail("lost", "sendMessage")
        number = len(self.asked) + len(self.words)
        if chance.random() < 0.5:
            asker = self.askers[len(self.asked) % len(self.askers)]
            question = self.questions[(len(self.asked) // len(self.askers)) % len(self.questions)]
            self.asked.append((asker, question))
            self.telegram.tell(asker, question)
            return
        owner = chance.choice(self.owners)
        token, by_client = f"слово {number:04}.", chance.random() < 0.5
        self.words.append((token, owner, by_client))
        if by_client:
            self.telegram.tell(owner, token)
        else:
            group, thread = self.rooms[owner.id]
            self.telegram.say(self.boris, group, token, thread=thread)

    def tally(self, lives: int) -> Tally:
        tally = Tally(sent=len(self.asked) + len(self.words), lives=lives)
        for asker in self.askers:
            seen = self.bot_texts(asker)
            for question in (q for who, q in self.asked if who is asker):
                count = seen.count(self.answers[question])
                tally.lost_silently += count == 0
                tally.doubled_answers += max(0, count - 1)
        flags = self._flagged()
        for token, owner, by_client in self.words:
            seen = self.bot_texts(*(self.rooms[owner.id] if by_client else (owner,)))
            count = sum(token in text for text in seen)
            flagged = token in flags
            tally.lost_silently += count == 0 and not flagged
            if by_client:
                tally.doubled_words += max(0, count - 1)
            else:
                tally.doubled_replies += max(0, count - 1)
            tally.flagged += flagged
        return tally

    def _flagged(self) -> str:
        """What the bot answers with a question for a person: buttons under a reply to it."""
        return "\n".join(
            message.json["reply_to_message"].get("text", "")
            for group, thread in self.rooms.values()
            for message in self.telegram.messages(group, thread)
            if message.by_bot and message.buttons and "reply_to_message" in message.json
        )


async def rehearse(scene: Scene) -> None:
    """Learn what each question is answered, from the bot in good health."""
    pupil: User | None = None
    for number, question in enumerate(scene.questions):
        if number % 8 == 0:
            pupil = scene.telegram.user(f"Pupil {number}")
        assert pupil is not None
        said = scene.telegram.tell(pupil, question)
        reply = await scene.telegram.reply_in(pupil, after=said, timeout=60)
        scene.answers[question] = reply.text


async def quiet(telegram: Emulator, seconds: float) -> None:
    """Until the bot has called nothing but getUpdates for so long."""

    def acts() -> int:
        return sum(call["method"] != "getUpdates" for call in telegram.calls())

    seen = -1
    while seen != (seen := acts()):  # noqa: ASYNC110 - it is the silence that is waited for
        await asyncio.sleep(seconds)


async def linezero(scene: Scene, folder: Path, messages: int, chance: random.Random) -> Tally:
    telegram = scene.telegram
    async with lives("tests/crash/lives.py", str(folder)) as service:
        pid = await service.begin("0 after")
        await rehearse(scene)
        for owner in scene.owners:
            scene.rooms[owner.id] = await open_ticket(scene, owner)
        await quiet(telegram, 2)
        os.kill(pid, signal.SIGTERM)
        await service.end(pid, within=30)
        service.count = 0
        while len(scene.asked) + len(scene.words) < messages:
            for _ in range(BATCH):
                scene.speak(chance)
            moment = f"{chance.randint(2, 14)} {chance.choice(['before', 'after'])}"
            await service.end(await service.begin(moment), within=IDLE)
        await service.last("0 after", telegram)
        return scene.tally(service.count)


async def open_ticket(scene: Scene, owner: User) -> tuple[Chat, int]:
    """Ask for a person at once; where the ticket's room is."""
    telegram = scene.telegram

    def rooms() -> set[tuple[int, int]]:
        return {(group.id, room.id) for group in scene.groups for room in telegram.topics(group)}

    before = rooms()
    telegram.tell(owner, "/person")
    await telegram.reply_in(owner, timeout=60)
    telegram.tell(owner, "всё сломалось")
    asked = await telegram.reply_in(owner, timeout=60)
    telegram.press(owner, asked, "Позвать специалиста")
    [(chat, thread)] = await telegram.wait_for(lambda: rooms() - before, 60)
    return next(group for group in scene.groups if group.id == chat), thread


async def stock(scene: Scene, messages: int, chance: random.Random) -> Tally:
    telegram = scene.telegram
    for owner in scene.owners:
        group = scene.groups[0]
        room = telegram.create_topic(group, owner.first_name, scene.boris)
        scene.rooms[owner.id] = (group, room.id)
    rooms = {client: [group.id, thread] for client, (group, thread) in scene.rooms.items()}
    scene.answers = {question: f"Ответ: {question}" for question in scene.questions}
    killing = Killing(telegram, chance)
    command = ("benchmarks/stock.py", telegram.url, telegram.token, json.dumps(rooms))
    async with lives(*command) as service:
        while len(scene.asked) + len(scene.words) < messages:
            for _ in range(BATCH):
                scene.speak(chance)
            pid = await service.begin("live")
            killing.arm(pid)
            await service.end(pid, within=IDLE)
            killing.disarm()
        await service.last("live", telegram)
        return scene.tally(service.count)


class Killing:
    """Kills a process before or after a random one of its calls is carried out."""

    def __init__(self, telegram: Emulator, chance: random.Random) -> None:
        self._pid: int | None = None
        self._chance = chance
        self._left = 0
        self._before = False
        self._run: Callable = telegram.bot_api.run
        telegram.bot_api.run = self._counted

    def arm(self, pid: int) -> None:
        """The next life is the one to end."""
        self._pid = pid
        self._left = self._chance.randint(2, 8)
        self._before = self._chance.random() < 0.5

    def disarm(self) -> None:
        """It has ended; a call of it that is still hanging must not kill anybody else."""
        self._pid = None

    def _kill(self) -> None:
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    async def _counted(self, call: Call) -> object:
        self._left -= 1
        last = self._left == 0 and self._pid is not None
        if last and self._before:
            self._kill()
            raise ApiError(500, "killed")  # the work is not done, and nobody waits for an answer
        result = await self._run(call)
        if last:
            self._kill()
        return result


def report(tallies: dict[str, Tally]) -> str:
    """A table in Markdown."""
    lines = ["| | stock aiogram bot | LineZero |", "|---|---:|---:|"]
    for name, label in LABELS.items():
        values = [getattr(tallies[bot], name) for bot in ("stock", "linezero")]
        lines.append(f"| {label} | {values[0]} | {values[1]} |")
    return "\n".join(lines)


async def benchmark(messages: int, seed: int) -> dict[str, Tally]:
    tallies = {}
    for bot in ("stock", "linezero"):
        with tempfile.TemporaryDirectory(prefix="linezero-bench-") as name:
            async with Emulator(privacy=False) as telegram:
                folder, desks, boris = example_workspace(Path(name) / "desk", telegram)
                scene = Scene(telegram, desks, boris, answered_questions(folder))
                chance = random.Random(seed)
                if bot == "stock":
                    tallies[bot] = await stock(scene, messages, chance)
                else:
                    tallies[bot] = await linezero(scene, folder, messages, chance)
                print(f"{bot}: {tallies[bot]}", flush=True)
    return tallies


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    print(f"before: {machine()}", flush=True)
    tallies = asyncio.run(benchmark(given.messages, given.seed))
    print(f"after: {machine()}, seed {given.seed}\n\n{report(tallies)}")


if __name__ == "__main__":
    main()
