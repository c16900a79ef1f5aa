"""From an update of the Bot API to an ``Inbound``.

``handle_update`` never fails and loses nothing: what cannot be read comes out as ``Unreadable``.
It serves our polling loop and, one day, a webhook.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter

from channels.message import (
    Address,
    Content,
    Edited,
    Event,
    FormattedText,
    Inbound,
    Location,
    Membership,
    Moved,
    Pressed,
    Reachability,
    Said,
    Sender,
    ThreadOpened,
    Unreadable,
)
from channels.telegram.content import formatted, full_name, read_content

log = logging.getLogger(__name__)

Json: TypeAlias = Mapping[str, Any]

ALLOWED_UPDATES: Final = ["message", "edited_message", "callback_query", "my_chat_member"]
"""What we ask Telegram for. Explicit, as Telegram otherwise keeps the previous choice."""


_INBOUND: Final = TypeAdapter(Inbound)


def handle_update(
    raw: Json, *, channel: str, now: datetime, username: str | None = None
) -> Inbound | None:
    """What an update means to us.

    Args:
        raw: The update as parsed JSON.
        channel: Name of the channel instance.
        now: The time, for updates that carry none.
        username: Our bot's, to take it off ``/command@username``.

    Returns:
        None for what is none of our business: service messages, other bots, kinds of updates we
        did not ask for.
    """
    raw = _storable(raw)
    try:
        item = _Reader(channel, now, username).read(raw)
        if item is not None:
            _INBOUND.validate_json(_INBOUND.dump_json(item))  # or it could not be taken up again
    except Exception as error:  # whatever is wrong with it, it must be kept
        log.warning("An update could not be read: %s", type(error).__name__, exc_info=True)
        return _unreadable(raw, error, channel, now)
    return item


def _storable(value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """The same JSON without what databases refuse: NUL and lone surrogates.

    Each is replaced by one character of the same UTF-16 length, so that entities still fit.
    """
    if isinstance(value, str):
        if value.isascii():
            return value.replace("\0", "\ufffd")
        clean = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return clean.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return value


def _digest(raw: Json) -> str:
    """A short name for exactly this JSON."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class _Reader:
    def __init__(self, channel: str, now: datetime, username: str | None) -> None:
        self.channel = channel
        self.now = now
        self.username = username

    def read(self, raw: Json) -> Inbound | None:
        if "message" in raw:
            return self.message(raw["message"])
        if "edited_message" in raw:
            return self.edited(raw["edited_message"])
        if "callback_query" in raw:
            return self.press(raw["callback_query"])
        if "my_chat_member" in raw:
            return self.standing(raw["my_chat_member"], raw["update_id"])
        log.debug("An update of a kind that was not asked for: %s", sorted(raw))
        return None

    # ----------------------------------------------------------------------- messages

    def message(self, message: Json) -> Inbound | None:
        chat = str(message["chat"]["id"])
        if moved := self.moved(message, chat):
            return moved
        if opened := self.opened_thread(message, chat):
            return opened
        if not self.is_from_a_person(message):
            return None
        content = read_content(message, self.channel)
        if content is None:
            return None
        said = Said(
            message=str(message["message_id"]),
            content=self.without_username(message, content),
            reply_to=_reply_to(message),
            quote=_quote(message),
            album=message.get("media_group_id"),
            answers_us=self.is_ours(message.get("reply_to_message")) and not _topic(message),
            opened_as=self.own_topic(message),
        )
        return self.inbound(f"m:{chat}:{_unique(message)}", message, said, message["date"])

    def edited(self, message: Json) -> Inbound | None:
        if not self.is_from_a_person(message):
            return None
        content = read_content(message, self.channel)
        if content is None:
            return None
        if content.parts and isinstance(content.parts[0], Location):
            return None  # a live location moves every few seconds; that corrects nothing
        edited = Edited(
            message=str(message["message_id"]), content=self.without_username(message, content)
        )
        when = message["edit_date"]
        # The digest tells two edits within one second apart.
        key = f"m:{message['chat']['id']}:{_unique(message)}:{when}:{_digest(message)}"
        return self.inbound(key, message, edited, when)

    def moved(self, message: Json, chat: str) -> Inbound | None:
        """Both chats of a migration tell of it; it is one event (case B11)."""
        if target := message.get("migrate_to_chat_id"):
            old, new = chat, str(target)
        elif origin := message.get("migrate_from_chat_id"):
            old, new = str(origin), chat
        else:
            return None
        sender = message.get("from") or message["chat"]
        return Inbound(
            channel=self.channel,
            external_id=f"moved:{old}:{new}",
            address=Address(channel=self.channel, chat=old),
            private=False,
            sender=_person(sender),
            at=_utc(message["date"]),
            event=Moved(chat=new),
        )

    def opened_thread(self, message: Json, chat: str) -> Inbound | None:
        """The service message of a topic that we opened. Bots see none of their own messages but
        some service messages, this one among them (``need_skip_update_message`` in the source of
        the Bot API server)."""
        created = message.get("forum_topic_created")
        if created is None or not self.is_ours(message):
            return None
        opened = ThreadOpened(title=created["name"])
        key = f"thread:{chat}:{message['message_thread_id']}"
        return self.inbound(key, message, opened, message["date"])

    def own_topic(self, message: Json) -> str:
        """The title of a topic of ours that a message was written in. It comes with whatever is
        said there and answers nothing: that "answers" the topic's first service message."""
        root = _topic(message)
        return str(root["forum_topic_created"]["name"]) if root and self.is_ours(root) else ""

    def is_ours(self, message: Json | None) -> bool:
        """Whether our bot wrote a message."""
        sender = _object(message or {}, "from")
        name = str(sender.get("username") or "").lower()
        return bool(sender.get("is_bot")) and name == (self.username or "").lower() != ""

    def is_from_a_person(self, message: Json) -> bool:
        if message.get("is_automatic_forward"):
            return False  # a linked channel's post
        # Somebody who writes as a chat hides behind a bot's account.
        return "sender_chat" in message or not message["from"].get("is_bot", False)

    def without_username(self, message: Json, content: Content) -> Content:
        """``/id@OurBot`` is ``/id``; a command to another bot stays as it is."""
        first = next(iter(message.get("entities") or ()), None)
        if self.username is None or first is None or first["offset"] != 0:
            return content
        if first["type"] != "bot_command":
            return content
        command, at, name = content.text.text[: first["length"]].partition("@")
        if not at or name.lower() != self.username.lower():
            return content
        rest = content.text.slice(first["length"], len(content.text.text))
        return replace(content, text=FormattedText(command) + rest)

    def inbound(self, key: str, message: Json, event: Event, when: float) -> Inbound:
        return Inbound(
            channel=self.channel,
            external_id=key,
            address=self.address(message),
            private=message["chat"]["type"] == "private",
            sender=_sender(message),
            at=_utc(when),
            event=event,
        )

    def address(self, message: Json) -> Address:
        """Where it was said. A thread is a forum topic: reply chains of plain groups and the
        General topic have none, and a client's private chat is one place."""
        thread = None
        if message.get("is_topic_message") and message["chat"]["type"] != "private":
            thread = str(message["message_thread_id"])
        return Address(channel=self.channel, chat=str(message["chat"]["id"]), thread=thread)

    # ----------------------------------------------------------------------- the rest

    def press(self, query: Json) -> Inbound:
        sender = query["from"]
        message = query.get("message")
        place = message or {"chat": {"id": sender["id"], "type": "private"}}
        pressed = Pressed(
            press=query["id"],
            data=query.get("data", ""),
            message=str(message["message_id"]) if message else None,
        )
        return Inbound(
            channel=self.channel,
            external_id=f"cb:{query['id']}",
            address=self.address(place),
            private=place["chat"]["type"] == "private",
            sender=_person(sender),
            at=self.now,
            event=pressed,
        )

    def standing(self, update: Json, update_id: int) -> Inbound:
        chat, member = update["chat"], update["new_chat_member"]
        private = chat["type"] == "private"
        event: Event
        if private:
            event = Reachability(reachable=member["status"] == "member")
        else:
            event = Membership(
                status=_status(member),
                can_manage_topics=member["status"] == "creator"
                or bool(member.get("can_manage_topics")),
                title=chat.get("title", ""),
            )
        return Inbound(
            channel=self.channel,
            external_id=f"member:{chat['id']}:{update['date']}:{update_id}",
            address=Address(channel=self.channel, chat=str(chat["id"])),
            private=private,
            sender=_person(update["from"]),
            at=_utc(update["date"]),
            event=event,
        )


def _unique(message: Json) -> str:
    """The message's id within its chat; ephemeral ones all have 0."""
    return str(message["message_id"] or f"e{message.get('ephemeral_message_id', _digest(message))}")


def _reply_to(message: Json) -> str | None:
    """The message it answers. Whatever is said in a topic also "answers" the topic's first
    service message: that is no reply."""
    target = message.get("reply_to_message")
    return None if target is None or _is_root(message, target) else str(target["message_id"])


def _topic(message: Json) -> Json | None:
    """The service message that began the topic of a message, if it comes with it."""
    target = message.get("reply_to_message")
    if target is None or not _is_root(message, target):
        return None
    return target if "forum_topic_created" in target else None


def _is_root(message: Json, target: Json) -> bool:
    return bool(
        message.get("is_topic_message") and target["message_id"] == message["message_thread_id"]
    )


def _quote(message: Json) -> FormattedText:
    """What the sender picked from the answered message. Telegram also quotes by itself; that says
    nothing, except where the answered message is in another chat."""
    quote = message.get("quote")
    if quote is None or not (quote.get("is_manual") or "external_reply" in message):
        return FormattedText()
    return formatted(quote["text"], quote.get("entities"))


def _sender(message: Json) -> Sender:
    if chat := message.get("sender_chat"):
        title = chat.get("title") or full_name(chat)
        name = message.get("author_signature") or title or str(chat["id"])
        username = chat.get("username")
        return Sender(id=str(chat["id"]), name=name, username=username, anonymous=True)
    return _person(message["from"])


def _person(user: Json) -> Sender:
    username = user.get("username")
    return Sender(
        id=str(user["id"]),
        name=full_name(user) or user.get("title") or username or str(user["id"]),
        username=username,
        language=user.get("language_code"),
    )


def _status(member: Json) -> Literal["administrator", "member", "absent"]:
    match member["status"]:
        case "creator" | "administrator":
            return "administrator"
        case "member":
            return "member"
        case "restricted" if member.get("is_member"):
            return "member"
    return "absent"


def _unreadable(raw: Json, error: Exception, channel: str, now: datetime) -> Inbound:
    """Kept for people to look at, with as much of where and who as can be found."""
    bodies = (_object(raw, kind) for kind in ALLOWED_UPDATES)
    body = next((each for each in bodies if each), {})
    user = _object(body, "from")
    chat = _object(_object(body, "message") or body, "chat")
    where = str(chat.get("id", user.get("id", "unknown")))
    return Inbound(
        channel=channel,
        external_id=f"raw:{_digest(raw)}",
        address=Address(channel=channel, chat=where),
        private=chat.get("type") == "private",
        sender=Sender(id=str(user.get("id", "unknown")), name=str(user.get("first_name", ""))),
        at=now,
        event=Unreadable(
            raw=json.dumps(raw, ensure_ascii=False),
            error=f"{type(error).__name__}: {error}",
            message=str(body["message_id"]) if isinstance(body.get("message_id"), int) else None,
        ),
    )


def _object(parent: Json, key: str) -> Json:
    """The JSON object at a key; an empty one if there is something else."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}
