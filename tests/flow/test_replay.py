"""`linezero replay`: recorded days run through a changed machine."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import replaying
from bot.conversation.client import line0
from bot.conversation.decision import Say
from bot.conversation.turn import Turn
from bot.delivery.ports import Numbered
from bot.replay import Replay
from bot.storage.sql.journal import SqlJournal
from channels.message import FormattedText
from tests.flow.stage import Stage, stage_in
from tests.flow.test_commands import linezero


def backup_of(stage: Stage, name: str = "backup.db") -> Path:
    """A copy of the database, as `sqlite3 .backup` makes it."""
    copy = stage.folder / name
    with (
        closing(sqlite3.connect(stage.folder / "linezero.db")) as old,
        closing(sqlite3.connect(copy)) as new,
    ):
        old.backup(new)
    return copy


async def a_day(stage: Stage) -> None:
    """A question answered, a ticket from the first word to the rating."""
    anna, boris = stage.anna, stage.boris
    anna.says("как заплатить за услуги?")
    await anna.sees("Картой в кабинете", button="👍 Да")
    await anna.presses("👍 Да")
    await anna.sees("рад, что помогло")
    anna.says("у меня не работает интернет")
    await anna.sees("номер договора")
    anna.says("123456")
    await anna.sees("№1", "принята", "Техники")
    room = await stage.tech.opens()
    await boris.presses(room, "Взять")
    await anna.sees("занимается")
    await boris.writes(room, "Перезагрузите роутер")
    await anna.sees("Перезагрузите роутер")
    await boris.writes(room, "/resolve Помогла перезагрузка")
    await anna.sees("решена", button="✅ Да, решено")
    await anna.presses("✅ Да, решено")
    await anna.sees("Оцените")
    await anna.presses("5 ⭐")
    await room.sees("★★★★★")
    await stage.later(days=8)
    await stage.settled()


@pytest.fixture
async def lived(tmp_path: Path) -> Stage:
    """The folder of a desk that had a day after its backup was made."""
    async with stage_in(tmp_path, memory=False) as stage:
        async with stage.service():
            stage.john.says("hello")
            await stage.john.sees("Hello")
            await stage.settled()
            backup_of(stage)
            stage.clock.advance(hours=1)
            await a_day(stage)
        return stage


def replayed(stage: Stage, *words: str, backup: str = "backup.db") -> tuple[int, dict[str, Any]]:
    path = str(stage.folder / backup)
    done = linezero("replay", path, stage.folder, "--json", *words, clock=stage.clock)
    return done.exit_code, json.loads(done.stdout)


def test_the_same_machine_decides_the_same(lived: Stage) -> None:
    """Everything is known that was known then: also what was sent, and what came of it."""
    code, told = replayed(lived)
    assert (code, told["differences"]) == (0, [])
    assert told["decided"] == told["same"] > 10


def _politer(change: Callable[[FormattedText], FormattedText]) -> Callable[..., None]:
    """Line 0's answers, changed."""
    answer = line0._answer

    def changed(turn: Turn, *args: Any, **named: Any) -> None:
        before = len(turn.outgoing)
        answer(turn, *args, **named)
        for place, outgoing in enumerate(turn.outgoing[before:], before):
            if isinstance(outgoing.action, Say):
                content = outgoing.action.content
                content = replace(content, text=change(content.text))
                action = replace(outgoing.action, content=content)
                turn.outgoing[place] = replace(outgoing, action=action)

    return changed


def test_one_rule_changed_differs_in_its_decisions_alone(
    lived: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows is decided with what was known then, not with what would be known now."""
    monkeypatch.setattr(line0, "_answer", _politer(lambda text: text + " Обращайтесь!"))
    code, told = replayed(lived)
    [difference] = told["differences"]
    assert code == 1
    assert told["same"] == told["decided"] - 1
    assert difference["event"].endswith("как заплатить за услуги?")
    assert difference["event"].startswith("Said ")
    [was], [is_now] = difference["before"], difference["after"]
    assert "Картой в кабинете." in was
    assert "Обращайтесь!" not in was
    assert "Обращайтесь!" in is_now


def test_it_is_told_in_words(lived: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line0, "_answer", _politer(lambda text: text + " Обращайтесь!"))
    backup = str(lived.folder / "backup.db")
    said = linezero("replay", backup, lived.folder, clock=lived.clock)
    assert said.exit_code == 1
    assert "как заплатить за услуги?" in said.output
    assert re.search(r"^  - .*Картой в кабинете\.", said.output, re.MULTILINE)
    assert re.search(r"^  \+ .*Обращайтесь!", said.output, re.MULTILINE)
    assert "1 решение было бы другим." in said.output


def test_a_changed_text_of_the_workspace_differs_where_it_was_said(lived: Stage) -> None:
    (lived.folder / "texts").mkdir(exist_ok=True)
    faq = next((lived.folder / "faq").glob("*.yaml"))
    faq.write_text(faq.read_text().replace("Картой в кабинете.", "Картой или наличными."))
    code, told = replayed(lived)
    assert code == 1
    assert [each["event"] for each in told["differences"]] == [told["differences"][0]["event"]]
    assert "Картой или наличными." in told["differences"][0]["after"][0]


def test_a_machine_that_fails_differs(lived: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_anything: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(line0, "_answer", broken)
    _, told = replayed(lived)
    [difference] = told["differences"]
    assert difference["after"] == ["fails: ZeroDivisionError: "]


def test_since_a_moment_only_what_came_later(lived: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line0, "_answer", _politer(lambda text: text + "!"))
    code, told = replayed(lived, "--since", "7d")
    assert (code, told["differences"]) == (0, [])
    assert told["decided"] >= 1, "the timers of the last days"
    assert replayed(lived, "--since", "9d")[0] == 1
    assert replayed(lived, "--since", "2026-11-23")[0] == 1


def test_neither_file_is_changed(lived: Stage) -> None:
    def said(name: str) -> list[str]:
        with closing(sqlite3.connect(lived.folder / name)) as database:
            return list(database.iterdump())

    before = said("backup.db"), said("linezero.db")
    replayed(lived)
    assert (said("backup.db"), said("linezero.db")) == before


def test_mistakes_are_told_in_words(lived: Stage, tmp_path: Path) -> None:
    def refused(backup: str, *words: str) -> str:
        path = str(lived.folder / backup)
        done = linezero("replay", path, lived.folder, *words, clock=lived.clock)
        assert done.exit_code == 1
        return " ".join(done.output.split())

    assert "напишите день" in refused("backup.db", "--since", "вчера")
    assert "нет. Назовите копию" in refused("nowhere.db")
    (lived.folder / "text.db").write_text("my dear grandmother, " * 100)
    assert "не база данных SQLite" in refused("text.db")
    backup_of(lived, "today.db")
    assert "ничего не записано" in refused("today.db")
    with closing(sqlite3.connect(lived.folder / "linezero.db")) as database:
        database.execute("DELETE FROM journal")
        database.commit()
    assert "уже не доходит до этой копии" in refused("backup.db")


@pytest.mark.parametrize("named", ["linezero.db", "sqlite:///linezero.db", "linked.db"])
def test_the_database_of_the_service_is_no_backup(lived: Stage, named: str) -> None:
    """Whatever it is called: nobody works on it but the service."""
    (lived.folder / "linked.db").symlink_to(lived.folder / "linezero.db")
    backup = named if "://" in named else str(lived.folder / named)
    done = linezero("replay", backup, lived.folder, clock=lived.clock)
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "linezero.db — это сама база данных этой рабочей папки" in said or (
        "linked.db — это сама база данных этой рабочей папки" in said
    )


def test_a_backup_may_be_named_as_an_address(lived: Stage) -> None:
    """It is copied all the same."""
    (lived.folder / "backup.db").chmod(0o400)
    before = (lived.folder / "backup.db").read_bytes()
    done = linezero("replay", "sqlite:///backup.db", lived.folder, "--json", clock=lived.clock)
    assert json.loads(done.stdout)["differences"] == []
    assert (lived.folder / "backup.db").read_bytes() == before


def test_what_cannot_be_opened_is_told(lived: Stage) -> None:
    done = linezero("replay", "memory://day", lived.folder, clock=lived.clock)
    assert done.exit_code == 1
    assert "memory" in done.output


def test_the_journal_is_read_page_by_page(lived: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long one need not fit into memory: no more is read than is run next."""
    read, run, ahead = 0, 0, list[int]()
    after, save = SqlJournal.after, Replay._save

    def counted(self: SqlJournal, number: int, limit: int) -> Sequence[Numbered]:
        nonlocal read
        page = after(self, number, limit)
        read = page[-1].number if page else read
        return page

    def saved(self: Replay, *args: Any) -> None:
        nonlocal run
        run += 1
        ahead.append(read - args[1])
        save(self, *args)

    monkeypatch.setattr(replaying, "PAGE", 5)
    monkeypatch.setattr(SqlJournal, "after", counted)
    monkeypatch.setattr(Replay, "_save", saved)
    code, told = replayed(lived)
    assert (code, told["differences"]) == (0, [])
    assert run > 10
    assert max(ahead) <= 5
