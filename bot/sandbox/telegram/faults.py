"""Failures on demand: which calls fail, how, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.state import Json

KINDS = ("429", "500", "502", "drop", "hang", "lost", "slow")

DOWNLOAD = "download"
"""What fetching a file (`/file/bot…`) is called where methods are named."""
ONLY_BY_NAME = ("getUpdates", DOWNLOAD)
"""Left alone by a fault that names no method: whoever breaks the sends still wants to be heard."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """A failure that waits for matching calls.

    Attributes:
        kind: What becomes of a call. Refused before any work: `429`, `500`, `502` (an HTML page,
            as a proxy in front of Telegram gives), `drop` (the connection closes), `hang` (nothing
            is said until the fault is over, then the connection closes). Done: `lost` (no answer
            ever comes), `slow` (the answer comes after `seconds`).
        method: Only these Bot API methods: a name, or a pattern such as `send*`, in any case. `*`
            is every request, `getUpdates` and `download` (of a file) too; None is every one but
            those two.
        chat_id: Only calls with this `chat_id`, any when None.
        count: How many calls it still hits; None is any number.
        until: It hits nothing from this moment on, by the emulator's clock.
        retry_after: Seconds, for `429`.
        seconds: How long `slow` waits, and how long `lost` and `hang` keep the connection open.
    """

    id: int
    kind: str
    method: str | None = None
    chat_id: int | None = None
    count: int | None = 1
    until: datetime | None = None
    retry_after: int = 1
    seconds: float = 0.0
    over: asyncio.Event = field(repr=False)
    """Set when all faults were cleared: a call that hangs on this one may go."""

    def json(self) -> Json:
        """The control API's form."""
        return {
            "id": self.id,
            "kind": self.kind,
            "method": self.method,
            "chat_id": self.chat_id,
            "count": self.count,
            "until": None if self.until is None else self.until.isoformat(),
            "retry_after": self.retry_after,
            "seconds": self.seconds,
        }

    def hits(self, method: str, params: Mapping[str, Any]) -> bool:
        """Whether a call is meant."""
        if self.method is None:
            if method in ONLY_BY_NAME:
                return False
        elif not fnmatchcase(method.lower(), self.method.lower()):
            return False
        return self.chat_id is None or str(params.get("chat_id")) == str(self.chat_id)

    async def keep_waiting(self, now: datetime) -> None:
        """Hold a call back as long as this kind of fault does, from `now` on."""
        seconds: float | None = self.seconds
        if self.kind == "hang" and not seconds:
            seconds = None if self.until is None else (self.until - now).total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return


class Faults:
    """All faults that are still to come.

    Args:
        now: The emulator's clock.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._armed: list[Fault] = []
        self._cleared = asyncio.Event()
        self._last_id = 0

    @property
    def pending(self) -> list[Fault]:
        """What is armed and not over yet."""
        now = self._now()
        for fault in [f for f in self._armed if f.until is not None and f.until <= now]:
            self._armed.remove(fault)
        return list(self._armed)

    def add(
        self,
        kind: str,
        *,
        method: str | None = None,
        chat_id: int | None = None,
        count: int | None = 1,
        lasting: float | None = None,
        retry_after: int = 1,
        seconds: float = 0.0,
    ) -> Fault:
        """Arms a fault.

        Args:
            count: How many calls it hits; None is until it is cleared.
            lasting: It hits every call for so many seconds instead.

        Raises:
            ControlError: No such kind, or a time that is none.
        """
        if kind not in KINDS:
            raise ControlError(f"no fault {kind!r}, there are: {', '.join(KINDS)}")
        if (lasting is not None and not 0 < lasting < 1e9) or not 0 <= seconds < 1e9:
            raise ControlError("lasting and seconds are a time in seconds")
        self._last_id += 1
        fault = Fault(
            id=self._last_id,
            kind=kind,
            method=method,
            chat_id=chat_id,
            count=count if lasting is None else None,
            until=None if lasting is None else self._now() + timedelta(seconds=lasting),
            retry_after=retry_after,
            seconds=seconds,
            over=self._cleared,
        )
        self._armed.append(fault)
        return fault

    def take(self, method: str, params: Mapping[str, Any]) -> Fault | None:
        """The fault for this call, used up by it."""
        for fault in self.pending:
            if fault.hits(method, params):
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._armed.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Disarms all, and lets go of the calls that hang on one."""
        self._armed.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()
