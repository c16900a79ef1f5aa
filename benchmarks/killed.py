"""What is lost and what is doubled when a bot is killed again and again, beside a stock relay bot.

    make bench-killed

Clients ask questions, clients with a ticket add words to it, and a specialist answers them. After
every few messages the bot dies by SIGKILL: LineZero before or after a random one of the commits
that follow its first claim, the stock bot before or after a random one of its Bot API calls. Two of
a hundred messages have the answer to a send lost after Telegram has done the work. Both see the
same messages and faults.

Every repetition is judged by the emulator's record and by a look at the store of the dead: whether
Telegram had taken the earlier copy, and whether its receipt had been written down when the life
that sent it ended.
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
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import create_engine, func, select

from benchmarks.end_to_end import ROOT, machine
from benchmarks.killed_figures import Record, Tally, receipts, repetition_marks, report
from benchmarks.workspace import answered_questions, example_workspace
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.errors import ApiError
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import Chat, Message, User
from bot.storage.sql.schema import inbox, outbox

QUESTIONERS = 12
TICKETS = 4
LOST = 0.02
"""Share of messages with a lost answer to a send."""
BATCH = 5
"""Messages before each death."""
IDLE = 1.0
"""Seconds without an end after which a life that has nothing left to do is killed."""
SETTLE = 4.0
"""Seconds without any call after which the last life may have done what it will do."""


@dataclass
class Lives:
    """A bot that is forked for each life."""

    process: asyncio.subprocess.Process
    kills: int = 0
    kills_at_a_commit: int = 0

    async def begin(self, line: str) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()
        return int(await self.line())

    async def line(self) -> bytes:
        assert self.process.stdout is not None
        return await asyncio.wait_for(self.process.stdout.readline(), 120)

    async def end(self, pid: int, telegram: Emulator) -> None:
        """Wait for the end of a life; one that listens and has nothing left to do is killed."""
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(self.line())
            idle = group.create_task(idling(telegram))
            await asyncio.wait({ending, idle}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                self.kills_at_a_commit += 1
            else:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            idle.cancel()
            await ending
        self.kills += 1

    async def last(
        self, line: str, telegram: Emulator, unfinished: Callable[[], int] = lambda: 0
    ) -> None:
        """A life that may finish everything."""
        pid = await self.begin(line)
        await telegram.wait_for_poll(60)
        for _ in range(20):
            await quiet(telegram, SETTLE)
            if not unfinished():
                break
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
        self,
        telegram: Emulator,
        groups: list[Chat],
        boris: User,
        questions: list[str],
        *,
        tickets: int = TICKETS,
    ) -> None:
        self.telegram = telegram
        self.groups = groups
        self.boris = boris
        self.questions = questions
        self.askers = [telegram.user(f"Asker {n}") for n in range(QUESTIONERS)]
        self.owners = [telegram.user(f"Owner {n}") for n in range(tickets)]
        self.rooms: dict[int, tuple[Chat, int]] = {}
        """The group and thread of each owner's ticket."""
        self.answers: dict[str, str] = {}
        self.asked: list[tuple[User, str]] = []
        self.words: list[tuple[str, User, bool]] = []
        """Token, the ticket's client, and whether the client said it."""
        self.record = Record(telegram)
        self.marks: list[str] = []
        """What says at a desk that a line may be a repetition, if anything does."""

    def says_so(self, message: Message) -> bool:
        """Whether words at a desk say that they may stand there for the second time."""
        return any(mark in message.text for mark in self.marks)

    def said(self, chat: User | Chat, thread: int | None = None) -> list[Message]:
        found = self.telegram.messages(chat, thread)
        return [m for m in found if m.by_bot and not m.is_service]

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

    def tally(self, lives: Lives) -> Tally:
        tally = Tally(
            sent=len(self.asked) + len(self.words),
            kills=lives.kills,
            kills_at_a_commit=lives.kills_at_a_commit,
        )
        for asker in self.askers:
            seen = self.said(asker)
            for question in (q for who, q in self.asked if who is asker):
                copies = [m for m in seen if m.text == self.answers[question]]
                tally.lost_silently += not copies
                tally.doubled_answers += self._judge(tally, copies)
        flags = self.flagged()
        for token, owner, by_client in self.words:
            seen = self.said(*(self.rooms[owner.id] if by_client else (owner,)))
            copies = [m for m in seen if token in m.text]
            flagged = token in flags
            tally.lost_silently += not copies and not flagged
            tally.flagged += flagged
            repeated = self._judge(tally, copies)
            if by_client:
                tally.doubled_words += repeated
                tally.doubled_words_unmarked += sum(not self.says_so(m) for m in copies[1:])
            else:
                tally.doubled_replies += repeated
        return tally

    def _judge(self, tally: Tally, copies: Sequence[Message]) -> int:
        """Count how the copies after the first came to be; how many there are."""
        for earlier in copies[:-1]:
            sent = (earlier.chat_id, earlier.id)
            if sent in self.record.not_marked:
                tally.taken_not_marked += 1
            elif sent in self.record.not_answered:
                tally.answer_lost += 1
            else:
                tally.repeated_otherwise += 1
        return max(0, len(copies) - 1)

    def flagged(self) -> str:
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


async def idling(telegram: Emulator) -> None:
    """Until a bot listens and has been doing nothing else for a while."""
    await telegram.wait_for_poll(60)
    await quiet(telegram, IDLE)


def unfinished(database: Path) -> int:
    """Rows of a store that wait to be decided about or sent."""
    engine = create_engine(f"sqlite:///{database}")
    states = ("waiting", "sending")
    with engine.connect() as connection:
        count = sum(
            connection.execute(select(func.count()).where(table.c.state.in_(states))).scalar_one()
            for table in (inbox, outbox)
        )
    engine.dispose()
    return count


async def linezero(scene: Scene, folder: Path, kills: int, chance: random.Random) -> Tally:
    telegram, database = scene.telegram, folder / "linezero.db"
    scene.marks = repetition_marks(folder)
    async with lives("-m", "benchmarks.mortal", str(folder)) as service:
        pid = await service.begin("0 after")
        await rehearse(scene)
        for owner in scene.owners:
            scene.rooms[owner.id] = await open_ticket(scene, owner)
        await quiet(telegram, 2)
        os.kill(pid, signal.SIGTERM)
        await service.line()
        await scene.record.judge(receipts(database))
        for _ in range(kills):
            for _ in range(BATCH):
                scene.speak(chance)
            moment = f"{chance.randint(1, 10)} {chance.choice(['before', 'after'])}"
            await service.end(await service.begin(moment), telegram)
            await scene.record.judge(receipts(database))
        if not service.kills_at_a_commit:
            raise RuntimeError("no life died at a commit: its first claim was not recognised")
        await service.last("0 after", telegram, lambda: unfinished(database))
        await scene.record.judge(receipts(database))
        return scene.tally(service)


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


async def stock(scene: Scene, kills: int, chance: random.Random) -> Tally:
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
        for _ in range(kills):
            for _ in range(BATCH):
                scene.speak(chance)
            pid = await service.begin("live")
            killing.arm(pid)
            await service.end(pid, telegram)
            killing.disarm()
            await scene.record.judge(set())  # it writes nothing down
        await service.last("live", telegram)
        await scene.record.judge(set())
        return scene.tally(service)


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


async def benchmark(kills: int, seeds: int) -> dict[str, Tally]:
    tallies = {"stock": Tally(), "linezero": Tally()}
    for seed in range(1, seeds + 1):
        share = kills * seed // seeds - kills * (seed - 1) // seeds
        for bot in tallies:
            with tempfile.TemporaryDirectory(prefix="linezero-bench-") as name:
                async with Emulator(privacy=False, calls_kept=100_000) as telegram:
                    folder, desks, boris = example_workspace(Path(name) / "desk", telegram)
                    scene = Scene(telegram, desks, boris, answered_questions(folder))
                    chance = random.Random(seed)
                    if bot == "stock":
                        tally = await stock(scene, share, chance)
                    else:
                        tally = await linezero(scene, folder, share, chance)
            tallies[bot] += tally
            print(f"seed {seed}, {bot}: {tally}", flush=True)
    return tallies


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="of each bot, over all seeds")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="end with all figures in one line")
    given = parser.parse_args(arguments)
    print(f"before: {machine()}", flush=True)
    tallies = asyncio.run(benchmark(given.kills, given.seeds))
    print(f"after: {machine()}, {given.seeds} seeds\n\n{report(tallies)}")
    if given.json:
        print(json.dumps({bot: asdict(tally) for bot, tally in tallies.items()}))


if __name__ == "__main__":
    main()
