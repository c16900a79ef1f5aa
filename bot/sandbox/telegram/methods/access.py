"""Checks shared by the methods: may the bot do that here, and what do the parameters point at."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.telegram.errors import bad_request, forbidden
from bot.sandbox.telegram.methods.registry import Api
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.schema import INLINE_BUTTON, KEYBOARD_BUTTON, REPLY_PARAMETERS
from bot.sandbox.telegram.state import Chat, Json, Member, Message, Topic, User


def chat_for(api: Api, call: Call, name: str = "chat_id", *, even_migrated: bool = False) -> Chat:
    """The chat a parameter names.

    Raises:
        ApiError: 400 unknown, or migrated (with `migrate_to_chat_id`).
    """
    value = (call.text(name) or "").strip()
    if not value:
        raise bad_request(f"{name} is empty")
    try:
        chat = api.world.chats.get(int(value))
    except ValueError:
        chat = None
    if chat is None or not known_to_bot(api, chat):
        raise bad_request("chat not found")
    if chat.migrated_to is not None and not even_migrated:
        raise bad_request(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
        )
    return chat


def known_to_bot(api: Api, chat: Chat) -> bool:
    """Whether the bot ever met the person of a private chat, there or in a group."""
    if chat.user is None or chat.user.started:
        return True
    return any(
        chat.id in group.members and api.world.bot.id in group.members
        for group in api.world.chats.values()
    )


def member_of(api: Api, chat: Chat) -> Member:
    """The bot's standing in a group it is in.

    Raises:
        ApiError: 403, it was kicked or never was there.
    """
    member = api.world.bot_member(chat)
    kind = "supergroup" if chat.type == "supergroup" else "group"
    if member is not None and member.status == "kicked":
        raise forbidden(f"bot was kicked from the {kind} chat")
    if member is None or not member.present:
        raise forbidden(f"bot is not a member of the {kind} chat")
    return member


def require_reachable(api: Api, chat: Chat) -> None:
    """The bot may talk here at all.

    Raises:
        ApiError: 403 blocked, never started, kicked, not a member.
    """
    if chat.user is None:
        member_of(api, chat)
    elif chat.user.blocked:
        raise forbidden("bot was blocked by the user")
    elif not chat.user.started:
        raise forbidden("bot can't initiate conversation with a user")


def require_send(api: Api, chat: Chat, permission: str, what: str) -> None:
    """The bot may send this kind of content here.

    Args:
        permission: The `ChatPermissions` field that a restricted member needs.
        what: Telegram's word for the content (`text messages`, `photos` …).

    Raises:
        ApiError: 403 unreachable; 400 restricted.
    """
    require_reachable(api, chat)
    if chat.is_private:
        return
    member = member_of(api, chat)
    if member.status == "restricted" and not member.rights.get(permission, False):
        raise bad_request(f"not enough rights to send {what} to the chat")


def require_right(api: Api, chat: Chat, right: str, refusal: str) -> None:
    """The bot administers this group with that right.

    Raises:
        ApiError: 400 with `refusal`.
    """
    if chat.is_private:
        return
    if not member_of(api, chat).may(right):
        raise bad_request(refusal)


def thread_for(api: Api, chat: Chat, thread_id: int | None) -> int | None:
    """Where a message goes inside the chat, None for General or a chat without topics.

    Raises:
        ApiError: 400 no such topic (General's id 1 is no thread either), or a closed one.
    """
    if not thread_id:
        if chat.is_forum:
            require_open(api, chat, chat.general)
        return None
    topic = chat.topics.get(thread_id)
    if not chat.is_forum or topic is None or topic.deleted:
        raise bad_request("message thread not found")
    require_open(api, chat, topic)
    return thread_id


def require_open(api: Api, chat: Chat, topic: Topic) -> None:
    """The topic takes messages from the bot.

    Raises:
        ApiError: 400 TOPIC_CLOSED; administrators who manage topics pass, unless the test forbids.
    """
    if not topic.closed:
        return
    if topic.closed_for_all or not member_of(api, chat).may("can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")


def message_for(api: Api, chat: Chat, message_id: int | None, missing: str) -> Message:
    """A message that is still there.

    Raises:
        ApiError: 400 with `missing`.
    """
    message = None if not message_id else api.world.live_message(chat, message_id)
    if message is None:
        raise bad_request(missing)
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The message that is answered, and the quoted part of it."""

    target: Message | None = None
    quote: Json | None = None
    external: Json | None = None


def reply_for(api: Api, call: Call, chat: Chat, thread_id: int | None) -> Reply:
    """`reply_parameters`, or the older `reply_to_message_id`.

    A missing target is an error unless `allow_sending_without_reply`; that flag counts for
    nothing across chats. A target in another topic becomes an `external_reply`.

    Raises:
        ApiError: 400 "message to be replied not found".
    """
    params = call.mapping("reply_parameters")
    if params is None:
        old = call.integer("reply_to_message_id")
        if not old:
            return Reply()
        params = {
            "message_id": old,
            "allow_sending_without_reply": call.flag("allow_sending_without_reply"),
        }
    unknown = params.keys() - REPLY_PARAMETERS
    if unknown:
        raise bad_request(f'unknown field "{min(unknown)}" in reply parameters')
    try:
        message_id = int(params.get("message_id") or 0)
    except (TypeError, ValueError):
        raise bad_request('field "message_id" must be of type Integer') from None
    if not message_id:
        return Reply()
    other = params.get("chat_id")
    if other is not None and str(other) != str(chat.id):
        return _external_reply(api, other, message_id)
    target = api.world.live_message(chat, message_id)
    if target is None:
        if params.get("allow_sending_without_reply"):
            return Reply()
        raise bad_request("message to be replied not found")
    if thread_id is not None and thread_id not in {target.thread_id, target.id}:
        return _external_reply(api, chat.id, message_id)
    quote = params.get("quote")
    if quote and quote not in target.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    form = {"text": quote, "position": target.text.find(quote)} if quote else None
    return Reply(target=target, quote=form)


def _external_reply(api: Api, chat_id: object, message_id: int) -> Reply:
    try:
        chat = api.world.chats.get(int(str(chat_id)))
    except ValueError:
        chat = None
    target = None if chat is None else api.world.live_message(chat, message_id)
    if chat is None or target is None:
        raise bad_request("message to be replied not found")
    external = {
        "origin": origin_of(api, target),
        "chat": chat.json(),
        "message_id": target.id,
    }
    if chat.is_private:
        external = {"origin": external["origin"]}
    return Reply(external=external)


def origin_of(api: Api, message: Message) -> Json:
    """`MessageOrigin` of a message that is forwarded or answered from elsewhere."""
    if "forward_origin" in message.json:
        origin: Json = message.json["forward_origin"]
        return origin
    sender: User = api.world.users[message.sender_id]
    if "sender_chat" in message.json:
        return {
            "type": "chat",
            "date": message.json["date"],
            "sender_chat": message.json["sender_chat"],
        }
    return {"type": "user", "date": message.json["date"], "sender_user": sender.json()}


def markup_for(call: Call, chat: Chat) -> Json | None:
    """`reply_markup`, checked.

    Raises:
        ApiError: 400, as Telegram words it.
    """
    markup = call.mapping("reply_markup")
    if not markup:
        return None
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"])
        kept = [[_inline_button(button) for button in row] for row in rows if row]
        total = sum(len(row) for row in kept)
        if total > 100 or any(len(row) > 8 for row in kept):
            raise bad_request("reply markup is too long")
        return {"inline_keyboard": kept} if kept else None
    if "keyboard" in markup:
        for row in _rows(markup["keyboard"]):
            for button in row:
                _keyboard_button(button)
        return markup
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return markup
    return None


def _rows(value: object) -> list[list[object]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request(
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        )
    return value


BUTTON_ACTIONS = INLINE_BUTTON - {"text", "style", "icon_custom_emoji_id"}


def _inline_button(button: object) -> Json:
    if not isinstance(button, dict):
        raise bad_request(
            "can't parse inline keyboard button: inline keyboard button must be an Object"
        )
    given = {key: value for key, value in button.items() if value is not None}
    if not given.get("text"):
        raise bad_request("can't parse inline keyboard button: text must be non-empty")
    unknown = given.keys() - INLINE_BUTTON
    if unknown:
        raise bad_request(f'can\'t parse inline keyboard button: unknown field "{min(unknown)}"')
    if not given.keys() & BUTTON_ACTIONS:
        raise bad_request(
            "can't parse inline keyboard button: text buttons are unallowed in the inline keyboard"
        )
    data = given.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    url = given.get("url")
    if url is not None and ("." not in str(url) and not str(url).startswith(("tg://", "http://"))):
        raise bad_request(
            "inline keyboard button URL '" + str(url) + "' is invalid: Wrong HTTP URL"
        )
    return given


def _keyboard_button(button: object) -> None:
    if isinstance(button, str):
        return
    if not isinstance(button, dict) or not button.get("text"):
        raise bad_request("can't parse keyboard button: text must be non-empty")
    unknown = {key for key, value in button.items() if value is not None} - KEYBOARD_BUTTON
    if unknown:
        raise bad_request(f'can\'t parse keyboard button: unknown field "{min(unknown)}"')
