"""Whose words would reach a ticket that a specialist has (acceptance case F5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.decision import Decision
from bot.conversation.knowledge import held_by_person
from bot.conversation.state import ChoosingTicket, ChoosingTopic, Commenting, Idle, Intake, Waiting
from escalation.ticket import Author
from tests.desk_world import workspace
from tests.unit.conversation.ticket.test_identities import EMAIL, MAILBOXES, People
from tests.values import ticket

BORIS = Author(kind="specialist", id="telegram:11", name="Борис")
CHATS = {1: ("k1", "c1"), 2: ("k2", "c2"), 3: ("k3", "c3")}


def has_ticket(people: People, talk: str, number: int, *, taken: bool) -> None:
    """A ticket was opened in a dialogue, and somebody has it or not."""
    opened = ticket(number, conversation=talk, assignee=BORIS if taken else None)
    people.world.tx.apply(Decision(tickets=(opened,)), people.world.now)


def held(people: People, talk: str) -> bool:
    return held_by_person(people.world.tx.records, talk, people.world.now)


Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(["proves", "parts", "letter", "ticket", "taken"]),
        st.integers(1, 3),
        st.integers(0, 1),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(story=steps)
def test_a_chat_is_held_by_all_tickets_of_its_client(story: list[Step]) -> None:
    """case F5: whatever is joined and parted. In a chat every ticket of its client counts,
    wherever it was opened; in an exchange of letters its own."""
    people = People(workspace(email=EMAIL))
    letters = {people.writes(address): at for at, address in enumerate(MAILBOXES)}
    owners: dict[int, int] = {}  # mailbox: who proved it
    taken: set[str] = set()  # dialogues with a ticket that somebody has
    for number, (what, who, mailbox) in enumerate(story, 1):
        match what:
            case "proves":
                people.proves(who, MAILBOXES[mailbox])
                owners[mailbox] = who
            case "parts":
                people.parts(who, MAILBOXES[mailbox])
                if owners.get(mailbox) == who:
                    del owners[mailbox]
            case "letter":
                letters[people.writes(MAILBOXES[mailbox])] = mailbox
            case _:
                mine = [CHATS[who][0], *(n for n, box in letters.items() if box == mailbox)]
                talk = mine[number % len(mine)]
                has_ticket(people, talk, number, taken=what == "taken")
                taken |= {talk} if what == "taken" else set()
    for who, (chat, _) in CHATS.items():
        reached = {chat, *(n for n, box in letters.items() if owners.get(box) == who)}
        assert held(people, chat) == bool(reached & taken), (chat, story)
    for name in letters:
        assert held(people, name) == (name in taken)


@pytest.mark.parametrize(
    ("waiting", "with_bot", "expected"),
    [
        (Idle(), False, True),
        (Idle(), True, False),
        (ChoosingTicket(messages=()), False, True),
        (Commenting(ticket=9), False, True),
        (ChoosingTopic(), False, False),
        (Intake(topic="", asked=""), False, False),
    ],
)
def test_words_that_are_for_the_bot_are_held_by_nobody(
    waiting: Waiting, *, with_bot: bool, expected: bool
) -> None:
    """case F5: while the client asks the bot, or answers its questions, the bot may speak."""
    people = People(workspace(email=EMAIL))
    people.proves(2, MAILBOXES[0])
    has_ticket(people, people.writes(MAILBOXES[0]), 1, taken=True)
    chat = people.world.tx.records.conversation("k2")
    assert chat is not None
    changed = replace(chat, waiting=waiting, with_bot=with_bot)
    people.world.tx.apply(Decision(conversation=changed), people.world.now)
    assert held(people, "k2") is expected


def test_nobody_holds_a_dialogue_that_is_not_there() -> None:
    assert not held(People(workspace(email=EMAIL)), "gone")
