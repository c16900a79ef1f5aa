"""Values come back from their stored form as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation.decision import (
    Action,
    ContactRecord,
    Mark,
    Origin,
    Outgoing,
    Quit,
    Room,
    Urgency,
)
from bot.conversation.events import DeliveryLate
from bot.conversation.state import Client, Conversation, Message
from bot.storage import codec
from bot.storage.codec import Codec, whole_text
from bot.storage.ids import ALPHABET, TimeOrderedIds
from channels.message import (
    Address,
    Content,
    Event,
    FormattedText,
    Inbound,
    Part,
    Receipt,
    Said,
    Sender,
)
from escalation.ticket import Ticket, TicketEvent

# Half surrogates cannot be stored and are tested on their own.
_text = st.text(st.characters(codec="utf-8"), max_size=20)
_instants = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda naive: naive.replace(tzinfo=UTC)
)
_numbers = st.integers(min_value=-(2**62), max_value=2**62)

for _type, _strategy in (
    (str, _text),
    (datetime, _instants),
    (int, _numbers),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
):
    st.register_type_strategy(_type, _strategy)

# Building such deep values is what takes the time, not storing them.
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

KINDS: list[tuple[Codec[Any], type[Any]]] = [
    (codec.CLIENT, Client),
    (codec.CONVERSATION, Conversation),
    (codec.MESSAGE, Message),
    (codec.TICKET, Ticket),
    (codec.TICKET_EVENT, TicketEvent),
    (codec.CONTACT, ContactRecord),
    (codec.INBOUND, Inbound),
    (codec.OUTGOING, Outgoing),
    (codec.RECEIPT, Receipt),
]


@pytest.mark.parametrize(("kind", "of"), KINDS, ids=[of.__name__ for _, of in KINDS])
@few
@given(data=st.data())
def test_round_trip(kind: Codec[Any], of: type[Any], data: st.DataObject) -> None:
    value = data.draw(st.from_type(of))
    assert kind.load(kind.dump(value)) == value


@pytest.mark.parametrize("action", get_args(Action), ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_every_action_keeps_its_kind(action: type[Any], data: st.DataObject) -> None:
    to = Room(ticket=1, desk="d")
    value = Outgoing(to=to, action=data.draw(st.from_type(action)), audience="desk")
    assert codec.OUTGOING.load(codec.OUTGOING.dump(value)) == value


@pytest.mark.parametrize("event", get_args(Event), ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_every_event_keeps_its_kind(event: type[Any], data: st.DataObject) -> None:
    value = inbound(data.draw(st.from_type(event)))
    assert codec.INBOUND.load(codec.INBOUND.dump(value)) == value


@pytest.mark.parametrize("part", get_args(Part), ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_every_part_keeps_its_kind(part: type[Any], data: st.DataObject) -> None:
    """case B18: no kind of content is lost on the way through the store."""
    value = inbound(Said(message="1", content=Content(parts=(data.draw(st.from_type(part)),))))
    assert codec.INBOUND.load(codec.INBOUND.dump(value)) == value


def inbound(event: Event) -> Inbound:
    return Inbound(
        channel="telegram",
        external_id="1",
        address=Address(channel="telegram", chat="1"),
        private=True,
        sender=Sender(id="1", name="Анна"),
        at=datetime(2026, 1, 1, tzinfo=UTC),
        event=event,
    )


def test_a_row_of_a_neighbouring_version_loads() -> None:
    """Unknown keys are ignored at any depth, missing ones take their default."""
    value = Outgoing(
        to=Address(channel="telegram", chat="1"),
        action=codec.OUTGOING.load(
            '{"to": {"ticket": 1, "desk": "d"}, "action": {"type": "quit"}}'
        ).action,
        urgency=Urgency.PEOPLE,
        origin=Origin(channel="telegram", chat="-5", message="9"),
        audience="desk",
    )
    stored = json.loads(codec.OUTGOING.dump(value))
    stored["colour"] = "red"
    stored["origin"]["mood"] = {"of": ["the", "day"]}
    del stored["front"]
    assert codec.OUTGOING.load(json.dumps(stored)) == value


ANYBODY = '"action": {"type": "say", "content": {}}, "to": {"channel": "email", "chat": "a@b.c"}'
LETTER = ANYBODY.replace("{}}", '{}, "letterhead": {"subject": "E17"}}')


@pytest.mark.parametrize(
    ("kept", "audience"),
    [
        ('"action": {"type": "quit"}, "to": {"ticket": 1, "desk": "d"}', "desk"),
        (ANYBODY, "desk"),
        (ANYBODY + ', "conversation": null, "alarm": true', "admins"),
        (ANYBODY + ', "conversation": "k1"', "client"),
        (LETTER + ', "conversation": "k1"', "client"),
        (LETTER, "expert"),
        (ANYBODY + ', "audience": "client"', "client"),
    ],
)
def test_an_older_row_is_for_whom_it_was_before(kept: str, audience: str) -> None:
    """What did not say whom it is for was inferred from what it belongs to."""
    assert codec.OUTGOING.load(f"{{{kept}}}").audience == audience


def test_an_older_event_is_about_a_post_for_whom_it_was_before() -> None:
    """Events stand in the journal, with the post or without."""
    events: Codec[DeliveryLate] = Codec(DeliveryLate)
    post = Outgoing(
        to=Address(channel="email", chat="a@b.c"), action=Quit(), conversation="k1", audience="desk"
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    late = DeliveryLate(
        outgoing="1",
        to=Address(channel="email", chat="a@b.c"),
        conversation="k1",
        origin=None,
        room=None,
        post=post,
        audience="desk",
        detail="",
        since=now,
        until=now,
    )
    kept = json.loads(events.dump(late))
    del kept["audience"]
    assert events.load(json.dumps(kept)) == late
    del kept["post"]
    assert events.load(json.dumps(kept)).audience == "client"
    assert events.load(json.dumps({**kept, "room": "1@d"})).audience == "desk"


def test_nothing_is_made_without_saying_for_whom() -> None:
    with pytest.raises(TypeError, match="audience"):
        Outgoing(to=Address(channel="email", chat="a@b.c"), action=Quit())  # type: ignore[call-arg]  # the mistake


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    value = inbound(Said(message="1", content=Content(text=FormattedText("a\ud83d b"))))
    kept = codec.INBOUND.load(codec.INBOUND.dump(value)).event
    assert isinstance(kept, Said)
    assert kept.content.text == FormattedText("a\ufffd b")


@given(st.text(max_size=30))
def test_whole_text_can_be_stored_and_stays_itself(text: str) -> None:
    whole = whole_text(text)
    whole.encode()
    assert "\0" not in whole
    assert len(whole) <= len(text)
    assert whole_text(whole) == whole


# ---------------------------------------------------------------- ids


@given(st.lists(st.integers(min_value=0, max_value=2**47), min_size=2, max_size=50))
def test_ids_grow_even_if_the_clock_goes_back(moments: list[int]) -> None:
    """case A9: a clock that jumps a day back makes no id twice."""
    clock = iter(moments)
    new_id = TimeOrderedIds(lambda: next(clock))
    made = [new_id() for _ in moments]
    assert made == sorted(set(made))
    assert all(len(i) == 20 and set(i) <= set(ALPHABET) for i in made)


def test_ids_of_later_moments_are_greater() -> None:
    early, late = TimeOrderedIds(lambda: 1_000), TimeOrderedIds(lambda: 1_001)
    assert early() < late()


def test_a_mark_that_waited_over_an_update_claims_nothing() -> None:
    """Marks were emoji once: such a row loads, and says no state that may be another."""
    text = codec.OUTGOING.dump(
        Outgoing(
            to=Address(channel="telegram", chat="-1"),
            action=Mark(message="5", state="failed"),
            audience="desk",
        )
    )
    before = text.replace('"state":"failed"', '"emoji":"💔"')
    assert before != text
    assert codec.OUTGOING.load(before).action == Mark(message="5", state=None)
