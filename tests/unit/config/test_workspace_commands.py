"""`init` and `check`, and a workspace with e-mail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.check import check
from config.workspace import FolderNotEmpty, init, load, read
from tests.unit.config.test_workspace import TOKEN, edit, errors, place, told

# --------------------------------------------------------------------------- init and check


def test_a_new_workspace_is_the_example_with_its_schemas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acceptance case H4: what `init` makes passes `check`, without advice."""
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    folder = tmp_path / "new" / "desk"
    init(folder)
    report = check(folder)
    assert told(folder, report.reading.errors + report.reading.warnings) == []
    named = {
        file: re.findall(r"\$schema=(\S+)", file.read_text(encoding="utf-8"))
        for file in folder.rglob("*.yaml")
        if file.parent.name != "texts"
    }
    assert all(len(schemas) == 1 for schemas in named.values()), named
    assert all((file.parent / schemas[0]).is_file() for file, schemas in named.items())
    assert (folder / ".env.example").is_file()
    with pytest.raises(FolderNotEmpty):
        init(folder)


def test_an_encoder_that_is_not_installed_is_a_mistake_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "desk"
    init(folder)
    edit(folder / "support.yaml", "  # semantic: false ", "  semantic: true ")
    monkeypatch.setattr("faq.semantic.available", lambda: False)
    (mistake,) = read(folder).errors
    at = place(folder / "support.yaml", "true   # true after")
    assert f"{mistake.line}:{mistake.column}" == at
    assert mistake.message == "the encoder is not installed"
    assert "linezero[semantic]" in (mistake.hint or "")


def test_init_takes_an_empty_folder_and_no_other(tmp_path: Path) -> None:
    init(tmp_path)
    assert (tmp_path / "support.yaml").is_file()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(FolderNotEmpty) as refused:
        init(tmp_path / "file")
    assert refused.value.folder == tmp_path / "file"


def test_check_asks_the_faq_its_own_questions(workspace: Path) -> None:
    report = check(workspace)
    outcomes = {each.question: each.outcome for each in report.tested}
    assert outcomes == {
        "как заплатить за интернет": "answered",
        "is there life on mars": "missed",
    }
    assert not report.ok
    (missed,) = [each for each in report.tested if each.outcome == "missed"]
    assert told(workspace, (missed.place,)) == [
        (
            "faq/10-internet.yaml:8:51: 'is there life on mars': nothing answers "
            "(add it, or one like it, to the questions of 'pay')"
        ),
    ]
    edit(workspace / "faq" / "10-internet.yaml", "is there life on mars", "how do I pay")
    assert check(workspace).ok


def test_a_broken_workspace_has_errors_and_no_tests(workspace: Path) -> None:
    (workspace / "support.yaml").unlink()
    report = check(workspace)
    assert not report.ok
    assert report.tested == ()


def test_a_mistyped_type_is_one_mistake(workspace: Path) -> None:
    """case H1: every topic that asks the same question was blamed for it, too."""
    topic = workspace / "topics" / "10-no-internet.yaml"
    edit(topic, "type: pattern", "type: patern")
    (line,) = errors(workspace)
    assert "did you mean 'pattern'?" in line


def test_a_chat_by_its_name_is_told_how_to_find_its_number(workspace: Path) -> None:
    """case H1."""
    edit(workspace / "support.yaml", "admin_chat: -1001000000001", 'admin_chat: "@bosses"')
    (line,) = errors(workspace)
    assert "/id in the chat tells it" in line


# --------------------------------------------------------------------------- e-mail

EMAIL = """
email:
  mailboxes:
    - address: support@example.org
      imap: { host: imap.example.org }
      smtp: { host: smtp.example.org, password_file: secret/smtp }
"""


def with_email(workspace: Path, section: str = EMAIL) -> Path:
    file = workspace / "support.yaml"
    file.write_text(file.read_text(encoding="utf-8") + section, encoding="utf-8")
    return file


def test_missing_mail_passwords_name_their_places(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acceptance case H2"""
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    with_email(workspace)
    imap, smtp = told(workspace, read(workspace).missing_secrets)
    assert "the environment variable MAIL_PASSWORD holds no password" in imap
    assert "secret/smtp with the password cannot be read" in smtp
    (workspace / "secret").mkdir()
    (workspace / "secret" / "smtp").write_text("hunter22\n")
    monkeypatch.setenv("MAIL_PASSWORD", "hunter23")
    assert not read(workspace).missing_secrets
    settings = load(workspace, secrets=True).settings
    assert settings.letter_channel is not None
    assert "hunter2" not in repr(settings)


def test_mail_needs_a_place_where_desks_work(workspace: Path) -> None:
    file = with_email(workspace)
    text = file.read_text(encoding="utf-8")
    start, end = text.index("telegram:\n"), text.index("# E-mail: clients")
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    (line,) = errors(workspace)
    assert "desks work in Telegram: add a `telegram:` section" in line


def test_mail_moved_into_a_folder_that_is_read_would_go_in_circles(workspace: Path) -> None:
    with_email(workspace, f"{EMAIL}      folders: [INBOX, Support]\n      handled: support\n")
    (line,) = errors(workspace)
    assert "handled must be none of the folders that are read" in line
