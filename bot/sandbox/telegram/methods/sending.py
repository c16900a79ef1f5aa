"""`send…` methods: one message each, and albums."""

from __future__ import annotations

from bot.sandbox.telegram.entities import FormattedText, format_text
from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.methods.access import (
    chat_for,
    markup_for,
    reply_for,
    require_send,
    thread_for,
)
from bot.sandbox.telegram.methods.media import MEDIA, media_content, media_file
from bot.sandbox.telegram.methods.registry import Api, method
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import Chat, Json, Message

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}


def formatted(call: Call, text: str, entities_name: str) -> FormattedText:
    """A text parameter with its markup or entities."""
    mode = call.text("parse_mode")
    return format_text(text, mode, None if mode else call.array(entities_name))


def text_of(call: Call, too_long: str = "message is too long") -> Json:
    """`text` and `entities` of a text message.

    Raises:
        ApiError: 400 empty, too long after parsing, bad markup.
    """
    parsed = formatted(call, call.text("text") or "", "entities")
    if not parsed.text:
        raise bad_request("message text is empty")
    if parsed.length > TEXT_LIMIT:
        raise bad_request(too_long)
    content: Json = {"text": parsed.text}
    if parsed.entities:
        content["entities"] = parsed.entities
    options = call.mapping("link_preview_options")
    if options:
        content["link_preview_options"] = options
    return content


def caption_of(call: Call) -> Json:
    """`caption` and `caption_entities`, nothing when there is no caption.

    Raises:
        ApiError: 400 too long after parsing, bad markup.
    """
    parsed = formatted(call, call.text("caption") or "", "caption_entities")
    return caption_content(parsed)


def caption_content(parsed: FormattedText) -> Json:
    """The message fields of a parsed caption."""
    if parsed.length > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    content: Json = {}
    if parsed.text:
        content["caption"] = parsed.text
    if parsed.entities:
        content["caption_entities"] = parsed.entities
    return content


def post(api: Api, call: Call, chat: Chat, content: Json, *, count: int = 1) -> Message:
    """The common end of sending: place, reply, keyboard, limits, then the message itself."""
    thread_id = thread_for(api, chat, call.integer("message_thread_id"))
    reply = reply_for(api, call, chat, thread_id)
    if thread_id is None and reply.target is not None and chat.is_forum:
        # Without a thread, an answer goes where the answered message is.
        thread_id = thread_for(api, chat, reply.target.thread_id)
    markup = markup_for(call, chat)
    api.limits.take(chat, api.world.now(), count)
    if call.flag("protect_content"):
        content = content | {"has_protected_content": True}
    if reply.quote:
        content = content | {"quote": reply.quote}
    if reply.external:
        content = content | {"external_reply": reply.external}
    return api.world.post(
        chat,
        api.world.bot,
        content,
        thread_id=thread_id,
        reply_to=reply.target,
        reply_markup=markup,
    )


@method("sendMessage")
def send_message(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    content = text_of(call)
    require_send(api, chat, "can_send_messages", "text messages")
    return post(api, call, chat, content).json


def _send_media(kind: str) -> None:
    """Registers `send<Kind>`."""
    media = MEDIA[kind]

    @method(media.method)
    def send(api: Api, call: Call) -> object:
        chat = chat_for(api, call)
        require_send(api, chat, media.permission, media.words)
        file = media_file(api, call, kind, call.params.get(kind), call.upload(kind), call.params)
        content = media_content(file)
        if media.captioned:
            content |= caption_of(call)
            if call.flag("has_spoiler"):
                content["has_media_spoiler"] = True
            if call.flag("show_caption_above_media"):
                content["show_caption_above_media"] = True
        return post(api, call, chat, content).json


for _kind in MEDIA:
    _send_media(_kind)

ALBUMS = ({"photo", "video"}, {"document"}, {"audio"})


@method("sendMediaGroup")
def send_media_group(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    items = call.array("media")
    if items is None:
        raise bad_request('parameter "media" is required')
    if not 2 <= len(items) <= 10:
        raise bad_request("too few or too many messages to send as an album")
    kinds = {item.get("type") for item in items if isinstance(item, dict)}
    if not any(kinds <= album for album in ALBUMS):
        raise bad_request("can't use the media of the specified type in the album")
    for kind in kinds:
        require_send(api, chat, MEDIA[str(kind)].permission, MEDIA[str(kind)].words)
    contents = [_album_item(api, call, item) for item in items]
    album = str(13_000_000_000_000_000 + api.world.number("album"))
    first = post(api, call, chat, contents[0] | {"media_group_id": album}, count=len(contents))
    thread_id, reply_to = first.thread_id, first.reply_to_id
    rest = [
        api.world.post(
            chat,
            api.world.bot,
            content
            | {"media_group_id": album}
            | ({"has_protected_content": True} if call.flag("protect_content") else {}),
            thread_id=thread_id if chat.is_forum else None,
            reply_to=chat.messages.get(reply_to) if reply_to else None,
        )
        for content in contents[1:]
    ]
    return [message.json for message in (first, *rest)]


def _album_item(api: Api, call: Call, item: Json) -> Json:
    kind = str(item["type"])
    value = item.get("media")
    file = media_file(api, call, kind, value, call.attached(value), item)
    mode = item.get("parse_mode")
    parsed = format_text(
        str(item.get("caption") or ""), mode, None if mode else item.get("caption_entities")
    )
    content = media_content(file) | caption_content(parsed)
    if item.get("has_spoiler"):
        content["has_media_spoiler"] = True
    return content


def location_content(call: Call) -> Json:
    """`Location` from the parameters.

    Raises:
        ApiError: 400 missing or out of range.
    """
    latitude, longitude = call.number("latitude"), call.number("longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("wrong parameter location in request")
    return {"latitude": latitude, "longitude": longitude}


def required_text(call: Call, name: str) -> str:
    """A string that must be there.

    Raises:
        ApiError: 400 empty.
    """
    value = call.text(name)
    if not value:
        raise bad_request(f'parameter "{name}" is required')
    return value


@method("sendLocation")
def send_location(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_messages", "text messages")
    location = location_content(call)
    for name in ("horizontal_accuracy", "live_period", "heading", "proximity_alert_radius"):
        if call.has(name):
            location[name] = call.number(name)
    return post(api, call, chat, {"location": location}).json


@method("sendVenue")
def send_venue(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_messages", "text messages")
    venue = {
        "location": location_content(call),
        "title": required_text(call, "title"),
        "address": required_text(call, "address"),
    }
    return post(api, call, chat, {"venue": venue, "location": venue["location"]}).json


@method("sendContact")
def send_contact(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_messages", "text messages")
    contact = {
        "phone_number": required_text(call, "phone_number"),
        "first_name": required_text(call, "first_name"),
    }
    for name in ("last_name", "vcard"):
        if call.has(name):
            contact[name] = str(call.text(name))
    return post(api, call, chat, {"contact": contact}).json


@method("sendDice")
def send_dice(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_other_messages", "dice")
    emoji = call.text("emoji") or "🎲"
    if emoji not in DICE:
        raise bad_request("dice emoji is not supported")
    value = api.world.number("dice") % DICE[emoji] + 1
    return post(api, call, chat, {"dice": {"emoji": emoji, "value": value}}).json


@method("sendPoll")
def send_poll(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_polls", "polls")
    options = call.array("options") or []
    texts = [o.get("text") if isinstance(o, dict) else o for o in options]
    if not 1 <= len(texts) <= 12 or not all(texts):
        raise bad_request("poll must have at least 1 and at most 12 options")
    anonymous = call.params.get("is_anonymous")
    poll = poll_content(
        api.world.number("poll"),
        required_text(call, "question"),
        [str(text) for text in texts],
        kind=call.text("type") or "regular",
        anonymous=anonymous is None or call.flag("is_anonymous"),
        multiple=call.flag("allows_multiple_answers"),
    )
    return post(api, call, chat, {"poll": poll}).json


def poll_content(
    number: int,
    question: str,
    options: list[str],
    *,
    kind: str = "regular",
    anonymous: bool = True,
    multiple: bool = False,
) -> Json:
    """A `Poll` nobody has voted in."""
    return {
        "id": str(5_000_000_000_000_000 + number),
        "question": question,
        "options": [
            {"persistent_id": str(place), "text": text, "voter_count": 0}
            for place, text in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": anonymous,
        "type": kind,
        "allows_multiple_answers": multiple,
        "allows_revoting": True,
        "members_only": False,
    }


ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note",
        "upload_video_note",
    }
)  # fmt: skip


@method("sendChatAction")
def send_chat_action(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_messages", "text messages")
    thread_id = thread_for(api, chat, call.integer("message_thread_id"))
    action = call.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    api.world.changes.record("chat_action", chat_id=chat.id, thread_id=thread_id, action=action)
    return True
