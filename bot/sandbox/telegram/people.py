"""What people do in the sandbox: write, press, react, block, run a group.

These are the acts behind the control API and behind `Emulator`'s own methods. A person can only
do what a Telegram app would let them: otherwise `ControlError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.sandbox.telegram.content import Attachment, other_content, sample
from bot.sandbox.telegram.entities import format_text
from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.methods.media import MEDIA, media_content, store_file
from bot.sandbox.telegram.state import (
    GENERAL_TOPIC,
    Chat,
    Json,
    Member,
    Message,
    Topic,
    User,
)
from bot.sandbox.telegram.world import World, text_content

UserRef = User | int
ChatRef = Chat | User | int
TopicRef = Topic | int | None


class People:
    """Acts of people on a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    # Who and where

    def user(
        self,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "ru",
        is_premium: bool = False,
    ) -> User:
        """A new person. Their private chat with the bot has the same id."""
        return self.world.add_user(
            first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
            is_premium=is_premium,
        )

    def group(
        self,
        title: str,
        *,
        members: Iterable[UserRef] = (),
        forum: bool = False,
        supergroup: bool = False,
        bot: str = "administrator",
        rights: dict[str, bool] | None = None,
    ) -> Chat:
        """A new group: a forum, a supergroup, or (neither) a basic group.

        Args:
            members: The first is its creator.
            bot: `administrator`, `member` or `absent`.
            rights: Administrator rights that differ from "all of them".
        """
        return self.world.add_group(
            title,
            forum=forum,
            supergroup=supergroup,
            members=[self._user(member) for member in members],
            bot_status=None if bot == "absent" else bot,
            bot_rights=rights,
        )

    def _user(self, user: UserRef) -> User:
        return user if isinstance(user, User) else self.world.user(user)

    def _chat(self, chat: ChatRef) -> Chat:
        if isinstance(chat, Chat):
            return chat
        return self.world.chat(chat.id if isinstance(chat, User) else chat)

    def _message(self, chat: ChatRef, message_id: int) -> Message:
        message = self.world.live_message(self._chat(chat), message_id)
        if message is None:
            raise ControlError(f"no message {message_id} in chat {self._chat(chat).id}")
        return message

    def _topic(self, chat: Chat, topic: TopicRef) -> Topic | None:
        """The topic, None for General and for chats without topics."""
        number = topic.id if isinstance(topic, Topic) else topic
        if number is None or number == GENERAL_TOPIC or not chat.is_forum:
            return None
        found = chat.topics.get(number)
        if found is None or found.deleted:
            raise ControlError(f"no topic {number} in chat {chat.id}")
        return found

    # Reading

    def messages(
        self, chat: ChatRef, thread: TopicRef = None, *, deleted: bool = False
    ) -> list[Message]:
        """What is on screen, oldest first.

        Args:
            thread: A topic; 1 is General; None the whole chat.
            deleted: Include what was deleted.
        """
        found = [m for m in self._chat(chat).messages.values() if deleted or not m.deleted]
        number = thread.id if isinstance(thread, Topic) else thread
        if number is None:
            return found
        wanted = None if number == GENERAL_TOPIC else number
        return [message for message in found if message.thread_id == wanted]

    def message(self, chat: ChatRef, message_id: int) -> Message:
        """One message.

        Raises:
            ControlError: It is not there.
        """
        return self._message(chat, message_id)

    def topics(self, chat: ChatRef) -> list[Topic]:
        """The topics that exist, oldest first, without General."""
        return [topic for topic in self._chat(chat).topics.values() if not topic.deleted]

    def answer_to(self, query_id: str) -> Json | None:
        """How the bot answered a pressed button: `text`, `show_alert`, `url`; None if not yet."""
        answer: Json | None = self.world.queries[query_id]["answer"]
        return answer

    # Writing

    def tell(self, user: UserRef, text: str, *, reply_to: Message | int | None = None) -> Message:
        """A person writes a text to the bot in private."""
        return self.say(user, self._user(user), text, reply_to=reply_to)

    def say(
        self,
        user: UserRef,
        chat: ChatRef,
        text: str,
        *,
        thread: TopicRef = None,
        reply_to: Message | int | None = None,
        entities: Sequence[Json] = (),
        forward_from: User | str | None = None,
        anonymous: bool = False,
        protected: bool = False,
    ) -> Message:
        """A person writes a text.

        Args:
            chat: A group, or the person themselves for their chat with the bot.
            thread: A topic of a forum.
            reply_to: The message that is answered.
            entities: Formatting, offsets in UTF-16 units.
            forward_from: Who wrote it first: a user, or the name of one who hides behind it.
            anonymous: Sent as the group, by an anonymous administrator.
            protected: With `has_protected_content`.
        """
        return self._send(
            user,
            chat,
            text_content(text, entities),
            thread=thread,
            reply_to=reply_to,
            forward_from=forward_from,
            anonymous=anonymous,
            protected=protected,
        )

    def send(
        self,
        user: UserRef,
        chat: ChatRef,
        content: Attachment | Json,
        *,
        thread: TopicRef = None,
        reply_to: Message | int | None = None,
        forward_from: User | str | None = None,
        anonymous: bool = False,
        protected: bool = False,
    ) -> Message:
        """A person sends a file, or other content made by `content`."""
        fields = self._attached(content) if isinstance(content, Attachment) else content
        return self._send(
            user,
            chat,
            fields,
            thread=thread,
            reply_to=reply_to,
            forward_from=forward_from,
            anonymous=anonymous,
            protected=protected,
        )

    def album(
        self,
        user: UserRef,
        chat: ChatRef,
        items: Sequence[Attachment],
        *,
        thread: TopicRef = None,
        reply_to: Message | int | None = None,
    ) -> list[Message]:
        """A person sends an album: several messages, several updates, one `media_group_id`."""
        album = str(13_000_000_000_000_000 + self.world.number("album"))
        return [
            self._send(
                user,
                chat,
                self._attached(item) | {"media_group_id": album},
                thread=thread,
                reply_to=reply_to,
            )
            for item in items
        ]

    def _send(
        self,
        user: UserRef,
        chat: ChatRef,
        content: Json,
        *,
        thread: TopicRef = None,
        reply_to: Message | int | None = None,
        forward_from: User | str | None = None,
        anonymous: bool = False,
        protected: bool = False,
    ) -> Message:
        person, where = self._user(user), self._chat(chat)
        member = self._may_write(person, where)
        topic = self._topic(where, thread)
        spot = topic or where.general
        if where.is_forum and spot.closed and not (member and member.may("can_manage_topics")):
            raise ControlError("the topic is closed")
        if forward_from is not None:
            content = content | {"forward_origin": self._origin(forward_from)}
        if protected:
            content = content | {"has_protected_content": True}
        if where.is_private and not person.started:
            person.started = True
            self.world.changes.record("state")
        target = self._message(where, reply_to) if isinstance(reply_to, int) else reply_to
        return self.world.post(
            where,
            person,
            content,
            thread_id=topic.id if topic else None,
            reply_to=target,
            sender_chat=where if anonymous else None,
        )

    def _may_write(self, person: User, where: Chat) -> Member | None:
        if where.is_private:
            if where.id != person.id:
                raise ControlError("this is somebody else's private chat")
            if person.blocked:
                raise ControlError("the bot is blocked: unblock it first")
            return None
        if where.migrated_to is not None:
            raise ControlError(f"the group became supergroup {where.migrated_to}")
        member = where.members.get(person.id)
        if member is None or not member.present:
            raise ControlError(f"{person.first_name} is not in {where.title}")
        return member

    def _origin(self, source: User | str) -> Json:
        date = self.world.timestamp - 3600
        if isinstance(source, str):
            return {"type": "hidden_user", "date": date, "sender_user_name": source}
        return {"type": "user", "date": date, "sender_user": source.json()}

    def content(self, kind: str, **fields: object) -> Json:
        """Content for `send` that is no file.

        Args:
            kind: `contact`, `location`, `venue`, `poll`, `dice`, `story`, `paid_media`, or
                `unknown` for something the Bot API has no name for.
            fields: Fields of the kind that differ from the sample.
        """
        return other_content(self.world, kind, fields)

    def _attached(self, item: Attachment) -> Json:
        if item.kind not in MEDIA:
            raise ControlError(f"{item.kind!r} is no kind of file")
        file = store_file(
            self.world,
            item.kind,
            item.content or sample(item.kind),
            name=item.name or ("file.bin" if item.kind == "document" else None),
            mime_type=item.mime_type,
            extra=item.fields,
            size=item.size,
        )
        content = media_content(file)
        if item.caption:
            parsed = format_text(item.caption)
            content["caption"] = parsed.text
            if parsed.entities:
                content["caption_entities"] = parsed.entities
        return content

    def edit(
        self, message: Message, text: str | None = None, *, invisible: bool = False
    ) -> Message:
        """A person edits their text or caption.

        Args:
            invisible: Nothing visible changes, but the bot gets `edited_message` all the same.
        """
        if message.by_bot or message.is_service:
            raise ControlError("people edit only their own messages")
        if invisible:
            self.world.edit(message, {})
            return message
        if text is None:
            raise ControlError("text is missing")
        parsed = format_text(text)
        names = ("text", "entities") if "text" in message.json else ("caption", "caption_entities")
        content: Json = {names[0]: parsed.text}
        if parsed.entities:
            content[names[1]] = parsed.entities
        self.world.edit(message, content, removed=names)
        return message

    def remove(self, message: Message) -> None:
        """A person deletes a message; the bot is not told."""
        self.world.delete(message)

    def press(
        self, user: UserRef, message: Message, button: str | None = None, *, data: str | None = None
    ) -> str:
        """A person presses an inline button; returns the query id (see `answer_to`).

        Args:
            button: Its caption, or a part of it that only one button has.
            data: Instead: any callback data, forged if need be.
        """
        if data is None:
            data = self._button_data(message, button or "")
        return self.world.press(message, self._user(user), data)

    @staticmethod
    def _button_data(message: Message, caption: str) -> str:
        pressable = [b for b in message.buttons if b.data is not None]
        exact = [b for b in pressable if b.text == caption]
        found = exact or [b for b in pressable if caption.lower() in b.text.lower()]
        if len(found) != 1 or found[0].data is None:
            offered = ", ".join(repr(b.text) for b in message.buttons)
            raise ControlError(f"{len(found)} buttons match {caption!r}; there are: {offered}")
        return found[0].data

    def react(self, user: UserRef, message: Message, *emoji: str) -> None:
        """A person sets their reactions; none takes them back."""
        self.world.react(message, self._user(user), list(emoji))

    def block(self, user: UserRef) -> None:
        """A person blocks the bot: `my_chat_member`, and 403 to whatever it sends."""
        self.world.members.set_blocked(self._user(user), True)

    def unblock(self, user: UserRef) -> None:
        """A person lets the bot write again."""
        self.world.members.set_blocked(self._user(user), False)
