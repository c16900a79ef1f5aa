"""Looking at a desk's set-up and its service from outside: for `linezero doctor` and for `/doctor`
in a chat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from bot import status
from bot.status import Status
from bot.storage import lock
from bot.storage.open import database_url, sqlite_file
from channels.email import keys
from channels.email.doctor import PATIENCE as MAIL_PATIENCE
from channels.email.doctor import diagnose as diagnose_email
from channels.finding import Finding, Level
from channels.message import Content, FormattedText, Text, join
from channels.protocol import Misconfigured
from channels.telegram.doctor import DeskChat, diagnose
from config.settings import Workspace

SIGNS = {"ok": "✅", "warning": "⚠️", "error": "❌"}


async def examine(
    workspace: Workspace, now: datetime, *, asked_by: Path | None = None
) -> Sequence[Finding]:
    """Ask Telegram whether the bot and every desk's chat are set up right, the mail servers about
    every mailbox, and the workspace's own service how it is.

    While that runs nobody looks for a second program that reads with the same token: the two would
    disturb each other, and it is the service that would be found (load test, F12).

    Args:
        workspace: what the administrator wrote.
        now: what time it is.
        asked_by: the service itself asks, whose data are in this folder.
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
    said = await asyncio.to_thread(status.all_in, asked_by or workspace.folder)
    running = (
        asked_by is not None
        or any(status.alive(each, now) for each in said)
        or await asyncio.to_thread(_locked, workspace)
    )
    if running:
        findings = await diagnose(settings.telegram, chats, probe_seconds=0)
    else:
        findings = await diagnose(settings.telegram, chats)
    mailboxes = await _mailboxes(workspace, serving=running)
    services = [f for each in said for f in _service(each, now, running=running)]
    return [*findings, *mailboxes, *services]


def _locked(workspace: Workspace) -> bool:
    """Whether a service holds the lock of the workspace's database; there is one for SQLite."""
    file = sqlite_file(database_url(workspace), workspace.folder)
    return file is not None and lock.holder(file) is not None


def _service(said: Status, now: datetime, *, running: bool) -> Iterator[Finding]:
    """What the service of the workspace says of itself."""
    if running and status.alive(said, now):
        yield Finding(
            level="ok",
            key="doctor.service.runs",
            args={"pid": str(said.pid), "since": said.started},
        )
        yield from _unwell(said)
    elif running or not said.stopped:
        level: Level = "error" if running else "warning"
        yield Finding(level=level, key="doctor.service.silent", args={"since": said.written})
    if said.set_aside:
        yield Finding(level="warning", key="doctor.service.aside", args={"n": said.set_aside})
    for alarm in said.undelivered_alarms:
        yield Finding(level="warning", key="doctor.service.unheard", args={"words": alarm})


def _unwell(said: Status) -> Iterator[Finding]:
    if not said.storage.ok:
        yield Finding(
            level="error",
            key="doctor.service.storage",
            args={"since": said.storage.since, "detail": said.storage.detail},
        )
    for name, channel in said.channels.items():
        if not channel.ok:
            yield Finding(
                level="error",
                key="doctor.service.channel",
                args={"channel": name, "since": channel.since, "detail": channel.detail},
            )
    for name, trouble in status.late_workers(said):
        yield Finding(
            level="error", key="doctor.service.worker", args={"worker": name, "detail": trouble}
        )


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


async def report(
    workspace: Workspace, channel: str, language: str, now: datetime, data: Path
) -> Content:
    """The answer to `/doctor` in a chat, by the service whose data are in a folder."""
    telegram = workspace.settings.telegram
    if telegram is None or telegram.name != channel:
        text = Text(key="doctor.not_here", args={"channel": channel})
        return Content(text=workspace.texts.render(text, language, workspace.zone))
    findings = await examine(workspace, now, asked_by=data)
    lines = [
        FormattedText(f"{SIGNS[finding.level]} ") + words(workspace, finding, language)
        for finding in findings
    ]
    return Content(text=join("\n", lines))
