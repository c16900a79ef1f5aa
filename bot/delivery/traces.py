"""What a traceback is about, in one line."""

from __future__ import annotations

LONGEST = 300
"""Characters of the line."""


def headline(trace: str) -> str:
    """The line of a formatted traceback that names the exception; its message may go on for more
    lines below."""
    lines = trace.strip().split("\n")
    frames = [position for position, line in enumerate(lines) if line.startswith("  File ")]
    last = frames[-1] + 1 if frames else 0
    return next((line for line in lines[last:] if line and not line.startswith(" ")), "")[:LONGEST]
