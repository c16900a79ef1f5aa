"""A real Chromium before the real emulator."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.sandbox.mail import MailWorld
from bot.sandbox.mail.control import MailControl
from bot.sandbox.telegram import Emulator
from tests.browser.letters import COMPANY
from tests.browser.scripted import ScriptedBot
from tests.waiting import PATIENCE

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--headless",
]

expect.set_options(timeout=PATIENCE * 1000)

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of a worker."""
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture
def post_office() -> MailWorld:
    """Mail that nobody serves yet."""
    return MailWorld(COMPANY)


@pytest_asyncio.fixture(loop_scope="session")
async def telegram(
    request: pytest.FixtureRequest, post_office: MailWorld
) -> AsyncIterator[Emulator]:
    """An empty emulated Telegram that serves the page; tests that ask for `mail` have mail too."""
    with_mail = "mail" in request.fixturenames
    async with Emulator(routes=MailControl(post_office).routes() if with_mail else ()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def mail(telegram: Emulator, post_office: MailWorld) -> AsyncIterator[MailWorld]:
    """A mail world beside `telegram`; the page hears of every letter."""
    changes = telegram.world.changes
    post_office.changed = lambda address, letter: changes.record(
        "mail", address=address, letter=letter
    )
    async with post_office:
        yield post_office


@pytest_asyncio.fixture(loop_scope="session")
async def bot(telegram: Emulator) -> AsyncIterator[ScriptedBot]:
    """A bot of plain HTTP calls."""
    async with aiohttp.ClientSession() as session:
        yield ScriptedBot(telegram.url, telegram.token, session)


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, telegram: Emulator) -> AsyncIterator[OpenPage]:
    """Opens the page of `url` or of `telegram`; other keywords go to Playwright's new context.

    At the end the page must have raised nothing, complained of nothing and asked only the emulator.
    """
    trouble: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_(
            *,
            url: str = telegram.url,
            **options: Any,
        ) -> Page:
            settings = {
                "locale": "ru-RU",
                "viewport": {"width": 1366, "height": 768},
                "reduced_motion": "reduce",
            } | options
            context = await browser.new_context(**settings)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.set_default_timeout(PATIENCE * 1000)
            page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
            page.on(
                "console",
                lambda line: (
                    trouble.append(f"console: {line.text}")
                    if line.type in {"error", "warning"} and "/sandbox/" not in line.location["url"]
                    else None
                ),
            )
            page.on(
                "request",
                lambda request: (
                    None
                    if request.url.startswith((url, "blob:", "data:"))
                    else trouble.append(f"asked elsewhere: {request.url}")
                ),
            )
            await page.goto(url)
            await page.wait_for_selector("body[data-ready]")
            return page

        yield open_
    assert not trouble
