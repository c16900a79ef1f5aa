"""The file with the secrets that sign our addresses and Message-IDs.

One secret a line, the newest first; lines that begin with ``#`` are remarks. Whoever has it can
write into conversations in a client's name, so only the account of the service may read it.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from channels.email.joining import Secrets
from channels.protocol import Misconfigured

NAME: Final = "mail-secret"
KEPT: Final = 3
"""Secrets that are believed. With the fourth rotation the first one's letters can no longer be
answered into their conversation."""

_BYTES: Final = 32
_REMARK: Final = "# Signs addresses and letters. Keep it secret; `linezero mail rotate-secret`.\n"


def read_or_make(file: Path, *, channel: str = "email") -> Secrets:
    """The secrets of a file; on the very first start it is made.

    Raises:
        Misconfigured: the file cannot be read or made, or holds no usable secret.
    """
    try:
        if not file.exists():
            _put(file, [secrets.token_urlsafe(_BYTES)], new=True)
        return Secrets(tuple(one.encode() for one in _lines(file)))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(channel, f"the file {file} cannot be read or made: {error}") from error
    except ValueError as error:
        raise Misconfigured(channel, f"the file {file}: {error}") from error


def rotate(file: Path) -> int:
    """Put a new secret in front and keep the newest :data:`KEPT`. Letters sent before can be
    answered as long as theirs is among them.

    Returns:
        How many secrets the file holds now.

    Raises:
        OSError: the file cannot be read or written; nothing changed.
    """
    before = _lines(file) if file.exists() else []
    now = [secrets.token_urlsafe(_BYTES), *before][:KEPT]
    _put(file, now)
    return len(now)


def _lines(file: Path) -> Sequence[str]:
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _put(file: Path, newest_first: Sequence[str], *, new: bool = False) -> None:
    """Write the file as a whole; ``new``: unless another process has just made it."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{NAME}-")  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(_REMARK + "".join(f"{one}\n" for one in newest_first))
            written.flush()
            os.fsync(written.fileno())
        if new:
            try:
                file.hardlink_to(temporary)
            except FileExistsError:
                return
        else:
            temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
