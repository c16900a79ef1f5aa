"""The suite three times on a machine that has no time for it: `make test-busy`.

    python -m tests.busy [--runs 3] [--loops 4] [-- PYTEST ARGUMENTS]

Beside the suite so many processes do nothing but compute. Two processors, two workers of pytest and
four such loops leave each worker a third of a processor: what waits for luck fails then.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loops(number: int) -> Iterator[None]:
    """So many processes compute while the block lasts."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()


def main() -> int:
    """Exit code 0 when every run passed."""
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--loops", type=int, default=4)
    options.add_argument("arguments", nargs="*", help="for pytest")
    chosen = options.parse_args()
    codes: list[int] = []
    with loops(chosen.loops):
        for number in range(chosen.runs):
            sys.stdout.write(
                f"Run {number + 1} of {chosen.runs} beside {chosen.loops} busy loops"
                f" on {os.cpu_count()} processors:\n"
            )
            sys.stdout.flush()
            command = [sys.executable, "-m", "pytest", *chosen.arguments]
            codes.append(subprocess.run(command, check=False).returncode)
    sys.stdout.write(f"{codes.count(0)} of {len(codes)} runs passed.\n")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
