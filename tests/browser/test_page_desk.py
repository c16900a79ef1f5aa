"""The specialists' side: topics, two people, plain groups, the drawer of troubles."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from bot.sandbox.telegram import Emulator
from tests.browser.conftest import OpenPage
from tests.browser.scripted import CARD, ScriptedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_topics_are_created_renamed_closed_reopened_and_deleted(
    telegram: Emulator, open_page: OpenPage
) -> None:
    desk = telegram.group("Сети", forum=True, members=[telegram.user("Анна")])
    page = await open_page()
    room = page.locator("#desk")

    async def choose(item: str) -> None:
        await room.get_by_role("button", name="Меню чата").click()
        await page.get_by_role("menuitem", name=item).click()

    await choose("Новая тема")
    await page.get_by_label("Имя").fill("№7 · Иван")
    await page.get_by_label("Имя").press("Enter")
    row = room.locator(".thread[data-thread='2']")
    await expect(row).to_contain_text("№7 · Иван")
    await row.click()
    await room.get_by_label("Сообщение", exact=True).fill("проверка")
    await room.get_by_label("Сообщение", exact=True).press("Enter")
    await expect(row).to_contain_text("Анна: проверка")

    await choose("Переименовать тему")
    await page.get_by_label("Имя").fill("№7 · Пётр")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(room.locator(".chat-header")).to_contain_text("№7 · Пётр")
    await choose("Закрыть тему")
    await expect(room.locator(".messages")).to_contain_text("тема закрыта")
    await expect(row.locator(".icon-lock")).to_be_visible()
    await choose("Открыть тему снова")
    await expect(row.locator(".icon-lock")).to_have_count(0)
    await choose("Удалить тему")
    await page.get_by_role("dialog").get_by_role("button", name="Удалить").click()
    await expect(row).to_contain_text("удалено")
    await expect(room).to_contain_text("Тема удалена")
    await expect(room.get_by_label("Сообщение", exact=True)).to_be_hidden()
    assert [topic.deleted for topic in desk.topics.values()] == [True]


async def test_two_specialists_write_in_two_groups(telegram: Emulator, open_page: OpenPage) -> None:
    ann, boris = telegram.user("Анна"), telegram.user("Борис")
    telegram.group("Сети", forum=True, members=[ann, boris])
    bills = telegram.group("Счета", supergroup=True, members=[ann, boris])
    page = await open_page()
    room = page.locator("#desk")
    await room.get_by_role("button", name="Счета").click()
    line = room.get_by_label("Сообщение", exact=True)
    for name in ("Анна", "Борис"):
        await room.get_by_role("button", name=name).click()
        await expect(line).to_have_attribute("placeholder", f"Сообщение от имени: {name}")
        await line.fill(f"это {name}")
        await line.press("Enter")
        # Own words stand on the right, the other person's carry a name.
        await expect(room.locator(".message.own .text")).to_have_text(f"это {name}")
    await expect(room.locator(".message:not(.own) .author")).to_have_text("Анна")
    said = [message for message in telegram.messages(bills) if message.kind == "text"]
    assert [message.sender_id for message in said] == [ann.id, boris.id]


async def test_plain_group_falls_into_reply_threads(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    ann = telegram.user("Анна")
    bills = telegram.group("Счета", supergroup=True, members=[ann])
    page = await open_page()
    room = page.locator("#desk")
    cards = [
        await bot.call("sendMessage", chat_id=bills.id, text=f"Заявка №{n}", reply_markup=CARD)
        for n in (1, 2)
    ]
    await room.locator(f".thread[data-thread='{cards[0]['message_id']}']").click()
    await expect(room.locator(".messages .text")).to_have_text(["Заявка №1"])
    line = room.get_by_label("Сообщение", exact=True)
    await line.fill("смотрю")  # without choosing "reply": the thread says what it answers
    await line.press("Enter")
    await expect(room.locator(".messages .text")).to_have_text(["Заявка №1", "смотрю"])
    answer = telegram.messages(bills)[-1]
    assert answer.reply_to_id == cards[0]["message_id"]
    await bot.call(
        "sendMessage",
        chat_id=bills.id,
        text="Клиент: спасибо",
        reply_parameters={"message_id": answer.id},
    )
    await expect(room.locator(".messages .text")).to_have_text(
        ["Заявка №1", "смотрю", "Клиент: спасибо"]
    )
    await room.get_by_role("button", name="Все сообщения").click()
    await expect(room.locator(".messages .text")).to_have_count(4)


async def test_drawer_shows_calls_and_arms_faults(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    telegram.tell(mary, "алло")
    page = await open_page()
    await page.get_by_role("button", name="Что произошло").click()
    drawer = page.locator("#drawer")
    await drawer.get_by_label("Сколько вызовов").select_option("3 вызова")
    await drawer.get_by_role("button", name="500: ошибка сервера").click()
    faults = drawer.locator(".active-faults")
    await expect(faults).to_contain_text("500: ошибка сервера × 3")
    with pytest.raises(AssertionError, match="Internal Server Error"):
        await bot.call("sendMessage", chat_id=mary.id, text="раз")
    failed = drawer.locator(".call.failed")
    await expect(failed).to_have_text(re.compile("sendMessage.*500 Internal Server Error"))
    await expect(faults).to_contain_text("× 2")
    await drawer.get_by_role("button", name="Починить").click()
    await expect(faults).to_be_hidden()
    await bot.call("sendMessage", chat_id=mary.id, text="два")
    await drawer.locator(".call", has_text="два").locator("summary").click()
    await expect(drawer.locator("details[open] pre")).to_contain_text('"text": "два"')
    await drawer.get_by_role("button", name="Бота блокирует Мария").click()
    await expect(drawer.get_by_role("button", name="Бота разблокирует Мария")).to_be_visible()
    assert telegram.world.users[mary.id].blocked
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()
    await expect(page.get_by_role("button", name="Что произошло")).to_be_focused()
