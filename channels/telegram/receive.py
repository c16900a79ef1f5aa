"""A ``getUpdates`` loop that acknowledges nothing before it is kept.

Telegram forgets an update as soon as ``getUpdates`` is called with a higher offset. That offset is
sent once, after the inbox has the batch on disk; the calls after it name none and so get the
earliest update not acknowledged. Identifiers are never compared: after a quiet week Telegram may
go on with smaller ones (case B4).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from aiogram.methods import GetMe, GetUpdates

from channels.protocol import Health, Inbox, Misconfigured, StorageUnavailable
from channels.telegram.client import Client, Json
from channels.telegram.errors import Failed, bad_token
from channels.telegram.parse import ALLOWED_UPDATES, handle_update

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
"""Seconds between attempts while something is wrong."""


class Receiver:
    """Receives for one bot."""

    def __init__(
        self,
        client: Client,
        *,
        name: str,
        poll_timeout: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """
        Args:
            client: Carries the requests.
            name: Of the channel.
            poll_timeout: Seconds Telegram may hold a request open.
            now: The clock.
            pause: Waits that many seconds.
            chance: A random number from 0 to 1, to spread attempts after an outage.
        """
        self._client = client
        self._name = name
        self._poll_timeout = round(poll_timeout)
        self._now = now
        self._pause = pause
        self._chance = chance
        self._failures = 0
        self._look_first = True
        """Whether it is not known that we can receive: the next poll then asks for an answer at
        once, so that nobody has to wait for a quiet half-minute to know."""
        self._username: str | None = None
        self._health = Health(ok=False, since=now(), detail="not started")

    @property
    def health(self) -> Health:
        return self._health

    async def run(self, inbox: Inbox) -> None:
        """Receive until cancelled.

        Raises:
            Misconfigured: Telegram does not know the token.
        """
        acknowledged: int | None = None
        while True:
            try:
                if self._username is None:
                    self._username = (await self._client.call(GetMe())).get("username", "")
                held_open = 0 if self._look_first else self._poll_timeout
                updates = await self._client.call(
                    GetUpdates(
                        offset=acknowledged, timeout=held_open, allowed_updates=ALLOWED_UPDATES
                    ),
                    wait=held_open,
                )
                self._look_first = False
                acknowledged = None  # it has been said
                if updates:
                    await self._keep(updates, inbox)
                    acknowledged = updates[-1]["update_id"] + 1
            except Failed as error:
                await self._after_failure(error)
            except StorageUnavailable as error:
                await self._wait(f"nothing can be stored: {error}")
            except Exception as error:
                # Nothing was acknowledged: it comes again. Other channels go on meanwhile.
                log.exception("%s: a mistake of ours, beginning anew", self._name)
                await self._wait(f"a mistake of ours: {type(error).__name__}")
            else:
                self._failures = 0
                self._set_health(ok=True, detail="")

    async def _keep(self, updates: list[Json], inbox: Inbox) -> None:
        now = self._now()
        items = [
            item
            for update in updates
            if (
                item := handle_update(
                    update, channel=self._name, now=now, username=self._username or None
                )
            )
        ]
        if items:
            new = await inbox.accept(items)
            log.debug("%s updates, %s kept, %s new", len(updates), len(items), new)

    async def _after_failure(self, error: Failed) -> None:
        if bad_token(error) and (self._username is None or error.code != HTTPStatus.NOT_FOUND):
            # A token that was known does not become malformed: a 404 is somebody on the way then.
            detail = f"Telegram does not know this token ({error.description})"
            raise Misconfigured(self._name, f"{detail}; copy it anew from @BotFather") from error
        # Beside somebody else every poll ends one of theirs: no more of them than needed.
        self._look_first = error.code != HTTPStatus.CONFLICT
        if error.code == HTTPStatus.CONFLICT:
            # Somebody else reads with this token, or a webhook is set. Nothing is lost: whoever
            # reads next gets what was not acknowledged (case A10).
            await self._wait(f"somebody else receives for this bot: {error.description}")
        elif error.retry_after is not None:
            await self._wait(f"Telegram asks for a pause: {error.description}", error.retry_after)
        else:
            await self._wait(f"Telegram cannot be reached: {error.description}")

    async def _wait(self, detail: str, seconds: float | None = None) -> None:
        self._set_health(ok=False, detail=detail)
        if seconds is None:
            longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures, 10))
            seconds = longest * (0.5 + self._chance() / 2)
        self._failures += 1
        await self._pause(seconds)

    def _set_health(self, *, ok: bool, detail: str) -> None:
        if (ok, detail) == (self._health.ok, self._health.detail):
            return
        if ok:
            log.info("%s: receiving", self._name)
        else:
            log.warning("%s: not receiving, %s", self._name, detail)
        self._health = Health(ok=ok, since=self._now(), detail=detail)
