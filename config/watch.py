"""Following a workspace's files: a saved file is read again within a second, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from channels import registry
from config.reading import FOLDERS, SUPPORT, fingerprint, read
from config.settings import Settings, Workspace
from faq import Mistake

_FOLDERS: Final = frozenset(FOLDERS)
_TICK: Final = 1_000
"""Milliseconds between looks at the files without an event: some network disks send none."""
_SECOND_LOOK: Final = 0.25
"""Seconds before a file that is not right is believed to be so: editors save in several steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """The files changed and are right: use ``workspace`` from now on, as a whole."""

    workspace: Workspace
    restart: tuple[str, ...] = ()
    """Settings that were changed and count only after a restart."""
    warnings: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The files changed and are not right: what was in use before stays in use."""

    mistakes: tuple[Mistake, ...]


async def changes(
    workspace: Workspace,
    *,
    overrides: Mapping[str, object] | None = None,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Reloaded | Refused]:
    """Everything that becomes of a workspace's files, beginning with the state of ``workspace``.

    Files are read in a thread of their own. Mistakes that were told already are not told again.

    Args:
        workspace: the version in use.
        overrides: those it was loaded with.
        stop: ends the iteration when set; cancelling ends it as well.
    """
    folder = workspace.folder
    running = workspace.settings
    told: tuple[Mistake, ...] = ()
    seen = workspace.files or await asyncio.to_thread(fingerprint, folder)
    async for _ in awatch(
        folder,
        watch_filter=_matters,
        debounce=400,
        rust_timeout=_TICK,
        yield_on_timeout=True,
        stop_event=stop,
        ignore_permission_denied=True,
    ):
        now = await asyncio.to_thread(fingerprint, folder)
        if now == seen:
            continue
        seen = now
        reading = await asyncio.to_thread(read, folder, overrides=overrides)
        if reading.errors:
            await asyncio.sleep(_SECOND_LOOK)
            again = await asyncio.to_thread(fingerprint, folder)
            if again != seen:
                seen = again
                reading = await asyncio.to_thread(read, folder, overrides=overrides)
        if reading.workspace is None:
            if reading.errors != told:
                told = reading.errors
                yield Refused(mistakes=reading.errors)
            continue
        told = ()
        yield Reloaded(
            workspace=reading.workspace,
            restart=restart_needed(running, reading.workspace.settings),
            warnings=reading.warnings,
        )


def restart_needed(running: Settings, changed: Settings) -> tuple[str, ...]:
    """Settings whose change counts only after a restart (acceptance case H3): everything a
    connection was made with. The rest, desks and their chats included, counts at once."""
    names = [
        name
        for name in ("database_url", "database_url_env")
        if getattr(running, name) != getattr(changed, name)
    ]
    for kind in registry.KINDS:
        before, after = getattr(running, kind.section), getattr(changed, kind.section)
        if len(before) != len(after):
            names.append(kind.section)
            continue
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            where = kind.section if len(after) == 1 else f"{kind.section}[{number + 1}]"
            names += [
                f"{where}.{name}"
                for name in kind.settings.model_fields
                if name != "brand" and getattr(old, name) != getattr(new, name)
            ]
    return tuple(names)


def _matters(_: Change, path: str) -> bool:
    """Whether a file can belong to a workspace; the database in the same folder does not."""
    file = Path(path)
    return file.name == SUPPORT or not _FOLDERS.isdisjoint(file.parts)
