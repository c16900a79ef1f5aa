"""The client's side: keyboards, attachments, replies, edits, blocking."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, expect

from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.content import sample
from tests.browser.conftest import OpenPage
from tests.browser.scripted import ScriptedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")


def line_of(page: Page) -> Locator:
    return page.locator("#client textarea")


async def test_reply_keyboard_sends_text_number_and_place(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    telegram.tell(mary, "/start")
    page = await open_page()
    await bot.call(
        "sendMessage",
        chat_id=mary.id,
        text="Как вас найти?",
        reply_markup={
            "keyboard": [
                [{"text": "Мои заявки"}],
                [
                    {"text": "Номер", "request_contact": True},
                    {"text": "Место", "request_location": True},
                ],
            ],
            "one_time_keyboard": True,
            "input_field_placeholder": "Выберите",
        },
    )
    keys = page.locator("#client .reply-keyboard")
    await expect(line_of(page)).to_have_attribute("placeholder", "Выберите")
    await keys.get_by_role("button", name="Номер").click()
    await page.get_by_role("dialog").get_by_role("button", name="Поделиться").click()
    await expect(keys).to_be_hidden()  # it was for one time, and can be called back
    await page.get_by_role("button", name="Клавиатура бота").click()
    await keys.get_by_role("button", name="Место").click()
    await page.get_by_role("dialog").get_by_role("button", name="Отмена").click()
    await page.get_by_role("button", name="Клавиатура бота").click()
    await keys.get_by_role("button", name="Место").click()
    await page.get_by_role("dialog").get_by_role("button", name="Поделиться").click()
    await page.get_by_role("button", name="Клавиатура бота").click()
    await page.reload()  # the keyboard stands after a reload
    await keys.get_by_role("button", name="Мои заявки").click()
    await expect(page.locator("#client .messages")).to_contain_text("Мои заявки")
    kinds = [message.kind for message in telegram.messages(mary) if not message.by_bot]
    assert kinds == ["text", "contact", "location", "text"]
    await bot.call(
        "sendMessage", chat_id=mary.id, text="Ясно", reply_markup={"remove_keyboard": True}
    )
    await expect(page.get_by_role("button", name="Клавиатура бота")).to_be_hidden()


async def test_album_file_and_voice_are_sent_and_shown(
    telegram: Emulator, open_page: OpenPage, tmp_path: Path
) -> None:
    mary = telegram.user("Мария")
    page = await open_page()
    pictures = []
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(sample("photo"))
        pictures.append(tmp_path / name)
    contract = tmp_path / "договор.pdf"
    contract.write_bytes(b"%PDF-1.4 pretended")
    client = page.locator("#client")

    await client.locator("input[name=client-media]").set_input_files(pictures)
    await client.get_by_role("button", name="Убрать b.png").click()
    await line_of(page).fill("две штуки")
    await line_of(page).press("Enter")
    album = client.locator(".album")
    await expect(album.locator("img")).to_have_count(2)
    await expect(client.get_by_role("article").filter(has=page.locator(".album"))).to_contain_text(
        "две штуки"
    )

    await client.locator("input[name=client-files]").set_input_files(contract)
    await client.get_by_role("button", name="Отправить").click()
    await expect(client.get_by_role("link", name="договор.pdf")).to_have_attribute(
        "download", "договор.pdf"
    )
    await client.get_by_role("button", name="Прикрепить").click()
    await page.get_by_role("menuitem", name="Пример голосового").click()
    await expect(client.locator("audio")).to_be_visible()

    sent = telegram.messages(mary)
    assert [message.kind for message in sent] == ["photo", "photo", "document", "voice"]
    assert len({message.json.get("media_group_id") for message in sent[:2]}) == 1
    assert [message.text for message in sent] == ["две штуки", "", "", ""]


async def test_reply_edit_react_and_delete_through_the_message_menu(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    telegram.tell(mary, "первое")
    await bot.call("sendMessage", chat_id=mary.id, text="Слушаю")
    page = await open_page()
    client = page.locator("#client")

    async def choose(message: str, item: str) -> None:
        bubble = client.locator(".message").filter(has=page.locator(".text", has_text=message))
        await bubble.hover()
        await bubble.get_by_role("button", name="Меню сообщения").click()
        await page.get_by_role("menuitem", name=item).click()

    await choose("Слушаю", "Ответить")
    await line_of(page).fill("второе")
    await line_of(page).press("Enter")
    answer = client.get_by_role("article").filter(has_text="второе")
    await expect(answer.locator(".quote")).to_contain_text("Слушаю")

    await line_of(page).press("ArrowUp")  # the last own message, to be corrected
    await expect(line_of(page)).to_have_value("второе")
    await line_of(page).fill("третье")
    await line_of(page).press("Enter")
    await expect(client.get_by_role("article").filter(has_text="третье")).to_contain_text(
        "изменено"
    )
    await choose("Слушаю", "Реакция 👍")
    await expect(client.get_by_label("Реакции")).to_have_text("👍")
    await choose("первое", "Удалить")
    await expect(client.get_by_role("article").filter(has_text="первое")).to_contain_text("удалено")
    first, heard, second = telegram.world.chats[mary.id].messages.values()
    assert (first.deleted, heard.emoji, second.text) == (True, ["👍"], "третье")
    assert second.reply_to_id == heard.id


async def test_commands_are_offered_in_the_clients_language(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    telegram.user("Мария", language_code="ru")
    for language, words in (("", "My tickets"), ("ru", "Мои заявки")):
        await bot.call(
            "setMyCommands",
            commands=[
                {"command": "start", "description": words + "!"},
                {"command": "status", "description": words},
            ],
            scope={"type": "all_private_chats"},
            language_code=language,
        )
    page = await open_page()
    await line_of(page).fill("/st")
    offers = page.get_by_role("listbox").get_by_role("option")
    await expect(offers).to_have_text(["/startМои заявки!", "/statusМои заявки"])
    await line_of(page).press("ArrowDown")
    await line_of(page).press("Enter")
    await expect(page.locator("#client .messages")).to_contain_text("/status")
    await expect(offers).to_have_count(0)


async def test_blocking_a_second_client_and_what_is_unread(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    page = await open_page()
    client = page.locator("#client")
    await client.get_by_role("button", name="Начать").click()
    await expect(client.get_by_role("article")).to_contain_text("/start")

    await client.get_by_role("button", name="Новый клиент").click()
    await page.get_by_label("Имя").fill("Иван Орлов")
    await page.get_by_label("Имя").press("Enter")
    await expect(client.get_by_role("button", name="Иван")).to_have_attribute(
        "aria-pressed", "true"
    )
    await bot.call("sendMessage", chat_id=mary.id, text="Мария, вы тут?")
    badge = client.get_by_role("button", name="Мария").locator(".badge")
    await expect(badge).to_have_attribute("aria-label", "1 непрочитанное сообщение")
    await client.get_by_role("button", name="Мария").click()
    await expect(badge).to_have_count(0)

    await client.get_by_role("button", name="Меню чата").click()
    await page.get_by_role("menuitem", name="Заблокировать бота").click()
    await expect(client.get_by_role("button", name="Разблокировать")).to_be_visible()
    await expect(line_of(page)).to_be_hidden()
    assert telegram.world.users[mary.id].blocked
    await client.get_by_role("button", name="Разблокировать").click()
    await expect(line_of(page)).to_be_visible()
    assert not telegram.world.users[mary.id].blocked


async def test_typing_is_seen_until_the_message_comes(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    mary = telegram.user("Мария")
    telegram.tell(mary, "алло")
    page = await open_page()
    header = page.locator("#client .chat-header")
    await bot.call("sendChatAction", chat_id=mary.id, action="typing")
    await expect(header).to_contain_text("печатает…")
    await bot.call("sendMessage", chat_id=mary.id, text="да")
    await expect(header).not_to_contain_text("печатает…")


async def test_a_late_answer_does_not_undo_what_the_events_told(
    telegram: Emulator, bot: ScriptedBot, open_page: OpenPage
) -> None:
    """The answer to sending came after the bot's reaction, and took it off the screen."""
    mary = telegram.user("Мария")
    page = await open_page()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        sent = telegram.messages(mary)[-1]
        await bot.call(
            "setMessageReaction",
            chat_id=mary.id,
            message_id=sent.id,
            reaction=[{"type": "emoji", "emoji": "👌"}],
        )
        await expect(page.locator("#client .reactions")).to_have_text("👌")
        await route.fulfill(response=answer)

    await page.route("**/sandbox/send", late)
    async with page.expect_response("**/sandbox/send"):
        await page.get_by_role("button", name="Начать").click()
    await bot.call("sendMessage", chat_id=mary.id, text="после")
    await expect(page.locator("#client .messages")).to_contain_text("после")
    await expect(page.locator("#client .reactions")).to_have_text("👌")


async def test_a_restarted_sandbox_is_found_again(open_page: OpenPage) -> None:
    async with Emulator() as first:
        first.tell(first.user("Мария"), "до")
        page = await open_page(url=first.url)
        await expect(page.locator("#client .messages")).to_contain_text("до")
    await expect(page.get_by_text("Нет связи, пробую снова…")).to_be_visible()
    async with Emulator(port=int(first.url.rpartition(":")[2])) as second:
        ivan = second.user("Иван")
        second.tell(ivan, "после")
        await expect(page.locator("#client .messages")).to_have_text(re.compile("после"))
        await expect(page.get_by_text("Нет связи, пробую снова…")).to_be_hidden()
        second.tell(ivan, "и дальше")  # the events flow again
        await expect(page.locator("#client .messages")).to_contain_text("и дальше")
