"""Letters over a real database, and many of them."""

from __future__ import annotations

from pathlib import Path

from tests.flow.stage import PROBLEM, stage_in


async def test_over_a_restart(tmp_path: Path) -> None:
    """Choices, questions and quotations outlive the process."""
    async with stage_in(tmp_path, memory=False) as stage:
        async with stage.service():
            stage.maria.writes("в какие часы вы работаете", subject="Вопрос")
            answer = await stage.maria.reads("Работаем с 9 до 18")
            await stage.settled()
        async with stage.service():
            stage.maria.writes("2", answers=answer)
            form = await stage.maria.reads("номер договора")
            await stage.settled()
        async with stage.service():
            stage.maria.writes("1. 123456", answers=form)
            room = await stage.tech.opens()
            await stage.maria.reads("поняли", "123456")
            await stage.boris.writes(room, "Смотрим")
            reply = await stage.maria.reads("Смотрим")
            assert reply.head.quotation is not None
            assert reply.head.quotation.text == "1. 123456"


async def test_a_flood_of_letters(tmp_path: Path) -> None:
    """case E8: eighty letters of one sender make as many tickets as one client may have, a
    handful of answers, and every word is kept."""
    async with stage_in(tmp_path) as stage, stage.service():
        for number in range(80):
            stage.maria.writes(f"{PROBLEM} {number:03}", subject=f"Письмо {number}")
        await stage.settled()
        topics = stage.telegram.topics(stage.tech.chat)
        assert len(topics) <= 5
        assert len(stage.maria.mailbox) <= 10
        shown = "".join(m.text for m in stage.tech.screen)
        assert all(f"{number:03}" in shown for number in range(80))
