"""Forum topics: opening, changing, closing, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.telegram.state import Chat, Json, Topic, User

if TYPE_CHECKING:
    from bot.sandbox.telegram.world import World


class Topics:
    """The topics of all forums of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def create(
        self, chat: Chat, name: str, by: User, *, color: int = 0x6FB9F0, icon: str | None = None
    ) -> Topic:
        """Opens a forum topic with its service message, whose id is the thread's id."""
        created: Json = {"name": name, "icon_color": color}
        if icon:
            created["icon_custom_emoji_id"] = icon
        thread_id = chat.last_message_id + 1
        topic = Topic(id=thread_id, name=name, icon_color=color, icon_custom_emoji_id=icon)
        chat.topics[thread_id] = topic
        self.world.post(chat, by, {"forum_topic_created": created}, thread_id=thread_id)
        self._changed(chat, topic, "created")
        return topic

    def edit(
        self, chat: Chat, topic: Topic, by: User, *, name: str | None, icon: str | None
    ) -> None:
        """Renames a topic or changes its icon ("" takes the icon away)."""
        edited: Json = {}
        if name is not None:
            topic.name = edited["name"] = name
        if icon is not None:
            topic.icon_custom_emoji_id = icon or None
            edited["icon_custom_emoji_id"] = icon
        self._say(chat, topic, by, {"forum_topic_edited": edited})
        self._changed(chat, topic, "edited")

    def close(self, chat: Chat, topic: Topic, by: User, *, for_all: bool = False) -> None:
        """Closes a topic."""
        topic.closed, topic.closed_for_all = True, for_all
        self._say(chat, topic, by, {"forum_topic_closed": {}})
        self._changed(chat, topic, "closed")

    def reopen(self, chat: Chat, topic: Topic, by: User) -> None:
        """Opens a closed topic again."""
        topic.closed = topic.closed_for_all = False
        self._say(chat, topic, by, {"forum_topic_reopened": {}})
        self._changed(chat, topic, "reopened")

    def delete(self, chat: Chat, topic: Topic) -> None:
        """Deletes a topic with all its messages. Telegram tells a bot nothing."""
        topic.deleted = True
        for message in chat.messages.values():
            if message.thread_id == topic.id:
                message.deleted = True
        self._changed(chat, topic, "deleted")

    def _say(self, chat: Chat, topic: Topic, by: User, content: Json) -> None:
        thread_id = None if topic is chat.general else topic.id
        self.world.post(chat, by, content, thread_id=thread_id)

    def _changed(self, chat: Chat, topic: Topic, action: str) -> None:
        self.world.changes.record(
            "topic",
            chat_id=chat.id,
            action=action,
            topic={**topic.json(), "closed": topic.closed, "deleted": topic.deleted},
        )
