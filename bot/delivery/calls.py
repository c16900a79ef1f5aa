"""The calls that one act takes, each with a time limit of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.delivery.cancellation import strays_are_faults
from bot.delivery.files import FilesOnTheWay
from bot.delivery.preparing import Prepared, reopening
from channels.message import (
    Content,
    DeliveryError,
    Outbound,
    Permanent,
    Post,
    Reason,
    Receipt,
    Transient,
    Uncertain,
)
from channels.protocol import Channel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Calls:
    """How an act is carried out.

    Args:
        channels: by name.
        files: brings files from one channel to another; None: they are named in words.
        diagnose: looks at a channel's set-up, in a language, for ``Diagnose``.
        seconds: after which a call that has said nothing is given up.
    """

    channels: Mapping[str, Channel]
    files: FilesOnTheWay | None
    diagnose: Callable[[str, str], Awaitable[Content]]
    seconds: float

    async def carry_out(self, prepared: Prepared) -> Receipt | DeliveryError:
        """Do an act, in a closed topic after opening it. What goes wrong is returned."""
        channel = self.channels[prepared.outbound.address.channel]
        seconds = self.seconds
        sending = False
        """Whether the post itself may have left."""
        try:
            with strays_are_faults():
                async with asyncio.timeout(seconds):
                    outbound = await self._completed(prepared)
                try:
                    sending = True
                    async with asyncio.timeout(seconds):
                        return await channel.send(outbound)
                except Permanent as error:
                    if error.reason is not Reason.THREAD_CLOSED:
                        raise
                sending = False
                async with asyncio.timeout(seconds):
                    await channel.send(reopening(prepared))
                sending = True
                async with asyncio.timeout(seconds):
                    return await channel.send(outbound)
        except Uncertain as error:
            return error if sending else Transient(error.detail, unreachable=error.unreachable)
        except DeliveryError as error:
            return error
        except TimeoutError:
            detail = f"no answer for {seconds:g} s"
            return Uncertain(detail) if sending else Transient(detail)
        except Exception as error:
            log.exception("outbox: the channel failed to send row %s", prepared.row.id)
            detail = type(error).__name__
            return Uncertain(detail, unreachable=False) if sending else Transient(detail)

    async def _completed(self, prepared: Prepared) -> Outbound:
        if prepared.diagnose is None:
            if self.files is None:
                return prepared.outbound
            return await self.files.bring(prepared.outbound)
        content = await self.diagnose(prepared.outbound.address.channel, prepared.diagnose.language)
        return replace(prepared.outbound, act=Post(content=content))
