"""Asking about chats and their members, and leaving them."""

from __future__ import annotations

from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.methods.access import chat_for, member_of, require_right
from bot.sandbox.telegram.methods.registry import Api, method
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import MEMBER_RIGHTS, Chat, Json, Member
from bot.sandbox.telegram.world import embedded


@method("getChat")
def get_chat(api: Api, call: Call) -> object:
    chat = chat_for(api, call, even_migrated=True)
    form: Json = chat.json() | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if not chat.is_private:
        if chat.type == "supergroup":  # a basic group stays readable from outside
            member_of(api, chat)
        form["permissions"] = dict.fromkeys(MEMBER_RIGHTS, True)
        form["invite_link"] = f"https://t.me/+sandbox{abs(chat.id)}"
    if chat.description:
        form["description"] = chat.description
    if chat.protected:
        form["has_protected_content"] = True
    if chat.pinned:
        pinned = api.world.live_message(chat, chat.pinned[-1])
        if pinned is not None:
            form["pinned_message"] = embedded(pinned)
    return form


@method("getChatMember")
def get_chat_member(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    user_id = call.integer("user_id")
    user = None if user_id is None else api.world.users.get(user_id)
    if user is None:
        raise bad_request("user not found")
    if chat.is_private:
        if user.id not in {chat.id, api.world.bot.id}:
            raise bad_request("user not found")
        return Member(user=user).json()
    member_of(api, chat)
    return (chat.members.get(user.id) or Member(user=user, status="left")).json()


@method("getChatAdministrators")
def get_chat_administrators(api: Api, call: Call) -> object:
    chat = _group(api, call, "there are no administrators in the private chat")
    bot = api.world.bot
    return [m.json() for m in chat.admins if not m.user.is_bot or m.user is bot]


@method("getChatMemberCount")
def get_chat_member_count(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    if chat.is_private:
        return 2
    member_of(api, chat)
    return len(chat.present)


@method("leaveChat")
def leave_chat(api: Api, call: Call) -> object:
    chat = _group(api, call, "chat member status can't be changed in private chats")
    bot = api.world.bot
    api.world.members.set(chat, bot, "left", by=bot)
    return True


@method("setChatTitle")
def set_chat_title(api: Api, call: Call) -> object:
    chat = _group(api, call, "can't change title of private chats")
    require_right(api, chat, "can_change_info", "not enough rights to change chat title")
    title = (call.text("title") or "").strip()
    if not 1 <= len(title) <= 128:
        raise bad_request("CHAT_TITLE_EMPTY" if not title else "chat title is too long")
    if title == chat.title:
        raise bad_request("chat title is not modified")
    chat.title = title
    api.world.post(chat, api.world.bot, {"new_chat_title": title})
    api.world.changes.record("state")
    return True


@method("setChatDescription")
def set_chat_description(api: Api, call: Call) -> object:
    chat = _group(api, call, "can't change description of private chats")
    require_right(api, chat, "can_change_info", "not enough rights to set chat description")
    text = call.text("description") or ""
    if len(text) > 255:
        raise bad_request("chat description is too long")
    if text == (chat.description or ""):
        raise bad_request("chat description is not modified")
    chat.description = text
    api.world.changes.record("state")
    return True


def _group(api: Api, call: Call, refusal: str) -> Chat:
    """A group the bot is in.

    Raises:
        ApiError: 400 with `refusal` for a private chat; 403 not a member.
    """
    chat = chat_for(api, call)
    if chat.is_private:
        raise bad_request(refusal)
    member_of(api, chat)
    return chat
