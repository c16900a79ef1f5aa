"""Every kind of channel there is, one line each.

A new channel is a folder with a ``kind.py`` and its line here; everything else (settings and their
documentation, secrets, `run`, `doctor`, reloading) finds it through this list.
"""

from __future__ import annotations

from channels.email.kind import EMAIL
from channels.kind import AnyKind, SecretShape
from channels.telegram.kind import TELEGRAM

KINDS: tuple[AnyKind, ...] = (
    TELEGRAM,
    EMAIL,
)
"""In the order in which channels are started and examined."""


def secrets() -> tuple[SecretShape, ...]:
    """What the secrets of all channels look like."""
    return tuple(shape for kind in KINDS for shape in kind.secrets)
