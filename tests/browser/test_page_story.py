"""A person lives the story on the page: ask, ticket, take, answer, photo, rating."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.sandbox.telegram import Emulator
from tests.browser.conftest import OpenPage
from tests.browser.scripted import ScriptedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_client_and_specialist_live_the_story(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    ann, boris = telegram.user("Анна"), telegram.user("Борис")
    desk = telegram.group("Сети", forum=True, members=[ann, boris])
    async with bot.serve(desk.id):
        page = await open_page()
        client, room = page.locator("#client"), page.locator("#desk")
        tour = page.locator("#story")

        # The client asks, with the tour's words.
        await tour.get_by_role("button", name="Написать за меня").click()
        await expect(client.get_by_label("Сообщение", exact=True)).to_have_value(
            "не работает интернет"
        )
        await client.get_by_label("Сообщение", exact=True).press("Enter")
        answer = client.get_by_role("article").filter(has_text="Перезагрузите роутер.")
        await expect(answer.locator("b", has_text="Перезагрузите")).to_be_visible()
        await expect(answer.locator(".quote")).to_contain_text("не работает интернет")

        # A button calls a person: the answer is a short notice, the desk gets a topic.
        await client.get_by_role("button", name="Позвать человека").click()
        await expect(client.get_by_role("status")).to_have_text("Зову человека")
        topic = room.get_by_role("button", name="№1 · Мария")
        await expect(topic.locator(".badge")).to_have_text("1")
        await expect(page).to_have_title("(1) LineZero · песочница")

        # The specialist opens it: pinned card, take; the alert waits for OK.
        await tour.get_by_role("button", name="Открыть заявку").click()
        await expect(topic).to_have_attribute("aria-current", "true")
        await expect(topic.locator(".badge")).to_have_count(0)
        await expect(room.locator(".pinned")).to_contain_text("Заявка №1: не работает интернет")
        await room.get_by_role("button", name="Борис").click()
        await room.get_by_role("button", name="Взять").click()
        alert = page.get_by_role("dialog")
        await expect(alert).to_contain_text("Заявка теперь ваша")
        await alert.get_by_role("button", name="Понятно").click()
        card = room.get_by_role("article").filter(has_text="взял(а) Борис")
        await expect(card.locator(".meta")).to_contain_text("изменено")

        # What the specialist writes reaches the client; the bot marks it as delivered.
        line = room.get_by_label("Сообщение", exact=True)
        await line.fill("Первая строка")
        await line.press("Shift+Enter")
        await line.press_sequentially("вторая")
        await line.press("Enter")
        await expect(client.get_by_role("log")).to_contain_text("Анна: Первая строка\nвторая")
        mine = room.get_by_role("article").filter(has_text="Первая строка")
        await expect(mine.get_by_label("Реакции")).to_have_text("👌")

        # The client answers with a photo, which lands in the topic.
        await tour.get_by_role("button", name="Приложить пример").click()
        await client.get_by_label("Сообщение", exact=True).fill("вот он")
        await client.get_by_role("button", name="Отправить").click()
        photo = room.get_by_role("article").filter(has_text="вот он").locator("img")
        await expect(photo).to_be_visible()
        assert await photo.evaluate("image => image.decode().then(() => image.naturalWidth)") == 720
        await expect(tour).to_contain_text("решено")

        # Resolved, confirmed, rated: the tour is over.
        await room.get_by_role("button", name="Решено").click()
        await client.get_by_role("button", name="Да", exact=True).click()
        await client.get_by_role("button", name="5 из 5").click()
        await expect(client.get_by_role("log")).to_contain_text("Спасибо!")
        await expect(tour).to_contain_text("Вот и весь путь")
        await expect(page.locator("body")).not_to_contain_text("undefined")

    sent = [message for message in telegram.messages(desk) if message.sender_id == boris.id]
    assert [message.text for message in sent] == ["Первая строка\nвторая"]
    assert sent[0].thread_id == bot.thread
    assert any(message.kind == "photo" for message in telegram.messages(mary))
