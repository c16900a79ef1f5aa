"""A real SMTP server on a local port that fails on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

BODY_LIMIT: Final = 50 * 1024 * 1024
"""Bytes of the largest letter taken."""
FaultKind = Literal["refuse", "later", "slow", "drop"]


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong: a recipient is refused for good, or for now; the answer after the letter
    takes its time; the connection breaks before it."""

    kind: FaultKind
    address: str | None = None
    """Only for this recipient."""
    times: int | None = 1
    """How often; None is until healed."""
    seconds: float = 2.0
    """How slow."""

    def hits(self, kinds: Sequence[FaultKind], recipients: Sequence[str]) -> bool:
        """Whether it strikes now; every time counts."""
        if self.kind not in kinds or (self.address and self.address not in recipients):
            return False
        if self.times is not None:
            if self.times <= 0:
                return False
            self.times -= 1
        return True


class SmtpServer:
    """Takes letters and hands them on. It knows nobody who could not get one.

    Args:
        deliver: gets the recipients and the bytes of each letter; when it returns, the letter is
            answered for.
    """

    def __init__(self, deliver: Callable[[Sequence[str], bytes], Awaitable[None]]) -> None:
        self._deliver = deliver
        self._server: asyncio.Server | None = None
        self.port = 0
        self.fault: Fault | None = None

    async def __aenter__(self) -> Self:
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415 - loaded only where there is mail

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                self,
                data_size_limit=BODY_LIMIT,
                enable_SMTPUTF8=True,
                hostname="sandbox.invalid",
                loop=loop,
            ),
            "127.0.0.1",
            0,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()

    def _strikes(self, *kinds: FaultKind, recipients: Sequence[str]) -> bool:
        return self.fault is not None and self.fault.hits(kinds, recipients)

    # ---- aiosmtpd's hooks

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds its hooks by the SMTP verb
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._strikes("refuse", recipients=[address]):
            return "550 5.1.1 No such mailbox here"
        if self._strikes("later", recipients=[address]):
            return "451 4.7.1 Greylisted, please come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self._strikes("drop", recipients=envelope.rcpt_tos):
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            return "421 4.3.0 Gone"
        if self.fault is not None and self._strikes("slow", recipients=envelope.rcpt_tos):
            await asyncio.sleep(self.fault.seconds)
        await self._deliver(envelope.rcpt_tos, envelope.original_content or b"")
        return "250 OK"
