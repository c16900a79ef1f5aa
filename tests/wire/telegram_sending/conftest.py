"""A channel over the emulator, and people to send to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram.methods import SendMessage, TelegramMethod
from pydantic import SecretStr

from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.state import Chat, Message, Topic, User
from channels.message import (
    Content,
    Media,
    Permanent,
)
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import AiogramClient, Json
from channels.telegram.content import read_content
from tests.telegram_channel import channel_for, settings_for


@pytest.fixture
async def channel(emulator: Emulator) -> AsyncIterator[TelegramChannel]:
    async with channel_for(emulator) as running:
        yield running


@pytest.fixture
def anna(emulator: Emulator) -> User:
    person = emulator.user("Anna")
    emulator.tell(person, "/start")
    return person


@pytest.fixture
def boris(emulator: Emulator) -> User:
    return emulator.user("Boris")


@pytest.fixture
def desk(emulator: Emulator, boris: User) -> Chat:
    return emulator.group("Desk", members=[boris], forum=True)


def from_bot(emulator: Emulator, chat: Chat | User, thread: Topic | None = None) -> list[Message]:
    return [m for m in emulator.messages(chat, thread) if m.by_bot and not m.is_service]


def content_of(emulator: Emulator, message: Message) -> Content:
    """What a message says, as our own reader sees it."""
    content = read_content(message.json, "telegram")
    assert content is not None
    return content


async def refused(channel: TelegramChannel, what: Any) -> Permanent:
    with pytest.raises(Permanent) as caught:
        await channel.send(what)
    return caught.value


def pinned(emulator: Emulator, chat: Chat | User) -> list[int]:
    where = emulator.world.chat(chat.id)
    return list(where.pinned)


class Garbling(AiogramClient):
    """Breaks requests on their way."""

    def __init__(self, *args: Any, **changes: Any) -> None:
        super().__init__(*args)
        self.changes = changes
        self.times = 1

    async def call(self, method: TelegramMethod[Any], *, wait: float = 0.0) -> Json:
        if self.times and isinstance(method, SendMessage):
            self.times -= 1
            method = method.model_copy(update=self.changes)
        return await super().call(method, wait=wait)


def garbled(emulator: Emulator, **changes: Any) -> TelegramChannel:
    settings = settings_for(emulator)
    client = Garbling(settings, SecretStr(emulator.token), **changes)
    return TelegramChannel(settings, client=client)


def media_of(emulator: Emulator, message: Message) -> Media:
    part = content_of(emulator, message).parts[0]
    assert isinstance(part, Media)
    return part
