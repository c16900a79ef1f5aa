"""The state of one emulated Telegram, and every way it can change.

No HTTP and no permissions here: `methods/` checks what a bot may do, `people.py` acts for
persons, both change the world through this class, and the bot's updates and the page's events
follow from each change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.sandbox.telegram.changes import Changes
from bot.sandbox.telegram.entities import format_text
from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.files import Files
from bot.sandbox.telegram.members import Members
from bot.sandbox.telegram.state import (
    Chat,
    Json,
    Member,
    Message,
    User,
)
from bot.sandbox.telegram.topics import Topics
from bot.sandbox.telegram.updates import UpdateQueue
from bot.sandbox.telegram.visibility import bot_sees

ANONYMOUS_ADMIN = User(id=1087968824, first_name="Group", username="GroupAnonymousBot", is_bot=True)
"""The fake sender of anonymous administrators, the same in all of Telegram."""


class World:
    """Users, chats, messages, files, the bot and its queue of updates.

    Args:
        bot: The bot's own user.
        now: The time of messages (aware).
        reads_everything: Group privacy mode is off (`can_read_all_group_messages`).
    """

    def __init__(
        self, *, bot: User, now: Callable[[], datetime], reads_everything: bool = False
    ) -> None:
        self.bot = bot
        self.now = now
        self.reads_everything = reads_everything
        self.changes = Changes()
        self.updates = UpdateQueue(on_change=self.changes.wake)
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.files = Files()
        self.topics = Topics(self)
        self.members = Members(self)
        self.commands: dict[str, list[Json]] = {}
        self.profile: dict[str, str] = {}
        self.queries: dict[str, Json] = {}
        self._numbers: dict[str, int] = {}
        self._last_private_id = 0

    def clear(self) -> None:
        """Empties the world. Series of numbers go on, so that no id is ever given twice."""
        for everything in (
            self.users, self.chats, self.files, self.commands, self.profile, self.queries,
        ):  # fmt: skip
            everything.clear()
        self.users[self.bot.id] = self.bot
        self.updates.clear()

    def number(self, name: str) -> int:
        """The next number of a named series, from 1."""
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return self._numbers[name]

    @property
    def timestamp(self) -> int:
        """Now, in Unix seconds."""
        return int(self.now().timestamp())

    # People and chats

    def add_user(
        self,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "ru",
        is_premium: bool = False,
    ) -> User:
        """A person, and their private chat with the bot (same id)."""
        user = User(
            id=1000 + self.number("user"),
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
            is_premium=is_premium,
        )
        self.users[user.id] = user
        self.chats[user.id] = Chat(id=user.id, type="private", user=user)
        self.changes.record("state")
        return user

    def add_group(
        self,
        title: str,
        *,
        forum: bool = False,
        supergroup: bool = False,
        members: Iterable[User] = (),
        bot_status: str | None = "administrator",
        bot_rights: dict[str, bool] | None = None,
    ) -> Chat:
        """A group. The first member created it; `bot_status` None leaves the bot outside.

        An administrator bot has every right except those `bot_rights` denies.
        """
        is_super = forum or supergroup
        number = self.number("group")
        chat = Chat(
            id=-1_002_000_000_000 - number if is_super else -4_000_000 - number,
            type="supergroup" if is_super else "group",
            title=title,
            is_forum=forum,
        )
        for place, user in enumerate(members):
            status = "creator" if place == 0 else "member"
            chat.members[user.id] = Member(user=user, status=status)
        self.chats[chat.id] = chat
        if bot_status is not None:
            self.members.set(chat, self.bot, bot_status, bot_rights, by=self._owner(chat))
        self.changes.record("state")
        return chat

    def _owner(self, chat: Chat) -> User:
        return next((m.user for m in chat.members.values()), self.bot)

    def chat(self, chat_id: int) -> Chat:
        """A chat by id.

        Raises:
            ControlError: There is none.
        """
        try:
            return self.chats[chat_id]
        except KeyError:
            raise ControlError(f"no chat {chat_id}") from None

    def user(self, user_id: int) -> User:
        """A person by id.

        Raises:
            ControlError: There is none.
        """
        try:
            return self.users[user_id]
        except KeyError:
            raise ControlError(f"no user {user_id}") from None

    def bot_member(self, chat: Chat) -> Member | None:
        """The bot's standing in a group."""
        return chat.members.get(self.bot.id)

    # Messages

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; private chats and basic groups share one series."""
        if chat.type == "supergroup":
            chat.last_message_id += 1
            return chat.last_message_id
        self._last_private_id += 1
        return self._last_private_id

    def post(
        self,
        chat: Chat,
        sender: User,
        content: Json,
        *,
        thread_id: int | None = None,
        reply_to: Message | None = None,
        reply_markup: Json | None = None,
        sender_chat: Chat | None = None,
    ) -> Message:
        """Puts a message into a chat; people's messages become updates, as do some service ones.

        Args:
            content: The fields beside those every message has (`text`, `photo`, …).
            thread_id: A forum topic. Reply threads of supergroups follow from `reply_to`.
            sender_chat: The group itself, for an anonymous administrator.
        """
        form: Json = {
            "message_id": self.next_message_id(chat),
            "from": sender.json(),
            "chat": chat.json(),
            "date": self.timestamp,
        }
        if sender_chat is not None:
            form["from"] = ANONYMOUS_ADMIN.json()
            form["sender_chat"] = sender_chat.json()
        thread_id = self._thread(chat, thread_id, reply_to, form)
        if reply_to is not None:
            form["reply_to_message"] = embedded(reply_to)
        elif thread_id is not None and "forum_topic_created" not in content:
            root = chat.messages.get(thread_id)
            if chat.is_forum and root is not None:
                form["reply_to_message"] = embedded(root)
        if chat.protected:
            form["has_protected_content"] = True
        form |= content
        if reply_markup and "inline_keyboard" in reply_markup:
            form["reply_markup"] = reply_markup
        message = Message(
            json=form,
            chat_id=chat.id,
            sender_id=sender.id,
            thread_id=thread_id,
            reply_markup=reply_markup,
            by_bot=sender is self.bot,
        )
        chat.messages[message.id] = message
        self._set_keyboard(chat, message)
        self.changes.record("message", chat_id=chat.id, thread_id=thread_id, message=message.view())
        self._deliver(chat, message, "message")
        return message

    def _thread(
        self, chat: Chat, thread_id: int | None, reply_to: Message | None, form: Json
    ) -> int | None:
        if chat.is_forum:
            if thread_id is not None:
                form["message_thread_id"] = thread_id
                form["is_topic_message"] = True
            return thread_id
        if chat.type == "supergroup" and reply_to is not None:
            thread_id = reply_to.thread_id or reply_to.id
            form["message_thread_id"] = thread_id
            return thread_id
        return None

    def _set_keyboard(self, chat: Chat, message: Message) -> None:
        markup = message.reply_markup
        if not message.by_bot or markup is None or "inline_keyboard" in markup:
            return
        chat.keyboard = None if markup.get("remove_keyboard") else markup
        self.changes.record(
            "keyboard", chat_id=chat.id, message_id=message.id, reply_markup=chat.keyboard
        )

    def _deliver(self, chat: Chat, message: Message, kind: str) -> None:
        """Queues the update unless the bot would not get to see the message."""
        if bot_sees(message, chat, self.bot, reads_everything=self.reads_everything):
            self.updates.add(kind, message.json)

    def edit(
        self, message: Message, content: Json, *, removed: Iterable[str] = (), silent: bool = False
    ) -> None:
        """Replaces content fields of a message.

        Args:
            silent: An edit people do not see (keyboard changed): no `edit_date`.
        """
        form = {k: v for k, v in message.json.items() if k not in removed} | content
        if not silent:
            form["edit_date"] = self.timestamp
            message.edits += 1
        message.json = form
        chat = self.chats[message.chat_id]
        self.changes.record(
            "edited", chat_id=chat.id, thread_id=message.thread_id, message=message.view()
        )
        if not message.by_bot:
            self._deliver(chat, message, "edited_message")

    def delete(self, message: Message) -> None:
        """Takes a message out of its chat. No update tells a bot about it."""
        message.deleted = True
        chat = self.chats[message.chat_id]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        self.changes.record("deleted", chat_id=chat.id, message_id=message.id)

    def live_message(self, chat: Chat, message_id: int) -> Message | None:
        """A message that is still there."""
        message = chat.messages.get(message_id)
        return None if message is None or message.deleted else message

    def react(self, message: Message, user: User, emoji: list[str]) -> None:
        """Sets somebody's reactions to a message; an empty list takes them back."""
        before = message.reactions.get(user.id, [])
        if emoji:
            message.reactions[user.id] = emoji
        else:
            message.reactions.pop(user.id, None)
        chat = self.chats[message.chat_id]
        self.changes.record(
            "reaction", chat_id=chat.id, message_id=message.id, reactions=message.emoji
        )
        if user is self.bot:
            return
        member = self.bot_member(chat)
        if chat.is_private or (member and member.status == "administrator"):
            self.updates.add(
                "message_reaction",
                {
                    "chat": chat.json(),
                    "message_id": message.id,
                    "user": user.json(),
                    "date": self.timestamp,
                    "old_reaction": [{"type": "emoji", "emoji": e} for e in before],
                    "new_reaction": [{"type": "emoji", "emoji": e} for e in emoji],
                },
            )

    def pin(self, message: Message, by: User) -> None:
        """Pins a message and says so in the chat."""
        chat = self.chats[message.chat_id]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        chat.pinned.append(message.id)
        self.post(
            chat,
            by,
            {"pinned_message": embedded(message)},
            thread_id=message.thread_id if chat.is_forum else None,
        )
        self.changes.record("pinned", chat_id=chat.id, message_id=message.id, pinned=chat.pinned[:])

    def unpin(self, chat: Chat, message_ids: Iterable[int]) -> None:
        """Takes pins away; ids that are not pinned are ignored."""
        gone = set(message_ids)
        chat.pinned = [number for number in chat.pinned if number not in gone]
        self.changes.record("pinned", chat_id=chat.id, message_id=None, pinned=chat.pinned[:])

    # The whole chat

    def migrate(self, chat: Chat) -> Chat:
        """Turns a basic group into a supergroup with a new id; messages stay behind.

        Raises:
            ControlError: It is not a basic group, or has migrated already.
        """
        if chat.type != "group" or chat.migrated_to is not None:
            raise ControlError("only a basic group can become a supergroup, once")
        new = Chat(
            id=-1_002_000_000_000 - self.number("group"),
            type="supergroup",
            title=chat.title,
            members=chat.members,
            protected=chat.protected,
        )
        self.chats[new.id] = new
        owner = self._owner(chat)
        self.post(chat, owner, {"migrate_to_chat_id": new.id})
        chat.migrated_to = new.id
        self.post(new, owner, {"migrate_from_chat_id": chat.id})
        self.changes.record("state")
        return new

    def set_forum(self, chat: Chat, forum: bool) -> Chat:
        """Switches topics on or off; a basic group becomes a supergroup first, as in Telegram."""
        if chat.type == "group" and forum:
            chat = self.migrate(chat)
        chat.is_forum = forum
        for member in chat.admins:
            if forum and member.status == "administrator":
                member.rights.setdefault("can_manage_topics", True)
        self.changes.record("state")
        return chat

    # Buttons

    def press(self, message: Message, user: User, data: str) -> str:
        """A callback query, and its id. The data is taken as it is: it may be forged.

        A message that was deleted meanwhile comes as `InaccessibleMessage` (date 0).
        """
        form = message.json
        if message.deleted:
            form = {"chat": form["chat"], "message_id": message.id, "date": 0}
        query_id = str(4_000_000_000_000_000 + self.number("query"))
        query: Json = {
            "id": query_id,
            "from": user.json(),
            "message": form,
            "chat_instance": str(abs(message.chat_id) * 7919),
            "data": data,
        }
        self.queries[query_id] = {"asked": self.now(), "user_id": user.id, "answer": None}
        self.updates.add("callback_query", query)
        self.changes.wake()
        return query_id

    def answer(self, query_id: str, answer: Json) -> None:
        """The bot's answer to a pressed button reaches the person."""
        query = self.queries[query_id]
        query["answer"] = answer
        self.changes.record(
            "callback_answer", query_id=query_id, user_id=query["user_id"], **answer
        )


def embedded(message: Message) -> Json:
    """A message inside another one (`reply_to_message`, `pinned_message`): one level only."""
    return {
        key: value
        for key, value in message.json.items()
        if key not in {"reply_to_message", "pinned_message"}
    }


def text_content(text: str, entities: Iterable[Json] | None = None) -> Json:
    """The fields of a person's text message; Telegram finds links and commands in it."""
    formatted = format_text(text, entities=list(entities or ()))
    content: Json = {"text": formatted.text}
    if formatted.entities:
        content["entities"] = formatted.entities
    return content
