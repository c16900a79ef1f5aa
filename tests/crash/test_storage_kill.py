"""Processes killed with SIGKILL around their commits."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.delivery.ports import Transaction
from bot.storage import open_store
from tests.crash.storing import NOW, decide, place
from tests.values import said

ROOT = Path(__file__).parents[2]


def lives(url: str, folder: Path, moments: Sequence[tuple[int, float]]) -> list[str]:
    """One life after the other on the same database, each ended by SIGKILL; all promises."""
    wanted = "".join(f"{10_000 * life} {n} {wait}\n" for life, (n, wait) in enumerate(moments))
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.storing", url, str(folder)],
        input=wanted,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        check=True,
    )
    promises = done.stdout.splitlines()
    assert promises.count("dead") == len(moments)
    return promises


def what_is_there(tx: Transaction) -> tuple[list[str], list[str]]:
    """Messages of the history and answers in the outbox, in order."""
    history = [message.id.removeprefix("m") for message in tx.records.history(1)]
    states = [(n, tx.records.post_state(f"h{n}", "telegram", place(int(n)).chat)) for n in history]
    return history, [number for number, state in states if state == "waiting"]


@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.long)])
async def test_nothing_promised_is_lost_and_nothing_is_there_twice(
    database_url: str, tmp_path: Path, kills: int
) -> None:
    """case A1, case A2, case A8: killed again and again before, in and after commits."""
    chance = random.Random(7)  # noqa: S311 - any spread of moments will do
    moments = [(chance.randint(1, 12), chance.uniform(0, 0.01)) for _ in range(kills)]
    promises = await asyncio.to_thread(lives, database_url, tmp_path, moments)
    accepted = {line.split()[1] for line in promises if line.startswith("accepted")}
    decided = [line.split()[1] for line in promises if line.startswith("decided")]
    assert accepted
    assert decided

    store = open_store(database_url, folder=tmp_path)
    try:
        # The source repeats what it was not told is kept: everything promised is known already.
        repeated = [said(number, place(int(number))) for number in sorted(accepted)]
        assert await store.transact(lambda tx: tx.inbox.accept(repeated, None, NOW)) == 0
        while await store.transact(decide):
            pass
        history, answered = await store.transact(what_is_there)
    finally:
        await store.close()
    assert set(accepted) <= set(history), "accepted, but lost"
    assert set(decided) <= set(history), "decided, but lost"
    assert len(history) == len(set(history)), "decided twice"
    assert answered == history, "a decision was saved without its answer"
    for chat in range(5):
        mine = [int(n) for n in history if int(n) % 5 == chat]
        by_lane: dict[tuple[int, int], list[int]] = {}
        for number in mine:
            by_lane.setdefault((number // 1_000_000, number % 1_000_000 // 10_000), []).append(
                number
            )
        assert all(lane == sorted(lane) for lane in by_lane.values()), "out of order"
