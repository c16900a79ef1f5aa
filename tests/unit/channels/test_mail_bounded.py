"""A mail that hangs or kills its reader harms nobody else (case C12), and the command."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app
from channels.email.bounded import BoundedReader
from channels.email.parse import parse
from tests.mail_corpora import OWN
from tests.moody_reader import moody

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = b"From: a@b.ru\r\nSubject: good\r\n\r\nwords"


def test_a_mail_that_hangs_or_kills_comes_back_as_it_is() -> None:
    """case C12: plain fallback, and the next mail is read as usual."""
    with BoundedReader(limit=0.5, read=moody) as reader:
        hung = reader.read(b"Subject: bad\r\n\r\nhang here", received=NOW)
        assert (hung.subject, hung.text) == ("bad", "hang here")
        assert any("took longer than 0.5 s" in one for one in hung.warnings)
        died = reader.read(b"Subject: bad\r\n\r\ndie here", received=NOW)
        assert (died.subject, died.text) == ("bad", "die here")
        assert reader.read(GOOD, received=NOW) == parse(GOOD, received=NOW)


def test_a_large_mail_is_given_more_time() -> None:
    """case C12: 25 MB of photos are no attack, and take a second or two to take apart."""
    slow = b"Subject: slow\r\n\r\n"
    with BoundedReader(limit=0.5, read=moody) as reader:
        assert any("took longer" in one for one in reader.read(slow, received=NOW).warnings)
        large = slow + b"x" * (8 * 1024 * 1024)
        assert not any("took longer" in one for one in reader.read(large, received=NOW).warnings)


def test_closed_while_a_child_starts_it_leaves_none_behind() -> None:
    reader = BoundedReader()
    with ThreadPoolExecutor() as threads:
        reading = threads.submit(reader.read, GOOD, received=NOW)
        while not (reader._all or reading.done()):
            reader.close()
        reader.close()
        assert reading.result().subject == "good"
    assert reader._all == []
    assert reader.read(GOOD, received=NOW) == parse(GOOD, received=NOW)
    reader.close()


def test_readers_and_closers_in_each_others_way_fail_nowhere() -> None:
    """A pipe is closed once, by the thread that reads it: closed by another it failed there, or
    took the number of a file opened meanwhile."""
    with BoundedReader(workers=2) as reader, ThreadPoolExecutor() as threads:
        readings = [threads.submit(reader.read, GOOD, received=NOW) for _ in range(6)]
        while not all(one.done() for one in readings):
            closings = [threads.submit(reader.close) for _ in range(2)]
            for closing in closings:
                closing.result()
        assert [one.result().subject for one in readings] == ["good"] * 6
        assert reader._all == []
        assert reader.read(GOOD, received=NOW) == parse(GOOD, received=NOW)


def test_the_command_prints_the_mail_as_json() -> None:
    file = OWN / "apple-iphone-ru-html.eml"
    result = CliRunner().invoke(app, ["mail", "parse", str(file), "--json"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert list(said) == [
        "message_id", "from", "subject", "text", "quoted", "signature", "attachments", "auto",
        "charset", "language", "warnings",
    ]  # fmt: skip
    assert said["text"] == expected["text"]
    assert said["signature"] == "Отправлено с iPhone"
    assert (said["auto"], said["charset"], said["language"]) == (None, "utf-8", "ru")
    assert said["from"] == "Анна Петрова <anna@example.com>"


def test_the_command_shows_the_mail_to_people(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["mail", "parse", str(OWN / "gmail-web-en-html.eml")])
    assert "Re: Ticket 1042" in result.output
    assert "Quoted" in result.output
    missing = CliRunner().invoke(app, ["mail", "parse", str(tmp_path / "no.eml")])
    assert missing.exit_code == 1
