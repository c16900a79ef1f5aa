"""Services that share a folder each have a status file of their own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot import status
from bot.status import State, Status
from tests.clock import START


def said(pid: int, *, stopped: bool = False) -> Status:
    return Status(
        pid=pid,
        host="here",
        started=START,
        written=START,
        stopped=stopped,
        storage=State(ok=True, since=START),
        workers={},
        channels={},
    )


def test_two_services_do_not_write_over_each_other(tmp_path: Path) -> None:
    """They did, and `health` said what the last one had said (decision 421)."""
    with status.place_in(tmp_path) as first, status.place_in(tmp_path) as second:
        assert first == status.path_in(tmp_path)
        status.write(first, said(1))
        status.write(second, said(2))
        assert [each.pid for each in status.all_in(tmp_path)] == [1, 2]


def test_the_place_of_a_service_that_is_gone_is_free(tmp_path: Path) -> None:
    with status.place_in(tmp_path) as first:
        with status.place_in(tmp_path) as second:
            pass
        with status.place_in(tmp_path) as again:
            assert again == second
        assert again != first
    with status.place_in(tmp_path) as next_one:
        assert next_one == first


def test_one_that_ended_as_it_should_is_not_missed_while_others_work(tmp_path: Path) -> None:
    status.write(status.path_in(tmp_path), said(1, stopped=True))
    status.write(status.path_in(tmp_path, 2), said(2))
    assert [each.pid for each in status.all_in(tmp_path)] == [2]
    status.write(status.path_in(tmp_path, 2), said(2, stopped=True))
    assert [each.pid for each in status.all_in(tmp_path)] == [1, 2]


def test_one_that_was_killed_is_missed(tmp_path: Path) -> None:
    for number in (1, 2):
        status.write(status.path_in(tmp_path, number), said(number))
    late = START + timedelta(minutes=2)
    assert all("no sign of life" in status.troubles(s, late)[0] for s in status.all_in(tmp_path))


def test_what_is_no_status_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".linezero-status.json-x1").write_text("half")
    (tmp_path / ".linezero-status-2.json").write_text("damaged")
    (tmp_path / ".linezero-status-old.json").write_text(said(9).model_dump_json())
    assert status.all_in(tmp_path) == []
    assert status.all_in(tmp_path / "nowhere") == []
