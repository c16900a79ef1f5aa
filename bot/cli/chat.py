"""`chat`: the bot in a terminal, over the in-process channel; tickets are shown as they open."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel

from bot.app import build
from bot.cli.console import load_workspace, out, printable, user_mistakes
from bot.delivery.ports import Store, Transaction
from bot.storage.memory import MemoryStore
from channels.memory import MemoryChannel, Shown
from channels.message import Address, Buttons, Media, Sender, ShareRequest
from config.settings import Workspace
from config.workspace import init, load

CLIENT = "1"
SOON = timedelta(seconds=3)
"""What is due later is not waited for: reminders, tickets that close by themselves."""
HELP = "Write as the client; a number presses a button; Ctrl-D or /quit ends."


def chat(
    folder: Annotated[
        Path | None, typer.Argument(help="The workspace.", show_default="the example")
    ] = None,
    language: Annotated[str, typer.Option(help="The client's language.")] = "ru",
) -> None:
    """Talk to the bot in this terminal, as a client; tickets are shown as the desks see them.

    Nothing is kept: tickets live in memory until you leave.
    """
    with user_mistakes(), ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "example"
            init(folder)
            workspace = load(folder)
        else:
            workspace = load_workspace(folder)
        asyncio.run(_talk(workspace, language))


async def _talk(workspace: Workspace, language: str) -> None:
    channel = MemoryChannel("terminal")
    chats = {desk.id: desk.chat for desk in workspace.settings.desks}
    for desk in workspace.settings.desks:
        channel.group(desk.chat, desk.title.in_language(language))
    store = MemoryStore(desks=lambda desk: Address(channel="terminal", chat=chats[desk]))
    app = build(workspace, store=store, channels=[channel], limits={}, serving=False)
    person = Sender(id=CLIENT, name="You", language=language)
    screen = Screen(channel, store, workspace, language)
    out.print(f"[dim]{HELP}[/dim]")
    async with app.running():
        channel.say("/start", chat=CLIENT, sender=person)
        while True:
            await screen.settle()
            line = await asyncio.to_thread(_read_line)
            if line is None or line.strip() == "/quit":
                return
            if not line.strip():
                continue
            pressed = screen.button(line.strip())
            if pressed is not None:
                message, action = pressed
                channel.press(action, message=message, chat=CLIENT, sender=person)
            else:
                channel.say(line, chat=CLIENT, sender=person)


def _read_line() -> str | None:
    if sys.stdin.isatty():
        try:
            return input("> ")
        except (EOFError, KeyboardInterrupt):
            return None
    return sys.stdin.readline() or None


class Screen:
    """Prints what appears in the chats of a channel, each message and each change once."""

    def __init__(
        self, channel: MemoryChannel, store: Store, workspace: Workspace, language: str
    ) -> None:
        self._channel, self._store = channel, store
        self._titles = {
            desk.chat: desk.title.in_language(language) for desk in workspace.settings.desks
        }
        self._seen: dict[tuple[str, str], str] = {}
        self._buttons: list[tuple[str, str]] = []

    async def settle(self) -> None:
        """Print until all that was said is decided and all that follows from it has appeared."""
        at_rest = False
        while not at_rest:
            await asyncio.sleep(0.03)
            at_rest = self._channel.accepted and await self._store.transact(_at_rest)
            self._print_news()

    def button(self, line: str) -> tuple[str, str] | None:
        """The message and the action of the button with that number."""
        number = int(line) if line.isdecimal() else 0
        return self._buttons[number - 1] if 0 < number <= len(self._buttons) else None

    def _print_news(self) -> None:
        for name, chat in sorted(self._channel.chats.items()):
            for shown in list(chat.messages.values()):
                state = f"{_words(shown)}|{shown.keyboard}"
                if not shown.ours or self._seen.get((name, shown.id)) == state:
                    continue
                changed = (name, shown.id) in self._seen
                self._seen[name, shown.id] = state
                if name == CLIENT:
                    self._print_for_client(shown)
                else:
                    self._print_at_desk(name, shown, changed)

    def _print_for_client(self, shown: Shown) -> None:
        out.print(f"[bold cyan]bot[/] {printable(_words(shown))}")
        if isinstance(shown.keyboard, Buttons):
            self._buttons = []
            for row in shown.keyboard.rows:
                for button in row:
                    if button.action is None:
                        out.print(f"      [dim]→ {printable(button.label)}: {button.url}[/]")
                        continue
                    self._buttons.append((shown.id, button.action))
                    out.print(f"   [yellow]{len(self._buttons):2}[/] {printable(button.label)}")
        elif isinstance(shown.keyboard, ShareRequest):
            out.print(f"      [dim]({printable(shown.keyboard.label)})[/]")

    def _print_at_desk(self, chat: str, shown: Shown, changed: bool) -> None:
        title = f"{self._titles.get(chat, chat)}{' · changed' if changed else ''}"
        out.print(Panel(printable(_words(shown)), title=printable(title), border_style="dim"))


def _at_rest(tx: Transaction) -> bool:
    """Whether nothing is being done, and nothing will be within :data:`SOON`."""
    soon = datetime.now(UTC) + SOON
    dues = [tx.inbox.next_due(), *(head.due for head in tx.claims.heads(soon))]
    waiting = any(due is not None and due <= soon for due in dues)
    return not waiting and not tx.claims.interrupted(None)


def _words(shown: Shown) -> str:
    files = [f"[{p.kind}: {p.name or ''}]" for p in shown.content.parts if isinstance(p, Media)]
    return "\n".join([shown.content.text.text, *files]).strip()


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(chat)
