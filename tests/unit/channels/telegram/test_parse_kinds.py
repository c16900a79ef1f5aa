"""Every kind of message and event of Telegram, read."""

from __future__ import annotations

import copy
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.codec import INBOUND
from channels.message import (
    Contact,
    Edited,
    FormattedText,
    Inbound,
    Location,
    Media,
    Membership,
    MessageRef,
    Moved,
    Other,
    Pressed,
    Reachability,
    Span,
    Unreadable,
)
from channels.telegram.content import ENVELOPE, SERVICE
from tests.unit.channels.telegram.test_parse import (
    ANNA,
    DATE,
    GROUP,
    NOW,
    PRIVATE,
    content,
    got,
    message,
    read,
    said,
)

# --------------------------------------------------------------------------- every kind

FILE = {"file_id": "F", "file_unique_id": "u", "file_size": 9}
KINDS: dict[str, tuple[dict[str, Any], Any]] = {
    "photo": (
        {
            "photo": [
                {**FILE, "file_id": "small", "width": 9, "height": 9},
                {**FILE, "width": 90, "height": 90},
                {**FILE, "file_id": "middle", "width": 50, "height": 50},
            ],
            "has_media_spoiler": True,
        },
        Media(kind="photo", channel="telegram", file="F", size=9, spoiler=True),
    ),
    "live_photo": (
        {
            "live_photo": {**FILE, "file_id": "live", "duration": 2},
            "photo": [{**FILE, "width": 90, "height": 90}],
        },
        Media(kind="photo", channel="telegram", file="F", size=9),
    ),
    "video": (
        {"video": {**FILE, "width": 1, "height": 1, "duration": 3, "mime_type": "video/mp4"}},
        Media(kind="video", channel="telegram", file="F", size=9, duration=3, mime="video/mp4"),
    ),
    "animation": (
        {
            "animation": {**FILE, "width": 1, "height": 1, "duration": 3, "file_name": "a.gif"},
            "document": {**FILE, "file_name": "a.gif"},
        },
        Media(kind="animation", channel="telegram", file="F", size=9, duration=3, name="a.gif"),
    ),
    "audio": (
        {"audio": {**FILE, "duration": 60, "file_name": "s.mp3"}},
        Media(kind="audio", channel="telegram", file="F", size=9, duration=60, name="s.mp3"),
    ),
    "voice": (
        {"voice": {**FILE, "duration": 5}},
        Media(kind="voice", channel="telegram", file="F", size=9, duration=5),
    ),
    "video_note": (
        {"video_note": {**FILE, "length": 240, "duration": 5}},
        Media(kind="video_note", channel="telegram", file="F", size=9, duration=5),
    ),
    "sticker": (
        {"sticker": {**FILE, "type": "regular", "emoji": "👍", "width": 1, "height": 1}},
        Media(kind="sticker", channel="telegram", file="F", size=9, name="👍"),
    ),
    "document": (
        {"document": {**FILE, "file_name": "договор.pdf", "mime_type": "application/pdf"}},
        Media(
            kind="document",
            channel="telegram",
            file="F",
            size=9,
            name="договор.pdf",
            mime="application/pdf",
        ),
    ),
    "location": (
        {"location": {"latitude": 55.7, "longitude": 37.6}},
        Location(latitude=55.7, longitude=37.6),
    ),
    "venue": (
        {
            "venue": {
                "location": {"latitude": 55.7, "longitude": 37.6},
                "title": "Офис",
                "address": "Тверская, 1",
            },
            "location": {"latitude": 55.7, "longitude": 37.6},
        },
        Location(latitude=55.7, longitude=37.6, title="Офис", address="Тверская, 1"),
    ),
    "contact": (
        {"contact": {"phone_number": "+7900", "first_name": "Пётр"}},
        Contact(phone="+7900", name="Пётр"),
    ),
    "poll": (
        {"poll": {"id": "1", "question": "Когда?", "options": [{"text": "да"}, {"text": "нет"}]}},
        Other(kind="poll", detail="Когда?\n• да\n• нет"),
    ),
    "dice": ({"dice": {"emoji": "🎲", "value": 4}}, Other(kind="dice", detail="🎲 4")),
    "story": ({"story": {"chat": PRIVATE, "id": 1}}, Other(kind="story", detail="Анна")),
    "paid_media": (
        {"paid_media": {"star_count": 5, "paid_media": [{"type": "preview"}]}},
        Other(kind="paid_media", detail="⭐ 5"),
    ),
    "game": (
        {"game": {"title": "Игра", "description": "ходы", "photo": []}},
        Other(kind="game", detail="Игра\nходы"),
    ),
    "giveaway": (
        {"giveaway": {"chats": [], "prize_description": "чашка"}},
        Other(kind="giveaway", detail="чашка"),
    ),
    "giveaway_winners": ({"giveaway_winners": {"winners": []}}, Other(kind="giveaway_winners")),
    "invoice": (
        {"invoice": {"title": "Счёт", "description": "за июль", "currency": "RUB"}},
        Other(kind="invoice", detail="Счёт\nза июль"),
    ),
    "checklist": (
        {
            "checklist": {
                "title": "Дела",
                "tasks": [{"id": 1, "text": "а", "completion_date": 5}, {"id": 2, "text": "б"}],
            }
        },
        Other(kind="checklist", detail="Дела\n☑ а\n☐ б"),
    ),
    "rich_message": (
        {
            "rich_message": {
                "blocks": [
                    {"type": "heading", "text": ["Вопрос ", {"type": "bold", "text": "важный"}]},
                    {"type": "list", "items": [{"blocks": [{"type": "p", "text": "пункт"}]}]},
                ]
            }
        },
        Other(kind="rich_message", detail="Вопрос важный\nпункт"),
    ),
    "hologram": ({"hologram": {"depth": 3}}, Other(kind="hologram")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_content(kind: str) -> None:
    """case B18: relayed or described, never dropped."""
    fields, expected = KINDS[kind]
    result = content(**fields)
    assert result.parts == (expected,)
    assert result.source == (MessageRef(channel="telegram", chat="7", id="11"),)


def test_every_content_of_the_bot_api_is_known() -> None:
    """case B18, case B20: Message fields are content, envelope or service, and nothing else."""
    shared = Path(os.environ.get("LINEZERO_SHARED", Path(__file__).parents[4] / ".." / "shared"))
    schema = shared / "data" / "telegram" / "bot-api-10.3.json"
    if not schema.is_file():
        pytest.skip("the Bot API's schema is not there (LINEZERO_SHARED)")
    fields = set(json.loads(schema.read_text())["types"]["Message"])
    known = {"text", *KINDS, *ENVELOPE, *SERVICE} - {"hologram"}
    assert fields - known == set()
    assert not (SERVICE & ENVELOPE)


def test_captions_belong_to_their_part() -> None:
    bold = [{"type": "bold", "offset": 0, "length": 2}]
    result = content(**KINDS["photo"][0], caption="вот", caption_entities=bold)
    assert isinstance(result.parts[0], Media)
    assert result.parts[0].caption == FormattedText(
        "вот", spans=(Span(kind="bold", start=0, length=2),)
    )
    assert not result.text
    paid = content(**KINDS["paid_media"][0], caption="вот")
    assert paid.text == FormattedText("вот")


def test_albums_and_protection() -> None:
    """case B17"""
    event = said(**KINDS["video"][0], media_group_id="99", has_protected_content=True)
    assert event.album == "99"
    assert event.content.protected


def test_whose_phone_number_it_is() -> None:
    card = {"phone_number": "+7900", "first_name": "Анна", "user_id": 7}

    def own(**fields: Any) -> bool:
        part = content(**fields).parts[0]
        assert isinstance(part, Contact)
        return part.own

    assert own(contact=card)
    assert not own(contact=card | {"user_id": 8})
    assert not own(contact={"phone_number": "+7900", "first_name": "Анна"})
    forward = {"type": "user", "date": 1, "sender_user": {"id": 8, "first_name": "Пётр"}}
    assert not own(contact=card, forward_origin=forward)


# --------------------------------------------------------------------------- other events


@pytest.mark.parametrize("kind", sorted(SERVICE - {"migrate_to_chat_id", "migrate_from_chat_id"}))
def test_service_messages_are_not_messages(kind: str) -> None:
    """case B20"""
    assert read({"message": message(GROUP, **{kind: {"x": 1}})}) is None


def test_a_group_that_moves() -> None:
    """case B11: told in both chats, one event."""
    old = {"id": -5, "type": "group", "title": "Desk"}
    there = got({"message": message(old, migrate_to_chat_id=-1005)})
    here = got({"message": message(GROUP, migrate_from_chat_id=-5)})
    assert there.event == here.event == Moved(chat="-1005")
    assert there.external_id == here.external_id
    assert there.address.chat == here.address.chat == "-5"


def test_edits() -> None:
    """case B8; case B4: one id per edit."""
    first = message(text="было", edit_date=DATE + 5)
    item = got({"edited_message": first})
    assert item.event == Edited(message="11", content=content(text="было"))
    assert item.external_id.startswith(f"m:7:11:{DATE + 5}:")
    assert item.at == datetime.fromtimestamp(DATE + 5, UTC)
    assert got({"edited_message": first}).external_id == item.external_id
    again = got({"edited_message": message(text="стало", edit_date=DATE + 5)})
    assert again.external_id != item.external_id  # two edits within one second


def test_a_live_location_that_moves_is_no_edit() -> None:
    spot = {"latitude": 1.0, "longitude": 2.0, "live_period": 60}
    assert read({"edited_message": message(location=spot, edit_date=DATE)}) is None


def test_presses() -> None:
    under = message(GROUP, text="x", is_topic_message=True, message_thread_id=4)
    item = got({"callback_query": {"id": "55", "from": ANNA, "message": under, "data": "take"}})
    assert item.external_id == "cb:55"
    assert item.event == Pressed(press="55", data="take", message="11")
    assert (item.address.chat, item.address.thread, item.private) == ("-1005", "4", False)
    assert item.sender.id == "7"
    assert item.at == NOW
    old = {"chat": PRIVATE, "message_id": 3, "date": 0}
    item = got({"callback_query": {"id": "56", "from": ANNA, "message": old, "data": "x"}})
    assert item.event == Pressed(press="56", data="x", message="3")
    assert item.private
    inline = got({"callback_query": {"id": "57", "from": ANNA, "inline_message_id": "i"}})
    assert inline.event == Pressed(press="57", data="", message=None)
    assert inline.address.chat == "7"


def standing(chat: dict[str, Any], status: str, **rights: Any) -> Inbound:
    bot = {"id": 9, "is_bot": True, "first_name": "Bot"}
    return got(
        {
            "my_chat_member": {
                "chat": chat,
                "from": ANNA,
                "date": DATE,
                "old_chat_member": {"user": bot, "status": "member"},
                "new_chat_member": {"user": bot, "status": status, **rights},
            }
        }
    )


def test_a_client_blocks_and_returns() -> None:
    """case B12"""
    assert standing(PRIVATE, "kicked").event == Reachability(reachable=False)
    assert standing(PRIVATE, "member").event == Reachability(reachable=True)


@pytest.mark.parametrize(
    ("status", "rights", "expected"),
    [
        ("administrator", {"can_manage_topics": True}, ("administrator", True)),
        ("administrator", {}, ("administrator", False)),
        ("creator", {}, ("administrator", True)),
        ("member", {}, ("member", False)),
        ("restricted", {"is_member": True}, ("member", False)),
        ("restricted", {"is_member": False}, ("absent", False)),
        ("left", {}, ("absent", False)),
        ("kicked", {}, ("absent", False)),
    ],
)
def test_our_standing_in_a_group(
    status: str, rights: dict[str, Any], expected: tuple[str, bool]
) -> None:
    event = standing(GROUP, status, **rights).event
    assert isinstance(event, Membership)
    assert (event.status, event.can_manage_topics, event.title) == (*expected, "Desk")


def test_updates_nobody_asked_for() -> None:
    assert read({"poll_answer": {"poll_id": "1"}}) is None


# --------------------------------------------------------------------------- broken updates


@pytest.mark.parametrize(
    "raw",
    [
        {"message": {"message_id": 1}},
        {"message": "what?"},
        {"message": None},
        {"message": message(text="x") | {"chat": 5}},
        {"message": message(text="x", entities=[{"type": "bold"}])},
        {"message": message(photo=[])},
        {"message": message(text="x") | {"date": "tomorrow"}},
        {"message": message(text=["x"])},
        {"message": message(text="x") | {"from": ANNA | {"language_code": 7}}},
        {"callback_query": {"id": 1}},
        {"my_chat_member": {}},
    ],
)
def test_what_cannot_be_read_is_kept(raw: dict[str, Any]) -> None:
    item = got(raw)
    assert isinstance(item.event, Unreadable)
    assert json.loads(item.event.raw) == {"update_id": 5, **raw}
    assert item.event.error
    assert got(copy.deepcopy(raw)).external_id == item.external_id


def test_a_place_that_is_nowhere_does_not_stop_the_inbox() -> None:
    """case B18: stored as it came, it could not be read back, and nothing after it was decided."""
    nowhere = {"latitude": float("nan"), "longitude": 2.0}
    assert isinstance(got({"message": message(location=nowhere)}).event, Unreadable)


def test_an_unreadable_message_is_kept_where_it_was_said() -> None:
    item = got({"message": message(photo=[])})
    assert (item.address.chat, item.private, item.sender.id) == ("7", True, "7")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["chat", "from", "id", "text", "entities", "photo", "date", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]), JSON)
def test_nothing_breaks_the_reader(kind: str, body: Any) -> None:
    item = read({kind: body})
    assert item is None or INBOUND.load(INBOUND.dump(item)) == item
