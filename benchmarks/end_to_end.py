"""What durability costs: LineZero beside a bare aiogram echo bot, through the same local Telegram.

    make bench

Clients and the emulated Bot API live in this process, the bot in one of its own, so that each has a
core of a two-core machine. LineZero keeps everything in an SQLite file (WAL, synchronous=FULL),
answers from the FAQ of the example workspace, and is not slowed down to Telegram's limits.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.crowd import Crowd
from benchmarks.workspace import answered_questions, example_workspace
from bot.sandbox.telegram import Emulator

ROOT = Path(__file__).parents[1]
CLIENTS = 300
AT_ONCE = 50
"""Questions open at the same time in the saturated phase."""
STEADY = 30.0
"""Updates a second in the quiet phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run of one bot."""

    updates_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms_saturated: float
    cpu_ms_steady: float
    calls_per_update: float
    resident_mb: float
    ready_s: float


LABELS = {
    "updates_per_second": "updates per second, saturated",
    "p50_ms": "p50 at 30/s, ms",
    "p95_ms": "p95 at 30/s, ms",
    "p99_ms": "p99 at 30/s, ms",
    "cpu_ms_saturated": "CPU per update, saturated, ms",
    "cpu_ms_steady": "CPU per update at 30/s, ms",
    "calls_per_update": "Bot API calls per update",
    "resident_mb": "resident memory, MB",
    "ready_s": "time to ready, s",
}


@asynccontextmanager
async def started(
    telegram: Emulator, command: Sequence[str]
) -> AsyncIterator[tuple[psutil.Process, float]]:
    """A bot that polls, and the seconds from its start until it did."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await telegram.wait_for_poll(timeout=120)
        yield psutil.Process(process.pid), time.perf_counter() - began
    finally:
        process.terminate()
        await process.wait()


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(bot: str, arguments: argparse.Namespace, seed: int) -> Figures:
    """One run of one bot on an empty Telegram."""
    with tempfile.TemporaryDirectory(prefix="linezero-bench-") as name:
        async with Emulator(privacy=False) as telegram:
            folder, _, _ = example_workspace(Path(name) / "desk", telegram)
            crowd = Crowd(telegram, CLIENTS, answered_questions(folder))
            if bot == "echo":
                start = command = ["benchmarks.echo", telegram.url, telegram.token]
            else:
                start, command = (
                    ["bot.main", "run", str(folder)],
                    ["benchmarks.service", str(folder)],
                )
            async with started(telegram, start) as (_, ready):
                pass
            async with started(telegram, command) as (process, _):
                await crowd.saturate(CLIENTS, at_once=AT_ONCE)  # everybody has written once
                used, calls = cpu(process), crowd.calls
                throughput = await crowd.saturate(arguments.updates, at_once=AT_ONCE)
                saturated = 1000 * (cpu(process) - used) / arguments.updates
                await asyncio.sleep(1)
                calls = crowd.calls - calls
                used = cpu(process)
                await crowd.trickle(STEADY, arguments.seconds, random.Random(seed))
                steady = 1000 * (cpu(process) - used) / len(crowd.latencies)
                return Figures(
                    updates_per_second=throughput,
                    p50_ms=1000 * quantile(crowd.latencies, 0.50),
                    p95_ms=1000 * quantile(crowd.latencies, 0.95),
                    p99_ms=1000 * quantile(crowd.latencies, 0.99),
                    cpu_ms_saturated=saturated,
                    cpu_ms_steady=steady,
                    calls_per_update=calls / arguments.updates,
                    resident_mb=process.memory_info().rss / 1e6,
                    ready_s=ready,
                )


def machine() -> str:
    """What the figures were measured on."""
    one, five, _ = os.getloadavg()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, "
        f"load {one:.1f} (1 min) {five:.1f} (5 min), Python {platform.python_version()}"
    )


def report(runs: dict[str, list[Figures]]) -> str:
    """A table of medians, in Markdown."""
    lines = [
        "| median of the runs | aiogram echo | LineZero | ratio |",
        "|---|---:|---:|---:|",
    ]
    for field in fields(Figures):
        middle = {
            bot: statistics.median(getattr(run, field.name) for run in found)
            for bot, found in runs.items()
        }
        ratio = middle["linezero"] / middle["echo"]
        lines.append(
            f"| {LABELS[field.name]} | {middle['echo']:.2f} | {middle['linezero']:.2f} "
            f"| {ratio:.2f} |"
        )
    return "\n".join(lines)


async def benchmark(arguments: argparse.Namespace) -> None:
    runs: dict[str, list[Figures]] = {"echo": [], "linezero": []}
    print(f"before: {machine()}", flush=True)
    for number in range(arguments.runs):
        for bot, found in runs.items():
            found.append(await measure(bot, arguments, seed=number))
            print(f"run {number + 1}, {bot}: {found[-1]}", flush=True)
    print(f"after: {machine()}\n\n{report(runs)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--updates", type=int, default=2000, help="of the saturated phase")
    parser.add_argument("--seconds", type=float, default=20, help="of the steady phase")
    asyncio.run(benchmark(parser.parse_args()))


if __name__ == "__main__":
    main()
