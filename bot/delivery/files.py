"""Keep files on our disk while they go from one channel to another."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from channels.message import Media, Outbound, Part, Permanent, Post, Reason, Transient
from channels.protocol import Channel, KeepsFiles

log = logging.getLogger(__name__)

LONGEST = timedelta(days=7)
"""Age at which a file that was brought is erased whatever became of its post: longer than any
patience."""


@dataclass(frozen=True)
class FilesOnTheWay:
    """Fetches files of other channels for a post, and erases them once it has arrived.

    Args:
        channels: by name; those that implement ``KeepsFiles`` hand out theirs.
        folder: for these files alone; made when it is needed.
    """

    channels: Mapping[str, Channel]
    folder: Path

    async def bring(self, outbound: Outbound) -> Outbound:
        """The act with every file of another channel on our disk. One that can never be brought is
        marked as left out: the words pass without it (case B15).

        Raises:
            Transient: a file cannot be brought now.
        """
        act = outbound.act
        if not isinstance(act, Post):
            return outbound
        target = outbound.address.channel
        parts: list[Part] = []
        for number, part in enumerate(act.content.parts):
            if isinstance(part, Media) and _elsewhere(part, target):
                place = self.folder / outbound.id / str(number)
                parts.append(await self._brought(part, place))
            else:
                parts.append(part)
        if tuple(parts) == act.content.parts:
            return outbound
        content = replace(act.content, parts=tuple(parts))
        return replace(outbound, act=replace(act, content=content))

    async def _brought(self, media: Media, place: Path) -> Media:
        keeper: object = self.channels.get(media.channel or "")
        if media.file is None or not isinstance(keeper, KeepsFiles):
            return replace(media, left_out=Reason.REFUSED)
        try:
            if (path := await asyncio.to_thread(_kept, place)) is None:
                path = await keeper.fetch(media, place)
                await asyncio.to_thread(path.chmod, 0o600)
        except Permanent as error:
            log.info("A %s of %s stays out: %s", media.kind, keeper.name, error)
            too_large = error.reason is Reason.TOO_LARGE
            return replace(media, left_out=Reason.TOO_LARGE if too_large else Reason.REFUSED)
        except Transient as error:
            # It says nothing of the channel the post goes to, nor of the chat there.
            raise Transient(error.detail, retry_after=error.retry_after) from error
        except OSError as error:
            raise Transient(f"a file cannot be kept: {error.strerror}") from error
        return replace(media, path=str(path))

    async def forget(self, outbound: Outbound) -> None:
        """Erase what was brought for a post, if anything was."""
        act = outbound.act
        if not isinstance(act, Post) or not act.content.parts:
            return
        await asyncio.to_thread(shutil.rmtree, self.folder / outbound.id, ignore_errors=True)

    async def sweep(self, now: datetime) -> None:
        """Erase what a stopped process left behind, once it is old."""
        try:
            await asyncio.to_thread(self._sweep, now - LONGEST)
        except OSError as error:  # a neighbour sweeps too, or the folder is not ours to read
            log.warning("Files on the way are not tidied up: %s", error)

    def _sweep(self, oldest: datetime) -> None:
        if not self.folder.is_dir():
            return
        for row in self.folder.iterdir():
            if datetime.fromtimestamp(row.stat().st_mtime, UTC) < oldest:
                shutil.rmtree(row, ignore_errors=True)


def _elsewhere(media: Media, channel: str) -> bool:
    return media.path is None and media.channel != channel and media.left_out is None


def _kept(place: Path) -> Path | None:
    """The file an earlier attempt brought; otherwise an empty folder for it."""
    if place.is_dir():
        for file in place.iterdir():
            if file.suffix != ".part":
                return file
        shutil.rmtree(place)
    _make(place)
    return None


def _make(place: Path) -> None:
    """Make a folder with all above it. People's files are in it: nobody else may look inside."""
    if not place.is_dir():
        _make(place.parent)
        place.mkdir(mode=0o700, exist_ok=True)
