"""Invitations and answers to them that come by mail (iMIP, RFC 6047), as values."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final, Literal

from channels.letter import Invitation

if TYPE_CHECKING:
    from icalendar import Component

MAX_SIZE: Final = 200_000  # bytes of a calendar that is read
MAX_TEXT: Final = 500  # characters of each of its texts


def invitation(data: bytes) -> Invitation | None:
    """What a ``text/calendar`` part asks or answers; None if it is no readable calendar.

    Only the first event counts. A day without a time begins at midnight.
    """
    from icalendar import Calendar  # noqa: PLC0415 - few mails need it, and it is large

    try:
        calendar = Calendar.from_ical(data[:MAX_SIZE])
        events = calendar.walk("VEVENT")
        event = events[0] if events else None
        return _read(calendar, event) if event is not None else None
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the letter is read without it
        return None


def _read(calendar: Component, event: Component) -> Invitation:
    method = _text(calendar.get("METHOD")).lower()
    attendee = event.get("ATTENDEE")
    attendees = attendee if isinstance(attendee, list) else [attendee]
    return Invitation(
        method=method,
        answer=_answer(attendees) if method in ("reply", "counter") else "",
        summary=_text(event.get("SUMMARY")),
        place=_text(event.get("LOCATION")),
        comment=_text(event.get("COMMENT")),
        starts=_moment(event.get("DTSTART")),
        ends=_moment(event.get("DTEND")),
    )


def _answer(attendees: list[Any]) -> Literal["accepted", "declined", "tentative", ""]:
    """What the one attendee of an answer says (RFC 5546 §3.2.3)."""
    if len(attendees) != 1 or attendees[0] is None:
        return ""
    match str(attendees[0].params.get("PARTSTAT", "")).lower():
        case "accepted" | "declined" | "tentative" as said:
            return said
        case _:
            return ""


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    return " ".join(str(value).split())[:MAX_TEXT] if value is not None else ""


def _moment(value: object) -> datetime | None:
    """Aware where the calendar names a zone; otherwise the time on whoever's clock reads it."""
    found = getattr(value, "dt", None)
    if isinstance(found, datetime):
        return found
    return datetime.combine(found, time()) if isinstance(found, date) else None
