"""Is everything set up right at Telegram? Asks, and names what is wrong with its fix (case B24).

Findings are keys of the text catalogue (``doctor.…``) with arguments; each sentence of an error or
a warning says what to do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from aiogram.methods import (
    GetChat,
    GetChatMember,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    SendChatAction,
)

from channels.finding import Finding, Level
from channels.kind import DeskChat
from channels.message import Permanent, Reason, Text
from channels.protocol import Misconfigured
from channels.telegram.client import AiogramClient, Client, Json
from channels.telegram.errors import Failed, bad_token, delivery_error
from channels.telegram.settings import TelegramSettings

PROBE_SECONDS: Final = 6.0
"""How long to listen for somebody else who polls. Their next attempt ends ours."""

_RIGHTS: Final = ("can_pin_messages", "can_delete_messages")


async def diagnose(
    settings: TelegramSettings,
    desk_chats: Sequence[DeskChat],
    *,
    client: Client | None = None,
    probe_seconds: float = PROBE_SECONDS,
) -> list[Finding]:
    """Look at the token, the bot, and each group.

    Args:
        settings: The bot's section of the workspace.
        desk_chats: The groups of the desks and of the administrators.
        client: Another driver; aiogram by default.
        probe_seconds: How long to listen for a second poller; 0 leaves it out, for a service that
            polls itself and would be disturbed.
    """
    try:
        client = client or AiogramClient(settings, settings.token())
    except Misconfigured as error:
        return [_finding("error", "token_missing", detail=error.detail)]
    async with client:
        return await _Visit(client, settings, desk_chats, probe_seconds).run()


def _finding(level: Level, key: str, **args: str | int | Text) -> Finding:
    return Finding(level=level, key=f"doctor.{key}", args=args)


@dataclass(slots=True)
class _Visit:
    client: Client
    settings: TelegramSettings
    desks: Sequence[DeskChat]
    probe_seconds: float
    findings: list[Finding] = field(default_factory=list)

    def note(self, level: Level, key: str, **args: str | int | Text) -> None:
        self.findings.append(_finding(level, key, **args))

    async def run(self) -> list[Finding]:
        try:
            me = await self.client.call(GetMe())
        except Failed as error:
            if bad_token(error):
                self.note("error", "token_unknown")
            else:
                place = urlsplit(self.settings.api_url).netloc
                self.note("error", "unreachable", place=place, detail=error.description)
            return self.findings
        self.note("ok", "bot", username=me.get("username", ""), name=me["first_name"])
        if me.get("has_topics_enabled"):
            self.note("warning", "private_topics")
        try:
            await self.receiving()
        except Failed as error:
            self.note("error", "failed", detail=error.description)
        for desk in self.desks:
            try:
                await self.group(desk, me)
            except Failed as error:
                self.note("error", "chat_failed", desk=desk.name, detail=error.description)
        return self.findings

    # ----------------------------------------------------------------------- receiving

    async def receiving(self) -> None:
        webhook = await self.client.call(GetWebhookInfo())
        if webhook.get("url"):
            # Only the host: the path of a webhook is often a secret.
            self.note("error", "webhook", host=urlsplit(webhook["url"]).netloc)
            return
        if waiting := webhook.get("pending_update_count"):
            self.note("ok", "waiting", n=waiting)
        if self.probe_seconds > 0:
            await self.listen()

    async def listen(self) -> None:
        """Poll without acknowledging anything; whoever else polls makes Telegram answer 409."""
        end = time.monotonic() + self.probe_seconds
        while (left := end - time.monotonic()) > 0:
            try:
                updates = await self.client.call(
                    GetUpdates(limit=1, timeout=max(1, round(left))), wait=left + 1
                )
            except Failed as error:
                if error.code != 409:
                    raise
                self.note("error", "second_poller")
                return
            if updates:  # they come at once: nobody can be heard while we do not wait
                await asyncio.sleep(min(0.5, left))
        self.note("ok", "polling")

    # ----------------------------------------------------------------------- groups

    async def group(self, desk: DeskChat, me: Json) -> None:
        try:
            chat_id = int(desk.chat)
        except ValueError:
            self.note("error", "chat_id", desk=desk.name, chat=desk.chat)
            return
        try:
            chat = await self.client.call(GetChat(chat_id=chat_id))
            kind = chat["type"]
            if kind in ("private", "channel"):
                self.note("error", f"chat_{kind}", desk=desk.name, chat=desk.chat)
                return
            await self.client.call(SendChatAction(chat_id=chat_id, action="typing"))
            member = await self.client.call(GetChatMember(chat_id=chat_id, user_id=me["id"]))
        except Failed as error:
            self.unreachable(desk, error)
            return
        before = len(self.findings)
        self.rights(desk, chat, member, sees_all=bool(me.get("can_read_all_group_messages")))
        if len(self.findings) == before:
            plain = desk.threads and not chat.get("is_forum")
            key = "chat_plain" if plain else "chat"
            self.note("ok", key, desk=desk.name, title=chat.get("title", ""))

    def unreachable(self, desk: DeskChat, error: Failed) -> None:
        meaning = delivery_error(error, repeatable=True)
        reason = meaning.reason if isinstance(meaning, Permanent) else None
        if reason is Reason.MOVED and isinstance(meaning, Permanent) and meaning.moved_to:
            self.note("error", "chat_moved", desk=desk.name, chat=desk.chat, new=meaning.moved_to)
        elif reason is Reason.CHAT_GONE:
            self.note("error", "chat_gone", desk=desk.name, chat=desk.chat)
        elif reason is Reason.NO_RIGHTS:
            self.note("error", "cannot_write", desk=desk.name)
        else:
            raise error

    def rights(self, desk: DeskChat, chat: Json, member: Json, *, sees_all: bool) -> None:
        if member["status"] == "creator":
            return
        if member["status"] != "administrator":
            if desk.threads and chat.get("is_forum"):
                self.note("error", "not_admin", desk=desk.name)
            elif not sees_all:
                self.note("error", "privacy", desk=desk.name)
            return
        if chat.get("is_forum") and desk.threads and not member.get("can_manage_topics"):
            self.no_right("error", desk, "can_manage_topics")
        for right in _RIGHTS:
            if not member.get(right):
                self.no_right("warning", desk, right)

    def no_right(self, level: Level, desk: DeskChat, right: str) -> None:
        name = Text(key=f"doctor.right.{right}")
        self.note(level, "no_right", desk=desk.name, right=name)
