"""Words that refer to a post whose receipt is missing (cases G4, F7): decided in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.stage import Room, Stage, stage_in

PAUSE = 60
"""Seconds for which Telegram wants to hear nothing for the client's chat."""


async def _two(stage: Stage) -> tuple[Room, Room]:
    first = await stage.ticket()
    await stage.settled()
    stage.anna.says("/new")
    await stage.anna.sees("Слушаю вас")
    stage.anna.says("проблема с интернетом на даче, договор 654321")
    second = await stage.tech.opens()
    await stage.anna.sees("№2")
    await stage.settled()
    return first, second


@pytest.mark.parametrize("memory", [True, False], ids=["memory", "sqlite"])
async def test_a_reply_to_a_post_we_know_nothing_of_during_a_pause(
    tmp_path: Path, *, memory: bool
) -> None:
    """Review, fault 1: the first post's answer is lost, the next is put off for a minute; the
    client's reply to the first was waited with for 15 seconds and then forgotten, words and all."""
    async with stage_in(tmp_path, memory=memory) as stage, stage.service():
        first, second = await _two(stage)
        anna, boris = stage.anna, stage.boris
        stage.telegram.fail("lost", method="sendMessage", chat=anna.chat, count=1)
        await boris.writes(first, "А дома что?")
        heard = await anna.sees("А дома что?")
        await stage.settled()
        stage.telegram.fail("429", method="sendMessage", chat=anna.chat, count=1, retry_after=PAUSE)
        await boris.writes(second, "Про дачу")
        await stage.settled()
        anna.says("дома темно", reply_to=heard)
        for _ in range(PAUSE + 40):
            await stage.later(1)
        asked = await anna.sees("К какой это относится?")
        await anna.presses("№1", on=asked)
        await first.sees("дома темно")
        await stage.settled()
        assert not second.shown("дома темно")
