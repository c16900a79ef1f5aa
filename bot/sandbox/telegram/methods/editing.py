"""Changing and deleting messages, reactions, pins, button answers."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.methods.access import (
    chat_for,
    markup_for,
    member_of,
    message_for,
    require_reachable,
    require_right,
)
from bot.sandbox.telegram.methods.media import MEDIA, media_content, media_file
from bot.sandbox.telegram.methods.registry import Api, method
from bot.sandbox.telegram.methods.sending import caption_content, caption_of, formatted, text_of
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import FILE_FIELDS, Chat, Json, Message

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
DELETABLE_FOR = timedelta(hours=48)

REACTIONS = frozenset(
    [
        "👍",
        "👎",
        "❤",
        "🔥",
        "🥰",
        "👏",
        "😁",
        "🤔",
        "🤯",
        "😱",
        "🤬",
        "😢",
        "🎉",
        "🤩",
        "🤮",
        "💩",
        "🙏",
        "👌",
        "🕊",
        "🤡",
        "🥱",
        "🥴",
        "😍",
        "🐳",
        "❤\u200d🔥",
        "🌚",
        "🌭",
        "💯",
        "🤣",
        "⚡",
        "🍌",
        "🏆",
        "💔",
        "🤨",
        "😐",
        "🍓",
        "🍾",
        "💋",
        "🖕",
        "😈",
        "😴",
        "😭",
        "🤓",
        "👻",
        "👨\u200d💻",
        "👀",
        "🎃",
        "🙈",
        "😇",
        "😨",
        "🤝",
        "✍",
        "🤗",
        "🫡",
        "🎅",
        "🎄",
        "☃",
        "💅",
        "🤪",
        "🗿",
        "🆒",
        "💘",
        "🙉",
        "🦄",
        "😘",
        "💊",
        "🙊",
        "😎",
        "👾",
        "🤷\u200d♂",
        "🤷",
        "🤷\u200d♀",
        "😡",
    ]
)
"""Bot API `ReactionTypeEmoji`."""


def own_message(api: Api, call: Call) -> tuple[Chat, Message]:
    """The message an edit is about.

    Raises:
        ApiError: 400 not there, or not the bot's.
    """
    if call.has("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = chat_for(api, call)
    require_reachable(api, chat)
    message = message_for(api, chat, call.integer("message_id"), "message to edit not found")
    markup = message.reply_markup
    has_reply_keyboard = markup is not None and "inline_keyboard" not in markup
    if not message.by_bot or message.is_service or has_reply_keyboard:
        raise bad_request("message can't be edited")
    return chat, message


def apply_edit(
    api: Api, call: Call, chat: Chat, message: Message, content: Json, replaced: tuple[str, ...]
) -> Json:
    """Replaces fields and the inline keyboard (absent means taken away), if anything differs.

    Raises:
        ApiError: 400 "message is not modified".
    """
    markup = markup_for(call, chat)
    if markup is not None and "inline_keyboard" in markup:
        content = content | {"reply_markup": markup}
    replaced = (*replaced, "reply_markup")
    current = {key: message.json[key] for key in replaced if key in message.json}
    if {key: value for key, value in content.items() if key in replaced} == current:
        raise bad_request(NOT_MODIFIED)
    api.limits.take(chat, api.world.now(), 1)
    message.reply_markup = content.get("reply_markup")
    only_markup = all(content.get(key) == current.get(key) for key in replaced[:-1])
    api.world.edit(message, content, removed=replaced, silent=only_markup)
    return message.json


@method("editMessageText")
def edit_message_text(api: Api, call: Call) -> object:
    chat, message = own_message(api, call)
    content = text_of(call, too_long="MESSAGE_TOO_LONG")
    if "text" not in message.json:
        raise bad_request("there is no text in the message to edit")
    return apply_edit(
        api, call, chat, message, content, ("text", "entities", "link_preview_options")
    )


@method("editMessageCaption")
def edit_message_caption(api: Api, call: Call) -> object:
    chat, message = own_message(api, call)
    if not any(kind in message.json and MEDIA[kind].captioned for kind in FILE_FIELDS):
        raise bad_request("there is no caption in the message to edit")
    content = caption_of(call)
    return apply_edit(api, call, chat, message, content, ("caption", "caption_entities"))


@method("editMessageReplyMarkup")
def edit_message_reply_markup(api: Api, call: Call) -> object:
    chat, message = own_message(api, call)
    return apply_edit(api, call, chat, message, {}, ())


@method("editMessageMedia")
def edit_message_media(api: Api, call: Call) -> object:
    chat, message = own_message(api, call)
    media = call.mapping("media")
    kind = str((media or {}).get("type"))
    if media is None or kind not in {"photo", "video", "document", "audio", "animation"}:
        raise bad_request("can't parse InputMedia: type is missing or unsupported")
    if message.kind not in {*FILE_FIELDS, "text"}:
        raise bad_request("there is no media in the message to edit")
    value = media.get("media")
    file = media_file(api, call, kind, value, call.attached(value), media)
    mode = media.get("parse_mode")
    caption = {"caption": media.get("caption") or "", "parse_mode": mode}
    caption["caption_entities"] = media.get("caption_entities")
    parsed = formatted(
        Call(method=call.method, params=caption), str(caption["caption"]), "caption_entities"
    )
    content = media_content(file) | caption_content(parsed)
    replaced = (*FILE_FIELDS, "caption", "caption_entities", "text", "entities")
    return apply_edit(api, call, chat, message, content, replaced)


@method("deleteMessage")
def delete_message(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_reachable(api, chat)
    message = message_for(api, chat, call.integer("message_id"), "message to delete not found")
    if not _deletable(api, chat, message):
        raise bad_request("message can't be deleted")
    api.world.delete(message)
    return True


def _deletable(api: Api, chat: Chat, message: Message) -> bool:
    age = api.world.timestamp - int(message.json["date"])
    if chat.is_private:
        return age < DELETABLE_FOR.total_seconds()
    if member_of(api, chat).may("can_delete_messages"):
        return True
    return message.by_bot and age < DELETABLE_FOR.total_seconds()


@method("deleteMessages")
def delete_messages(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_reachable(api, chat)
    ids = message_ids(call)
    for number in ids:
        message = api.world.live_message(chat, number)
        if message is not None and _deletable(api, chat, message):
            api.world.delete(message)
    return True


def message_ids(call: Call) -> list[int]:
    """`message_ids`: 1 to 100.

    Raises:
        ApiError: 400 none, too many, not numbers.
    """
    values = call.array("message_ids")
    if not values:
        raise bad_request("message identifiers are not specified")
    if len(values) > 100:
        raise bad_request("too many message identifiers specified")
    try:
        return [int(value) for value in values]
    except (TypeError, ValueError):
        raise bad_request("invalid message identifier specified") from None


@method("setMessageReaction")
def set_message_reaction(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_reachable(api, chat)
    message = message_for(api, chat, call.integer("message_id"), "message to react not found")
    reactions = call.array("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = []
    for reaction in reactions:
        if not isinstance(reaction, dict) or reaction.get("type") != "emoji":
            raise bad_request("REACTION_INVALID")
        symbol = str(reaction.get("emoji")).replace("\ufe0f", "")
        if symbol not in REACTIONS:
            raise bad_request("REACTION_INVALID")
        emoji.append(symbol)
    api.world.react(message, api.world.bot, emoji)
    return True


PIN_REFUSED = "not enough rights to manage pinned messages in the chat"


@method("pinChatMessage")
def pin_chat_message(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_reachable(api, chat)
    require_right(api, chat, "can_pin_messages", PIN_REFUSED)
    message = message_for(api, chat, call.integer("message_id"), "message to pin not found")
    if message.is_service:
        raise bad_request("message can't be pinned")
    if message.id not in chat.pinned:
        api.world.pin(message, api.world.bot)
    return True


@method("unpinChatMessage")
def unpin_chat_message(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_reachable(api, chat)
    require_right(api, chat, "can_pin_messages", PIN_REFUSED)
    message_id = call.integer("message_id")
    if message_id is None and chat.pinned:
        message_id = chat.pinned[-1]
    if message_id is None or message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    api.world.unpin(chat, [message_id])
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_reachable(api, chat)
    require_right(api, chat, "can_pin_messages", PIN_REFUSED)
    api.world.unpin(chat, chat.pinned[:])
    return True


@method("answerCallbackQuery")
def answer_callback_query(api: Api, call: Call) -> object:
    query_id = call.text("callback_query_id") or ""
    query = api.world.queries.get(query_id)
    if (
        query is None
        or query["answer"] is not None
        or api.world.now() - query["asked"] > api.callback_lifetime
    ):
        raise bad_request(QUERY_TOO_OLD)
    text = call.text("text") or ""
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.text("url")
    if url and not url.startswith(("https://t.me/", "tg://")):
        raise bad_request("URL_INVALID")
    api.world.answer(
        query_id, {"text": text, "show_alert": call.flag("show_alert"), "url": url or None}
    )
    return True
