"""Letters on disk: what came, as it came, and the files it carried.

``<folder>/<year>/<month>/<digest>/original.eml`` with the attachments beside it. The names are
safe (:mod:`channels.email.filenames`), nothing in them is opened, and only the account of the
service may read them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from channels.email.mail import Attachment, Mail

ORIGINAL: Final = "original.eml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A letter on disk."""

    original: Path
    attachments: tuple[tuple[Attachment, Path], ...]
    new: bool
    """Its folder was not there before."""

    def forget(self) -> None:
        """Take it off the disk again, if it was put there just now: the inbox knew the letter from
        another folder, with files of its own."""
        if self.new:
            shutil.rmtree(self.original.parent, ignore_errors=True)


def keep(folder: Path, raw: bytes, mail: Mail, source: str = "") -> Kept:
    """Put a letter on disk; when this returns, it survives a crash. The same letter again from the
    same source changes nothing.

    Args:
        folder: absolute; for all letters.
        raw: as it came.
        mail: the same, understood.
        source: where it came from. Two that take in the same letter at the same time have files of
            their own: whichever the inbox takes, the other can forget its own.

    Raises:
        OSError: the disk is full, say.
    """
    at = mail.received
    digest = hashlib.sha256(f"{mail.fingerprint}:{source}".encode()).hexdigest()
    place = folder / f"{at:%Y}" / f"{at:%m}" / digest[:32]
    new = _make(place)
    original = place / ORIGINAL
    _write(original, raw)
    kept = tuple(
        (attachment, place / name)
        for attachment, name in zip(mail.attachments, _names(mail.attachments), strict=True)
    )
    for attachment, path in kept:
        _write(path, attachment.data)
    os.utime(place)  # what came in just now is not old, whatever the letter says
    _sync(place)
    return Kept(original=original, attachments=kept, new=new)


def _names(attachments: Sequence[Attachment]) -> list[str]:
    """Their names, each once even where capitals do not count."""
    taken = {ORIGINAL}
    names: list[str] = []
    for attachment in attachments:
        name = attachment.name
        stem, dot, ending = name.rpartition(".")
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}{dot}{ending}" if dot else f"{attachment.name}-{number}"
        taken.add(name.lower())
        names.append(name)
    return names


def _make(place: Path) -> bool:
    """Make a folder with all above it, durably. Returns whether it was not there."""
    if place.is_dir():
        return False
    _make(place.parent)
    place.mkdir(mode=0o700, exist_ok=True)
    _sync(place.parent)
    return True


def _write(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        _sync(path)  # it may have been written just before a crash
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
