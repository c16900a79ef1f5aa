"""A Telegram channel that talks to the emulator, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from bot.sandbox.telegram import Emulator
from channels.message import (
    Act,
    Address,
    Content,
    FormattedText,
    Outbound,
    Part,
    Post,
)
from channels.protocol import Inbox
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import AiogramClient
from channels.telegram.settings import TelegramSettings


def settings_for(emulator: Emulator, **changes: Any) -> TelegramSettings:
    return TelegramSettings.model_validate(
        {"api_url": emulator.url, "poll_timeout": 5, "request_timeout": 10.0, **changes}
    )


def client_for(emulator: Emulator, **changes: Any) -> AiogramClient:
    return AiogramClient(settings_for(emulator, **changes), SecretStr(emulator.token))


def channel_for(emulator: Emulator, **changes: Any) -> TelegramChannel:
    return TelegramChannel(
        settings_for(emulator, **changes), client=client_for(emulator, **changes)
    )


@asynccontextmanager
async def receiving(channel: TelegramChannel, inbox: Inbox) -> AsyncIterator[None]:
    """While this lasts, the channel receives."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(channel.run(inbox))
        try:
            yield
        finally:
            running.cancel()


def words(text: str, *parts: Part) -> Content:
    return Content(text=FormattedText(text), parts=parts)


def outbound(
    chat: int, act: Act, *, thread: int | None = None, arrived: tuple[str, ...] = ()
) -> Outbound:
    where = Address(
        channel="telegram", chat=str(chat), thread=str(thread) if thread is not None else None
    )
    return Outbound(id="out-1", address=where, act=act, arrived=arrived)


def post(chat: int, text: str, *parts: Part, thread: int | None = None, **how: Any) -> Outbound:
    return outbound(chat, Post(content=words(text, *parts), **how), thread=thread)
