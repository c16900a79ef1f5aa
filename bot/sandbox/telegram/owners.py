"""What people do to groups: join, appoint, pin, open and close topics, migrate."""

from __future__ import annotations

from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.people import ChatRef, People, TopicRef, UserRef
from bot.sandbox.telegram.state import Chat, Message, Topic, User


class Owners(People):
    """Acts of people who run groups."""

    def join(self, user: UserRef, chat: ChatRef) -> None:
        """A person joins a group."""
        person = self._user(user)
        self.world.members.set(self._chat(chat), person, "member", by=person)

    def leave(self, user: UserRef, chat: ChatRef) -> None:
        """A person leaves a group."""
        person = self._user(user)
        self.world.members.set(self._chat(chat), person, "left", by=person)

    def set_member(
        self,
        chat: ChatRef,
        user: UserRef | None,
        status: str,
        rights: dict[str, bool] | None = None,
    ) -> None:
        """The owner changes somebody's standing; `user` None is the bot."""
        where = self._chat(chat)
        who = self.world.bot if user is None else self._user(user)
        if status not in {"administrator", "member", "restricted", "left", "kicked", "creator"}:
            raise ControlError(f"no member status {status!r}")
        self.world.members.set(where, who, status, rights, by=self._owner(where))

    def pin(self, message: Message, user: UserRef | None = None) -> None:
        """A person pins a message."""
        chat = self.world.chat(message.chat_id)
        self.world.pin(message, self._owner(chat) if user is None else self._user(user))

    def _owner(self, chat: Chat) -> User:
        if chat.user is not None:
            return chat.user
        found = next((m.user for m in chat.members.values() if m.status == "creator"), None)
        return found or self.world.bot

    def _by(self, chat: Chat, user: UserRef | None) -> User:
        return self._owner(chat) if user is None else self._user(user)

    def create_topic(self, chat: ChatRef, name: str, user: UserRef | None = None) -> Topic:
        """A person opens a topic."""
        where = self._chat(chat)
        if not where.is_forum:
            raise ControlError("the group has no topics")
        return self.world.topics.create(where, name, self._by(where, user))

    def rename_topic(
        self, chat: ChatRef, thread: TopicRef, name: str, user: UserRef | None = None
    ) -> None:
        """A person renames a topic."""
        where = self._chat(chat)
        topic = self._existing(where, thread)
        self.world.topics.edit(where, topic, self._by(where, user), name=name, icon=None)

    def close_topic(
        self,
        chat: ChatRef,
        thread: TopicRef,
        user: UserRef | None = None,
        *,
        for_admins: bool = False,
    ) -> None:
        """A person closes a topic.

        Args:
            for_admins: Refuse the bot with TOPIC_CLOSED even if it may manage topics.
        """
        where = self._chat(chat)
        topic = self._existing(where, thread)
        self.world.topics.close(where, topic, self._by(where, user), for_all=for_admins)

    def reopen_topic(self, chat: ChatRef, thread: TopicRef, user: UserRef | None = None) -> None:
        """A person opens a closed topic again."""
        where = self._chat(chat)
        self.world.topics.reopen(where, self._existing(where, thread), self._by(where, user))

    def delete_topic(self, chat: ChatRef, thread: TopicRef) -> None:
        """A person deletes a topic with everything in it; the bot is not told."""
        where = self._chat(chat)
        self.world.topics.delete(where, self._existing(where, thread))

    def _existing(self, chat: Chat, thread: TopicRef) -> Topic:
        return self._topic(chat, thread) or chat.general

    def migrate(self, chat: ChatRef) -> Chat:
        """A basic group becomes a supergroup."""
        return self.world.migrate(self._chat(chat))

    def set_forum(self, chat: ChatRef, forum: bool) -> Chat:
        """The owner switches topics on or off; returns the chat, new if it had to migrate."""
        return self.world.set_forum(self._chat(chat), forum)
