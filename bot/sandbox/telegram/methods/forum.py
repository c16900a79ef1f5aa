"""Forum topics."""

from __future__ import annotations

from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.methods.access import chat_for, member_of, require_right
from bot.sandbox.telegram.methods.registry import Api, method
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import Chat, Topic

COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
NAME_LIMIT = 128


def forum_for(api: Api, call: Call, refusal: str = "not enough rights to manage topics") -> Chat:
    """A forum where the bot manages topics.

    Raises:
        ApiError: 400 not a forum, or no right.
    """
    chat = chat_for(api, call)
    if not chat.is_private:
        member_of(api, chat)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    require_right(api, chat, "can_manage_topics", refusal)
    return chat


def topic_for(chat: Chat, call: Call) -> Topic:
    """The topic of `message_thread_id`.

    Raises:
        ApiError: 400 TOPIC_ID_INVALID.
    """
    topic = chat.topics.get(call.integer("message_thread_id") or 0)
    if topic is None or topic.deleted:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def topic_name(call: Call) -> str:
    """`name`, 1 to 128 characters.

    Raises:
        ApiError: 400.
    """
    name = (call.text("name") or "").strip()
    if not name:
        raise bad_request("TOPIC_TITLE_EMPTY")
    return name[:NAME_LIMIT]


@method("createForumTopic")
def create_forum_topic(api: Api, call: Call) -> object:
    chat = forum_for(api, call, "not enough rights to create a topic")
    name = topic_name(call)
    color = call.integer("icon_color") or COLORS[0]
    if color not in COLORS:
        raise bad_request("invalid forum topic icon color specified")
    api.limits.take(chat, api.world.now(), 1)
    topic = api.world.topics.create(
        chat, name, api.world.bot, color=color, icon=call.text("icon_custom_emoji_id")
    )
    return topic.json()


@method("editForumTopic")
def edit_forum_topic(api: Api, call: Call) -> object:
    chat = forum_for(api, call)
    topic = topic_for(chat, call)
    name = topic_name(call) if call.has("name") else None
    icon = call.text("icon_custom_emoji_id")
    same_name = name is None or name == topic.name
    same_icon = icon is None or (icon or None) == topic.icon_custom_emoji_id
    if same_name and same_icon:
        raise bad_request("TOPIC_NOT_MODIFIED")
    api.world.topics.edit(
        chat,
        topic,
        api.world.bot,
        name=None if same_name else name,
        icon=None if same_icon else icon,
    )
    return True


@method("closeForumTopic")
def close_forum_topic(api: Api, call: Call) -> object:
    chat = forum_for(api, call)
    return _close(api, chat, topic_for(chat, call))


@method("reopenForumTopic")
def reopen_forum_topic(api: Api, call: Call) -> object:
    chat = forum_for(api, call)
    return _reopen(api, chat, topic_for(chat, call))


@method("deleteForumTopic")
def delete_forum_topic(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    require_right(api, chat, "can_delete_messages", "not enough rights to delete the topic")
    api.world.topics.delete(chat, topic_for(chat, call))
    return True


@method("closeGeneralForumTopic")
def close_general_forum_topic(api: Api, call: Call) -> object:
    chat = forum_for(api, call)
    return _close(api, chat, chat.general)


@method("reopenGeneralForumTopic")
def reopen_general_forum_topic(api: Api, call: Call) -> object:
    chat = forum_for(api, call)
    return _reopen(api, chat, chat.general)


def _close(api: Api, chat: Chat, topic: Topic) -> bool:
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    api.world.topics.close(chat, topic, api.world.bot)
    return True


def _reopen(api: Api, chat: Chat, topic: Topic) -> bool:
    if not topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    api.world.topics.reopen(chat, topic, api.world.bot)
    return True


@method("unpinAllForumTopicMessages")
def unpin_all_forum_topic_messages(api: Api, call: Call) -> object:
    chat = chat_for(api, call)
    require_right(
        api, chat, "can_pin_messages", "not enough rights to manage pinned messages in the chat"
    )
    topic = topic_for(chat, call)
    pinned = [chat.messages[number] for number in chat.pinned]
    api.world.unpin(chat, [m.id for m in pinned if m.thread_id == topic.id])
    return True


@method("getForumTopicIconStickers")
def get_forum_topic_icon_stickers(api: Api, call: Call) -> object:
    return []
