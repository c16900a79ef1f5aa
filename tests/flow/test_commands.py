"""The `linezero` command as a person at a terminal, or a program, uses it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.main import app
from bot.sandbox.telegram.emulator import TOKEN
from tests.clock import StandingClock
from tests.flow.stage import stage_in
from tests.workspaces import small_workspace

CLOCK = StandingClock()


def linezero(*words: str | Path, typed: str | None = None, clock: StandingClock = CLOCK) -> Result:
    """Run a command in this process, by the test's clock, and leave its logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        result = CliRunner().invoke(app, [str(word) for word in words], input=typed, obj=clock)
    finally:
        root.handlers[:], root.level = handlers, level
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "workspace")


def test_init_check_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """case H4: what `init` gives out passes `check` and answers."""
    folder = tmp_path / "mydesk"
    made = linezero("init", folder)
    assert made.exit_code == 0
    assert "linezero check" in made.output
    untold = linezero("check", folder)
    assert untold.exit_code == 1
    assert "TELEGRAM_TOKEN holds no token" in untold.output
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    checked = linezero("check", folder)
    assert checked.exit_code == 0, checked.output
    assert "error" not in checked.output
    tried = linezero("try", folder, "как оплатить интернет картой", "--json")
    assert json.loads(tried.output)["decision"] == "answer"
    again = linezero("init", folder)
    assert again.exit_code == 1
    assert "not an empty folder" in again.output


def test_check_names_every_mistake_and_fails(workspace: Path) -> None:
    """case H1: for people and for programs."""
    faq = workspace / "faq" / "main.yaml"
    faq.write_text(faq.read_text().replace("id: pay", "idd: pay"), encoding="utf-8")
    found = linezero("check", workspace)
    assert found.exit_code == 1
    assert "main.yaml:" in found.output
    plain = linezero("check", workspace, "--json")
    assert plain.exit_code == 1
    report = json.loads(plain.stdout)
    assert not report["ok"]
    assert {"file", "line", "column", "severity", "message", "hint"} == set(report["mistakes"][0])
    assert any("idd" in mistake["message"] for mistake in report["mistakes"])


@pytest.mark.parametrize("command", ["check", "doctor", "run", "aside", "chat"])
def test_a_folder_that_is_no_workspace(tmp_path: Path, command: str) -> None:
    """Exit code 1, and words instead of a traceback."""
    result = linezero(command, tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "nowhere" in result.output
    assert "Traceback" not in result.output


def test_mistyped_commands(workspace: Path) -> None:
    assert linezero("chekc", workspace).exit_code == 2
    assert linezero("check", workspace, "--jsn").exit_code == 2
    assert linezero("--help").exit_code == 0


def test_try_tells_what_and_why(workspace: Path) -> None:
    shown = linezero("try", workspace, "как заплатить за услуги?")
    assert shown.exit_code == 0
    assert "answer" in shown.output
    assert "pay" in shown.output
    plain = json.loads(linezero("try", workspace, "абракадабра", "--json").output)
    assert plain["decision"] == "none"
    assert plain["entry"] is None


def test_a_missing_token_names_its_place(workspace: Path) -> None:
    """case H2: `run` says which file or variable holds no token."""
    (workspace / "token").unlink()
    result = linezero("run", workspace)
    assert result.exit_code == 1
    assert "token" in result.output


def test_health_of_a_service_that_never_lived(workspace: Path) -> None:
    dead = linezero("health", workspace)
    assert dead.exit_code == 1
    assert "no sign of life ever" in dead.output


def test_a_talk_in_the_terminal_is_no_sign_of_life(workspace: Path) -> None:
    """`health` said "alive" of a dead service after somebody had tried `chat` in its folder."""
    assert linezero("chat", workspace, typed="привет\n").exit_code == 0
    assert linezero("health", workspace).exit_code == 1


def _with_database(workspace: Path, line: str) -> None:
    """Write another address of the database into the settings."""
    support = workspace / "support.yaml"
    text, count = re.subn(r"(?m)^database_url:.*$", line, support.read_text("utf-8"))
    assert count == 1
    support.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("database_url: mysql://db/support", "postgresql"),
        ("database_url: sqlite:///no/such/folder/x.db", "the database cannot be used"),
        ("database_url_env: NOWHERE_SET", "NOWHERE_SET is not set"),
    ],
)
def test_a_wrong_address_of_the_database_is_told_in_words(
    workspace: Path, line: str, said: str
) -> None:
    """case H2: with its place, and no traceback."""
    _with_database(workspace, line)
    refused = linezero("aside", workspace)
    assert refused.exit_code == 1
    assert said in refused.output


def test_the_address_of_the_database_may_be_in_the_env_file(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case H2: `run` read it there, `aside` and `faq gaps` did not."""
    monkeypatch.setenv("SUPPORT_DATABASE", "")
    _with_database(workspace, "database_url_env: SUPPORT_DATABASE")
    (workspace / ".env").write_text("SUPPORT_DATABASE=sqlite:///here.db\n", encoding="utf-8")
    for command in (("aside",), ("faq", "gaps")):
        done = linezero(*command, workspace)
        assert done.exit_code == 0, done.output
    assert (workspace / "here.db").exists()


async def test_gaps_of_a_desk_are_told_by_the_desks_clock(tmp_path: Path) -> None:
    """What was asked counts for so many days by the clock that wrote it down."""
    async with stage_in(tmp_path, memory=False) as stage:
        async with stage.service():
            stage.anna.says("сколько стоит слон")
            await stage.anna.sees("")
            await stage.settled()

        def gaps(days: int) -> str:
            return linezero(
                "faq", "gaps", stage.folder, "--days", str(days), clock=stage.clock
            ).output

        assert "слон" in await asyncio.to_thread(gaps, 1)
        stage.clock.advance(days=2)
        assert "слон" not in await asyncio.to_thread(gaps, 1)
        assert "слон" in await asyncio.to_thread(gaps, 3)


async def test_doctor_and_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """case B24: from a terminal, while the service does not run."""
    # Listening for a second poller takes seconds and has a test of its own.
    monkeypatch.setattr("channels.telegram.doctor.PROBE_SECONDS", 0)
    async with stage_in(tmp_path, memory=False) as stage:
        async with stage.service():
            await stage.ticket()
            await stage.settled()
        well = await asyncio.to_thread(linezero, "doctor", stage.folder, "--json")
        assert well.exit_code == 0, well.output
        assert all(finding["level"] != "error" for finding in json.loads(well.stdout))
        stage.telegram.set_member(stage.tech.chat, None, "left")
        ill = await asyncio.to_thread(linezero, "doctor", stage.folder)
        assert ill.exit_code == 1
        assert "Техники" in ill.output


def test_chat_in_a_terminal(workspace: Path) -> None:
    """Questions by a pipe, a button by its number, the ticket as the desk sees it."""
    said = linezero(
        "chat", workspace, typed="как заплатить за услуги?\n1\nне работает интернет\n654321\n"
    )
    assert said.exit_code == 0, said.output
    for words in ("Ромашка", "Картой в кабинете", "рад, что помогло", "номер договора"):
        assert words in said.output
    assert "№1" in said.output
    assert "Техники" in said.output


def test_chat_in_english_until_quit(workspace: Path) -> None:
    said = linezero("chat", workspace, "--language", "en", typed="how can I pay?\n/quit\nnever\n")
    assert said.exit_code == 0
    assert "By card in the cabinet" in said.output
    assert "never" not in said.output


def test_the_demo_plays_its_story() -> None:
    """The whole sandbox over the example workspace: every step happens."""
    played = linezero("demo", "--play")
    assert played.exit_code == 0, played.output
    assert "✗" not in played.output


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = linezero("demo", "--port", port)
    assert result.exit_code == 1
    assert port in result.output
