"""A reader of mail with three weaknesses: one hangs, one dies, one is slow. A child imports it."""

from __future__ import annotations

import os
import time
from datetime import datetime

from channels.email.mail import Mail
from channels.email.parse import parse


def moody(raw: bytes, *, received: datetime) -> Mail:
    """Like ``parse``, except for the words hang, die and slow."""
    if raw.startswith(b"Subject: slow"):
        time.sleep(1.0)
        raw = raw[:1000]
    if b"hang" in raw:
        time.sleep(600)
    if b"die" in raw:
        os._exit(1)
    return parse(raw, received=received)
