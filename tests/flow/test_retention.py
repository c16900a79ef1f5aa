"""What is kept for a time only may go at any moment: an open ticket never feels it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.keeping import Keeping
from bot.storage.sql import SqlTransaction
from bot.storage.sql.schema import inbox, outbox
from config.settings import Retention
from tests.clock import StandingClock
from tests.flow.stage import Room, Stage, stage_in

DAY = timedelta(days=1)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


async def forget_everything(stage: Stage) -> None:
    """Whatever may go goes, as if it were long ago."""
    keeping = Keeping(
        store=stage.running.store,
        clock=StandingClock(FAR),
        spans=lambda: Retention(inbox=DAY, outbox=DAY, messages=DAY, contacts=DAY),
        pause=0,
    )
    await keeping.erase()


async def story(stage: Stage, seed: int, between: Callable[[], Awaitable[None]]) -> list[str]:
    """Some days of two tickets of one client and one of another, the same for a seed.

    Returns:
        What everybody reads at the end.
    """
    dice = random.Random(seed)  # noqa: S311 - a story, not a secret
    rooms: list[Room] = [await stage.ticket()]
    rooms.append(await stage.ticket(stage.john, "no internet, contract 654321"))
    last = {"anna": stage.anna.says("ещё и телефон молчит")}
    for number in range(14):
        await stage.settled()
        await between()
        room, words = dice.choice(rooms), f"слова {number}"
        match dice.choice(("client", "client", "reply", "reply", "note", "edit", "command")):
            case "client":
                old = dice.choice((None, last["anna"]))
                last["anna"] = stage.anna.says(words, reply_to=old)
            case "reply":
                await stage.boris.writes(room, words)
            case "note":
                await stage.vera.writes(room, f"// {words}")
            case "edit":
                stage.telegram.edit(last["anna"], f"исправлено {number}")
            case _:
                command = dice.choice(("/take", "/history", "/log", "/pass core", "/card"))
                await stage.boris.writes(room, command)
        await stage.later(hours=dice.choice((0, 0, 1, 30)))
    await stage.settled()
    watchers = (stage.anna, stage.john, stage.tech, stage.core, stage.admins)
    return [each.transcript for each in watchers]


@pytest.mark.parametrize("seed", [1, 2])
async def test_decisions_about_open_tickets_stay_the_same(tmp_path: Path, seed: int) -> None:
    async def nothing() -> None:
        pass

    read = []
    for name in ("kept", "forgotten"):
        async with stage_in(tmp_path / name) as stage, stage.service():

            async def forget(stage: Stage = stage) -> None:
                await forget_everything(stage)

            read.append(await story(stage, seed, forget if name == "forgotten" else nothing))
    assert read[0] == read[1]
    assert len(read[0][0].splitlines()) > 5


async def test_a_ticket_that_ended_says_that_its_words_are_gone(tmp_path: Path) -> None:
    async with stage_in(tmp_path, memory=False) as stage, stage.service():
        room = await stage.ticket()
        await stage.boris.writes(room, "Перезагрузите роутер")
        await stage.anna.sees("Перезагрузите")
        await stage.boris.writes(room, "/resolve готово")
        await stage.settled()
        await forget_everything(stage)
        await stage.boris.writes(room, "/history")
        told = await room.sees("больше не хранится")
        assert "Борис" in told.text
        assert "роутер" not in told.text
        await stage.settled()
        await forget_everything(stage)

        def left(tx: SqlTransaction) -> tuple[int, int]:
            bodies = [row.body for row in tx.session.run(inbox.select())]
            kept_whole = [body for body in bodies if body is not None]
            return len(kept_whole), len(list(tx.session.run(outbox.select())))

        kept: tuple[int, int] = await stage.running.store.transact(left)  # type: ignore[arg-type]  # it is SQL's
        assert kept == (0, 0)
