"""The page on a phone, in both languages and both themes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.telegram import Emulator
from tests.browser.conftest import OpenPage
from tests.browser.scripted import CARD, ScriptedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
}

CONTRAST = """() => {
  // WCAG 2 contrast of every visible text against the first opaque colour behind it.
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92
    : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => { for (let e = element; e; e = e.parentElement) {
    const colour = rgba(getComputedStyle(e).backgroundColor);
    if (colour[3] > 250) return colour; } return [255, 255, 255]; };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const exempt = '.deleted, :disabled, .spoiler, noscript';
    if (!walker.currentNode.data.trim() || element.closest(exempt)) continue;
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""

NAMELESS = """() => [...document.querySelectorAll('button, a, textarea, select')]
  .filter(e => e.checkVisibility() && !(e.ariaLabel || e.textContent.trim() || e.labels?.length))
  .map(e => e.outerHTML)"""


async def filled(telegram: Emulator, bot: ScriptedBot) -> None:
    """A ticket with everything that has a colour of its own."""
    mary, ann = telegram.user("Мария", last_name="Петрова"), telegram.user("Анна")
    boris = telegram.user("Борис")
    desk = telegram.group("Сети · линия 2", forum=True, members=[ann, boris])
    first = telegram.tell(mary, "не работает интернет")
    await bot.call(
        "sendMessage",
        chat_id=mary.id,
        text="Проверьте <b>роутер</b> <code>LOS</code> <a href='https://example.org'>как</a>"
        "<blockquote>Красная лампа</blockquote>",
        parse_mode="HTML",
        reply_parameters={"message_id": first.id},
        reply_markup=CARD,
    )
    topic = await bot.call(
        "createForumTopic", chat_id=desk.id, name="№17 · Мария · " + "нет интернета " * 5
    )
    thread = topic["message_thread_id"]
    card = await bot.call(
        "sendMessage",
        chat_id=desk.id,
        message_thread_id=thread,
        text="Заявка №17",
        reply_markup=CARD,
    )
    await bot.call("pinChatMessage", chat_id=desk.id, message_id=card["message_id"])
    said = telegram.say(boris, desk, "д" * 300, thread=thread)
    telegram.say(ann, desk, "смотрю", thread=thread, reply_to=said)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_is_readable_and_every_control_has_a_name(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage, scheme: str
) -> None:
    await filled(telegram, bot)
    page = await open_page(color_scheme=scheme)
    await page.locator("#desk .thread").nth(1).click()
    await page.get_by_role("button", name="Что произошло").click()
    await expect(page.locator("#drawer .call").first).to_be_visible()
    # The drawer slides in, half transparent at first.
    await page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    assert await page.evaluate(CONTRAST) == []
    assert await page.evaluate(NAMELESS) == []


async def no_overflow(page: Page) -> None:
    """Nothing but the strips made for it scrolls sideways."""
    wide = await page.evaluate(
        """() => [document.documentElement,
            ...document.querySelectorAll('.messages, .room, .phone')]
          .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className || e.tagName)"""
    )
    assert wide == []


async def test_a_phone_shows_one_side_at_a_time(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    await filled(telegram, bot)
    page = await open_page(**PHONE)
    client, room = page.locator("#client"), page.locator("#desk")
    tabs = page.get_by_role("navigation", name="Кто вы")
    await expect(client).to_be_visible()
    await expect(room).to_be_hidden()
    await no_overflow(page)
    desk = next(chat.id for chat in telegram.world.chats.values() if chat.is_forum)
    thread = next(iter(telegram.world.chats[desk].topics))
    await bot.call("sendMessage", chat_id=desk, message_thread_id=thread, text="новое")
    tab = tabs.get_by_role("button", name="Специалисты")
    await expect(tab.locator(".badge")).to_have_text("1")
    await tab.click()
    await expect(client).to_be_hidden()
    await expect(room.locator(".conversation")).to_be_hidden()
    await no_overflow(page)
    await room.locator(".thread").nth(1).click()
    await expect(room.locator(".threads")).to_be_hidden()
    await expect(room.locator(".messages")).to_contain_text("новое")
    await expect(tab.locator(".badge")).to_have_count(0)
    await no_overflow(page)
    await room.get_by_role("button", name="Назад к списку").click()
    await expect(room.locator(".threads")).to_be_visible()


async def test_the_language_follows_the_browser_and_the_switch(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    await filled(telegram, bot)
    russian = await open_page()
    await expect(russian.get_by_role("heading", name="Специалисты")).to_be_visible()
    page = await open_page(locale="en-GB")
    await expect(page.get_by_role("heading", name="Specialists")).to_be_visible()
    own_words = page.locator(
        "#top, #story, .side h2, .as, .composer, .pinned b, .thread[data-thread='0'] b"
    )
    for text in await own_words.all_inner_texts():
        assert not re.search("[а-яё]", text, re.IGNORECASE), text
    await page.get_by_role("button", name="RU").click()
    await expect(page.get_by_role("heading", name="Специалисты")).to_be_visible()
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
