"""Addresses that become a client's and part again, and where a ticket's client is written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.decision import Decision
from bot.conversation.machine import begin, decide
from bot.conversation.state import Client, Conversation, Correspondence, Identity
from bot.conversation.ticket import dialogues, identities, life
from bot.conversation.turn import Turn
from channels.email.settings import EmailSettings
from channels.message import Address, Content, FormattedText, Inbound, Said, Sender
from config.settings import Workspace
from escalation.ticket import Ticket
from tests.desk_world import World, workspace

EMAIL = EmailSettings.model_validate(
    {
        "mailboxes": [
            {
                "address": "support@example.com",
                "imap": {"host": "mail.example.com", "login": "none"},
                "smtp": {"host": "mail.example.com", "login": "none"},
            }
        ]
    }
)
MAILBOXES = [Address(channel="email", chat=f"{name}@example.org") for name in ("anna", "maria")]


@pytest.fixture(scope="module")
def with_mail() -> Workspace:
    return workspace(email=EMAIL)


class People:
    """Three clients in chats, and letters from two mailboxes."""

    def __init__(self, used: Workspace) -> None:
        self.world = World(used)
        for number in (2, 3):
            chat = Address(channel="telegram", chat=f"50{number}")
            name = f"c{number}"
            self._save(
                name, Conversation(id=f"k{number}", client=name, address=chat, language="ru")
            )

    def _save(self, name: str, talk: Conversation) -> None:
        known = self.world.tx.records.client(name)
        client = known or Client(id=name, name=name, created_at=self.world.now)
        self.world.tx.apply(Decision(client=client, conversation=talk), self.world.now)

    def chat(self, number: int) -> Turn:
        """A turn of a client in their chat."""
        world = self.world
        turn = begin(
            now=world.now, workspace=world.workspace, records=world.tx.records, ids=world.tx.ids
        )
        talk, client = (
            world.tx.records.conversation(f"k{number}"),
            world.tx.records.client(f"c{number}"),
        )
        assert talk is not None
        assert client is not None
        turn.about(talk, client)
        return turn

    def proves(self, number: int, address: Address) -> None:
        turn = self.chat(number)
        identities.join(turn, address)
        self.world.finish(turn)

    def parts(self, number: int, address: Address) -> None:
        turn = self.chat(number)
        if address in turn.client.addresses:
            identities.part(turn, turn.client, address)
            self.world.finish(turn)

    def writes(self, address: Address) -> str:
        """A fresh letter, as whose it is now; the dialogue's id."""
        tx = self.world.tx
        identity = tx.records.identity(address.channel, address.chat)
        talks = tx.records.conversations_at(address.channel, address.chat)
        owner = identity.client if identity else talks[-1].client if talks else f"of {address.chat}"
        name = tx.ids.new_id()
        self._save(
            owner,
            Conversation(
                id=name,
                client=owner,
                address=replace(address, thread=name),
                language="ru",
                letters=Correspondence(subject="Вопрос"),
            ),
        )
        return name

    def of(self, client: str) -> list[str]:
        return [each.id for each in self.world.tx.records.conversations_of(client)]


Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(st.sampled_from(["proves", "parts", "writes"]), st.integers(1, 3), st.integers(0, 1)),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(story=steps)
def test_every_dialogue_is_somebodys_and_parting_leaves_nothing(story: list[Step]) -> None:
    """case E6: whatever is joined and parted, in whatever order, each dialogue has one owner, and
    without proofs nobody in a chat has any letters."""
    people = People(workspace(email=EMAIL))
    letters = [people.writes(address) for address in MAILBOXES]
    first = {name: people.world.tx.records.conversation(name) for name in letters}
    for what, number, mailbox in story:
        address = MAILBOXES[mailbox]
        match what:
            case "proves":
                people.proves(number, address)
            case "parts":
                people.parts(number, address)
            case _:
                letters.append(people.writes(address))
        _each_has_one_owner(people, letters)
    for number in (1, 2, 3):
        for address in MAILBOXES:
            people.parts(number, address)
    assert [people.of(f"c{number}") for number in (1, 2, 3)] == [["k1"], ["k2"], ["k3"]]
    for name, talk in first.items():
        now = people.world.tx.records.conversation(name)
        assert now is not None
        assert talk is not None
        assert now.client == talk.client


def _each_has_one_owner(people: People, letters: list[str]) -> None:
    tx = people.world.tx
    known = {f"c{number}" for number in (1, 2, 3)}
    known |= {talk.client for name in letters if (talk := tx.records.conversation(name))}
    owned = Counter(name for client in known for name in people.of(client))
    assert owned == Counter(["k1", "k2", "k3", *letters])
    for address in MAILBOXES:
        identity = tx.records.identity(address.channel, address.chat)
        having = [name for name in known if address in _addresses(people, name)]
        assert having == ([identity.client] if identity else [])


def _addresses(people: People, name: str) -> tuple[Address, ...]:
    client = people.world.tx.records.client(name)
    return client.addresses if client is not None else ()


# --------------------------------------------------------------------------- where it goes


def opened(people: People) -> Ticket:
    turn = people.chat(1)
    ticket = life.open_ticket(
        turn, topic=None, subject="Не работает", answers=(), tried=(), messages=()
    )
    people.world.finish(turn)
    return ticket


def place(people: People, ticket: Ticket) -> str:
    """Where its client is written to: ``chat`` or an address."""
    turn = people.chat(2)
    found = dialogues.current(turn, people.world.ticket(ticket.number))
    assert dialogues.current(turn, people.world.ticket(ticket.number)).id == found.id
    return "chat" if found.letters is None else found.address.chat


@pytest.mark.parametrize(
    ("prefers", "blocked", "failover", "expected"),
    [
        ("last", False, True, "chat"),
        ("last", True, True, "maria@example.org"),
        ("last", True, False, "chat"),
        ("chat", False, True, "chat"),
        ("chat", True, True, "maria@example.org"),
        ("letters", False, True, "maria@example.org"),
        ("letters", True, True, "maria@example.org"),
    ],
)
def test_where_a_client_is_written_to(
    prefers: Any, blocked: bool, failover: bool, expected: str
) -> None:
    """case B12: as they prefer, and elsewhere while they cannot be reached there."""
    people = People(workspace(email=EMAIL, tickets={"failover": failover}))
    ticket = opened(people)
    for address in MAILBOXES:
        people.proves(1, address)
    turn = people.chat(1)
    turn.change_client(prefers=prefers)
    if blocked:
        turn.change(unreachable_since=turn.now)
    people.world.finish(turn)
    assert place(people, ticket) == expected


def test_a_client_without_an_address_is_written_to_where_they_are(with_mail: Workspace) -> None:
    """case B12: nobody is written to at an address they did not prove."""
    people = People(with_mail)
    ticket = opened(people)
    turn = people.chat(1)
    turn.change(unreachable_since=turn.now)
    people.world.finish(turn)
    assert place(people, ticket) == "chat"


def test_a_dialogue_that_is_nobodys_any_more_is_not_written_to(with_mail: Workspace) -> None:
    """case E6: letters the client last wrote from an address that is not theirs now."""
    people = People(with_mail)
    ticket = opened(people)
    talk = people.writes(MAILBOXES[0])
    people.proves(1, MAILBOXES[0])
    turn = people.chat(1)
    turn.save_ticket(replace(people.world.ticket(ticket.number), via=talk))
    people.world.finish(turn)
    assert place(people, ticket) == "anna@example.org"
    people.proves(2, MAILBOXES[0])
    assert place(people, ticket) == "chat"


# --------------------------------------------------------------------------- what it costs


class Counting:
    """Records that count what is looked up."""

    settled = False

    def __init__(self, records: object) -> None:
        self._records = records
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.asked[name] += 1
        found: Callable[..., Any] = getattr(self._records, name)
        return found


def test_a_client_without_addresses_costs_no_further_search(with_mail: Workspace) -> None:
    """Nothing of what joins channels is looked up for the many who joined none, and their tickets
    are read once an update."""
    people = People(with_mail)
    opened(people)
    world = people.world
    records = Counting(world.tx.records)
    said = Said(message="9", content=Content(text=FormattedText("ничего не изменилось")))
    arrival = Inbound(
        channel="telegram",
        external_id="9",
        address=Address(channel="telegram", chat="500"),
        private=True,
        sender=Sender(id="500", name="Анна"),
        at=world.now,
        event=said,
    )
    decision = decide(
        arrival,
        records=records,
        ids=world.tx.ids,
        workspace=with_mail,
        now=world.now,
    )
    assert decision.messages[0].ticket == 1
    for name in ("identity", "conversations_of", "conversations_at", "tickets_of_client"):
        assert not records.asked[name], name
    assert records.asked["tickets_of"] == 1
    assert records.asked["conversation"] == 0


def test_a_proof_in_the_records_is_enough_to_be_known(with_mail: Workspace) -> None:
    """Whose a dialogue is, the identity tells, not the one it was begun as."""
    people = People(with_mail)
    talk = people.writes(MAILBOXES[0])
    at = MAILBOXES[0]
    proof = Identity(channel=at.channel, chat=at.chat, client="c1", proven_at=people.world.now)
    people.world.tx.apply(Decision(identities=(proof,)), people.world.now)
    turn = people.chat(2)
    found = turn.parties.conversation(talk)
    assert found is not None
    assert turn.parties.owner(found).id == "c1"
    forged = replace(found, letters=Correspondence(subject="", suspicious=True))
    assert turn.parties.owner(forged).id == found.client
