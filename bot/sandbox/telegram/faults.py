"""Failures on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.state import Json

KINDS = ("429", "500", "lost", "drop", "slow")


@dataclass(slots=True, kw_only=True)
class Fault:
    """A failure that waits for matching calls.

    Attributes:
        kind: `429` and `500` refuse; `lost` does the work and never answers; `drop` closes the
            connection before any work; `slow` answers after `seconds`.
        method: Only this Bot API method, any when None.
        chat_id: Only calls with this `chat_id`, any when None.
        count: How many calls it still hits; None is until cleared.
        retry_after: Seconds, for `429`.
        seconds: How long `slow` waits; for `lost`, how long the connection hangs before it closes.
    """

    id: int
    kind: str
    method: str | None = None
    chat_id: int | None = None
    count: int | None = 1
    retry_after: int = 1
    seconds: float = 0.0

    def json(self) -> Json:
        """The control API's form."""
        return {
            "id": self.id,
            "kind": self.kind,
            "method": self.method,
            "chat_id": self.chat_id,
            "count": self.count,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
        }

    def hits(self, method: str, params: Mapping[str, Any]) -> bool:
        """Whether a call is meant."""
        if self.method is not None and self.method.lower() != method.lower():
            return False
        return self.chat_id is None or str(params.get("chat_id")) == str(self.chat_id)


class Faults:
    """All faults that are still to come."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []
        self._last_id = 0

    def add(
        self,
        kind: str,
        *,
        method: str | None = None,
        chat_id: int | None = None,
        count: int | None = 1,
        retry_after: int = 1,
        seconds: float = 0.0,
    ) -> Fault:
        """Arms a fault.

        Raises:
            ControlError: No such kind.
        """
        if kind not in KINDS:
            raise ControlError(f"no fault {kind!r}, there are: {', '.join(KINDS)}")
        self._last_id += 1
        fault = Fault(
            id=self._last_id,
            kind=kind,
            method=method,
            chat_id=chat_id,
            count=count,
            retry_after=retry_after,
            seconds=seconds,
        )
        self.pending.append(fault)
        return fault

    def take(self, method: str, params: Mapping[str, Any]) -> Fault | None:
        """The fault for this call, used up by it; `getUpdates` is hit only by name."""
        for fault in self.pending:
            if method == "getUpdates" and fault.method is None:
                continue
            if fault.hits(method, params):
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.pending.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Disarms all."""
        self.pending.clear()
