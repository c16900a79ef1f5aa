"""The menus of commands that a channel shows by itself: Telegram's button beside the text field."""

from __future__ import annotations

from typing import Final

from channels.protocol import Menu
from config.settings import Workspace

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
    ("doctor", "menu.doctor"),
    ("id", "menu.id"),
    ("help", "menu.help"),
)


def menus(workspace: Workspace) -> list[Menu]:
    """Menus for clients and desks in every language of a workspace, and for everybody else in its
    first one."""
    made: list[Menu] = []
    idle = set[str]()
    if workspace.settings.email is None:
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
