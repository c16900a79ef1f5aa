"""Looking at a desk's set-up and its service from outside: for `linezero doctor` and for `/doctor`
in a chat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from bot import status, time_zones
from bot.status import Status
from bot.storage import lock
from bot.storage.open import database_url, sqlite_file
from channels.finding import Finding, Level
from channels.kind import DeskChat, Visit
from channels.message import Content, FormattedText, Text, join
from config.settings import Workspace

SIGNS = {"ok": "✅", "warning": "⚠️", "error": "❌"}


async def examine(
    workspace: Workspace, now: datetime, *, asked_by: Path | None = None
) -> Sequence[Finding]:
    """Ask every channel whether it and its desks' groups are set up right, and the workspace's own
    service how it is.

    While that runs nobody looks for a second program that reads with the same token: the two would
    disturb each other, and it is the service that would be found (load test, F12).

    Args:
        workspace: what the administrator wrote.
        now: what time it is.
        asked_by: the service itself asks, whose data are in this folder.
    """
    settings = workspace.settings
    if settings.home is None:
        return [Finding(level="error", key="doctor.no_channel")]
    said = await asyncio.to_thread(status.all_in, asked_by or workspace.folder)
    running = (
        asked_by is not None
        or any(status.alive(each, now) for each in said)
        or await asyncio.to_thread(_locked, workspace)
    )
    findings: list[Finding] = []
    for kind, channel in settings.configured:
        visit = Visit(
            folder=asked_by or workspace.folder,
            groups=_groups(workspace, channel.name),
            serving=running,
        )
        findings += await kind.diagnose(channel, visit)
    services = [f for each in said for f in _service(each, now, running=running)]
    return [*findings, *services, _zones()]


def _zones() -> Finding:
    """Which time zone data the hours of desks are read by."""
    zones = time_zones.in_use()
    if zones.version == zones.newest:
        source = "system" if zones.of_the_system else "package"
        return Finding(level="ok", key=f"doctor.zones.{source}", args={"version": zones.version})
    args = {"version": zones.version or "?", "newest": zones.newest}
    return Finding(level="warning", key="doctor.zones.old", args=args)


def _groups(workspace: Workspace, channel: str) -> list[DeskChat]:
    """Where people work in a channel: every desk, and the administrators."""
    language = workspace.default_language
    groups = [
        DeskChat(name=desk.title.in_language(language), chat=desk.chat)
        for desk in workspace.settings.desks
        if workspace.place_of(desk.id).channel == channel
    ]
    admins = workspace.admins
    if admins is not None and admins.channel == channel:
        name = workspace.texts.label("doctor.admins", language)
        groups.append(DeskChat(name=name, chat=admins.chat, threads=False))
    return groups


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


def words(workspace: Workspace, finding: Finding, language: str) -> FormattedText:
    """A finding as a sentence, with the fix if there is something to fix."""
    return workspace.texts.render(finding.text, language, workspace.zone)


async def report(
    workspace: Workspace, channel: str, language: str, now: datetime, data: Path
) -> Content:
    """The answer to `/doctor` in a chat, by the service whose data are in a folder."""
    if channel not in {each.name for each in workspace.settings.channels}:
        text = Text(key="doctor.not_here", args={"channel": channel})
        return Content(text=workspace.texts.render(text, language, workspace.zone))
    findings = await examine(workspace, now, asked_by=data)
    lines = [
        FormattedText(f"{SIGNS[finding.level]} ") + words(workspace, finding, language)
        for finding in findings
    ]
    return Content(text=join("\n", lines))
