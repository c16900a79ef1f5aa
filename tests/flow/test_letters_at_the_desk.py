"""What specialists see of letters, and what they can do with them."""

from __future__ import annotations

from pathlib import Path

from channels.message import Media
from tests.flow.stage import PROBLEM, Stage, stage_in
from tests.flow.test_letters_choices import HOURS

RAW = b"From: maria@client.example\r\nSubject: =?utf-8?q?test?=\r\n\r\nwords\r\n"


async def test_the_original_is_one_tap_away(tmp_path: Path) -> None:
    """The new words are shown; what was cut off, and the whole letter, are under buttons that only
    the desk may press (cases B16 and E6)."""
    original = tmp_path / "letter-1.eml"
    original.write_bytes(RAW)
    async with stage_in(tmp_path) as stage, stage.service():
        stage.maria.writes(
            PROBLEM,
            subject="Интернет",
            quoted="В понедельник вы писали: всё починим",
            original=str(original),
            warnings=("a header is damaged",),
        )
        room = await stage.tech.opens()
        shown = await room.sees(
            PROBLEM, "цитата скрыта", "a header is damaged", button="📄 Оригинал"
        )
        assert "всё починим" not in shown.text
        await stage.boris.presses(room, "Цитата", on=shown)
        await room.sees("всё починим")
        await stage.boris.presses(room, "Оригинал", on=shown)
        file = await room.sees(kind="document")
        assert file.json["document"]["file_name"] == "letter.eml"


async def test_what_the_card_says(stage: Stage) -> None:
    """The channel and the address."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    assert "email" in room.card.text
    assert "maria@client.example" in room.card.text
    await stage.maria.reads("принята")


async def test_only_an_attachment_or_a_subject(tmp_path: Path) -> None:
    """case C8: delivered, whatever is missing."""
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4 scan")
    scan = Media(kind="document", path=str(tmp_path / "scan.pdf"), name="scan.pdf")
    async with stage_in(tmp_path) as stage, stage.service():
        stage.maria.writes("не работает интернет", subject="не работает интернет")
        form = await stage.maria.reads("номер договора")
        stage.maria.writes("", scan, answers=form)
        room = await stage.tech.opens()
        await room.sees(kind="document")
        assert "не работает интернет" in "".join(m.text for m in room.screen)
        stage.maria.writes("", scan, subject="Скан")
        await stage.maria.reads("принята", "О чём")


async def test_a_letter_over_the_limit(stage: Stage) -> None:
    """case C13: the sender is told once, the desk sees the headers."""
    stage.maria.writes(
        "Фильм о моём роутере",
        subject="Фильм о моём роутере",
        too_large=31_000_000,
        warnings=("the letter has 31 MB, over the limit",),
    )
    told = await stage.maria.reads("слишком большое", "31 МБ", "принята")
    room = await stage.tech.opens()
    await room.sees("Фильм о моём роутере", "over the limit")
    await stage.maria.reads_nothing()
    assert told.head.automatic


async def test_a_letter_cannot_be_taken_back(stage: Stage) -> None:
    """A recall says honestly that the letter is in the client's mailbox (case G2)."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    said = await stage.boris.writes(room, "Перезагрузите роутер")
    await stage.maria.reads("Перезагрузите")
    await stage.settled()
    await stage.boris.writes(room, "/recall", reply_to=said)
    await room.sees("забрать написанное оттуда нельзя")
    await stage.maria.reads_nothing()


async def test_a_correction_is_a_letter(stage: Stage) -> None:
    """case G5 by letter: the corrected words follow; the delivery mark stands on each message."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    said = await stage.boris.writes(room, "Придём в среду")
    await stage.maria.reads("в среду")
    await stage.settled()
    assert "👌" in said.emoji
    stage.telegram.edit(said, "Придём в четверг")
    await stage.maria.reads("в четверг", "в среду")


async def test_outside_hours_once(tmp_path: Path) -> None:
    """case F8 by letter: when somebody is back, said once per closed period."""
    hours = {"week": {"mon-fri": ["09:00-12:00"]}}
    overrides = {"desks.tech.hours": hours}
    async with stage_in(tmp_path, overrides=overrides) as stage, stage.service():
        stage.maria.writes(PROBLEM, subject="Интернет")
        await stage.tech.opens()
        opened = await stage.maria.reads("принята", "Начинаем")
        stage.maria.writes("и ещё телевизор", answers=opened)
        await stage.maria.reads_nothing()
        await stage.later(days=1)
        stage.maria.writes("ну что там?", answers=opened)
        told = await stage.maria.reads("ответят")
        stage.maria.writes("алло", answers=told)
        await stage.maria.reads_nothing()


async def test_a_forwarded_letter(stage: Stage) -> None:
    """case C10: what is forwarded belongs to what is said."""
    stage.maria.writes(
        "Пересылаю, разберитесь. " + PROBLEM,
        subject="Fwd: Жалоба",
        quoted="Сосед пишет: у меня тоже не работает",
        forward=True,
    )
    room = await stage.tech.opens()
    await room.sees("Пересылаю", "Сосед пишет")
    await stage.maria.reads("принята")


async def test_the_bot_is_silent_while_a_person_holds_it(stage: Stage) -> None:
    """case F5 by letter: a question the FAQ knows goes to the specialist alone."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    await stage.boris.writes(room, "/take")
    await stage.maria.reads("занимается")
    stage.maria.writes(HOURS, answers=opened)
    await room.sees(HOURS)
    await stage.maria.reads_nothing()
