"""People outside who are asked by mail: addresses, settings, whose turn it is, reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.message import Address, Content
from escalation import experts, lifecycle
from escalation.calendar import Hours
from escalation.experts import Draft, Expert, SideThread, mail_address, person_at
from escalation.lifecycle import Refused
from escalation.ticket import Author, Status
from tests.values import ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
BORIS = Author(kind="specialist", id="telegram:1", name="Борис")


def expert(**more: Any) -> Expert:
    return Expert.model_validate(
        {"id": "vendor", "title": "Вендор", "address": "help@vendor.example", **more}
    )


def exchange(**more: Any) -> SideThread:
    values: dict[str, Any] = {
        "id": "x1",
        "ticket": 1,
        "desk": "network",
        "expert": "vendor",
        "name": "Вендор",
        "address": Address(channel="email", chat="help@vendor.example", thread="x1"),
        "subject": "[№1] Интернет",
        "opened_at": NOW,
    }
    return SideThread(**(values | more))


# ---------------------------------------------------------------------- addresses and settings


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Help@Vendor.Example", ("help@vendor.example", "help@vendor.example")),
        ("Иван Петров <ivan@vendor.example>", ("Иван Петров", "ivan@vendor.example")),
        ('"Petrov, Ivan" <i.petrov@vendor.example>', ("Petrov, Ivan", "i.petrov@vendor.example")),
        ("  <a@почта.рф> ", ("a@почта.рф", "a@почта.рф")),
        ("спросите у вендора", None),
        ("a@b", None),
        ("a@vendor.example, b@vendor.example", None),
        ("a@vendor.example\r\nBcc: b@vendor.example", None),
        ("Ivan <ivan>", None),
        ("x" * 300 + "@vendor.example", None),
    ],
)
def test_a_typed_address_is_one_address_or_none(text: str, person: tuple[str, str] | None) -> None:
    assert person_at(text) == person


def test_an_expert_has_an_address_and_waits_some_time() -> None:
    assert expert(address=" Help@Vendor.example").address == "help@vendor.example"
    assert expert().may_be_asked_by("anyone")
    assert not expert(desks=["network"]).may_be_asked_by("billing")
    for wrong in ({"address": "vendor"}, {"remind_after": "0s"}, {"line": 4}):
        with pytest.raises(ValidationError):
            expert(**wrong)


@given(st.text(max_size=40))
def test_whatever_is_typed_an_address_holds_no_second_header(text: str) -> None:
    """Property under case D3: no address carries a line break, a comma or a bracket."""
    found = mail_address(text) or ""
    assert not set(found) & set('\r\n,;<>" ')


# ---------------------------------------------------------------------- whose turn it is


def test_a_letter_waits_and_an_answer_ends_the_waiting() -> None:
    begun = exchange(draft=Draft(author=BORIS))
    assert not begun.open
    asked = experts.sent(replace(begun, failed="o1"), "m1", NOW)
    assert asked.open
    assert asked.waiting
    assert (asked.draft, asked.failed) == (None, None)
    heard = experts.answered(replace(asked, reminders=2), "m2", ("<a@x>", "<b@x>"))
    assert not heard.waiting
    assert (heard.reminders, heard.undecided) == (0, ("m2",))
    assert heard.references == ("<a@x>", "<b@x>")
    over = experts.ended(asked, NOW)
    assert not over.open
    assert experts.sent(over, "m3", NOW).waiting, "one may ask again"


def test_an_answer_is_decided_about_once() -> None:
    """case B16: a second press finds nothing to decide."""
    heard = experts.answered(exchange(asked="m1"), "m2", ())
    decided = experts.decided(heard, "m2")
    assert decided is not None
    assert decided.undecided == ()
    assert experts.decided(decided, "m2") is None
    assert experts.decided(heard, "m7") is None


def test_a_ticket_waits_for_the_vendor_and_goes_on() -> None:
    waiting = lifecycle.wait_for_vendor(ticket(status=Status.IN_PROGRESS, assignee=BORIS))
    assert waiting.ticket.status is Status.WAITING_VENDOR
    assert [change.kind for change in waiting.changes] == ["status"]
    assert lifecycle.wait_for_vendor(waiting.ticket).changes == ()
    assert lifecycle.vendor_done(waiting.ticket).ticket.status is Status.IN_PROGRESS
    nobodys = replace(waiting.ticket, assignee=None)
    assert lifecycle.vendor_done(nobodys).ticket.status is Status.NEW
    asked_client = ticket(status=Status.WAITING_CLIENT)
    assert lifecycle.vendor_done(asked_client).changes == ()
    with pytest.raises(Refused):
        lifecycle.wait_for_vendor(ticket(status=Status.RESOLVED))


def test_contents_of_a_draft_are_its_own() -> None:
    assert Draft(author=BORIS).question == Content()


# ---------------------------------------------------------------------- reminders


def test_reminders_count_the_experts_working_hours() -> None:
    """The calendar under case G8: lunch, the weekend and a holiday do not count."""
    hours = {
        "week": {"mon-fri": ["09:00-13:00", "14:00-18:00"]},
        "holidays": ["2026-11-24"],
        "timezone": "UTC",
    }
    asked = expert(remind_after="8h", hours=hours)

    def due(day: int, hour: int) -> str:
        found = experts.reminder_due(asked, datetime(2026, 11, day, hour, tzinfo=UTC), "UTC")
        return f"{found:%d %H:%M}"

    assert due(20, 12) == "23 12:00"  # Friday noon, over lunch and the weekend
    assert due(22, 3) == "23 18:00"  # Sunday: a whole Monday
    assert due(23, 10) == "25 10:00"  # over the holiday
    assert experts.reminder_due(expert(), NOW, "UTC") == NOW + timedelta(hours=8)


MINUTES = st.integers(0, 24 * 60)
DAY = st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] + 60 <= pair[1])
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def weeks(draw: st.DrawFn) -> Hours:
    days = draw(st.dictionaries(st.sampled_from(NAMES), DAY, min_size=1))
    holidays = draw(st.lists(st.integers(1, 30), max_size=3, unique=True))
    return Hours(
        timezone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Yekaterinburg"])),
        week={day: (f"{written(low)}-{written(high)}",) for day, (low, high) in days.items()},
        holidays=tuple(f"2026-10-{day:02}" for day in holidays),
    )


@given(weeks(), st.integers(0, 60 * 24 * 45), st.integers(1, 60 * 30))
def test_so_much_open_time_has_passed_and_not_more(
    hours: Hours, start_minute: int, minutes: int
) -> None:
    """Property: open time between the start and the answer is the span, counted another way; it
    ends inside working hours. Clocks change in Berlin on 2026-10-25."""
    start = datetime(2026, 9, 20, tzinfo=UTC) + timedelta(minutes=start_minute)
    found = hours.after(start, timedelta(minutes=minutes), "UTC")
    assert found is not None, "a week with hours is never without"
    assert found > start
    zone = hours.zone("UTC")
    counted = timedelta()
    day = start.astimezone(zone).date() - timedelta(days=1)
    while day <= found.astimezone(zone).date():
        for begin, end in hours.spans(day, zone):
            counted += max(min(end, found) - max(begin, start), timedelta())
        day += timedelta(days=1)
    assert counted == timedelta(minutes=minutes)
    assert hours.open_at(found - timedelta(seconds=1), "UTC")


@given(weeks(), st.integers(1, 3000), st.integers(1, 3000))
def test_time_adds_up(hours: Hours, first: int, second: int) -> None:
    """Property: waiting twice is waiting once for both."""
    start = datetime(2026, 10, 20, 12, tzinfo=UTC)
    between = hours.after(start, timedelta(minutes=first), "UTC")
    assert between is not None
    apart = hours.after(between, timedelta(minutes=second), "UTC")
    assert apart == hours.after(start, timedelta(minutes=first + second), "UTC")
