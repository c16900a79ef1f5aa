"""What a Telegram message says, read from its raw JSON (Bot API, Message).

Read from the JSON rather than from a library's types: a field that Telegram adds or changes
elsewhere in the message cannot stop us from reading what we know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from channels.markup import is_safe_link
from channels.message import (
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    MediaKind,
    MessageRef,
    Other,
    Part,
    Span,
    SpanKind,
)
from channels.telegram.render import character_offset, unit_offsets

Json: TypeAlias = Mapping[str, Any]

# --------------------------------------------------------------------------- text

_SPANS: Final[Mapping[str, SpanKind]] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "text_link": "link",
    "blockquote": "quote",
    "expandable_blockquote": "quote",
    "custom_emoji": "emoji",
}
"""Entities we keep. Telegram finds the others (addresses, hashtags, commands) by itself."""


def formatted(text: str, entities: list[Json] | None) -> FormattedText:
    """Text and its entities. A link that may not be clicked becomes plain text (case E7)."""
    if not entities:
        return FormattedText(text)
    offsets = unit_offsets(text)
    spans = []
    for entity in entities:
        kind = _SPANS.get(entity["type"])
        if kind is None:
            continue
        value = _value(entity)
        start = character_offset(offsets, entity["offset"])
        end = character_offset(offsets, entity["offset"] + entity["length"])
        if end > start and not (kind == "link" and not is_safe_link(value or "")):
            spans.append(Span(kind=kind, start=start, length=end - start, value=value))
    spans.sort(key=lambda span: span.start)
    return FormattedText(text, spans=tuple(spans))


def _value(entity: Json) -> str | None:
    match entity["type"]:
        case "text_link":
            return str(entity["url"])
        case "pre":
            return entity.get("language")
        case "custom_emoji":
            return str(entity["custom_emoji_id"])
        case "expandable_blockquote":
            return "expandable"
        case _:
            return None


# --------------------------------------------------------------------------- files and places


def _media(kind: MediaKind) -> Callable[[Json, str], Part]:
    def read(message: Json, channel: str) -> Part:
        file = message[kind]
        if kind == "photo":
            file = max(file, key=lambda size: size["width"] * size["height"])
        return Media(
            kind=kind,
            channel=channel,
            file=file["file_id"],
            name=file.get("emoji") if kind == "sticker" else file.get("file_name"),
            mime=file.get("mime_type"),
            size=file.get("file_size"),
            duration=file.get("duration"),
            caption=formatted(message.get("caption", ""), message.get("caption_entities")),
            spoiler=bool(message.get("has_media_spoiler")),
        )

    return read


def _venue(message: Json, channel: str) -> Part:
    venue = message["venue"]
    return Location(
        latitude=venue["location"]["latitude"],
        longitude=venue["location"]["longitude"],
        title=venue["title"],
        address=venue["address"],
    )


def _location(message: Json, channel: str) -> Part:
    place = message["location"]
    return Location(latitude=place["latitude"], longitude=place["longitude"])


def _contact(message: Json, channel: str) -> Part:
    card = message["contact"]
    # A forwarded card may carry a number that somebody else noted down for this person.
    own = card.get("user_id") is not None and card["user_id"] == message.get("from", {}).get("id")
    return Contact(
        phone=card["phone_number"],
        name=full_name(card),
        own=own and "forward_origin" not in message and "via_bot" not in message,
    )


def full_name(person: Json) -> str:
    """First and last name of a User, a Chat or a contact."""
    names = (person.get("first_name"), person.get("last_name"))
    return " ".join(name for name in names if name)


# --------------------------------------------------------------------------- the rest, in words


def _poll(poll: Json) -> str:
    return "\n".join((poll["question"], *(f"• {option['text']}" for option in poll["options"])))


def _checklist(checklist: Json) -> str:
    tasks = (
        f"{'☑' if task.get('completion_date') else '☐'} {task['text']}"
        for task in checklist["tasks"]
    )
    return "\n".join((checklist["title"], *tasks))


def _titled(thing: Json) -> str:
    return "\n".join(thing[key] for key in ("title", "description") if thing.get(key))


def _rich_words(node: object) -> str:
    """The words of a RichMessage, whatever blocks Telegram may invent: all its ``text``."""
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return "".join(_rich_words(each) for each in node)
    if isinstance(node, Mapping):
        blocks = [
            _rich_words(each)
            for key in ("blocks", "items", "cells", "rows")
            for each in node.get(key, ())
        ]
        words = (_rich_words(node.get(key, "")) for key in ("summary", "text", "caption"))
        return "\n".join(each for each in (*words, *blocks) if each)
    return ""


_DESCRIBED: Final[Mapping[str, Callable[[Any], str]]] = {
    "poll": _poll,
    "dice": lambda dice: f"{dice['emoji']} {dice['value']}",
    "story": lambda story: story["chat"].get("title") or full_name(story["chat"]),
    "paid_media": lambda media: f"⭐ {media['star_count']}",
    "game": _titled,
    "giveaway": lambda giveaway: giveaway.get("prize_description", ""),
    "giveaway_winners": lambda giveaway: giveaway.get("prize_description", ""),
    "invoice": _titled,
    "checklist": _checklist,
    "rich_message": _rich_words,
}

_PARTS: Final[Mapping[str, Callable[[Json, str], Part]]] = {
    # An animation is repeated as a document, a venue as a location, a live photo as a photo.
    "animation": _media("animation"),
    "audio": _media("audio"),
    "document": _media("document"),
    "photo": _media("photo"),
    "sticker": _media("sticker"),
    "video": _media("video"),
    "video_note": _media("video_note"),
    "voice": _media("voice"),
    "venue": _venue,
    "location": _location,
    "contact": _contact,
}

# fmt: off
SERVICE: Final = frozenset({
    "new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed",
    "new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created",
    "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed",
    "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "successful_payment",
    "refunded_payment", "users_shared", "user_shared", "chat_shared", "gift", "unique_gift",
    "gift_upgrade_sent", "connected_website", "write_access_allowed", "passport_data",
    "proximity_alert_triggered", "boost_added", "chat_background_set", "checklist_tasks_done",
    "checklist_tasks_added", "direct_message_price_changed", "forum_topic_created",
    "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created",
    "giveaway_completed", "managed_bot_created", "paid_message_price_changed",
    "poll_option_added", "poll_option_deleted", "suggested_post_approved",
    "suggested_post_approval_failed", "suggested_post_declined", "suggested_post_paid",
    "suggested_post_refunded", "video_chat_scheduled", "video_chat_started", "video_chat_ended",
    "video_chat_participants_invited", "web_app_data", "community_chat_added",
    "community_chat_removed", "community_chat_joined",
})
"""What Telegram says about a chat in the form of a message (case B20)."""
# fmt: on

# fmt: off
ENVELOPE: Final = frozenset({
    "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat",
    "sender_boost_count", "sender_business_bot", "sender_tag", "guest_query_id",
    "business_connection_id", "date", "chat", "forward_origin", "is_topic_message",
    "is_automatic_forward", "reply_to_message", "external_reply", "quote", "reply_to_story",
    "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot", "guest_bot_caller_user",
    "guest_bot_caller_chat", "edit_date", "has_protected_content", "is_from_offline",
    "is_paid_post", "media_group_id", "author_signature", "paid_star_count", "entities",
    "link_preview_options", "suggested_post_info", "effect_id", "caption", "caption_entities",
    "show_caption_above_media", "has_media_spoiler", "reply_markup", "receiver_user",
    "ephemeral_message_id", "live_photo",
})
"""What surrounds the content of a message."""
# fmt: on


def read_content(message: Json, channel: str) -> Content | None:
    """What a message says; None for a service message.

    Every kind of content comes out as something: what we have no form for becomes ``Other``, which
    can still be copied through its ``source`` (case B18).
    """
    text = FormattedText()
    parts: tuple[Part, ...] = ()
    if "text" in message:
        text = formatted(message["text"], message.get("entities"))
    elif part := _part(message, channel):
        parts = (part,)
        if isinstance(part, Other):
            text = formatted(message.get("caption", ""), message.get("caption_entities"))
    else:
        return None
    ref = MessageRef(
        channel=channel, chat=str(message["chat"]["id"]), id=str(message["message_id"])
    )
    return Content(
        text=text,
        parts=parts,
        source=(ref,),
        forwarded_from=_forwarded_from(message.get("forward_origin")),
        protected=bool(message.get("has_protected_content")),
    )


def _part(message: Json, channel: str) -> Part | None:
    for kind, read in _PARTS.items():
        if kind in message:
            return read(message, channel)
    for kind, describe in _DESCRIBED.items():
        if kind in message:
            return Other(kind=kind, detail=describe(message[kind]))
    if not SERVICE.isdisjoint(message):
        return None
    unknown = [key for key in message if key not in ENVELOPE]
    return Other(kind=unknown[0] if unknown else "unknown")


def _forwarded_from(origin: Json | None) -> str | None:
    """The name a forwarded message shows; people who hide behind it included (case B19)."""
    if origin is None:
        return None
    if hidden := origin.get("sender_user_name"):
        return str(hidden)
    if user := origin.get("sender_user"):
        return full_name(user) or str(user["id"])
    chat = origin.get("sender_chat") or origin.get("chat") or {}
    title = str(chat.get("title") or full_name(chat) or origin.get("type", "?"))
    signature = origin.get("author_signature")
    return f"{title} ({signature})" if signature else title
