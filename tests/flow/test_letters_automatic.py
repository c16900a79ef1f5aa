"""Machines that write letters, and letters that come back."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from bot.conversation.decision import Decision
from bot.delivery.ports import Transaction
from tests.flow.letters import Writer
from tests.flow.stage import PROBLEM, Stage, stage_in


@pytest.mark.parametrize("kind", ["reply", "list", "bounce"])
async def test_an_automatic_letter_to_a_ticket(
    stage: Stage, kind: Literal["reply", "list", "bounce"]
) -> None:
    """case C14: shown quietly, no acknowledgement, no reopening, no change of status."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    stage.maria.writes("Я в отпуске до пятого", answers=opened, automatic=kind)
    shown = await room.sees("автоматическое письмо", "в отпуске")
    assert shown.json.get("disable_notification", True)
    await stage.boris.writes(room, "/resolve Готово")
    solved = await stage.maria.reads("решена")
    stage.maria.writes("Я в отпуске до пятого", answers=solved, automatic=kind)
    await room.sees("автоматическое письмо")
    await stage.maria.reads_nothing()
    assert "решена" in room.card.text


async def test_nobody_gets_out_of_quarantine_as_a_machine(stage: Stage) -> None:
    """case E8: one header more makes no words of a silenced client's visible."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")

    def silence(tx: Transaction) -> None:
        talk = tx.records.conversations_at("email", stage.maria.address)[0]
        client = tx.records.client(talk.client)
        assert client is not None
        tx.apply(Decision(client=replace(client, quarantined=True)), stage.clock.now())

    await stage.running.store.transact(silence)
    stage.maria.writes("Гадости от руки", answers=opened)
    stage.maria.writes("Гадости от машины", answers=opened, automatic="list")
    await stage.settled()
    assert not any("Гадости" in message.text for message in room.screen)


async def test_a_stranger_s_machine_opens_nothing(stage: Stage) -> None:
    """cases C14 and E5: kept, told to the administrators once a day, never answered."""
    shop = Writer(stage, "no-reply@shop.example", "Магазин")
    for number in range(3):
        shop.writes(f"Код подтверждения {number}", subject="Регистрация", automatic="reply")
    await stage.admins.sees("no-reply@shop.example", "Регистрация")
    await stage.settled()
    assert len(stage.admins.shown("no-reply@shop.example")) == 1
    assert not any("Код подтверждения" in m.text for m in stage.admins.screen)
    assert stage.telegram.topics(stage.tech.chat) == []
    assert stage.post.delivered == []


async def test_two_machines_duel(stage: Stage) -> None:
    """case E1: a machine that does not say it is one gets one letter, not a war of them."""
    robot = Writer(stage, "robot@firm.example", "Приёмная")
    words = "Ваше обращение принято и будет рассмотрено в установленном порядке."
    robot.writes(words, subject="Ваше обращение")
    for _ in range(6):
        await stage.settled()
        for letter in robot.mailbox[robot.seen :]:
            robot.writes(words, answers=letter)
        robot.seen = len(robot.mailbox)
    assert len(robot.mailbox) == 1
    await stage.admins.sees("robot@firm.example", "отвечает машина")
    await stage.later(days=6)
    robot.writes(words + " Повторно.", subject="Ваше обращение")
    await stage.settled()
    assert len(robot.mailbox) == 1


async def test_a_chatty_machine(tmp_path: Path) -> None:
    """case E1: however the words change, the limit of a day ends it for a week, people are told,
    and what it writes reaches them."""
    limits = {"letters.automatic_per_day": 3}
    async with stage_in(tmp_path, overrides=limits) as stage, stage.service():
        robot = Writer(stage, "robot@firm.example", "Приёмная")
        number = itertools.count(1)
        robot.writes("в какие часы вы работаете", subject="Запрос")
        for _ in range(8):
            await stage.later(minutes=1)
            for letter in robot.mailbox[robot.seen :]:
                robot.writes(f"в какие часы вы работаете? {next(number)}", answers=letter)
            robot.seen = len(robot.mailbox)
        assert len(robot.mailbox) == 3
        room = await stage.tech.opens()
        await room.sees("отвечает машина")
        await stage.admins.sees("robot@firm.example")
        robot.writes("ещё одно", subject="Запрос")
        await room.sees("ещё одно")
        await stage.boris.writes(room, "Что вы хотели?")
        await robot.reads("Что вы хотели?")


async def test_a_confirmation_repeats_nobody_s_words(stage: Stage) -> None:
    """case E4: to an address that never answered us, nothing of the letter's own words goes."""
    victim = Writer(stage, "victim@third.example", "Купите у нас слона")
    victim.writes(f"{PROBLEM} Купите слона на elephants.example", subject="Купите слона!")
    room = await stage.tech.opens()
    await room.sees("Купите слона")
    opened = await victim.reads("принята")
    shown = opened.subject + opened.text
    assert "слон" not in shown.lower()
    assert "123456" not in shown
    assert opened.head.quotation is None
    assert opened.head.automatic
    victim.writes("да, это я писал", answers=opened)
    await room.sees("это я писал")
    await stage.boris.writes(room, "/resolve Готово")
    solved = await victim.reads("решена")
    assert solved.head.quotation is not None


async def test_capped_in_total(tmp_path: Path) -> None:
    """case E4: forged senders by the hundred get few letters, and people see all of theirs."""
    limits = {"letters.automatic_per_hour": 3}
    async with stage_in(tmp_path, overrides=limits) as stage, stage.service():
        for number in range(6):
            Writer(stage, f"victim{number}@third.example").writes(PROBLEM, subject="Слон")
            await stage.tech.opens()
        await stage.settled()
        assert len(stage.post.delivered) == 3
        assert len(stage.admins.shown("больше 3 писем")) == 1
        await stage.later(hours=2)
        stage.maria.writes(PROBLEM, subject="Интернет")
        await stage.maria.reads("принята")


async def test_a_letter_comes_back(stage: Stage) -> None:
    """case C14: the report is shown beside the words that did not arrive, and the desk is told
    that letters do not reach the client until they write again."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    said = await stage.boris.writes(room, "Проверяем")
    reply = await stage.maria.reads("Проверяем")
    await stage.settled()
    stage.post.bounce(reply, permanent=False, detail="451 try later")
    await room.sees("задерживается", "451 try later")
    assert "возвращаются" not in room.card.text
    stage.post.bounce(reply)
    shown = await room.sees("не дошло", "550 no such user")
    assert shown.json["reply_to_message"]["message_id"] == said.id
    await room.reads(room.card, "возвращаются")
    assert not stage.post.delivered[-1].to.startswith("mailer-daemon")
    stage.maria.writes("я тут", answers=reply)
    await room.sees("снова написал")
    await stage.settled()
    assert "возвращаются" not in room.card.text


async def test_a_report_about_nothing_of_ours(stage: Stage) -> None:
    """A forged report about somebody else's letter is only kept."""
    robot = Writer(stage, "mailer-daemon@example.net", "Mail Delivery System")
    robot.writes("failed", subject="Undelivered", automatic="bounce")
    await stage.settled()
    assert stage.telegram.topics(stage.tech.chat) == []
    assert stage.post.delivered == []


async def test_nobody_in_from(stage: Stage) -> None:
    """A letter without a sender reaches people and gets no answer."""
    nobody = Writer(stage, "unknown@sender.invalid", "a, b")
    nobody.writes(PROBLEM, subject="Помогите")
    room = await stage.tech.opens()
    await room.sees(PROBLEM)
    await stage.boris.writes(room, "Кто вы?")
    await stage.settled()
    assert stage.post.delivered == []
