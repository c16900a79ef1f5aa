"""Who is in a chat, with which rights, and who has blocked the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.telegram.state import ADMIN_RIGHTS, Chat, Member, User

if TYPE_CHECKING:
    from bot.sandbox.telegram.world import World


class Members:
    """Membership in all chats of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def set(
        self,
        chat: Chat,
        user: User,
        status: str,
        rights: dict[str, bool] | None = None,
        *,
        by: User,
        announce: bool = True,
    ) -> None:
        """Changes somebody's standing: membership update, and service message on coming or going.

        An administrator has every right that `rights` does not deny.
        """
        before = chat.members.get(user.id) or Member(user=user, status="left")
        if status == "administrator":
            rights = dict.fromkeys(ADMIN_RIGHTS, True) | (rights or {})
            if chat.type != "supergroup":
                rights.pop("can_manage_topics", None)
        after = Member(user=user, status=status, rights=rights or {})
        chat.members[user.id] = after
        if announce:
            self._announce_member(chat, before, after, by)
        self.world.changes.record("state")

    def _announce_member(self, chat: Chat, before: Member, after: Member, by: User) -> None:
        payload = {
            "chat": chat.json(),
            "from": by.json(),
            "date": self.world.timestamp,
            "old_chat_member": before.json(),
            "new_chat_member": after.json(),
        }
        user = after.user
        if user is self.world.bot:
            self.world.updates.add("my_chat_member", payload)
        else:
            member = self.world.bot_member(chat)
            if member and member.status == "administrator":
                self.world.updates.add("chat_member", payload)
        if after.present and not before.present:
            self.world.post(chat, by, {"new_chat_members": [user.json()]})
        elif before.present and not after.present:
            self.world.post(chat, by, {"left_chat_member": user.json()})

    def set_blocked(self, user: User, blocked: bool) -> None:
        """A person blocks the bot or lets it write again."""
        if user.blocked == blocked:
            return
        user.blocked = blocked
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = (Member(user=self.world.bot, status=status) for status in statuses)
        self.world.updates.add(
            "my_chat_member",
            {
                "chat": self.world.chats[user.id].json(),
                "from": user.json(),
                "date": self.world.timestamp,
                "old_chat_member": old.json(),
                "new_chat_member": new.json(),
            },
        )
        self.world.changes.record("state")
