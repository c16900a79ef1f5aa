"""The local Telegram of the tests. Fixtures, taken in with `pytest_plugins` or an import.

async def test_greeting(telegram: Emulator, aiogram_bot: aiogram.Bot) -> None: ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiogram
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


@pytest.fixture
async def aiogram_bot(emulator: Emulator) -> AsyncIterator[aiogram.Bot]:
    """aiogram's client of the emulator's bot."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(emulator.url))
    async with aiogram.Bot(emulator.token, session=session) as bot:
        yield bot


@pytest.fixture
async def ptb_bot(emulator: Emulator) -> AsyncIterator[ptb.Bot]:
    """python-telegram-bot's client of the emulator's bot."""
    bot = ptb.Bot(
        emulator.token,
        base_url=f"{emulator.url}/bot",
        base_file_url=f"{emulator.url}/file/bot",
        request=HTTPXRequest(read_timeout=10, connect_timeout=10),
        get_updates_request=HTTPXRequest(read_timeout=10, connect_timeout=10),
    )
    async with bot:
        yield bot
