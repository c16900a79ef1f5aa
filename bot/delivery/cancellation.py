"""Treat a ``CancelledError`` that was not meant for our task as an ordinary error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class StrayCancellation(Exception):
    """Something that was waited for had been cancelled by others, a library for example."""

    def __str__(self) -> str:
        return "something that was waited for had been cancelled"


@contextmanager
def strays_are_faults() -> Iterator[None]:
    """Let our own cancellation pass, and turn one of what we waited for into an error.

    Both arrive as ``CancelledError``, which no ``except Exception`` catches: a task that takes the
    second for the first ends without a word, and its task group does not mind.

    Raises:
        StrayCancellation: the block met one while nobody had this task cancelled.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise StrayCancellation from error
