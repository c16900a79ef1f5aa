"""How far a folder has been read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.imap import Facts, Selected
from channels.email.position import SLACK, Position, arrived

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
moments = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
uids = st.integers(0, 2**32 - 1)
positions = st.builds(
    Position,
    validity=st.integers(1, 2**32 - 1),
    uid=uids,
    until=uids,
    since=st.none() | st.dates(),
    after=st.none() | moments,
    begin=st.none() | st.dates(),
    latest=st.none() | moments,
    moving=uids,
)


def selected(next_uid: int | None = 10, validity: int = 1) -> Selected:
    return Selected(validity=validity, next_uid=next_uid)


def facts(uid: int = 9, at: datetime = NOON) -> Facts:
    return Facts(uid=uid, size=1, at=at)


@given(positions)
def test_a_position_comes_back_from_the_inbox(position: Position) -> None:
    assert Position.decoded(position.encoded()) == position


def test_the_first_look_begins_after_what_is_there() -> None:
    place = Position.first(selected(), facts(), None)
    assert (place.uid, place.until, place.after) == (9, 0, NOON)
    assert Position.first(selected(None), facts(), None).uid == 9
    assert Position.first(selected(1), None, None).uid == 0


def test_the_first_look_can_begin_on_a_day() -> None:
    day = date(2026, 11, 1)
    place = Position.first(selected(), facts(), day)
    assert (place.uid, place.until, place.since, place.after) == (0, 9, day, None)


@given(positions, moments)
def test_with_new_numbers_old_mail_stays_old(position: Position, at: datetime) -> None:
    """case C4"""
    place = position.renumbered(selected(validity=2), facts())
    assert place.uid == 0
    old = position.after is not None and at <= position.after
    assert place.is_ours(5, at) == (not old)
    assert place.is_ours(10, at), "what comes from now on is new, whatever it says"


def test_it_looks_back_only_as_far_as_needed() -> None:
    """case C4: years of mail are not fetched again, and what may have been missed is."""
    place = Position(validity=1, uid=9, latest=NOON, begin=date(2020, 1, 1))
    assert place.renumbered(selected(validity=2), facts()).since == (NOON - SLACK).date()
    place = Position(validity=1, uid=9, latest=NOON, begin=NOON.date())
    assert place.renumbered(selected(validity=2), facts()).since == NOON.date()
    place = Position(validity=1, uid=9)
    assert place.renumbered(selected(validity=2), facts()).since is None


def test_a_server_set_back_to_an_older_state_is_noticed() -> None:
    place = Position(validity=1, uid=9)
    assert place.fits(selected(10))
    assert place.fits(selected(None))
    assert not place.fits(selected(9))
    assert not place.fits(selected(10, validity=2))


def test_mail_from_the_future_hides_nothing() -> None:
    place = Position(validity=1, uid=9).kept(10, NOON + timedelta(days=900), NOON, moving=True)
    assert (place.latest, place.moving, place.uid) == (NOON, 10, 10)
    assert place.past(10).moving == 0


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"From: a\r\n\r\n", NOON),
        (b"Received: from a\r\n by b; Sun, 22 Nov 2026 10:00:00 +0300\r\nX: y\r\n\r\n", -5),
        (b"Received: by b; Sun, 22 Nov 2026 23:00:00 +0000\r\n\r\n", NOON),
        (b"Received: by b; no date at all\r\n\r\n", NOON),
        (b"Received: by b; Sun, 99 Nov 2026 99:00:00 +0000\r\n\r\n", NOON),
        (b"X: 1\r\n\r\nReceived: by b; Sun, 22 Nov 2026 01:00:00 +0000\r\n", NOON),
        (b"Received: ;" * 5_000, NOON),
    ],
)
def test_when_mail_came_into_the_company(head: bytes, expected: datetime | int) -> None:
    """A move to another provider gives all mail of years the day of the move."""
    at = NOON + timedelta(hours=expected) if isinstance(expected, int) else expected
    assert arrived(head, NOON) == at


@given(st.binary(max_size=300))
def test_any_headers_give_a_time_that_is_not_later(head: bytes) -> None:
    assert arrived(b"Received: " + head, NOON) <= NOON
