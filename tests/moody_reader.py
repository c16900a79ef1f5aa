"""A reader of mail that hangs on one mail and dies on another; a child process imports it."""

from __future__ import annotations

import os
import time
from datetime import datetime

from channels.email.mail import Mail
from channels.email.parse import parse


def moody(raw: bytes, *, received: datetime) -> Mail:
    """Like ``parse``, except for the words hang and die."""
    if b"hang" in raw:
        time.sleep(600)
    if b"die" in raw:
        os._exit(1)
    return parse(raw, received=received)
