"""Files between our disk and Telegram."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiogram.methods import GetFile

from channels.message import Content, Media, MediaKind, Part, Permanent, Reason
from channels.telegram.client import Client
from channels.telegram.errors import Failed, delivery_error

PHOTO_LIMIT: Final = 10 * 1024 * 1024
"""Bytes of the largest picture ``sendPhoto`` takes; a larger one goes as a document."""

_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
"""How files begin that ``sendPhoto`` takes: JPEG, PNG, WEBP. An SVG or TIFF goes as a document."""
_OTHER_SOUNDS: Final = (".wav", ".ogg", ".oga", ".opus", ".flac", ".aac", ".wma", ".amr", ".aiff")
"""Endings of sounds that ``sendAudio`` does not take: it wants MP3 or M4A."""
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,8}")


# --------------------------------------------------------------------------- from our disk


async def sendable(content: Content, *, channel: str, limit: int) -> Content:
    """The content as it can be sent: what passes as no picture or sound becomes a document, and a
    file that is over ``limit`` bytes or is not there is marked as left out (case B15)."""
    parts = [
        await asyncio.to_thread(_sendable, part, limit)
        if isinstance(part, Media) and (part.file is None or part.channel != channel)
        else part
        for part in content.parts
    ]
    return replace(content, parts=tuple(parts))


def _sendable(media: Media, limit: int) -> Part:
    if media.left_out is not None:
        return media
    if media.path is None:
        return replace(media, left_out=Reason.REFUSED)
    path = Path(media.path)
    named = replace(media, name=media.name or path.name)
    try:
        size = path.stat().st_size
        if size > limit:
            return replace(named, size=size, left_out=Reason.TOO_LARGE)
        return replace(media, kind=_kind(named, path, size))
    except OSError:
        return replace(named, left_out=Reason.REFUSED)


def _kind(media: Media, path: Path, size: int) -> MediaKind:
    """As what Telegram takes a file from our disk; a refusal would cost its whole album."""
    if media.kind == "photo":
        with path.open("rb") as file:
            picture = file.read(8).startswith(_PICTURES)
        return "photo" if picture and size <= PHOTO_LIMIT else "document"
    if media.kind == "audio" and (media.name or "").lower().endswith(_OTHER_SOUNDS):
        return "document"
    return media.kind


# --------------------------------------------------------------------------- to our disk


async def _downloaded(client: Client, path: str, to: Path) -> None:
    try:
        await client.download(path, to)
    except Failed as error:
        if error.code == HTTPStatus.NOT_FOUND:  # here it is about the file
            raise Permanent(Reason.REFUSED, error.description) from error
        raise


async def fetch(client: Client, media: Media, folder: Path) -> Path:
    """Bring a file to our disk; the Bot API hands out 20 MB at most (Bot API: getFile).

    Raises:
        Transient: not now.
        Permanent: too large, or Telegram does not have it.
    """
    if media.file is None:
        raise Permanent(Reason.REFUSED, "it has no id to fetch it by")
    try:
        found = await client.call(GetFile(file_id=media.file))
        there = str(found.get("file_path") or "")
        if not there:
            raise Permanent(Reason.REFUSED, "Telegram does not say where the file is")
        ending = Path(there).suffix
        part = folder / "file.part"
        await _downloaded(client, there, part)
    except Failed as error:
        raise delivery_error(error, repeatable=True) from error
    whole = folder / f"file{ending if _ENDING.fullmatch(ending) else ''}"
    return await asyncio.to_thread(part.replace, whole)
