"""Letters written on the page, read and answered by the real application."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.sandbox.demo import sandbox
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_client_is_answered_and_chooses_by_letter(open_page: OpenPage) -> None:
    """A letter → the FAQ's guide → one press → the ticket and its questions, in one dialogue."""
    async with sandbox() as running:
        anna, company = running.correspondents.anna, running.mail.company
        page = await open_page(url=running.telegram.url)
        await page.locator(f"[data-mailbox='{anna.address}']").click()
        await page.get_by_role("button", name="Написать письмо").click()
        await page.get_by_label("Тема").fill("Нет интернета")
        await page.get_by_label("Текст письма").fill("Со вчерашнего вечера не работает интернет")
        await page.get_by_role("button", name="Отправить письмо").click()

        letters = page.locator(".letter")
        await expect(letters).to_have_count(2)
        answer = letters.nth(1)
        await expect(answer.locator(".letter-text")).to_contain_text("1 — Помогло")
        await expect(answer.locator(".letter-text")).to_contain_text("Шаг 1 из 3")
        await expect(answer.locator(".letter-text")).to_contain_text("Шаг 3 из 3")
        choices = answer.get_by_role("group", name="Ответить одним нажатием")
        await choices.get_by_role("button", name="Не помогло").click()

        await expect(letters).to_have_count(4)
        asked = letters.nth(3).locator(".letter-text")
        await expect(asked).to_contain_text("Заявка №1 принята")
        await expect(asked).to_contain_text("номер договора")
        await letters.nth(3).get_by_role("button", name="Оформление").click()
        formatted = letters.nth(3).frame_locator("iframe").locator("body")
        await expect(formatted).to_contain_text("Заявка №1 принята")
        await page.get_by_role("button", name="Назад к письмам").click()
        await expect(page.locator(".mail-threads .thread")).to_have_count(1)

        first, chosen = running.mail.letters(company.address)
        assert first.header("Subject") == "Нет интернета"
        assert chosen.text.splitlines()[0] == "2"
        assert chosen.references[0] == first.message_id
        await page.context.close()  # before its server goes
