"""Letters and their files on disk that nothing stored names any more."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.delivery.ports import Reading, Store

_LETTER: Final = re.compile(r"/(\d{4}/\d{2}/[0-9a-f]{32})/")
"""A letter's folder in the path of one of its files, wherever the folder of all letters was."""
AT_ONCE: Final = 100
"""Folders that are erased between two looks at anything else."""


@dataclass(frozen=True)
class KeptFiles:
    """The folders of letters: ``<folder>/<year>/<month>/<digest>``.

    Args:
        folder: of all letters; it need not be there.
    """

    folder: Path

    async def erase(self, store: Store, before: datetime) -> None:
        """Erase folders that were last touched before a moment and that nothing stored names.

        Whatever is to be kept was named before this began, or its folder is younger: a letter is
        put on disk, which touches its folder, and accepted right after it.

        Raises:
            StorageUnavailable: nothing was erased.
        """
        old = await asyncio.to_thread(self._older, before)
        if not old:
            return
        named = await store.read(_named)
        loose = [place for place in old if place not in named]
        for start in range(0, len(loose), AT_ONCE):
            await asyncio.to_thread(self._erase, loose[start : start + AT_ONCE], before)

    def _older(self, before: datetime) -> Sequence[str]:
        return [
            str(place.relative_to(self.folder))
            for place in self.folder.glob("[0-9]*/[0-9]*/*")
            if _LETTER.fullmatch(f"/{place.relative_to(self.folder)}/") and _is_older(place, before)
        ]

    def _erase(self, places: Sequence[str], before: datetime) -> None:
        for name in places:
            place = self.folder / name
            if _is_older(place, before):  # still: it may have come in once more
                shutil.rmtree(place, ignore_errors=True)


def _named(reading: Reading) -> set[str]:
    return {found for text in reading.reports.names_of_files() for found in _LETTER.findall(text)}


def _is_older(place: Path, before: datetime) -> bool:
    try:
        touched = place.stat().st_mtime
    except OSError:  # gone meanwhile
        return False
    return datetime.fromtimestamp(touched, UTC) < before
