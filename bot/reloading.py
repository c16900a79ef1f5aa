"""From saved files to the workspace in force, or to words for the administrators."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping

from bot.conversation.events import Alarm, WorkspaceChanged
from config.settings import Workspace
from config.watch import Refused, changes

log = logging.getLogger(__name__)

SHOWN = 10
"""Mistakes told in the administrators' chat; the rest is counted."""


async def reloads(
    workspace: Workspace, *, overrides: Mapping[str, object] | None = None
) -> AsyncIterator[Workspace | Alarm]:
    """Each new version of a workspace's files, and an alarm for what cannot be taken over.

    Args:
        workspace: the version in force.
        overrides: those it was loaded with.
    """
    broken = False
    async for news in changes(workspace, overrides=overrides):
        if isinstance(news, Refused):
            broken = True
            lines = [str(mistake) for mistake in news.mistakes[:SHOWN]]
            if len(news.mistakes) > SHOWN:
                lines.append(f"… +{len(news.mistakes) - SHOWN}")
            yield Alarm(key="admin.config_broken", args={"mistakes": "\n".join(lines)})
            continue
        yield news.workspace
        if broken:
            broken = False
            yield Alarm(key="admin.config_repaired", args={})
        if news.restart:
            args = {"settings": ", ".join(news.restart)}
            yield Alarm(key="admin.config_restart", args=args)


async def follow(
    news: AsyncIterator[Workspace | Alarm],
    use: Callable[[Workspace], None],
    tell: Callable[[Alarm | WorkspaceChanged], None],
) -> None:
    """Put each new version in force and tell the administrators what cannot be."""
    async for each in news:
        if isinstance(each, Workspace):
            use(each)
            if each.settings.promises:
                tell(WorkspaceChanged())
            log.info("the workspace was reloaded")
        else:
            log.warning("the workspace was not reloaded: %s", each.args)
            tell(each)
