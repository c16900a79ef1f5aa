"""The menus of commands that a channel shows by itself: Telegram's button beside the text field."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final

from bot.delivery.clock import Clock
from channels.message import DeliveryError, Transient, Uncertain
from channels.protocol import Channel, Menu, ShowsMenus
from config.settings import Workspace

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 300.0
"""Seconds until a channel that could not be reached is offered the menus again; doubles."""

CLIENT: Final = (
    ("faq", "menu.faq"),
    ("status", "menu.status"),
    ("person", "menu.person"),
    ("new", "menu.new"),
    ("language", "menu.language"),
    ("email", "menu.email"),
    ("help", "menu.help"),
)
DESK: Final[tuple[tuple[str, str], ...]] = (
    ("take", "menu.take"),
    ("ask", "menu.ask"),
    ("note", "menu.note"),
    ("pass", "menu.pass"),
    ("up", "menu.up"),
    ("return", "menu.return"),
    ("forward", "menu.forward"),
    ("priority", "menu.priority"),
    ("resolve", "menu.resolve"),
    ("close", "menu.close"),
    ("recall", "menu.recall"),
    ("card", "menu.card"),
    ("history", "menu.history"),
    ("name", "menu.name"),
    ("unlink", "menu.unlink"),
    ("overdue", "menu.overdue"),
    ("doctor", "menu.doctor"),
    ("id", "menu.id"),
    ("help", "menu.help"),
)


def menus(workspace: Workspace) -> list[Menu]:
    """Menus for clients and desks in every language of a workspace, as a channel's clients see it,
    and for everybody else in its first one."""
    made: list[Menu] = []
    idle = set[str]()
    if workspace.own_mailbox is None:
        idle.add("email")
    if not any(workspace.may_forward(name) for name in workspace.desks):
        idle.add("forward")
    for language in (None, *workspace.settings.languages):
        spoken = language or workspace.default_language
        for audience, commands in (("clients", CLIENT), ("desks", DESK)):
            named = tuple(
                (name, workspace.texts.label(key, spoken))
                for name, key in commands
                if name not in idle
            )
            made.append(
                Menu(
                    audience="clients" if audience == "clients" else "desks",
                    language=language,
                    commands=named,
                )
            )
    return made


async def show_menus(
    channels: Iterable[Channel],
    workspace: Callable[[], Workspace],
    clock: Clock,
    *,
    reachable: Callable[[str], bool],
) -> None:
    """Put the commands where the channels show them, as soon as each can be reached.

    Args:
        channels: those without menus are left out.
        workspace: gives the workspace in force.
        clock: waits.
        reachable: whether the channel of that name can be asked now.
    """
    waiting = [c for c in channels if isinstance(c, ShowsMenus)]
    pause = FIRST_PAUSE
    while waiting:
        for channel in [each for each in waiting if reachable(each.name)]:
            try:
                await channel.show_menus(menus(workspace().seen_by(channel.name)))
            except (Transient, Uncertain) as error:
                log.debug("%s: no menus yet: %s", channel.name, error)
            except DeliveryError as error:
                log.warning("%s: the menus of commands were refused: %s", channel.name, error)
                waiting.remove(channel)
            else:
                waiting.remove(channel)
        if waiting:
            await clock.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
