"""What administrators see and do while the service runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import bot.delivery.decisions as decisions
from bot.conversation.events import MachineEvent
from bot.conversation.machine import decide
from bot.main import app as linezero
from channels.message import Inbound, Said
from tests.flow.stage import Stage, stage_in
from tests.waiting import eventually
from tests.workspaces import FAQ


async def test_ids_and_a_look_at_the_setup(stage: Stage) -> None:
    """case B24: ``/id`` and ``/doctor`` where a desk works."""
    group = stage.tech.whole()
    await stage.boris.writes(group, "/id")
    await group.sees(str(group.chat.id))
    room = await stage.ticket()
    assert room.topic is not None
    await stage.boris.writes(room, "/id")
    await room.sees(str(group.chat.id), str(room.topic.id))
    await stage.boris.writes(room, "/doctor")
    report = await room.sees("✅")
    assert "Техники" in report.text
    await stage.boris.writes(stage.admins.whole(), "/doctor")
    await stage.admins.sees("✅")


async def test_a_right_that_is_missing_is_named_with_its_fix(stage: Stage) -> None:
    """case B24: in the group itself."""
    stage.telegram.set_member(stage.tech.chat, None, "administrator", {"can_manage_topics": False})
    await stage.admins.sees("Управление темами")
    group = stage.tech.whole()
    await stage.boris.writes(group, "/doctor")
    await group.sees("Управление темами")


async def test_a_saved_file_counts_within_moments(tmp_path: Path) -> None:
    """case F4: reloaded while running; a broken file takes nothing down; a removed entry's button
    is answered politely."""
    async with stage_in(tmp_path) as stage, stage.service(watch=True):
        anna, faq = stage.anna, stage.folder / "faq" / "main.yaml"
        anna.says("/faq")
        await anna.sees("Выберите раздел")
        await anna.presses("Общее")
        await stage.settled()

        faq.write_text(FAQ.replace("id: pay", "id pay"), encoding="utf-8")
        await stage.admins.sees("не приняты", "main.yaml")
        anna.says("как заплатить за услуги?")
        await anna.sees("Картой в кабинете")

        gone = FAQ[: FAQ.index("  - id: pay")].replace("с 9 до 18", "с 10 до 19")
        faq.write_text(gone, encoding="utf-8")
        await stage.admins.sees("Файлы исправлены")
        await eventually(lambda: "pay" not in stage.running.workspace.faq.entries)
        assert "изменился" in await anna.presses("Оплата")
        anna.says("в какие часы вы работаете")
        await anna.sees("с 10 до 19")
        assert len(stage.admins.screen) == 2


async def test_poison_is_set_aside_and_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be handled is kept, the loop goes on, administrators hear of it, and
    ``linezero aside --replay`` brings it back once it can be."""

    def poisoned(event: MachineEvent, **knowledge: Any) -> Any:
        if isinstance(event, Inbound) and isinstance(event.event, Said):
            assert "яд" not in event.event.content.words
        return decide(event, **knowledge)

    async with stage_in(tmp_path, memory=False) as stage, stage.service():

        async def aside(*options: str) -> Result:
            words = ["aside", str(stage.folder), *options]
            return await asyncio.to_thread(CliRunner().invoke, linezero, words, obj=stage.clock)

        with monkeypatch.context() as broken:
            broken.setattr(decisions, "decide", poisoned)
            stage.anna.says("не работает интернет, договор 123456, яд")
            stage.john.says("how can I pay?")
            await stage.john.sees("By card")
            for _ in range(5):
                await stage.later(seconds=40)
            await stage.admins.sees("отложено и не потеряно", "AssertionError")
        shown = await aside()
        assert shown.exit_code == 0
        assert "AssertionError" in shown.output
        back = await aside("--replay", "--json")
        assert back.exit_code == 0, back.output
        stage.clock.advance(seconds=61)  # another process put it back and could ring nobody
        room = await stage.tech.opens()
        await room.sees("яд")
        assert "Nothing was set aside" in (await aside()).output


PICTURED = FAQ.replace(
    "answer: { ru: Картой в кабинете., en: By card in the cabinet. }",
    "answer: { ru: Картой в кабинете., en: By card in the cabinet. }\n    files: [card.png]",
)


async def test_a_picture_of_an_answer_that_is_gone_is_told(tmp_path: Path) -> None:
    """The words go out all the same; administrators hear once of each file, and once more after
    they changed their files."""
    async with stage_in(tmp_path, memory=False, files={"faq/main.yaml": PICTURED}) as stage:
        picture, faq = stage.folder / "faq" / "card.png", stage.folder / "faq" / "main.yaml"
        picture.write_bytes(b"\x89PNG\r\n\x1a\n")
        async with stage.service():
            picture.unlink()
            for client, words in ((stage.anna, "Картой"), (stage.john, "By card")):
                client.says("как заплатить за услуги?" if client is stage.anna else "how can I pay")
                await client.sees(words)
                await client.sees("card.png")
            await stage.admins.sees("card.png", "pay")
            await stage.settled()
            assert len(stage.admins.screen) == 1
        picture.write_bytes(b"\x89PNG\r\n\x1a\n")
        faq.write_text(PICTURED.replace("Картой", "Только картой"), encoding="utf-8")
        async with stage.service():
            picture.unlink()
            stage.anna.says("/start pay")
            await stage.anna.sees("Только картой")
            await stage.admins.sees("card.png")
            await stage.settled()
            assert len(stage.admins.screen) == 2
