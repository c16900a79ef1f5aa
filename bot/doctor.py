"""Looking at a desk's set-up from outside: for `linezero doctor` and for `/doctor` in a chat."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from channels.email import keys
from channels.email.doctor import PATIENCE as MAIL_PATIENCE
from channels.email.doctor import diagnose as diagnose_email
from channels.finding import Finding
from channels.message import Content, FormattedText, Text, join
from channels.protocol import Misconfigured
from channels.telegram.doctor import DeskChat, diagnose
from config.settings import Workspace

SIGNS = {"ok": "✅", "warning": "⚠️", "error": "❌"}


async def examine(workspace: Workspace, *, serving: bool = False) -> Sequence[Finding]:
    """Ask Telegram whether the bot and every desk's chat are set up right, and the mail servers
    about every mailbox.

    Args:
        workspace: what the administrator wrote.
        serving: the service that reads the bot's updates is running; nobody looks for a second
            reader then, as the two would disturb each other.
    """
    settings = workspace.settings
    if settings.telegram is None:
        return [Finding(level="error", key="doctor.no_channel")]
    language = workspace.default_language
    chats = [
        DeskChat(name=desk.title.in_language(language), chat=desk.chat) for desk in settings.desks
    ]
    if settings.admin_chat:
        name = workspace.texts.label("doctor.admins", language)
        chats.append(DeskChat(name=name, chat=settings.admin_chat, threads=False))
    if serving:
        findings = await diagnose(settings.telegram, chats, probe_seconds=0)
    else:
        findings = await diagnose(settings.telegram, chats)
    return [*findings, *await _mailboxes(workspace, serving=serving)]


async def _mailboxes(workspace: Workspace, *, serving: bool) -> Sequence[Finding]:
    email = workspace.settings.email
    if email is None:
        return []
    try:
        secrets = await asyncio.to_thread(keys.read_or_make, workspace.folder / keys.NAME)
    except Misconfigured as error:
        return [Finding(level="error", key="doctor.mail.secret", args={"detail": error.detail})]
    patience = MAIL_PATIENCE / 2 if serving else MAIL_PATIENCE  # somebody waits in a chat
    return await diagnose_email(email, secrets, patience=patience)


def words(workspace: Workspace, finding: Finding, language: str) -> FormattedText:
    """A finding as a sentence, with the fix if there is something to fix."""
    return workspace.texts.render(finding.text, language, workspace.zone)


async def report(workspace: Workspace, channel: str, language: str) -> Content:
    """The answer to `/doctor` in a chat."""
    telegram = workspace.settings.telegram
    if telegram is None or telegram.name != channel:
        text = Text(key="doctor.not_here", args={"channel": channel})
        return Content(text=workspace.texts.render(text, language, workspace.zone))
    findings = await examine(workspace, serving=True)
    lines = [
        FormattedText(f"{SIGNS[finding.level]} ") + words(workspace, finding, language)
        for finding in findings
    ]
    return Content(text=join("\n", lines))
