"""The command line: what it prints of input, and that no input ends it with a traceback."""

from __future__ import annotations

import json
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.console import printable
from config.workspace import init

TOKEN = "123456:" + "A" * 35


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ws") / "desk"
    init(folder)
    return folder


def linezero(*words: str | Path) -> Result:
    """The command, in this process; what it could not handle is raised here."""
    return CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


# --------------------------------------------------------------------------- check


def test_check_is_never_well_beside_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "")
    init(tmp_path)
    said = linezero("check", tmp_path)
    assert said.exit_code == 1
    assert "All is well" not in said.output
    assert "error: the environment variable TELEGRAM_TOKEN holds no token" in said.stderr
    assert "\n1 error.\n" in said.stderr
    # The place is the line that names the variable.
    line = 1 + (tmp_path / "support.yaml").read_text("utf-8").split("token_env")[0].count("\n")
    assert f"support.yaml:{line}:3: error" in said.stderr

    found = json.loads(linezero("check", tmp_path, "--json").stdout)
    assert found["ok"] is False
    assert "error" in {each["severity"] for each in found["mistakes"]}

    (tmp_path / ".env").write_text(f"TELEGRAM_TOKEN={TOKEN}\n", encoding="utf-8")
    well = linezero("check", tmp_path)
    assert well.exit_code == 0
    assert "All is well, 4 warnings." in well.stdout
    assert json.loads(linezero("check", tmp_path, "--json").stdout)["ok"] is True


def test_groups_of_the_example_are_told(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    said = linezero("check", desk)
    assert said.stderr.count("is the example's") == 4


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("support.yaml", "timezone: Europe/Moscow", "timezone: MSK", "mean 'Europe/Moscow'?"),
        ("support.yaml", "timezone: Europe/Moscow", "timezone: UTC+3", "mean 'Etc/GMT-3'?"),
        ("support.yaml", "timezone: Europe/Moscow", "timezone: GMT-5", "mean 'Etc/GMT+5'?"),
        ("support.yaml", "timezone: Europe/Moscow", "timezone: Eurpe/Moscow", "'Europe/Moscow'?"),
        ("support.yaml", "rating: 1.0", "rating: 100%", "a share from 0 to 1 is expected"),
        ("support.yaml", "company:", "company:\n\t", "a tab stands here\n    indent with spaces"),
        ("support.yaml", "chat: -1001000000002", "chat: 1001000000002", "is a person, no group"),
        (
            "topics/10-no-internet.yaml",
            "ru: Телефон, по которому",
            "ru: Дом #2",
            "cuts these words",
        ),
    ],
)
def test_mistakes_say_what_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    old: str,
    new: str,
    told: str,
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    init(tmp_path)
    edit(tmp_path / file, old, new)
    assert told in linezero("check", tmp_path).stderr


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ("9-18", "hours such as ['09:00-18:00'] are expected"),
        ("24", "hours such as ['09:00-18:00'] are expected"),
        ('["00:00-23:59"]', "write 24:00 for midnight"),
    ],
)
def test_hours_say_how_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: str, told: str
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    init(tmp_path)
    text = (tmp_path / "support.yaml").read_text(encoding="utf-8")
    line = next(each for each in text.splitlines() if each.strip().startswith("mon-"))
    edit(tmp_path / "support.yaml", line.strip(), f"mon-sun: {hours}")
    assert told in linezero("check", tmp_path).stderr


def test_a_pattern_that_is_none_is_one_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other topics' questions of its name were blamed, too."""
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    init(tmp_path)
    edit(tmp_path / "topics" / "10-no-internet.yaml", "pattern: '(", "pattern: '((")
    said = linezero("check", tmp_path).stderr
    assert said.count("error:") == 1
    assert "missing )" in said


def test_a_place_in_line_100_is_no_emoji(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    init(tmp_path)
    file = tmp_path / "support.yaml"
    text = "\n" * 99 + "wrong: 1\n"
    file.write_text(text, encoding="utf-8")
    assert "support.yaml:100:1:" in linezero("check", tmp_path).stderr


# --------------------------------------------------------------------------- words of others


@pytest.mark.parametrize(
    "words", ["[/b] оплата", "оплата [red]x[/red]", ":fire: :100:", "a\\", "x\x1b[31m\x9b\u202e"]
)
def test_input_makes_no_markup(desk: Path, words: str) -> None:
    said = linezero("try", desk, words)
    assert said.exit_code == 0
    assert not {"🔥", "💯", "\x1b", "\x9b", "\u202e"} & set(said.output)
    kept = words.split("\x1b", maxsplit=1)[0].rstrip("\\")
    assert kept.split()[0].lower() in said.output.lower()


SLOW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=3, deadline=None
)
"""A command reads a whole workspace each time."""
ANY = st.text(st.characters(exclude_characters="\0"), max_size=60)  # a shell passes no NUL


@given(text=st.text())
def test_what_others_wrote_is_shown_as_it_is(text: str) -> None:
    screen = StringIO()
    console = Console(file=screen, soft_wrap=True, emoji=False, width=10_000)
    console.print(f"[red]{printable(text)}[/red]!", end="")
    kept = screen.getvalue().replace("\ufffd", "").replace("\u200b", "").removesuffix("!")
    assert "\x1b" not in kept
    letters = [sign for sign in text if sign.isalnum()]
    assert [sign for sign in kept if sign.isalnum()] == letters


@SLOW
@given(words=ANY)
def test_try_takes_any_words(desk: Path, words: str) -> None:
    for more in ((), ("--json",)):
        said = linezero("try", *more, "--", desk, words)
        assert said.exit_code == 0, said.output


@SLOW
@given(raw=st.binary(max_size=200), header=st.sampled_from([b"", b"From: a@b.c\n", b"X:\n\n"]))
def test_mail_parse_takes_any_file(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, header: bytes
) -> None:
    file = tmp_path_factory.mktemp("mail") / "x.eml"
    file.write_bytes(header + raw)
    said = linezero("mail", "parse", file)
    assert said.exit_code in {0, 1}
    assert "\x1b" not in said.output


@SLOW
@given(raw=st.binary(max_size=200), name=st.sampled_from(["a.csv", "a.xlsx", "a.html", "a.txt"]))
def test_faq_import_takes_any_file(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, name: str
) -> None:
    folder = tmp_path_factory.mktemp("import")
    (folder / name).write_bytes(raw)
    assert linezero("faq", "import", folder / name, folder / "faq").exit_code in {0, 1}


@SLOW
@given(data=st.data())
def test_check_takes_any_files(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    folder = tmp_path_factory.mktemp("any")
    names = ["support.yaml", ".env", "faq/a.yaml", "topics/a.yaml", "texts/ru.yaml"]
    for name in data.draw(st.sets(st.sampled_from(names))):
        (folder / name).parent.mkdir(exist_ok=True)
        raw = data.draw(st.one_of(st.binary(max_size=80), ANY.map(str.encode)), label=name)
        (folder / name).write_bytes(raw)
    said = linezero("check", folder)
    assert said.exit_code == 1, said.output


def test_the_version() -> None:
    said = linezero("--version")
    assert said.exit_code == 0
    assert said.output == f"linezero {version('linezero')}\n"


def test_what_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    for words in (
        ("mail", "parse", tmp_path / "none.eml"),
        ("faq", "import", tmp_path / "none.csv", tmp_path / "faq"),
        ("check", tmp_path / "none"),
        ("try", tmp_path / "none", "оплата"),
    ):
        said = linezero(*words)
        assert said.exit_code == 1
        assert "none" in said.stderr
        assert "Errno" not in said.stderr


def test_a_file_that_is_no_mail_is_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    said = linezero("mail", "parse", file)
    assert said.exit_code == 1
    assert "is no mail" in said.stderr
    assert not said.stdout


def test_a_table_comes_back_into_the_folder_it_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init(tmp_path / "desk")
    table, folder = tmp_path / "faq.csv", tmp_path / "desk" / "faq"
    assert linezero("faq", "export", tmp_path / "desk", "--to", table).exit_code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbfsection;id;")  # as Excel in Russian reads
    refused = linezero("faq", "import", table, folder)
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert not list(folder.glob("*.bak"))
    assert linezero("faq", "import", table, folder, "--replace").exit_code == 0
    assert len(list(folder.glob("*.bak"))) == len(list(folder.glob("*.yaml")))
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    assert "131 asked" in linezero("check", tmp_path / "desk").stdout
