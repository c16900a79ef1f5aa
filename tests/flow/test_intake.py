"""The questions of line 1, as a client lives through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.telegram import Attachment
from tests.flow.stage import Stage, stage_in

MOVE = """
id: move
title: { ru: Переезд, en: Move }
phrases: { ru: [хочу переехать, переезд на новый адрес], en: [moving house] }
questions:
  - id: address
    type: text
    ask: { ru: Куда переезжаете?, en: Where to? }
    label: { ru: Адрес, en: Address }
  - id: rooms
    type: number
    min: 1
    max: 9
    required: false
    ask: { ru: Сколько комнат?, en: How many rooms? }
    label: { ru: Комнат, en: Rooms }
  - id: how
    type: choice
    ask: { ru: Дом или квартира?, en: House or flat? }
    label: { ru: Жильё, en: Home }
    options:
      - { id: house, label: { ru: Дом, en: House } }
      - { id: flat, label: { ru: Квартира, en: Flat } }
"""
FILES = {"topics/move.yaml": MOVE}


async def test_back_skip_and_wrong_answers(tmp_path: Path) -> None:
    """case F9: back and skip work, a wrong answer is explained, a photo in place of text kept."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        anna = stage.anna
        anna.says("хочу переехать")
        await anna.sees("Куда переезжаете?")
        anna.says("Ленина 5")
        await anna.sees("Сколько комнат?", button="Пропустить")
        anna.says("сто")
        await anna.sees("одно число", button="Пропустить")
        anna.says("100")
        await anna.sees("от 1 до 9")
        await anna.presses("Шаг назад")
        await anna.sees("Куда переезжаете?")
        anna.says("Мира 7")
        await anna.sees("Сколько комнат?")
        await anna.presses("Пропустить")
        await anna.sees("Дом или квартира?", button="Квартира")
        anna.sends(Attachment(kind="photo"))
        await anna.sees("сохранил", "вариантов")
        await anna.presses("Квартира")
        room = await stage.tech.opens()
        opened = await anna.sees("принята", "Мира 7", "Квартира")
        assert "Ленина" not in opened.text
        await room.sees("хочу переехать")
        await room.sees(kind="photo")
        assert "Мира 7" in room.card.text
        assert "Комнат" not in room.card.text


async def test_cancel_opens_nothing(tmp_path: Path) -> None:
    """case F9: at any step."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        stage.anna.says("хочу переехать")
        await stage.anna.sees("Куда переезжаете?")
        await stage.anna.presses("Отменить")
        await stage.anna.sees("заявки не будет")
        await stage.later(hours=2)
        await stage.settled()
        assert stage.telegram.topics(stage.tech.chat) == []


@pytest.mark.parametrize("asked_by", ["button", "words"])
async def test_a_person_please(tmp_path: Path, asked_by: str) -> None:
    """case F9: the ticket opens with what there is."""
    async with stage_in(tmp_path, files=FILES) as stage, stage.service():
        anna = stage.anna
        anna.says("хочу переехать")
        await anna.sees("Куда переезжаете?")
        anna.says("Мира 7")
        await anna.sees("Сколько комнат?")
        if asked_by == "button":
            await anna.presses("Сразу к специалисту")
        else:
            anna.says("/person")
        room = await stage.tech.opens()
        await anna.sees("принята", "Мира 7")
        assert "Мира 7" in room.card.text


async def test_a_restart_resumes_at_the_same_question(tmp_path: Path) -> None:
    """case F9: the service stops and starts again in the middle; nothing is asked twice."""
    async with stage_in(tmp_path, files=FILES, memory=False) as stage:
        async with stage.service():
            stage.anna.says("хочу переехать")
            await stage.anna.sees("Куда переезжаете?")
            stage.anna.says("Мира 7")
            await stage.anna.sees("Сколько комнат?")
            await stage.settled()
        async with stage.service():
            stage.anna.says("3")
            await stage.anna.sees("Дом или квартира?")
            await stage.anna.presses("Дом")
            room = await stage.tech.opens()
            await stage.anna.sees("Мира 7", "3", "Дом")
            await stage.settled()
            assert len(stage.anna.shown("Куда переезжаете?")) == 1
            assert "Мира 7" in room.card.text


async def test_an_intake_left_alone_opens_with_what_there_is(tmp_path: Path) -> None:
    """case F9: unanswered for the configured time; also over a restart."""
    async with stage_in(tmp_path, files=FILES, memory=False) as stage:
        async with stage.service():
            stage.anna.says("хочу переехать")
            await stage.anna.sees("Куда переезжаете?")
            await stage.later(minutes=29)
            await stage.settled()
            assert stage.telegram.topics(stage.tech.chat) == []
        stage.clock.advance(minutes=2)
        async with stage.service():
            room = await stage.tech.opens()
            await room.sees("хочу переехать")
            await stage.anna.sees("вы отвлеклись")
            await stage.anna.sees("принята")


async def test_an_intake_left_alone_is_dropped_by_setting(tmp_path: Path) -> None:
    """case F9: and the client hears it."""
    async with (
        stage_in(
            tmp_path, files=FILES, more="tickets: { intake_unanswered: drop, intake_timeout: 10m }"
        ) as stage,
        stage.service(),
    ):
        stage.anna.says("хочу переехать")
        await stage.anna.sees("Куда переезжаете?")
        await stage.later(minutes=11)
        await stage.anna.sees("заявку я не открывал")
        await stage.settled()
        assert stage.telegram.topics(stage.tech.chat) == []


async def test_the_topic_is_asked_for_when_words_do_not_tell(stage: Stage) -> None:
    """case F9: by button, in words, or not at all."""
    anna = stage.anna
    anna.says("абракадабра")
    asked = await anna.sees("О чём он?")
    assert [b.text for b in asked.buttons] == [
        "Интернет", "Не знаю", "Отменить", "🙋 Позвать специалиста",
    ]  # fmt: skip
    await anna.presses("Не знаю")
    room = await stage.tech.opens()
    await anna.sees("принята")
    await room.sees("абракадабра")
