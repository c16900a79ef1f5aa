"""The mail client of the page: people's mailboxes, reading, writing, answering with one press."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from bot.sandbox.mail import MailWorld
from bot.sandbox.mail.smtp import Fault
from bot.sandbox.telegram import Emulator
from tests.browser.conftest import OpenPage
from tests.browser.letters import ANNA, COMPANY, TAGGED, anna_asks, company_writes
from tests.browser.test_page_layout import CONTRAST, NAMELESS

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOX = f"[data-mailbox='{ANNA.address}']"


def rows(page: Page) -> Locator:
    return page.locator(".mail-threads .thread")


async def test_without_mail_the_page_shows_none(telegram: Emulator, open_page: OpenPage) -> None:
    telegram.user("Мария")
    page = await open_page()
    await expect(page.locator("#client .person[data-id]")).to_have_count(1)
    await expect(page.locator("[data-mailbox], .mail-threads")).to_have_count(1)  # put away
    await expect(page.locator(".mail-threads")).to_be_hidden()
    await page.get_by_role("button", name="Новый клиент").click()
    await expect(page.get_by_role("dialog")).to_be_visible()  # no choice between two kinds


async def test_a_letter_is_read_as_text_formatted_and_as_source(
    mail: MailWorld, open_page: OpenPage, tmp_path: Path
) -> None:
    asked = await anna_asks(mail)
    await company_writes(
        mail,
        answers=asked,
        html="<p style='color: rgb(1, 2, 3)'>Перезагрузите <b>роутер</b></p>",
        files=[("Памятка абонента.pdf", "application/pdf", b"%PDF pretended")],
    )
    page = await open_page()
    person = page.get_by_role("button", name="Анна Ковалёва: почта, 1 непрочитанное сообщение")
    await person.click()
    await expect(page.get_by_role("button", name=COMPANY.address)).to_have_count(0)
    await expect(rows(page)).to_have_count(1)  # both letters are one conversation
    await expect(rows(page)).to_contain_text("Маяк (2)")
    await rows(page).click()

    first, answer = page.locator(".letter").nth(0), page.locator(".letter").nth(1)
    await expect(first.locator(".letter-head")).to_have_attribute("aria-expanded", "false")
    words = answer.locator(".letter-text")
    await expect(words).to_contain_text("выключите его\nна 30 секунд")
    await expect(words.get_by_role("link")).to_have_attribute("href", "https://beacon.example/help")
    quoted = words.get_by_text("> интернет")
    await expect(quoted).to_be_hidden()
    await words.locator("summary").click()
    await expect(quoted).to_be_visible()
    await expect(words.locator("details")).to_contain_text("Анна пишет:")
    await expect(person.locator(".badge")).to_have_count(0)  # read now
    assert mail.is_read(ANNA.address, mail.letters(ANNA.address)[-1])

    async with page.expect_download() as started:
        await answer.get_by_role("link", name="Памятка абонента.pdf").click()
    download = await started.value
    assert download.suggested_filename == "Памятка абонента.pdf"
    await download.save_as(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"%PDF pretended"

    await answer.get_by_role("button", name="Оформление").click()
    frame = answer.frame_locator("iframe")
    await expect(frame.locator("b")).to_have_text("роутер")
    await expect(frame.locator("p")).to_have_css("color", "rgb(1, 2, 3)")
    await answer.get_by_role("button", name="Исходный код").click()
    source = answer.locator("pre")
    await expect(source).to_contain_text(f"Reply-To: {TAGGED}")
    await expect(source).to_contain_text("Content-Type: multipart/mixed")
    assert "mono" in await source.evaluate("e => getComputedStyle(e).fontFamily")


async def test_flowed_lines_are_joined_and_choices_found(
    mail: MailWorld, open_page: OpenPage
) -> None:
    mail.add(ANNA.address, ANNA.name)
    words = "длинная \nстрока\n  с отступом\n1 — да, \nпомогло\n-- \nМаяк\n"
    await company_writes(mail, text=words, flowed=True)
    page = await open_page()
    await page.locator(BOX).click()
    await rows(page).click()
    text = page.locator(".letter-text")
    await expect(text).to_contain_text("длинная строка")
    assert (await text.inner_text()).splitlines() == [
        "длинная строка",
        " с отступом",
        "1 — да, помогло",
        "-- ",
        "Маяк",
    ]
    await expect(page.locator(".letter-choices button")).to_have_text("1да, помогло")


async def test_a_new_letter_takes_files_and_goes_out_by_smtp(
    mail: MailWorld, open_page: OpenPage
) -> None:
    mail.add(ANNA.address, ANNA.name)
    page = await open_page()
    await page.locator(BOX).click()
    await expect(page.locator(".mail-threads")).to_contain_text("Писем пока нет")
    await page.get_by_role("button", name="Написать письмо").click()
    await expect(page.get_by_label("Кому")).to_have_value(COMPANY.address)
    text = page.get_by_label("Текст письма")
    await expect(text).to_be_focused()
    await page.get_by_label("Тема").fill("Нет связи")
    await text.fill("Не работает\n\n<b>интернет</b> & телефон")
    files = [
        FilePayload(name=name, mimeType="image/jpeg", buffer=content)
        for name, content in (("лишнее.jpg", b"1"), ("роутер.jpg", b"\xff\xd8 a photo"))
    ]
    await page.locator("[name=mail-files]").set_input_files(files)
    await page.get_by_role("button", name="Убрать лишнее.jpg").click()
    await page.get_by_role("button", name="Отправить письмо").click()
    await expect(page.locator(".letter-text")).to_have_text(
        "Не работает\n\n<b>интернет</b> & телефон"
    )
    await expect(page.get_by_role("link", name="роутер.jpg")).to_be_visible()
    await expect(page.locator(".letters")).to_be_focused()

    [came] = mail.letters(COMPANY.address)
    assert came.header("Subject") == "Нет связи"
    assert came.text.splitlines() == ["Не работает", "", "<b>интернет</b> & телефон"]
    assert [(file.name, file.type, file.content) for file in came.files] == [
        ("роутер.jpg", "image/jpeg", b"\xff\xd8 a photo")
    ]


async def test_answers_go_where_the_letter_says(mail: MailWorld, open_page: OpenPage) -> None:
    asked = await anna_asks(mail)
    came = await company_writes(mail, answers=asked, cc="igor@client.example")
    page = await open_page()
    await page.locator(BOX).click()
    await rows(page).click()
    await page.get_by_role("button", name="Ответить", exact=True).click()
    await expect(page.get_by_label("Кому")).to_have_value(TAGGED)
    await expect(page.get_by_label("Копия")).to_have_value("")
    await expect(page.get_by_text("будет процитировано ниже")).to_be_visible()
    await page.get_by_role("button", name="Закрыть без отправки").click()  # nothing written yet

    await page.get_by_role("button", name="Всем").click()
    await expect(page.get_by_label("Копия")).to_have_value("igor@client.example")
    text = page.get_by_label("Текст письма")
    await text.fill("Всё ещё не работает")
    await text.press("Escape")
    await page.get_by_role("dialog").get_by_role("button", name="Отмена").click()
    await text.press("Control+Enter")
    await expect(page.locator(".letter.open.own .letter-text")).to_contain_text(
        "Всё ещё не работает"
    )
    sent = mail.letters(COMPANY.address)[-1]
    assert sent.header("In-Reply-To") == came.message_id
    assert sent.header("Subject") == "Re: Нет связи"
    assert [person["address"] for person in sent.people("To")] == [TAGGED]
    assert [person["address"] for person in sent.people("Cc")] == ["igor@client.example"]
    assert "> Перезагрузите роутер" in sent.text  # quoted by the sandbox, as a client would

    await page.get_by_role("button", name="Переслать").click()
    await expect(page.get_by_label("Кому")).to_be_focused()
    await page.get_by_label("Кому").fill("igor@client.example")
    await page.get_by_role("button", name="Отправить письмо").click()
    await expect(rows(page).or_(page.locator(".letter"))).not_to_have_count(0)
    forwarded = await mail.wait_for(
        lambda: next(
            (
                letter
                for letter in mail.letters("igor@client.example")
                if letter.header("Subject").startswith("Fwd:")
            ),
            None,
        )
    )
    assert "Пересылаемое сообщение" in forwarded.text


async def test_a_choice_is_answered_with_one_press(mail: MailWorld, open_page: OpenPage) -> None:
    asked = await anna_asks(mail)
    came = await company_writes(mail, answers=asked)
    page = await open_page()
    await page.locator(BOX).click()
    await rows(page).click()
    choices = page.get_by_role("group", name="Ответить одним нажатием")
    await expect(choices.get_by_role("button")).to_have_text(["1Да, помогло", "2Не помогло"])
    await choices.get_by_role("button", name="Не помогло").click()
    await expect(page.locator(".letter")).to_have_count(3)
    sent = mail.letters(COMPANY.address)[-1]
    assert sent.text.splitlines()[0] == "2"
    assert sent.header("In-Reply-To") == came.message_id
    assert [person["address"] for person in sent.people("To")] == [TAGGED]


async def test_a_pressed_choice_of_the_formatted_letter_begins_an_answer(
    mail: MailWorld, open_page: OpenPage
) -> None:
    asked = await anna_asks(mail)
    link = f"mailto:{TAGGED}?subject=Re&amp;body=2"
    await company_writes(mail, answers=asked, html=f"<a href='{link}'>Не помогло</a>")
    page = await open_page()
    await page.locator(BOX).click()
    await rows(page).click()
    await page.get_by_role("button", name="Оформление").click()
    await page.frame_locator("iframe").get_by_role("link").click()
    await expect(page.get_by_label("Текст письма")).to_have_value("2")
    await expect(page.get_by_label("Кому")).to_have_value(TAGGED)


async def test_letters_arrive_while_the_mailbox_is_open_and_take_no_focus(
    mail: MailWorld, open_page: OpenPage
) -> None:
    asked = await anna_asks(mail)
    mail.add("vendor@partner.example", "Пётр", role="expert")
    page = await open_page()
    await page.locator(BOX).click()
    await rows(page).press("Enter")
    await page.get_by_role("button", name="Ответить", exact=True).focus()
    await company_writes(mail, answers=asked)
    answer = page.locator(".letter").nth(1)
    await expect(answer.locator(".letter-text")).to_contain_text("Перезагрузите")
    announced = page.get_by_role("status").filter(has_text="Пришло письмо: Маяк")
    await expect(announced).to_have_count(1)
    await expect(page.get_by_role("button", name="Ответить", exact=True)).to_be_focused()

    # In the list, the row that had the focus keeps it when another conversation comes above.
    await page.get_by_role("button", name="Назад к письмам").press("Enter")
    await expect(rows(page)).to_be_focused()
    await company_writes(mail, subject="Плановые работы")
    await expect(rows(page)).to_have_count(2)
    await expect(rows(page).nth(0)).to_contain_text("Плановые работы")
    await expect(rows(page).nth(1)).to_be_focused()
    await expect(page.locator(f"{BOX} .badge")).to_have_text("1")

    # Whoever writes meanwhile is told in sight, and goes on writing.
    await page.get_by_role("button", name="Написать письмо").click()
    text = page.get_by_label("Текст письма")
    await text.fill("Ещё вопрос")
    await company_writes(mail, subject="Плановые работы")
    await expect(page.locator(".toast")).to_have_text("Пришло письмо: Маяк")
    await expect(text).to_be_focused()
    await expect(text).to_have_value("Ещё вопрос")

    # Somebody else's letter is told by the badge, and the heading says who that is.
    await company_writes(mail, to="vendor@partner.example", subject="Вопрос")
    await expect(page.locator("[data-mailbox^='vendor'] .badge")).to_have_text("1")
    await page.locator("[data-mailbox^='vendor']").click()
    await expect(page.get_by_role("heading", name="Эксперт")).to_be_visible()
    await page.reload()
    await expect(rows(page)).to_contain_text("Вопрос")  # the same mailbox stands open


async def test_a_refused_letter_stays_with_its_writer(mail: MailWorld, open_page: OpenPage) -> None:
    mail.add(ANNA.address, ANNA.name)
    mail.fail(Fault(kind="refuse"))
    page = await open_page()
    await page.locator(BOX).click()
    await page.get_by_role("button", name="Написать письмо").click()
    text = page.get_by_label("Текст письма")
    await text.fill("Не работает")
    await text.press("Control+Enter")
    await expect(page.get_by_role("status").filter(has_text="Не вышло: 5")).to_be_visible()
    await expect(text).to_have_value("Не работает")
    await page.get_by_role("button", name="Отправить письмо").click()  # it failed for one time
    await expect(page.locator(".letter-text")).to_have_text("Не работает")
    assert len(mail.letters(COMPANY.address)) == 1


async def test_a_mailbox_can_be_added(mail: MailWorld, open_page: OpenPage) -> None:
    page = await open_page(locale="en-GB")
    await page.get_by_role("button", name="New client").click()
    await page.get_by_role("menuitem", name="New mailbox").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Olga Ivanova")
    await dialog.get_by_label("E-mail address").fill("olga@home.example")
    await dialog.get_by_role("button", name="Add").click()
    await expect(page.locator(".mail-screen .title b").first).to_have_text("Olga Ivanova")
    assert mail.people["olga@home.example"].language == "en"


@pytest.mark.parametrize(
    ("locale", "scheme", "size"),
    [("ru-RU", "light", (390, 780)), ("en-GB", "dark", (390, 780)), ("ru-RU", "dark", (1280, 720))],
)
async def test_every_screen_fits_is_readable_and_named(
    mail: MailWorld, open_page: OpenPage, locale: str, scheme: str, size: tuple[int, int]
) -> None:
    asked = await anna_asks(mail, "длинноеслово" * 40)
    long_name = ("договор " * 12 + ".pdf", "application/pdf", b"%PDF")
    await company_writes(
        mail,
        answers=asked,
        html="<table width=900><tr><td>x</table>",
        files=[long_name],
        cc="igor@client.example",
    )
    page = await open_page(
        locale=locale, color_scheme=scheme, viewport={"width": size[0], "height": size[1]}
    )

    async def fits() -> None:
        wide = await page.evaluate(
            """() => [document.documentElement, ...document.querySelectorAll(
                '.phone, .mail-screen, .letters, .mail-threads, .letter, .writer')]
              .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
              .map(e => e.className || e.tagName)"""
        )
        assert wide == []
        assert await page.evaluate(CONTRAST) == []
        assert await page.evaluate(NAMELESS) == []

    await page.locator(BOX).click()
    await expect(rows(page)).to_have_count(1)
    await fits()
    await rows(page).click()
    letters = page.locator(".letter")
    await letters.nth(0).locator(".letter-head").click()
    await expect(letters.locator(".letter-text")).to_have_count(2)
    await fits()
    for mode in (1, 2):
        await letters.nth(1).locator(".letter-modes button").nth(mode).click()
        await expect(letters.nth(1).locator("iframe, pre")).to_be_visible()
        await fits()
    own_words = page.locator(".letter-modes, .mail-answers, .letter-who small")
    if locale == "en-GB":
        assert not [t for t in await own_words.all_inner_texts() if "кому" in t or "Ответ" in t]
    await page.locator(".mail-answers button").first.click()
    await expect(page.locator("[name=mail-text]")).to_be_focused()
    await fits()
