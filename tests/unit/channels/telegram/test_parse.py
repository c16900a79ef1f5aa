"""From raw updates to ``Inbound``: every kind of content, and what is none of our business."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.message import (
    Content,
    FormattedText,
    Inbound,
    MessageRef,
    Said,
    Span,
    ThreadOpened,
)
from channels.telegram.parse import handle_update

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DATE = 1_795_000_000
ANNA = {
    "id": 7,
    "is_bot": False,
    "first_name": "Анна",
    "last_name": "Орлова",
    "username": "anna",
    "language_code": "ru",
}
PRIVATE = {"id": 7, "type": "private", "first_name": "Анна"}
GROUP = {"id": -1005, "type": "supergroup", "title": "Desk", "is_forum": True}


def message(chat: dict[str, Any] = PRIVATE, **fields: Any) -> dict[str, Any]:
    return {"message_id": 11, "date": DATE, "chat": chat, "from": ANNA, **fields}


def read(raw: dict[str, Any], username: str | None = None) -> Inbound | None:
    return handle_update({"update_id": 5, **raw}, channel="telegram", now=NOW, username=username)


def got(raw: dict[str, Any]) -> Inbound:
    result = read(raw)
    assert result is not None
    return result


def said(**fields: Any) -> Said:
    event = got({"message": message(**fields)}).event
    assert isinstance(event, Said), event
    return event


def content(**fields: Any) -> Content:
    return said(**fields).content


# --------------------------------------------------------------------------- who and where


def test_a_private_message() -> None:
    item = got({"message": message(text="привет")})
    assert item.external_id == "m:7:11"
    assert (item.address.channel, item.address.chat, item.address.thread) == ("telegram", "7", None)
    assert item.private
    assert (item.sender.id, item.sender.name) == ("7", "Анна Орлова")
    assert (item.sender.username, item.sender.language) == ("anna", "ru")
    assert not item.sender.anonymous
    assert item.at == datetime.fromtimestamp(DATE, UTC)
    assert item.event == Said(
        message="11",
        content=Content(
            text=FormattedText("привет"),
            source=(MessageRef(channel="telegram", chat="7", id="11"),),
        ),
    )


def test_the_same_update_twice_has_one_id() -> None:
    """case B5; case B4: whatever number the update carries."""
    raw = {"message": message(text="x")}
    first = handle_update({"update_id": 900_000_000, **raw}, channel="t", now=NOW)
    again = handle_update({"update_id": 3, **raw}, channel="t", now=NOW)
    assert first == again


def test_a_topic_is_a_thread_and_its_first_message_no_reply() -> None:
    opened = message(GROUP, forum_topic_created={"name": "x", "icon_color": 1}) | {"message_id": 4}
    within = {"is_topic_message": True, "message_thread_id": 4}
    item = got({"message": message(GROUP, text="x", reply_to_message=opened, **within)})
    assert item.address.thread == "4"
    assert not item.private
    assert isinstance(item.event, Said)
    assert item.event.reply_to is None
    other = message(GROUP, text="y") | {"message_id": 9}
    item = got({"message": message(GROUP, text="x", reply_to_message=other, **within)})
    assert isinstance(item.event, Said)
    assert item.event.reply_to == "9"


US = {"id": 4, "is_bot": True, "first_name": "LineZero", "username": "LineZero_bot"}
BEGIN = {
    "message_id": 31,
    "message_thread_id": 31,
    "is_topic_message": True,
    "from": US,
    "forum_topic_created": {"name": "№1 · Анна", "icon_color": 1},
}


def test_a_topic_we_opened_is_told_by_its_first_message() -> None:
    """case B9: the answer to our request may have got lost."""
    raw = {"message": message(GROUP, **BEGIN)}
    found = read(raw, "linezero_bot")
    assert found is not None
    assert found.event == ThreadOpened(title="№1 · Анна")
    assert (found.address.chat, found.address.thread) == ("-1005", "31")
    assert found.external_id == "thread:-1005:31"
    for of in ("another_bot", None):
        assert read(raw, of) is None, "not ours, or not known to be"


@pytest.mark.parametrize(
    ("sender", "title"), [(US, "№1 · Анна"), (ANNA, ""), ({**US, "username": "x"}, "")]
)
def test_words_in_a_topic_bring_the_title_we_gave_it(sender: dict[str, Any], title: str) -> None:
    """case B9"""
    where = {"message_thread_id": 31, "is_topic_message": True, "text": "Смотрю"}
    root = {**message(GROUP, **BEGIN), "from": sender}
    found = read({"message": message(GROUP, **where, reply_to_message=root)}, "linezero_bot")
    assert found is not None
    assert isinstance(found.event, Said)
    assert found.event.opened_as == title
    assert not found.event.answers_us
    assert found.event.reply_to is None


@pytest.mark.parametrize(("sender", "ours"), [(US, True), (ANNA, False)])
def test_a_reply_to_us_is_one(sender: dict[str, Any], *, ours: bool) -> None:
    target = {**message(GROUP, text="Какая заявка?"), "from": sender}
    answer = message(GROUP, message_id=12, text="эта", reply_to_message=target)
    found = read({"message": answer}, "linezero_bot")
    assert found is not None
    assert isinstance(found.event, Said)
    assert found.event.answers_us is ours
    assert found.event.opened_as == ""


def test_general_and_reply_chains_are_no_threads() -> None:
    assert got({"message": message(GROUP, text="x")}).address.thread is None
    chain = message(GROUP | {"is_forum": False}, text="x", message_thread_id=3)
    assert got({"message": chain}).address.thread is None


def test_an_anonymous_administrator_is_nobody() -> None:
    """case E6: never authorised by ``from``."""
    fake = {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    }
    raw = message(GROUP, text="x", sender_chat=GROUP, author_signature="Boss") | {"from": fake}
    sender = got({"message": raw}).sender
    assert (sender.id, sender.name, sender.anonymous) == ("-1005", "Boss", True)


def test_other_bots_and_linked_channels_are_not_heard() -> None:
    bot = {"id": 9, "is_bot": True, "first_name": "Bot"}
    assert read({"message": message(GROUP, text="x") | {"from": bot}}) is None
    channel = {"id": -1009, "type": "channel", "title": "News"}
    post = message(GROUP, text="x", sender_chat=channel, is_automatic_forward=True)
    assert read({"message": post}) is None
    assert read({"channel_post": message(channel, text="x")}) is None


# --------------------------------------------------------------------------- text


def test_entities_are_counted_in_characters() -> None:
    result = content(
        text="😀 жирный link",
        entities=[
            {"type": "bold", "offset": 3, "length": 6},
            {"type": "text_link", "offset": 10, "length": 4, "url": "https://e.org"},
            {"type": "url", "offset": 0, "length": 2},
            {"type": "from_the_future", "offset": 0, "length": 2},
        ],
    )
    assert result.text == FormattedText(
        "😀 жирный link",
        spans=(
            Span(kind="bold", start=2, length=6),
            Span(kind="link", start=9, length=4, value="https://e.org"),
        ),
    )


def test_formatting_with_a_value() -> None:
    result = content(
        text="abcd",
        entities=[
            {"type": "pre", "offset": 0, "length": 1, "language": "sql"},
            {"type": "custom_emoji", "offset": 1, "length": 1, "custom_emoji_id": "55"},
            {"type": "expandable_blockquote", "offset": 2, "length": 1},
            {"type": "blockquote", "offset": 3, "length": 1},
        ],
    )
    assert [(s.kind, s.value) for s in result.text.spans] == [
        ("pre", "sql"),
        ("emoji", "55"),
        ("quote", "expandable"),
        ("quote", None),
    ]


@pytest.mark.parametrize("url", ["tg://user?id=1", "javascript:alert(1)", "TG://x"])
def test_dangerous_links_are_text(url: str) -> None:
    """case E7"""
    link = [{"type": "text_link", "offset": 0, "length": 1, "url": url}]
    assert content(text="x", entities=link).text == FormattedText("x")


def test_a_command_to_us_loses_our_name() -> None:
    def text(words: str, length: int, username: str | None) -> str:
        command = [{"type": "bot_command", "offset": 0, "length": length}]
        item = read({"message": message(GROUP, text=words, entities=command)}, username)
        assert item is not None
        assert isinstance(item.event, Said)
        return item.event.content.text.text

    assert text("/id@OurBot now", 10, "ourbot") == "/id now"
    assert text("/id@OtherBot now", 12, "ourbot") == "/id@OtherBot now"
    assert text("/id@OurBot", 10, None) == "/id@OurBot"
    assert text("/id", 3, "ourbot") == "/id"


def test_what_databases_refuse_is_replaced() -> None:
    entity = [{"type": "bold", "offset": 2, "length": 1}]
    result = content(text="\ud83d\0b", entities=entity)
    assert result.text == FormattedText(
        "\ufffd\ufffdb", spans=(Span(kind="bold", start=2, length=1),)
    )
    result.text.text.encode()


def test_quotes() -> None:
    quote = {"text": "тариф", "position": 3, "entities": [], "is_manual": True}
    target = message(text="ваш тариф") | {"message_id": 4}
    event = said(text="какой?", reply_to_message=target, quote=quote)
    assert (event.reply_to, event.quote) == ("4", FormattedText("тариф"))
    automatic = {"text": "ваш тариф", "position": 0}
    assert said(text="какой?", reply_to_message=target, quote=automatic).quote == FormattedText()
    elsewhere = said(text="это", external_reply={"origin": {}}, quote=automatic)
    assert (elsewhere.reply_to, elsewhere.quote) == (None, FormattedText("ваш тариф"))


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ({"type": "user", "date": 1, "sender_user": ANNA}, "Анна Орлова"),
        ({"type": "hidden_user", "date": 1, "sender_user_name": "Дед Пихто"}, "Дед Пихто"),
        ({"type": "chat", "date": 1, "sender_chat": GROUP}, "Desk"),
        (
            {"type": "channel", "date": 1, "chat": GROUP, "message_id": 1, "author_signature": "B"},
            "Desk (B)",
        ),
        ({"type": "from_the_future", "date": 1}, "from_the_future"),
    ],
)
def test_forwards_are_labelled(origin: dict[str, Any], name: str) -> None:
    """case B19: the label is a name; who is answered stays the one who forwarded."""
    item = got({"message": message(text="x", forward_origin=origin)})
    assert isinstance(item.event, Said)
    assert item.event.content.forwarded_from == name
    assert item.sender.id == "7"
