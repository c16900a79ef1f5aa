"""The local Telegram of the tests: fixtures, to be imported by a folder's `conftest.py`.

async def test_greeting(emulator: Emulator, aiogram_bot: aiogram.Bot) -> None: ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiogram
import aiohttp
import pytest
import telegram as ptb
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram.request import HTTPXRequest

from bot.sandbox.telegram import Emulator


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulated Telegram on a free port."""
    async with Emulator() as running:
        yield running


def aiogram_client(emulator: Emulator) -> aiogram.Bot:
    """aiogram's client of the emulator's bot; to be used as a context manager."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(emulator.url))
    return aiogram.Bot(emulator.token, session=session)


def ptb_client(emulator: Emulator) -> ptb.Bot:
    """python-telegram-bot's client of the emulator's bot; to be used as a context manager."""
    return ptb.Bot(
        emulator.token,
        base_url=f"{emulator.url}/bot",
        base_file_url=f"{emulator.url}/file/bot",
        request=HTTPXRequest(read_timeout=10, connect_timeout=10),
        get_updates_request=HTTPXRequest(read_timeout=10, connect_timeout=10),
    )


@pytest.fixture
async def aiogram_bot(emulator: Emulator) -> AsyncIterator[aiogram.Bot]:
    """aiogram's client of the emulator's bot."""
    async with aiogram_client(emulator) as bot:
        yield bot


@pytest.fixture
async def ptb_bot(emulator: Emulator) -> AsyncIterator[ptb.Bot]:
    """python-telegram-bot's client of the emulator's bot."""
    async with ptb_client(emulator) as bot:
        yield bot


class Http:
    """Plain HTTP to an emulator, for what client libraries would hide."""

    def __init__(self, emulator: Emulator, session: aiohttp.ClientSession) -> None:
        self.emulator = emulator
        self.session = session

    async def call(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """A Bot API call with a JSON body; the whole answer."""
        url = f"{self.emulator.url}/bot{self.emulator.token}/{method}"
        async with self.session.post(url, json=params or {}) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == answer.get("error_code", 200)
            return answer

    async def result(self, method: str, **params: object) -> Any:
        """The `result` of a call that succeeds."""
        answer = await self.call(method, params)
        assert answer["ok"], answer
        return answer["result"]

    async def error(self, method: str, **params: object) -> str:
        """The `description` of a call that fails."""
        answer = await self.call(method, params)
        assert not answer["ok"], answer
        return str(answer["description"])

    async def control(
        self, path: str, body: dict[str, Any] | None = None, status: int = 200
    ) -> dict[str, Any]:
        """The control API: POST with a body, GET without."""
        url = f"{self.emulator.url}/sandbox/{path}"
        verb = "GET" if body is None else "POST"
        async with self.session.request(verb, url, json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == status, answer
            return answer


@asynccontextmanager
async def http_client(emulator: Emulator) -> AsyncIterator[Http]:
    """Plain HTTP to an emulator."""
    async with aiohttp.ClientSession() as session:
        yield Http(emulator, session)


@pytest.fixture
async def http(emulator: Emulator) -> AsyncIterator[Http]:
    """Plain HTTP to the emulator."""
    async with http_client(emulator) as client:
        yield client
