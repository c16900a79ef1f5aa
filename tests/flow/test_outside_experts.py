"""Specialists who ask somebody outside by mail, and what comes back, through the whole
application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.telegram import Attachment
from channels.message import Inbound, Media, Reason
from tests.flow.letters import MAILBOX, Received, Writer
from tests.flow.stage import Room, Stage, stage_in

VENDOR = "help@vendor.example"
QUESTION = "Что значит мигание E17?"
OUTSIDE = f"""
email:
  mailboxes:
    - address: {MAILBOX}
      imap: {{ host: mail.example.com, login: none }}
      smtp: {{ host: mail.example.com, login: none }}
experts:
  - id: vendor
    title: {{ ru: Вендор, en: Vendor }}
    address: {VENDOR}
    vendor: true
    language: en
    hold: true
    remind_after: 8h
    hours:
      week: {{ mon-fri: ["09:00-18:00"] }}
"""


@asynccontextmanager
async def _set(folder: Path, *, memory: bool = True, more: str = OUTSIDE) -> AsyncIterator[Stage]:
    async with stage_in(folder, memory=memory, more=more) as stage, stage.service():
        yield stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a vendor; kept in SQLite, as everything here is kept for long."""
    async with _set(tmp_path, memory=False) as made:
        yield made


@pytest.fixture
def vendor(stage: Stage) -> Writer:
    return Writer(stage, VENDOR, "John Smith")


async def asks(stage: Stage, room: Room, question: str = QUESTION) -> None:
    """Boris asks the vendor by the card's button."""
    await stage.boris.presses(room, "Переслать…", room.card)
    await room.sees("Кого спросить")
    await stage.boris.presses(room, "🏭 Вендор")
    prompt = await room.sees("напишите вопрос")
    await stage.boris.writes(room, question, reply_to=prompt)
    await room.sees("ещё не отправлено")
    assert await stage.boris.presses(room, "📨 Отправить") == "Отправляем: Вендор"


def answers(
    writer: Writer, letter: Received, words: str, *, suspicious: bool = False, quoted: str = ""
) -> Inbound:
    """Somebody presses "reply" under a letter of ours."""
    to = (writer.office.reply_address(letter.place),)
    return writer.writes(words, answers=letter, to=to, suspicious=suspicious, quoted=quoted)


async def test_a_question_goes_out_and_its_answer_reaches_the_client(
    stage: Stage, vendor: Writer
) -> None:
    """The whole way; case G2 (a note until sent), case G3 (the mark), case B16 (once)."""
    room = await stage.ticket()
    await asks(stage, room)
    letter = await vendor.reads(QUESTION, "123456", "[#")
    for hidden in ("Анна", "anna", "Борис", "Техники"):
        assert hidden not in letter.text + letter.subject
    assert letter.head.automatic is False
    await stage.anna.sees("обратились к партнёрам")
    await stage.settled()
    asked = next(m for m in stage.telegram.messages(room.chat, room.topic) if m.text == QUESTION)
    assert asked.emoji == ["👌"]
    assert "ждёт поставщика" in room.card.text
    assert "Вендор: ждём ответа" in room.card.text

    answers(vendor, letter, "It is a broken port.", quoted=f"> {QUESTION}")
    await room.sees("Вендор: ответ по почте", "It is a broken port.", button="💬 Цитата")
    bar = await room.sees("Что сделать с этим ответом?")
    await room.reads(room.card, "теперь наш черёд")
    before = len(stage.anna.screen)
    assert await stage.boris.presses(room, "💬 Отправить клиенту", bar) == "Отправляем клиенту"
    shown = await stage.anna.sees("It is a broken port.")
    assert QUESTION not in shown.text
    await room.reads(bar, "Ответ у клиента (Борис)")
    await stage.settled()
    assert len(stage.anna.screen) == before + 1


async def test_only_the_expert_can_answer(stage: Stage, vendor: Writer) -> None:
    """case E2, case E3: a valid token from somebody else, a forged sender, a subject with the
    number, and commands in a letter. None of it moves the ticket or reaches the client."""
    room = await stage.ticket()
    await asks(stage, room)
    letter = await vendor.reads(QUESTION)
    await stage.settled()
    before = [m.text for m in stage.anna.screen]

    eve = Writer(stage, "eve@evil.example", "Eve")
    answers(eve, letter, "Пришлите договор клиента")
    await room.sees("Eve (eve@evil.example): письмо от постороннего", "Пришлите договор")
    await room.sees("Осторожно", "eve@evil.example")
    answers(vendor, letter, "/close", suspicious=True)
    await room.sees("/close")
    await room.sees("Осторожно", "поддельным")
    eve.writes("Что там у клиента?", subject=letter.subject)
    await stage.settled()
    assert "ждёт поставщика" in room.card.text
    assert [m.text for m in stage.anna.screen] == before
    for mine in eve.mailbox:
        assert QUESTION not in mine.text + str(mine.head)

    answers(vendor, letter, "/resolve\n/close готово")
    await room.sees("Вендор: ответ по почте", "/close готово")
    await stage.settled()
    assert "в работе" in room.card.text or "новая" in room.card.text
    assert [m.text for m in stage.anna.screen] == before


async def test_files_go_both_ways(stage: Stage, vendor: Writer, tmp_path: Path) -> None:
    """What was chosen goes out with its files; the answer's files come back and can be sent."""
    room = await stage.ticket()
    stage.anna.sends(Attachment(kind="photo", caption="вот так мигает"))
    shown = await room.sees("вот так мигает")
    await stage.boris.writes(room, f"/forward vendor {QUESTION}", reply_to=shown)
    await room.sees("ещё не отправлено", "вот так мигает", "📎")
    await stage.boris.presses(room, "📨 Отправить")
    letter = await vendor.reads("вот так мигает", "Client, ")
    (photo,) = letter.content.parts
    assert isinstance(photo, Media)
    assert photo.kind == "photo"
    guide = tmp_path / "guide.pdf"
    guide.write_bytes(b"%PDF-1.4")
    vendor.writes(
        "See the guide.",
        Media(kind="document", path=str(guide), name="guide.pdf", mime="application/pdf"),
        answers=letter,
    )
    await room.sees("See the guide.", kind="document")
    await room.sees("Что сделать с этим ответом?")
    await stage.boris.presses(room, "💬 Отправить клиенту")
    await stage.anna.sees("See the guide.", kind="document")


async def test_silence_reminds_once_in_working_hours(stage: Stage, vendor: Writer) -> None:
    """One letter after eight of the vendor's working hours, then the desk is told; the client's
    side sees nothing of it, and the end of the ticket ends it."""
    room = await stage.ticket()
    await asks(stage, room)
    letter = await vendor.reads(QUESTION)
    await stage.later(hours=7)
    await vendor.reads_nothing()
    await stage.later(days=1)
    reminder = await vendor.reads("remind you")
    assert reminder.head.automatic
    assert reminder.head.references == (letter.id,)
    assert reminder.place == letter.place
    await room.sees("Вендор не отвечает", "Отправил напоминание")
    await stage.later(days=1)
    await room.sees("Вендор не отвечает", "пора позвонить")
    await vendor.reads_nothing()
    await stage.boris.writes(room, "/resolve Заменили порт")
    await stage.anna.sees("решена")
    await stage.later(days=1)
    answers(vendor, letter, "Sorry for the delay!")
    await room.sees("Sorry for the delay!")
    await room.sees("Ответ опоздал")
    await vendor.reads_nothing()


async def test_the_third_line_asks_and_the_second_tells_the_client(
    stage: Stage, vendor: Writer
) -> None:
    """case G7: no button of a desk without clients reaches them."""
    room = await stage.ticket()
    await stage.boris.writes(room, "/up посмотрите магистраль")
    above = await stage.core.opens()
    await asks(stage, above)
    letter = await vendor.reads(QUESTION)
    answers(vendor, letter, "It is a broken port.")
    await above.sees("It is a broken port.")
    await above.sees("Что сделать с этим ответом?")
    await stage.settled()
    before = [m.text for m in stage.anna.screen]
    handed = await stage.vera.presses(above, "➡️ Отдать группе «Техники»")
    assert handed == "Отдано: Техники"
    await room.sees("ответ по почте (от группы «Сеть»", "It is a broken port.")
    await room.sees("Что сделать с этим ответом?")
    await stage.settled()
    assert [m.text for m in stage.anna.screen] == before
    await stage.boris.presses(room, "✏️ Изменить")
    prompt = await room.sees("напишите своими словами")
    await stage.boris.writes(room, "Порт сломан, меняем", reply_to=prompt)
    await stage.anna.sees("Порт сломан, меняем")
    await stage.settled()
    assert not stage.anna.shown("It is a broken port.")


async def test_a_lost_letter_is_told_and_sent_again(stage: Stage, vendor: Writer) -> None:
    """case G3, and a report that it did not arrive (case C14)."""
    room = await stage.ticket()
    stage.post.refused[VENDOR] = Reason.REFUSED
    await asks(stage, room)
    told = await room.sees("Письмо не отправлено (Вендор)", button="🔄 Отправить ещё раз")
    assert vendor.mailbox == []
    stage.post.refused.clear()
    await stage.boris.presses(room, "🔄 Отправить ещё раз", told)
    letter = await vendor.reads(QUESTION)
    stage.post.bounce(letter)
    await room.sees("Письмо не дошло: Вендор", "550 no such user")
    vendor.writes("I am away", answers=letter, automatic="reply")
    await room.sees("автоматическое письмо", "I am away")
    await stage.settled()
    assert "ждёт поставщика" in room.card.text


@pytest.mark.parametrize("reason", [Reason.CHAT_GONE, Reason.NO_RIGHTS])
async def test_an_address_that_is_closed_to_us_is_no_group_that_waits(
    stage: Stage, vendor: Writer, reason: Reason
) -> None:
    """What would park a group is told of a letter at once, and it can be sent again: nobody will
    ever let us back into a mailbox."""
    room = await stage.ticket()
    stage.post.refused[VENDOR] = reason
    await asks(stage, room)
    told = await room.sees("Письмо не отправлено (Вендор)", button="🔄 Отправить ещё раз")
    stage.post.refused.clear()
    await stage.boris.presses(room, "🔄 Отправить ещё раз", told)
    await vendor.reads(QUESTION)


async def test_a_reminder_that_is_refused_is_told_as_one(stage: Stage, vendor: Writer) -> None:
    room = await stage.ticket()
    await asks(stage, room)
    await vendor.reads(QUESTION)
    stage.post.refused[VENDOR] = Reason.NO_RIGHTS
    await stage.later(days=2)
    told = await room.sees("Письмо не отправлено (Вендор)", button="🔄 Отправить ещё раз")
    stage.post.refused.clear()
    await stage.boris.presses(room, "🔄 Отправить ещё раз", told)
    await vendor.reads("remind you")


async def test_what_is_open_survives_a_restart(tmp_path: Path) -> None:
    """A letter that was being prepared, and an answer nobody had decided about."""
    async with stage_in(tmp_path, memory=False, more=OUTSIDE) as stage:
        vendor = Writer(stage, VENDOR, "John Smith")
        async with stage.service():
            room = await stage.ticket()
            await stage.boris.writes(room, f"/forward {QUESTION}")
            await room.sees("ещё не отправлено")
            await stage.settled()
        async with stage.service():
            await stage.boris.presses(room, "📨 Отправить")
            letter = await vendor.reads(QUESTION)
            answers(vendor, letter, "It is a broken port.")
            bar = await room.sees("Что сделать с этим ответом?")
            await stage.settled()
        async with stage.service():
            await stage.boris.presses(room, "📝 Оставить заметкой", bar)
            await room.reads(bar, "Осталось заметкой (Борис)")
            await stage.boris.presses(room, "↩️ Ответить: Вендор", bar)
            await room.sees("напишите вопрос")


async def test_a_lost_topic_comes_back_with_experts_words(stage: Stage, vendor: Writer) -> None:
    """case B9: the new topic tells what was asked and answered, and asks again what to do."""
    room = await stage.ticket()
    await asks(stage, room)
    letter = await vendor.reads(QUESTION)
    answers(vendor, letter, "It is a broken port.")
    await room.sees("It is a broken port.")
    await stage.settled()
    assert room.topic is not None
    stage.telegram.delete_topic(room.chat, room.topic)
    stage.anna.says("Ну что там?")
    again = await stage.tech.opens()
    await again.sees("Борис → Вендор", QUESTION, "Вендор", "It is a broken port.")
    await again.sees("Что сделать с этим ответом?")
    await stage.boris.presses(again, "💬 Отправить клиенту")
    await stage.anna.sees("It is a broken port.")


async def test_without_mail_nobody_can_be_asked(tmp_path: Path) -> None:
    """The command says what is missing, and the card offers nothing that cannot work."""
    experts = OUTSIDE[OUTSIDE.index("experts:") :]
    async with _set(tmp_path, more=experts) as stage:
        room = await stage.ticket()
        await stage.boris.writes(room, f"/forward vendor {QUESTION}")
        await room.sees("когда настроена почта")
        assert not any("Переслать" in b.text for b in room.card.buttons)
