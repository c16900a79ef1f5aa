"""Telegram's sending limits, switched on for tests of pacing.

About 30 messages a second in all, one a second to a chat, 20 a minute to a group with all its
topics together (Bots FAQ). Telegram publishes no exact algorithm; sliding windows are used.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.telegram.errors import too_many_requests
from bot.sandbox.telegram.state import Chat

ALL = (30, timedelta(seconds=1))
PER_CHAT = (1, timedelta(seconds=1))
PER_GROUP = (20, timedelta(minutes=1))


@dataclass(slots=True)
class Limits:
    """Counts what the bot sends; refuses too much of it while `on`."""

    on: bool = False
    _sent: dict[object, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def take(self, chat: Chat, now: datetime, count: int) -> None:
        """Counts `count` messages to a chat.

        Raises:
            ApiError: 429 with the whole seconds until it would pass; nothing was counted then.
        """
        if not self.on:
            return
        windows = [("all", *ALL), (chat.id, *(PER_CHAT if chat.is_private else PER_GROUP))]
        wait = max(self._wait(key, allowed, span, now, count) for key, allowed, span in windows)
        if wait > timedelta(0):
            raise too_many_requests(max(1, math.ceil(wait.total_seconds())))
        for key, _, _ in windows:
            self._sent[key].extend([now] * count)

    def clear(self) -> None:
        """Forgets what was sent."""
        self._sent.clear()

    def _wait(
        self, key: object, allowed: int, span: timedelta, now: datetime, count: int
    ) -> timedelta:
        sent = self._sent[key]
        while sent and sent[0] <= now - span:
            sent.popleft()
        excess = len(sent) + min(count, allowed) - allowed
        return sent[excess - 1] + span - now if excess > 0 else timedelta(0)
