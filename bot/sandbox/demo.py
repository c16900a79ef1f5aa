"""The sandbox: the real application over a local Telegram, with people to play.

Nothing is mocked: the Telegram adapter talks HTTP to the emulator by its ``api_url``, arrivals go
through a real SQLite file, and the example workspace is the one `linezero init` gives out.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import App, build
from bot.reloading import reloads
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.state import Chat, User
from config.settings import Workspace
from config.workspace import init, load

PLAIN_DESK = "billing"
"""The desk of the example that works in a plain group: both kinds can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who lives in the sandbox."""

    anna: User
    """A client who speaks Russian."""
    john: User
    """A client who speaks English."""
    boris: User
    """A specialist, creator of the groups."""
    vera: User
    """Another specialist."""
    desks: dict[str, Chat]
    """The group of each desk, by the desk's id."""
    admins: Chat


def people(telegram: Emulator, workspace: Workspace) -> Cast:
    """Put people and groups into an empty emulator, a group for each desk of a workspace."""
    anna = telegram.user("Анна", last_name="Ковалёва", username="anna_k", language_code="ru")
    john = telegram.user("John", last_name="Miller", username="john_m", language_code="en")
    boris = telegram.user("Борис", username="boris", language_code="ru")
    vera = telegram.user("Вера", username="vera", language_code="ru")
    language = workspace.default_language
    desks = {
        desk.id: telegram.group(
            desk.title.in_language(language),
            members=[boris, vera],
            forum=desk.id != PLAIN_DESK,
            supergroup=True,
        )
        for desk in workspace.settings.desks
    }
    admins = telegram.group("Администраторы · Admins", members=[boris], supergroup=True)
    return Cast(anna=anna, john=john, boris=boris, vera=vera, desks=desks, admins=admins)


def connections(telegram: Emulator, cast: Cast, folder: Path) -> dict[str, object]:
    """Settings that point a workspace's bot and desks at the emulator.

    The token goes through a file in ``folder``, as real ones do.
    """
    token = folder / "token"
    token.write_text(telegram.token)
    return {
        "telegram": {"api_url": telegram.url, "token_file": str(token), "poll_timeout": 25},
        "admin_chat": str(cast.admins.id),
        "database_url": f"sqlite:///{folder / 'linezero.db'}",
        **{f"desks.{desk}.chat": str(chat.id) for desk, chat in cast.desks.items()},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running sandbox."""

    telegram: Emulator
    app: App
    cast: Cast


@asynccontextmanager
async def sandbox(source: Path | None = None, *, port: int = 0) -> AsyncIterator[Sandbox]:
    """Run the application against an emulator of its own until the block ends.

    Args:
        source: a workspace; default: a fresh copy of the example. Its files are watched; its
            database is not used: tickets of the sandbox live in a temporary folder.
        port: of the page and the emulated Bot API; 0 takes any free one.

    Raises:
        InvalidFiles: the workspace has mistakes.
        OSError: the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="linezero-sandbox-") as name:
        folder = Path(name)
        if source is None:
            source = folder / "workspace"
            init(source)
        async with Emulator(port=port, privacy=False) as telegram:
            cast = people(telegram, load(source))
            overrides = connections(telegram, cast, folder)
            app = build(
                load(source, overrides=overrides, secrets=True),
                limits={},  # the local Telegram has none
                reloads=lambda workspace: reloads(workspace, overrides=overrides),
            )
            async with app.running():
                yield Sandbox(telegram=telegram, app=app, cast=cast)
