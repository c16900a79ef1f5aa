"""Nothing that came from a person or the bot runs on the page (cases B7, E7)."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.sandbox.telegram import Attachment, Emulator
from tests.browser.conftest import OpenPage
from tests.browser.scripted import ScriptedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'


async def test_markup_is_shown_as_written_everywhere(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    """case B7: `<b>`, `_*[` and `&` stand on the screen as they were typed."""
    mary = telegram.user(EVIL, last_name="<b>&amp;", language_code="ru")
    ann = telegram.user(EVIL)
    desk = telegram.group(EVIL, forum=True, members=[ann])
    topic = telegram.create_topic(desk, EVIL[:120], ann)
    said = telegram.tell(mary, f"{EVIL} <b>_*[&amp;")
    telegram.send(
        mary, mary, Attachment(content=b"<script>1</script>", name="<img>.html", caption=EVIL)
    )
    telegram.say(ann, desk, EVIL, thread=topic, forward_from=EVIL)
    keyboard = {"inline_keyboard": [[{"text": EVIL, "callback_data": "x"}]]}
    sent = await bot.call(
        "sendMessage",
        chat_id=mary.id,
        text=EVIL,
        entities=[
            {"type": "pre", "offset": 0, "length": 9, "language": '"><img src=x onerror=owned=1>'}
        ],
        reply_parameters={"message_id": said.id},
        reply_markup=keyboard,
    )
    await bot.call("pinChatMessage", chat_id=desk.id, message_id=topic.id + 1)
    await bot.call("setMyCommands", commands=[{"command": "a", "description": EVIL}])
    await bot.call(
        "sendMessage", chat_id=mary.id, text="?", reply_markup={"keyboard": [[{"text": EVIL}]]}
    )
    page = await open_page()
    await page.locator("#desk .thread").nth(1).click()
    await page.locator("#client textarea").fill("/")
    await page.get_by_role("button", name="Что произошло").click()
    await expect(page.locator("#drawer .call").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#client .text").first).to_have_text(f"{EVIL} <b>_*[&amp;")
    await expect(page.locator("#desk .messages .text")).to_have_text(EVIL)
    await page.locator(f"#client [data-message='{sent['message_id']}'] .key").click()
    query = await telegram.wait_for(lambda: next(iter(telegram.world.queries), None))
    await bot.call("answerCallbackQuery", callback_query_id=query, text=EVIL, show_alert=True)
    await expect(page.get_by_role("dialog")).to_contain_text(EVIL)
    assert await page.evaluate("window.owned") is None
    assert await page.locator("main img, main script, #drawer img").count() == 0


async def test_only_harmless_links_can_be_followed(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    """case E7: `javascript:` and its kin stay text, whatever the sandbox would let through."""
    mary = telegram.user("Мария")
    addresses = [
        "javascript:window.owned=1",
        " JaVaScRiPt:window.owned=1",
        "data:text/html,<script>1</script>",
        "file:///etc/passwd",
        "blob:http://x/1",
        "//example.org/x",
        "",
        "https://example.org/ok",
        "tg://user?id=1",
    ]
    text = " ".join("x" for _ in addresses)
    entities = [
        {"type": "text_link", "offset": place * 2, "length": 1, "url": url}
        for place, url in enumerate(addresses)
    ]
    # Straight into the world: the Bot API itself would refuse some of them.
    chat = telegram.world.chats[mary.id]
    rows = [[{"text": str(place), "url": url}] for place, url in enumerate(addresses)]
    telegram.world.post(
        chat,
        telegram.bot,
        {"text": text, "entities": entities},
        reply_markup={"inline_keyboard": rows},
    )
    page = await open_page()
    bubble = page.locator("#client .message")
    links = await bubble.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links == ["https://example.org/ok", "tg://user?id=1"] * 2
    await expect(bubble.locator(".text")).to_have_text(text)


async def test_entities_count_utf16_units_and_may_overlap(
    telegram: Emulator, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    text = "🏠 дом 👨‍👩‍👧 и кот"
    entities = [
        {"type": "bold", "offset": 3, "length": 3},
        {"type": "italic", "offset": 0, "length": 15},
        {"type": "underline", "offset": 7, "length": 10},  # reaches beyond the italic part
        {"type": "code", "offset": 18, "length": 300},
        {"type": "no_such_kind", "offset": 0, "length": 2},
        {"type": "__proto__", "offset": 0, "length": 2},
        {"type": "bold", "offset": 900, "length": 5},
        {"type": "bold", "offset": -5, "length": 3},
    ]
    chat = telegram.world.chats[mary.id]
    telegram.world.post(chat, telegram.bot, {"text": text, "entities": entities})
    page = await open_page()
    shown = page.locator("#client .text")
    await expect(shown).to_have_text(text)
    assert await shown.locator("b").all_inner_texts() == ["дом"]
    assert await shown.locator("i").all_inner_texts() == ["🏠 дом 👨‍👩‍👧"]
    assert await shown.locator("u").all_inner_texts() == ["👨‍👩‍👧", " и"]
    assert await shown.locator("code").all_inner_texts() == ["кот"]


async def test_an_uploaded_page_is_never_opened_as_a_page(
    telegram: Emulator, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    for name, kind in (("evil.html", "text/html"), ("evil.svg", "image/svg+xml")):
        content = b"<svg xmlns='http://www.w3.org/2000/svg'><script>top.owned=1</script></svg>"
        telegram.send(mary, mary, Attachment(content=content, name=name, mime_type=kind))
    page = await open_page()
    links = page.locator("#client a.card")
    await expect(links).to_have_count(2)
    for link in await links.all():
        assert await link.get_attribute("download")
        url = telegram.url + str(await link.get_attribute("href"))
        answer = await page.request.get(url)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
