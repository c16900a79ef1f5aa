"""Which messages a bot gets to see (Bot API FAQ: privacy mode; bots never see their own)."""

from __future__ import annotations

from bot.sandbox.telegram.state import Chat, Message, User

FROM_OWN_ACTS = frozenset(
    {
        "new_chat_title",
        "left_chat_member",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
    }
)
"""Service messages a bot hears of even when it caused them."""


def bot_sees(message: Message, chat: Chat, bot: User, *, reads_everything: bool) -> bool:
    """Whether a message becomes an update for the bot.

    Args:
        reads_everything: Privacy mode is off (`can_read_all_group_messages`).
    """
    if message.by_bot and message.kind not in FROM_OWN_ACTS:
        return False
    if chat.is_private:
        return True
    member = chat.members.get(bot.id)
    if member is None or not member.present:
        return False
    return (
        member.status == "administrator"
        or reads_everything
        or message.is_service
        or _meant_for(bot, chat, message)
    )


def _meant_for(bot: User, chat: Chat, message: Message) -> bool:
    """What privacy mode lets through: commands for this bot, and answers to its messages."""
    reply_to = message.reply_to_id
    if reply_to is not None:
        target = chat.messages.get(reply_to)
        if target is not None and target.by_bot:
            return True
    for entity in message.entities:
        if entity["type"] == "bot_command":
            command = utf16_slice(message.text, entity["offset"], entity["length"])
            _, at, addressee = command.partition("@")
            if not at or addressee.lower() == (bot.username or "").lower():
                return True
    return False


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of a text an entity covers."""
    if text.isascii():
        return text[offset : offset + length]
    raw = text.encode("utf-16-le")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")
