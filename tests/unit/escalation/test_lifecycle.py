"""What may happen to a ticket when, and what is written down about it (case G9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation import lifecycle
from escalation.lifecycle import Refused, Step
from escalation.settings import Desk
from escalation.ticket import Author, Priority, Prompt, Status, Ticket

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IVAN = Author(kind="specialist", id="telegram:1", name="Иван")
OLGA = Author(kind="specialist", id="telegram:2", name="Ольга")
EXPERTS = Desk.model_validate({"id": "experts", "line": 3, "title": "Эксперты", "chat": "-2"})


def ticket(status: Status = Status.NEW, *, assignee: Author | None = None) -> Ticket:
    return Ticket(
        number=1,
        conversation="k",
        client="c",
        topic=None,
        subject="",
        desk="network",
        line=2,
        status=status,
        priority=Priority.NORMAL,
        opened_at=NOW,
        changed_at=NOW,
        assignee=assignee,
        path=("network",),
        prompts=(Prompt(kind="note", by=IVAN.id, desk="network", at=NOW),),
    )


STEPS: dict[str, Callable[[Ticket], Step]] = {
    "take": lambda t: lifecycle.take(t, IVAN),
    "release": lifecycle.release,
    "reply": lambda t: lifecycle.reply(t, IVAN, NOW),
    "ask": lambda t: lifecycle.ask(t, IVAN, "Да?", NOW),
    "client_wrote": lambda t: lifecycle.client_wrote(t, NOW),
    "set_priority": lambda t: lifecycle.set_priority(t, Priority.HIGH),
    "move": lambda t: lifecycle.move(t, EXPERTS, how="escalated", reason="сложно"),
    "rehome": lambda t: lifecycle.rehome(t, EXPERTS),
    "resolve": lambda t: lifecycle.resolve(t, IVAN, "кабель", NOW),
    "reopen": lifecycle.reopen,
    "close": lambda t: lifecycle.close(t, NOW),
    "rate": lambda t: lifecycle.rate(t, 5),
}
ANY = {*Status}
OPEN = {status for status in Status if status.open}
ENDED = ANY - OPEN
POSSIBLE = {
    "take": OPEN,
    "release": set(),  # nobody has it
    "reply": ANY - {Status.CLOSED},
    "ask": OPEN,
    "client_wrote": ANY,
    "set_priority": OPEN,
    "move": OPEN,
    "rehome": ANY,
    "resolve": OPEN,
    "reopen": ENDED,
    "close": ANY - {Status.CLOSED},
    "rate": ANY,
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", Status)
def test_a_step_is_possible_exactly_when_the_table_says_so(name: str, status: Status) -> None:
    if status in POSSIBLE[name]:
        STEPS[name](ticket(status))
    else:
        with pytest.raises(Refused) as refused:
            STEPS[name](ticket(status))
        assert refused.value.key.startswith("desk.refused.")


@given(names=st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_case_g9_no_status_priority_or_desk_changes_without_a_line_of_history(
    names: list[str],
) -> None:
    """Acceptance case G9."""
    now = ticket()
    for name in names:
        try:
            step = STEPS[name](now)
        except Refused:
            continue
        after = {change.after for change in step.changes}
        for before, value in (
            (now.status, step.ticket.status),
            (now.priority, step.ticket.priority),
            (now.desk, step.ticket.desk),
        ):
            assert before == value or value in after
        assert (now.assignee == step.ticket.assignee) or step.changes
        assert step.ticket.number == 1
        now = step.ticket


def test_case_g1_the_first_to_take_wins_and_the_other_learns_who() -> None:
    """Acceptance case G1."""
    taken = lifecycle.take(ticket(), IVAN).ticket
    assert taken.status is Status.IN_PROGRESS
    with pytest.raises(Refused) as refused:
        lifecycle.take(taken, OLGA)
    assert refused.value.key == "desk.refused.taken"
    assert refused.value.arguments == {"number": 1, "name": "Иван"}
    with pytest.raises(Refused) as again:
        lifecycle.take(taken, IVAN)
    assert again.value.key == "desk.refused.yours"


def test_taking_a_ticket_that_waits_for_the_client_leaves_it_waiting() -> None:
    step = lifecycle.take(ticket(Status.WAITING_CLIENT), IVAN)
    assert step.ticket.status is Status.WAITING_CLIENT
    assert [c.kind for c in step.changes] == ["taken"]


def test_a_reply_takes_what_is_nobodys_and_leaves_what_is_somebodys() -> None:
    assert lifecycle.reply(ticket(), IVAN, NOW).ticket.assignee == IVAN
    theirs = lifecycle.reply(ticket(Status.IN_PROGRESS, assignee=OLGA), IVAN, NOW)
    assert theirs.ticket.assignee == OLGA
    assert theirs.changes == ()


def test_the_first_reply_keeps_its_time() -> None:
    first = lifecycle.reply(ticket(), IVAN, NOW).ticket
    later = lifecycle.reply(first, OLGA, NOW + timedelta(hours=1)).ticket
    assert later.first_reply_at == NOW


def test_the_clients_answer_ends_the_wait() -> None:
    asked = lifecycle.ask(ticket(), IVAN, "Да?", NOW)
    assert [c.kind for c in asked.changes] == ["taken", "status", "asked", "status"]
    assert lifecycle.client_wrote(asked.ticket, NOW).ticket.status is Status.IN_PROGRESS
    freed = replace(asked.ticket, assignee=None)
    assert lifecycle.client_wrote(freed, NOW).ticket.status is Status.NEW


def test_a_moved_ticket_is_new_and_nobodys_at_its_desk() -> None:
    step = lifecycle.move(
        ticket(Status.IN_PROGRESS, assignee=IVAN), EXPERTS, how="escalated", reason="порт"
    )
    moved = step.ticket
    assert (moved.desk, moved.line, moved.assignee, moved.prompts) == ("experts", 3, None, ())
    assert moved.path == ("network", "experts")
    assert step.changes[0].detail == "порт"
    with pytest.raises(Refused):
        lifecycle.move(moved, EXPERTS, how="passed", reason="")


def test_the_desk_that_talks_meanwhile_joins_the_path_once() -> None:
    start = replace(ticket(), desk="experts", path=("experts",))
    vendor = EXPERTS.model_copy(update={"id": "vendor"})
    moved = lifecycle.move(start, vendor, how="passed", reason="", contact="network").ticket
    assert moved.path == ("experts", "network", "vendor")
    back = lifecycle.move(moved, EXPERTS, how="returned", reason="", contact="network").ticket
    assert back.path == ("experts", "network", "vendor", "experts")


def test_a_resolution_needs_words_and_reopening_forgets_its_time_not_its_words() -> None:
    with pytest.raises(Refused):
        lifecycle.resolve(ticket(), IVAN, " \n", NOW)
    solved = lifecycle.resolve(ticket(), IVAN, " кабель ", NOW).ticket
    assert (solved.resolution, solved.resolved_at, solved.assignee) == ("кабель", NOW, IVAN)
    again = lifecycle.reopen(lifecycle.close(solved, NOW).ticket).ticket
    assert (again.resolved_at, again.closed_at, again.reopened) == (None, None, 1)
    assert again.resolution == "кабель"
    assert again.status is Status.IN_PROGRESS


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_a_rating_is_one_to_five(stars: int) -> None:
    with pytest.raises(Refused):
        lifecycle.rate(ticket(Status.CLOSED), stars)


def test_the_same_priority_again_is_refused() -> None:
    with pytest.raises(Refused):
        lifecycle.set_priority(ticket(), Priority.NORMAL)


def test_releasing_frees_what_is_taken() -> None:
    step = lifecycle.release(ticket(Status.IN_PROGRESS, assignee=IVAN))
    assert step.ticket.assignee is None
    assert step.changes[0].before == "Иван"
