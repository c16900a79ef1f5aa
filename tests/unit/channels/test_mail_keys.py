"""The file with the secrets that sign letters."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from channels.email.joining import message_id, own_message
from channels.email.keys import KEPT, NAME, read_or_make, rotate
from channels.protocol import Misconfigured
from tests.workspaces import small_workspace


def test_it_is_made_once_for_our_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / NAME
    made = read_or_make(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_or_make(file) == made
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_rotation_keeps_what_was_signed_before_for_a_while(tmp_path: Path) -> None:
    file = tmp_path / NAME
    letter = message_id("row", "place", "example.org", read_or_make(file))
    for number in range(2, KEPT + 1):
        assert rotate(file) == number
        assert own_message(letter, read_or_make(file)) == "place"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rotate(file) == KEPT
    assert own_message(letter, read_or_make(file)) is None
    assert len(set(read_or_make(file).newest_first)) == KEPT


def test_remarks_and_empty_lines_are_no_secrets(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_text("# mine\n\n  0123456789abcdef  \n")
    assert read_or_make(file).newest_first == (b"0123456789abcdef",)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"short\n", b"\xff\xfe"])
def test_a_file_without_a_usable_secret_is_named_and_not_replaced(
    tmp_path: Path, content: bytes
) -> None:
    """A new secret in its place would cut off every dialogue in silence."""
    file = tmp_path / NAME
    file.write_bytes(content)
    with pytest.raises(Misconfigured, match=NAME):
        read_or_make(file)
    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nowhere"):
        read_or_make(tmp_path / "nowhere" / NAME)


def test_the_command_rotates(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path / "desk")
    first = read_or_make(folder / NAME)
    done = CliRunner().invoke(app, ["mail", "rotate-secret", str(folder)])
    assert done.exit_code == 0
    assert first.newest_first[0].decode() not in done.output
    assert read_or_make(folder / NAME).newest_first[1:] == first.newest_first
