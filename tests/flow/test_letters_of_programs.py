"""Letters that programs make of a tap: reactions, answers to invitations, receipts, complaints;
and letters nobody here can read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest

from channels.letter import Automatic, Invitation
from tests.flow.stage import PROBLEM, Stage

CALL = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("reaction", {"reaction": "👍"}, ("реакция", "👍")),
        ("receipt", {}, ("открыто",)),
        ("complaint", {}, ("спам",)),
    ],
)
async def test_a_tap_changes_nothing_about_a_ticket(
    stage: Stage, kind: Automatic, more: dict[str, str], words: tuple[str, ...]
) -> None:
    """cases C14 and F10: a reaction to "solved" reopens nothing and is no answer, and a complaint
    cuts nobody off."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    await stage.boris.writes(room, "/resolve Готово")
    solved = await stage.maria.reads("решена")
    stage.maria.writes("Мария reacted via Gmail", answers=solved, automatic=kind, **more)  # type: ignore[arg-type]  # fields of a letter
    shown = await room.sees(*words)
    assert shown.json.get("disable_notification", True)
    await stage.maria.reads_nothing()
    assert "решена" in room.card.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [("accepted", "принято"), ("declined", "отклонено"), ("tentative", "возможно")],
)
async def test_an_answer_to_an_invitation_in_words(
    stage: Stage, answer: Literal["accepted", "declined", "tentative"], words: str
) -> None:
    """case C14: who, what, when, and the comment; what the program writes around it is left out."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    invitation = Invitation(
        method="reply", answer=answer, summary="Звонок", comment="После обеда", starts=CALL
    )
    stage.maria.writes(
        "Мария has answered.", answers=opened, automatic="calendar", invitation=invitation
    )
    shown = await room.sees("Мария", words, "Звонок", "10:00", "После обеда")
    assert "has answered" not in shown.text
    await stage.maria.reads_nothing()


async def test_a_report_without_a_status_cuts_nobody_off(stage: Stage) -> None:
    """case F10: the desk hears of it, and the next words still go to the address."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    await stage.boris.writes(room, "Перезагрузите роутер")
    letter = await stage.maria.reads("Перезагрузите роутер")
    stage.post.bounce(letter, permanent=None, detail="")
    told = await room.sees("возможно, не дошло")
    assert not told.json.get("disable_notification", False)
    await stage.boris.writes(room, "Получилось?")
    await stage.maria.reads("Получилось?")


async def test_an_encrypted_letter_is_called_encrypted(stage: Stage) -> None:
    """The desk is told, and the client asked once for letters that need no key."""
    stage.maria.writes("", subject="Вопрос", encrypted=True)
    answer = await stage.maria.reads("зашифровано")
    room = await stage.tech.opens()
    await room.sees("зашифровано")
    stage.maria.writes("", answers=answer, encrypted=True)
    await stage.settled()
    assert len([x for x in stage.maria.mailbox if "зашифровано" in x.text]) == 1
