"""What becomes of what people say while Telegram cannot be reached, beside the first release.

    make bench-outage

Clients ask, clients with tickets write, a specialist answers them, somebody opens a ticket and the
administrators should hear an alarm, while every call, or every send, fails in one way for 0, 5, 20
or 120 seconds. Each case has an emulated Telegram and a service of its own, not slowed down to
Telegram's limits, and many run side by side. Everything is counted from the emulator's record,
nothing from the service's store.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.end_to_end import ROOT, machine
from benchmarks.killed import Scene, open_ticket, quiet, rehearse, unfinished
from benchmarks.killed_figures import repetition_marks
from benchmarks.outage_figures import Case, Outcome, inversions, note, report, summed
from benchmarks.workspace import answered_questions, example_workspace
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.state import Chat, Message

BEFORE = "5c63a64"
"""The commit beside which this build is measured."""
KINDS = ("500", "502", "drop", "lost", "hang")
SCOPES = {"all": "*", "sends": "send*"}
SECONDS = (0, 5, 20, 120)
ROUNDS = 24
"""Times everybody says something while it lasts; a round a second at most."""
PATIENCE = 180.0
"""Seconds after the end in which what can still come may come."""
SILENCE = 5.0
"""Seconds without a call after which nothing more comes, if nothing waits in the store either."""
QUESTIONS = 6
BROKEN = "section: [\n"
"""An FAQ file that cannot be read: the administrators are told."""


# ------------------------------------------------------------------ builds and services


class Build:
    """The program at one commit, ready to fork services of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, line: str) -> int:
        async with self._turn:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(f"{line}\n".encode())
            await self._process.stdin.drain()
            return int(await asyncio.wait_for(self._process.stdout.readline(), 120))

    @asynccontextmanager
    async def serving(self, folder: Path) -> AsyncIterator[None]:
        """A service on a workspace, which is stopped with the block."""
        pid = await self.ask(f"run {folder}")
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def loaded(tree: Path) -> AsyncIterator[Build]:
    """The build whose files are in a folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(ROOT / "benchmarks" / "forks.py"),
        cwd=tree,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tree)},
    )
    try:
        yield Build(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()  # and it ends what it has forked
        await process.wait()


@contextmanager
def checked_out(commit: str) -> Iterator[Path | None]:
    """The files of a commit in a folder of their own; None, with a word why, if that cannot be."""
    with tempfile.TemporaryDirectory(prefix="linezero-before-") as name:
        tree = Path(name) / commit
        git = ("git", "-C", str(ROOT), "worktree")
        added = subprocess.run(
            (*git, "add", "--detach", str(tree), commit),
            capture_output=True,
            text=True,
            check=False,
        )
        if added.returncode:
            print(f"cannot check out {commit}, only this build is measured: {added.stderr.strip()}")
            yield None
            return
        try:
            yield tree
        finally:
            subprocess.run((*git, "remove", "--force", str(tree)), check=False)


# ------------------------------------------------------------------ one case


class Trial:
    """One case as it is played."""

    def __init__(self, case: Case, scene: Scene, folder: Path, admins: Chat) -> None:
        self.case = case
        self.scene = scene
        self.telegram = scene.telegram
        self.folder = folder
        self.admins = admins
        self.newcomer = scene.telegram.user("Newcomer")
        self.invitation: Message | None = None
        """What the newcomer only has to press to get a ticket."""
        self.known_rooms: set[tuple[int, int]] = set()
        self.ended = 0.0
        self.arrivals: set[tuple[int, int]] = set()
        """Where the first copies stand."""

    async def prepare(self) -> None:
        """In good health: what is answered what, two tickets, and nearly a third."""
        telegram = self.telegram
        await telegram.wait_for_poll(120)
        await rehearse(self.scene)
        for owner in self.scene.owners:
            self.scene.rooms[owner.id] = await open_ticket(self.scene, owner)
        telegram.tell(self.newcomer, "/person")
        await telegram.reply_in(self.newcomer, timeout=60)
        telegram.tell(self.newcomer, "всё сломалось")
        self.invitation = await telegram.reply_in(self.newcomer, timeout=60)
        await quiet(telegram, 1)
        self.known_rooms = self.rooms()

    def rooms(self) -> set[tuple[int, int]]:
        groups = self.scene.groups
        return {(g.id, room.id) for g in groups for room in self.telegram.topics(g)}

    async def play(self) -> None:
        """Everybody talks: once just before it begins, then while it lasts, and twice after."""
        seconds = self.case.seconds
        self.speak(0)
        began = time.monotonic()
        if seconds:
            self.telegram.fail(self.case.kind, SCOPES[self.case.scope], lasting=seconds)
        pause = max(1.0, seconds / ROUNDS)
        number = 1
        while (now := time.monotonic()) < began + seconds or number < 3:
            await asyncio.sleep(min(pause, max(0.0, began + seconds - now)) if seconds else pause)
            self.speak(number)
            if number == 1:
                assert self.invitation is not None
                self.telegram.press(self.newcomer, self.invitation, "Позвать специалиста")
                (self.folder / "faq" / "99-broken.yaml").write_text(BROKEN)
            number += 1
        self.ended = began + seconds
        await asyncio.sleep(1)
        self.speak(number)

    def speak(self, number: int) -> None:
        """A question, a client's words and a specialist's."""
        scene = self.scene
        asker = scene.askers[number % len(scene.askers)]
        question = scene.questions[(number // len(scene.askers)) % len(scene.questions)]
        scene.asked.append((asker, question))
        self.telegram.tell(asker, question)
        owner = scene.owners[number % len(scene.owners)]
        for by_client in (True, False):
            token = f"слово {len(scene.words):04}."
            scene.words.append((token, owner, by_client))
            if by_client:
                self.telegram.tell(owner, token)
            else:
                group, thread = scene.rooms[owner.id]
                self.telegram.say(scene.boris, group, token, thread=thread)

    async def wait(self) -> None:
        """Until nothing is missing, or nothing more can come."""
        database = self.folder / "linezero.db"
        while time.monotonic() < self.ended + PATIENCE:
            await asyncio.sleep(1)
            found = self.outcome()
            if found.arrived == found.said:
                await quiet(self.telegram, 2)  # a copy too many may follow
                return
            if self.silent_for(SILENCE) and not unfinished(database):
                return

    def silent_for(self, seconds: float) -> bool:
        acts = [c["at"] for c in self.telegram.calls() if c["method"] != "getUpdates"]
        last = datetime.fromisoformat(acts[-1])
        return (datetime.now(UTC) - last).total_seconds() > seconds

    # ---- counting

    def outcome(self) -> Outcome:
        """What can be seen of everything that was said."""
        scene, found = self.scene, Outcome()
        first: dict[str, list[tuple[int, int]]] = {}
        flags = scene.flagged()
        for asker, question in scene.asked:
            copies = [m for m in scene.said(asker) if m.text == scene.answers[question]]
            found.count("answers", copies)
            found.answers_doubled += max(0, len(copies) - 1)
            note(first, f"a{asker.id}", copies)
        for token, owner, by_client in scene.words:
            seen = scene.said(*(scene.rooms[owner.id] if by_client else (owner,)))
            copies = [m for m in seen if token in m.text]
            kind = "clients' words" if by_client else "specialists' words"
            found.count(kind, copies, asked=token in flags)
            for copy in copies[1:]:
                told = scene.says_so(copy) if by_client else token in flags
                found.doubled_flagged += told
                found.doubled_unflagged += not told
            note(first, f"{by_client}{owner.id}", copies)
        for kind, copies in (("card", self.cards()), ("alarm", self.alarms())):
            found.count(kind, copies)
            note(first, kind, copies)
        found.rooms_doubled = max(0, len(self.rooms() - self.known_rooms) - 1)
        found.out_of_order = sum(inversions(places) for places in first.values())
        self.arrivals = {place for places in first.values() for place in places}
        return found

    def cards(self) -> list[Message]:
        """The card of the newcomer's ticket: what has the buttons in its room."""
        return [
            message
            for group, thread in self.rooms() - self.known_rooms
            for message in self.telegram.messages(group, thread)
            if message.by_bot and len(message.buttons) > 3
        ]

    def alarms(self) -> list[Message]:
        """What the administrators were told of the broken file."""
        return [m for m in self.scene.said(self.admins) if "99-broken.yaml" in m.text]

    def last_after_the_end(self) -> float:
        """Seconds from the end of it to the last first arrival."""
        ended = datetime.now(UTC).timestamp() - (time.monotonic() - self.ended)
        times = [
            datetime.fromisoformat(call["at"]).timestamp()
            for call in self.telegram.calls()
            if call["done"]
            and call["method"].startswith("send")
            and any((int(call["params"]["chat_id"]), m) in self.arrivals for m in call["messages"])
        ]
        return max(0.0, max(times, default=0.0) - ended)


async def run(case: Case, build: Build, folder: Path, questions: Sequence[str]) -> Outcome:
    """Play one case."""
    async with Emulator(privacy=False, calls_kept=1_000_000) as telegram:
        await build.ask(f"init {folder}")
        _, groups, boris = example_workspace(folder, telegram)
        admins = next(g for g in telegram.world.chats.values() if is_admin_chat(g, groups, folder))
        scene = Scene(telegram, groups, boris, list(questions[:QUESTIONS]), tickets=2)
        scene.marks = repetition_marks(folder)
        trial = Trial(case, scene, folder, admins)
        async with build.serving(folder):
            await trial.prepare()
            await trial.play()
            await trial.wait()
            outcome = trial.outcome()
            outcome.after = round(trial.last_after_the_end(), 1)
            return outcome


def is_admin_chat(chat: Chat, groups: Sequence[Chat], folder: Path) -> bool:
    return f"admin_chat: {chat.id}" in (folder / "support.yaml").read_text(encoding="utf-8")


# ------------------------------------------------------------------ all of them


def cases(builds: Sequence[str], *, quick: bool) -> list[Case]:
    """Every fault for every time in every build, the longest first."""
    found = []
    for seconds in sorted(SECONDS[:-1] if quick else SECONDS, reverse=True):
        for kind in ("500", "lost") if quick else KINDS:
            for scope in SCOPES:
                found += [
                    Case(build=build, kind=kind, scope=scope, seconds=seconds) for build in builds
                ]
    without = [case for case in found if not case.seconds]
    return [c for c in found if c.seconds] + without[: len(builds)]


async def play_all(
    builds: Mapping[str, Build], folder: Path, given: argparse.Namespace
) -> dict[Case, Outcome]:
    """Play the cases, so many at once."""
    await builds["now"].ask(f"init {folder / 'example'}")
    questions = answered_questions(folder / "example")
    slots = asyncio.Semaphore(given.at_once)
    outcomes: dict[Case, Outcome] = {}

    async def one(case: Case) -> None:
        async with slots:
            outcomes[case] = await run(case, builds[case.build], folder / case.place, questions)
            print(f"{case.name}: {outcomes[case]}", flush=True)

    async with asyncio.TaskGroup() as group:
        for case in cases(list(builds), quick=given.quick):
            group.create_task(one(case))
    return outcomes


async def benchmark(given: argparse.Namespace) -> None:
    print(f"before: {machine()}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="linezero-outage-") as name, ExitStack() as trees:
        async with AsyncExitStack() as stack:
            builds = {"now": await stack.enter_async_context(loaded(ROOT))}
            before = trees.enter_context(checked_out(BEFORE)) if given.beside else None
            if before is not None:
                builds[BEFORE] = await stack.enter_async_context(loaded(before))
            outcomes = await play_all(builds, Path(name), given)
    minutes = (time.monotonic() - began) / 60
    print(f"after: {machine()}, {minutes:.1f} minutes\n\n{report(outcomes)}")
    if given.json:
        print(json.dumps(summed(outcomes)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two kinds of fault, 20 s at most")
    parser.add_argument("--at-once", type=int, default=20, help="cases side by side")
    parser.add_argument(
        "--beside",
        action=argparse.BooleanOptionalAction,
        default=True,
        help=f"measure {BEFORE} too",
    )
    parser.add_argument("--json", action="store_true", help="end with all figures in one line")
    asyncio.run(benchmark(parser.parse_args()))


if __name__ == "__main__":
    main()
