"""The nouns of the emulated Telegram: people, chats, topics, messages, files.

Plain mutable records without behaviour beyond their own Bot API form; `world.py` holds them
together and is the only place that changes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

GENERAL_TOPIC: Final = 1
"""Thread id of a forum's General topic. Its messages carry no `message_thread_id`."""

ADMIN_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_tags",
    "can_send_welcome_messages",
)
"""`ChatAdministratorRights` that exist in groups."""

MEMBER_RIGHTS: Final = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
"""`ChatPermissions`, and the fields of a restricted member."""

PRESENT: Final = frozenset({"creator", "administrator", "member", "restricted"})
"""Member statuses of somebody who is in the chat."""


@dataclass(slots=True, kw_only=True, eq=False)
class User:
    """A person, or the bot itself.

    Attributes:
        blocked: The person has blocked the bot.
        started: The person has written to the bot at least once; before that a bot cannot write.
    """

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_premium: bool = False
    is_bot: bool = False
    blocked: bool = False
    started: bool = False

    def json(self) -> Json:
        """Bot API `User`."""
        form: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            form["last_name"] = self.last_name
        if self.username:
            form["username"] = self.username
        if self.language_code:
            form["language_code"] = self.language_code
        if self.is_premium:
            form["is_premium"] = True
        return form


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """Somebody's standing in a group: one of the Bot API's six statuses, and their rights."""

    user: User
    status: str = "member"
    rights: dict[str, bool] = field(default_factory=dict)
    anonymous: bool = False

    @property
    def present(self) -> bool:
        """Whether they are in the chat."""
        if self.status == "restricted":
            return self.rights.get("is_member", True)
        return self.status in PRESENT

    def may(self, right: str) -> bool:
        """Whether an administrator's right is theirs; the creator has all of them."""
        if self.status == "creator":
            return True
        return self.status == "administrator" and self.rights.get(right, False)

    def json(self) -> Json:
        """Bot API `ChatMember*`."""
        form: Json = {"user": self.user.json(), "status": self.status}
        if self.status == "creator":
            form["is_anonymous"] = self.anonymous
        elif self.status == "administrator":
            form["can_be_edited"] = False
            form["is_anonymous"] = self.anonymous
            form |= {right: self.rights.get(right, False) for right in ADMIN_RIGHTS}
        elif self.status == "restricted":
            form["is_member"] = self.present
            form["until_date"] = 0
            form |= {right: self.rights.get(right, False) for right in MEMBER_RIGHTS}
        elif self.status == "kicked":
            form["until_date"] = 0
        return form


@dataclass(slots=True, kw_only=True, eq=False)
class Topic:
    """A forum topic. A deleted one is remembered so that its id is never given again.

    Attributes:
        id: `message_thread_id`, which is also the id of the service message that opened it.
        closed_for_all: Refuse even administrators who may manage topics (a switch for tests;
            Telegram itself lets those administrators write into a closed topic).
    """

    id: int
    name: str
    icon_color: int = 0x6FB9F0
    icon_custom_emoji_id: str | None = None
    closed: bool = False
    closed_for_all: bool = False
    deleted: bool = False
    hidden: bool = False

    def json(self) -> Json:
        """Bot API `ForumTopic`."""
        form: Json = {
            "message_thread_id": self.id,
            "name": self.name,
            "icon_color": self.icon_color,
        }
        if self.icon_custom_emoji_id:
            form["icon_custom_emoji_id"] = self.icon_custom_emoji_id
        return form


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An inline button as a person sees it."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """A message in a chat, a live view: edits, reactions and deletion show up on it.

    Attributes:
        json: Bot API `Message`.
        chat_id: The chat it is in.
        sender_id: The `User.id` of who wrote it (the bot's own id included).
        thread_id: Topic of a forum (None for General), or of a reply thread in a supergroup.
        reactions: Emoji by the id of who reacted.
        edits: How often it was edited.
        reply_markup: What the bot sent as keyboard, a reply keyboard included; `json` holds
            inline keyboards only, as in Telegram.
    """

    json: Json
    chat_id: int
    sender_id: int
    thread_id: int | None = None
    reactions: dict[int, list[str]] = field(default_factory=dict)
    deleted: bool = False
    edits: int = 0
    reply_markup: Json | None = None
    by_bot: bool = False

    @property
    def id(self) -> int:
        """`message_id`, unique within the chat."""
        return int(self.json["message_id"])

    @property
    def text(self) -> str:
        """The text or the caption, empty when there is neither."""
        return str(self.json.get("text", self.json.get("caption", "")))

    @property
    def entities(self) -> list[Json]:
        """Formatting of `text`, offsets and lengths in UTF-16 code units."""
        found: list[Json] = self.json.get("entities") or self.json.get("caption_entities") or []
        return found

    @property
    def kind(self) -> str:
        """What is in it: `text`, `photo`, … or the name of the service message."""
        return next((name for name in CONTENT_FIELDS if name in self.json), "unknown")

    @property
    def is_service(self) -> bool:
        """Whether Telegram wrote it (pinned, topic created, joined …)."""
        return self.kind in SERVICE_FIELDS

    @property
    def buttons(self) -> list[Button]:
        """The inline buttons, row after row."""
        rows = self.json.get("reply_markup", {}).get("inline_keyboard", [])
        return [
            Button(text=b["text"], data=b.get("callback_data"), url=b.get("url"))
            for row in rows
            for b in row
        ]

    @property
    def keyboard(self) -> list[str]:
        """The captions of the reply keyboard that came with it, row after row."""
        rows = (self.reply_markup or {}).get("keyboard", [])
        return [b if isinstance(b, str) else b["text"] for row in rows for b in row]

    @property
    def reply_to_id(self) -> int | None:
        """`message_id` of the message it answers (the topic's opening does not count)."""
        target = self.json.get("reply_to_message")
        if target is None or "forum_topic_created" in target:
            return None
        return int(target["message_id"])

    @property
    def file_id(self) -> str | None:
        """The file in it: the largest size of a photo, or the one file of other media."""
        for name in FILE_FIELDS:
            media = self.json.get(name)
            if media:
                return str((media[-1] if isinstance(media, list) else media)["file_id"])
        return None

    @property
    def emoji(self) -> list[str]:
        """All reactions on it."""
        return [emoji for mine in self.reactions.values() for emoji in mine]

    def view(self) -> Json:
        """The control API's form: `Message` and what a client's screen shows beside it."""
        return {
            **self.json,
            "reactions": self.emoji,
            "deleted": self.deleted,
            "edited": self.edits > 0,
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Chat:
    """A private chat (id is the person's), a basic group or a supergroup.

    Attributes:
        migrated_to: Id of the supergroup this basic group became.
        protected: Everything in it is `has_protected_content`.
        keyboard: The reply keyboard a private chat currently shows.
    """

    id: int
    type: str
    title: str | None = None
    user: User | None = None
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    general: Topic = field(default_factory=lambda: Topic(id=GENERAL_TOPIC, name="General"))
    migrated_to: int | None = None
    protected: bool = False
    keyboard: Json | None = None
    description: str | None = None
    last_message_id: int = 0

    @property
    def is_private(self) -> bool:
        """A chat of the bot with one person."""
        return self.type == "private"

    @property
    def present(self) -> list[Member]:
        """Those who are in it now."""
        return [member for member in self.members.values() if member.present]

    @property
    def admins(self) -> list[Member]:
        """The creator and the administrators."""
        return [m for m in self.members.values() if m.status in {"creator", "administrator"}]

    def json(self) -> Json:
        """Bot API `Chat`."""
        form: Json = {"id": self.id, "type": self.type}
        if self.user is not None:
            form["first_name"] = self.user.first_name
            if self.user.last_name:
                form["last_name"] = self.user.last_name
            if self.user.username:
                form["username"] = self.user.username
        else:
            form["title"] = self.title
            if self.is_forum:
                form["is_forum"] = True
        return form


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something uploaded: `getFile` serves its bytes.

    Attributes:
        size: Bytes as Telegram would report them; larger than `content` when a test only
            pretends that the file is big.
        media: Extra fields of its kind (`width`, `duration`, `emoji` …).
    """

    file_id: str
    unique_id: str
    kind: str
    content: bytes
    path: str
    size: int
    name: str | None = None
    mime_type: str | None = None
    media: Json = field(default_factory=dict)

    def json(self) -> Json:
        """The fields every media object of the Bot API shares, and its own."""
        form: Json = {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }
        if self.name and self.kind in {"document", "audio", "video", "animation"}:
            form["file_name"] = self.name
        if self.mime_type and self.kind not in {"photo", "sticker", "video_note"}:
            form["mime_type"] = self.mime_type
        return form | self.media


FILE_FIELDS: Final = (
    "photo",
    "animation",  # a message with an animation has `document` too, for old clients
    "document",
    "video",
    "voice",
    "audio",
    "video_note",
    "sticker",
)

SERVICE_FIELDS: Final = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "write_access_allowed",
    }
)

CONTENT_FIELDS: Final = (
    "text",
    *FILE_FIELDS,
    "venue",  # carries `location` too
    "location",
    "contact",
    "poll",
    "dice",
    "story",
    "paid_media",
    *sorted(SERVICE_FIELDS),
)
