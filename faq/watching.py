"""Reload on save: all or nothing, off the event loop."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from watchfiles import awatch

from faq.document import InvalidFiles, Mistake
from faq.index import Encoder
from faq.loading import Faq, load
from faq.matching import Preset
from faq.text import Language

SETTLE_MS: Final = 250
"""An editor writes one save in several steps; they are one change when this close together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """What came of one change of the folder."""

    faq: Faq | None
    """The new FAQ, whole and indexed; ``None`` when the files are broken: keep the old one."""
    mistakes: tuple[Mistake, ...] = ()


async def watch(
    folder: Path,
    *,
    default_language: Language = "ru",
    preset: Preset = "normal",
    encoder: Encoder | None = None,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Reload]:
    """Yield an outcome after every change below ``folder``, until ``stop`` is set.

    Reading and indexing happen in a thread; the FAQ in use is not touched, the caller swaps it.
    A change during a reload leads to another one.

    Raises:
        FileNotFoundError: there is no such folder at the beginning.
    """
    async for _ in awatch(folder, stop_event=stop, debounce=SETTLE_MS, step=50):
        try:
            faq = await asyncio.to_thread(
                load, folder, default_language=default_language, preset=preset, encoder=encoder
            )
        except InvalidFiles as error:
            yield Reload(faq=None, mistakes=error.mistakes)
        else:
            yield Reload(faq=faq)
