"""The sandbox: the real application over a local Telegram and local mail, with people to play.

Nothing is mocked: the Telegram adapter talks HTTP to the emulator by its ``api_url``, the e-mail
adapter SMTP and IMAP to the mail world, arrivals go through a real SQLite file, and the example
workspace is the one `linezero init` gives out.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import App, build
from bot.reloading import reloads
from bot.sandbox.mail import MailWorld, Person
from bot.sandbox.mail.control import MailControl
from bot.sandbox.mail.world import PASSWORD
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.state import Chat, User
from config.settings import Workspace
from config.workspace import init, load

PLAIN_DESK = "billing"
"""The desk of the example that works in a plain group: both kinds can be seen."""


SUPPORT = Person(address="support@beacon.example", name="Northern Beacon", role="company")
"""The company's mailbox."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondents:
    """Who writes letters in the sandbox."""

    anna: Person
    john: Person
    vendor: Person
    """The vendor's support: line 4."""


def correspondents(mail: MailWorld) -> Correspondents:
    """Put people into an empty mail world."""
    return Correspondents(
        anna=mail.add("anna@mail.example", "Анна Ковалёва"),
        john=mail.add("john@mail.example", "John Miller", language="en"),
        vendor=mail.add("help@vendor.example", "Vendor Support", role="expert", language="en"),
    )


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


def mail_connections(mail: MailWorld, vendor: Person, folder: Path) -> dict[str, object]:
    """Settings that point a workspace's e-mail at the local servers, with a vendor to ask.

    The password goes through a file in ``folder``, as real ones do.
    """
    password = folder / "password"
    password.write_text(PASSWORD)
    server = {"host": "127.0.0.1", "security": "none", "password_file": str(password)}
    mailbox = {
        "address": mail.company.address,
        "imap": {**server, "port": mail.imap.port},
        "smtp": {**server, "port": mail.smtp.port, "login": "none"},
        # A letter written before the first look into the mailbox is none of an older life.
        "since": "2000-01-01",
    }
    expert = {
        "id": "vendor",
        "title": {"ru": "Поставщик оборудования", "en": "Equipment vendor"},
        "address": vendor.address,
        "vendor": True,
        "language": vendor.language,
    }
    return {"email": {"mailboxes": [mailbox]}, "experts": [expert]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running sandbox."""

    telegram: Emulator
    mail: MailWorld
    app: App
    cast: Cast
    correspondents: Correspondents


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
        mail = MailWorld(SUPPORT)
        routes = MailControl(mail).routes()
        async with mail, Emulator(port=port, privacy=False, routes=routes) as telegram:
            record = telegram.world.changes.record
            mail.changed = lambda address, letter: record("mail", address=address, letter=letter)
            cast, writers = people(telegram, load(source)), correspondents(mail)
            overrides = {
                **connections(telegram, cast, folder),
                **mail_connections(mail, writers.vendor, folder),
            }
            app = build(
                load(source, overrides=overrides, secrets=True),
                limits={},  # the local Telegram has none
                reloads=lambda workspace: reloads(workspace, overrides=overrides),
                data=folder,
            )
            async with app.running():
                yield Sandbox(
                    telegram=telegram, mail=mail, app=app, cast=cast, correspondents=writers
                )
