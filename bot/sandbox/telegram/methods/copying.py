"""`copyMessage(s)` and `forwardMessage(s)`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.methods.access import (
    chat_for,
    message_for,
    origin_of,
    require_reachable,
    require_send,
    thread_for,
)
from bot.sandbox.telegram.methods.editing import message_ids
from bot.sandbox.telegram.methods.registry import Api, method
from bot.sandbox.telegram.methods.sending import caption_of, post
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import CONTENT_FIELDS, SERVICE_FIELDS, Chat, Json, Message

COPIED = (
    *(name for name in CONTENT_FIELDS if name not in SERVICE_FIELDS),
    "entities",
    "caption",
    "caption_entities",
    "link_preview_options",
    "has_media_spoiler",
    "show_caption_above_media",
)
CAPTION = ("caption", "caption_entities")


def content_of(message: Message) -> Json:
    """What is in a message, without where and by whom it was said."""
    return {name: message.json[name] for name in COPIED if name in message.json}


def _protected(message: Message) -> bool:
    return bool(message.json.get("has_protected_content"))


def _copyable(message: Message) -> bool:
    """Not: service messages, paid media, invoices, kinds the API does not know, and quizzes."""
    if _protected(message) or message.is_service or message.kind in {"unknown", "paid_media"}:
        return False
    poll: Json = message.json.get("poll", {})
    return poll.get("type") != "quiz"


def _forwardable(message: Message) -> bool:
    return not _protected(message) and not message.is_service


def source(api: Api, call: Call) -> Chat:
    """`from_chat_id`: a chat the bot is in."""
    chat = chat_for(api, call, "from_chat_id")
    if not chat.is_private:
        require_reachable(api, chat)
    return chat


def _forwarded(api: Api, message: Message) -> Json:
    return content_of(message) | {"forward_origin": origin_of(api, message)}


@method("copyMessage")
def copy_message(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_messages", "text messages")
    message = message_for(
        api, source(api, call), call.integer("message_id"), "message to copy not found"
    )
    if not _copyable(message):
        raise bad_request("message can't be copied")
    content = content_of(message)
    if "caption" in call.params and "text" not in content:
        content = {k: v for k, v in content.items() if k not in CAPTION} | caption_of(call)
    return {"message_id": post(api, call, chat, content).id}


@method("forwardMessage")
def forward_message(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_messages", "text messages")
    message = message_for(
        api, source(api, call), call.integer("message_id"), "message to forward not found"
    )
    if not _forwardable(message):
        raise bad_request("message can't be forwarded")
    return post(api, call, chat, _forwarded(api, message)).json


@method("copyMessages")
def copy_messages(api: Api, call: Call) -> object:
    def copied(message: Message) -> Json:
        content = content_of(message)
        if call.flag("remove_caption"):
            content = {k: v for k, v in content.items() if k not in CAPTION}
        return content

    return _many(api, call, _copyable, copied, "copy")


@method("forwardMessages")
def forward_messages(api: Api, call: Call) -> object:
    return _many(api, call, _forwardable, lambda message: _forwarded(api, message), "forward")


def _many(
    api: Api,
    call: Call,
    possible: Callable[[Message], bool],
    content: Callable[[Message], Json],
    verb: str,
) -> list[Json]:
    """Several messages at once: what is missing or impossible is silently left out.

    Albums stay albums. Nothing left at all is an error.
    """
    chat = chat_for(api, call)
    require_send(api, chat, "can_send_messages", "text messages")
    thread_id = thread_for(api, chat, call.integer("message_thread_id"))
    origin = source(api, call)
    ids = message_ids(call)
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    found = [api.world.live_message(origin, number) for number in ids]
    messages = [message for message in found if message is not None and possible(message)]
    if not messages:
        raise bad_request(f"there are no messages to {verb}")
    api.limits.take(chat, api.world.now(), len(messages))
    albums: dict[str, str] = {}
    sent = []
    for message in messages:
        form = content(message)
        album = message.json.get("media_group_id")
        if album is not None:
            if album not in albums:
                albums[album] = str(13_000_000_000_000_000 + api.world.number("album"))
            form["media_group_id"] = albums[album]
        if call.flag("protect_content"):
            form["has_protected_content"] = True
        copy = api.world.post(chat, api.world.bot, form, thread_id=thread_id)
        sent.append({"message_id": copy.id})
    return sent
