"""`linezero demo`: the sandbox in the browser, or its story played by itself."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.logs import set_up_logging
from faq import InvalidFiles

out = Console(highlight=False, soft_wrap=True, emoji=False)


def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="A workspace.", show_default="the example")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the page.")] = 8080,
    play: Annotated[
        bool, typer.Option("--play", help="Play a fixed story without a browser and print it.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")] = False,
) -> None:
    """Try the whole desk without tokens or servers: a local Telegram with a page to play in.

    You are the client in one half of the page and the specialists in the other. Tickets live
    until you stop it.
    """
    set_up_logging(verbose=verbose, quiet=not verbose)
    try:
        happened = asyncio.run(_play()) if play else asyncio.run(_serve(folder, port))
    except InvalidFiles as error:
        for mistake in error.mistakes:
            out.print(escape(str(mistake)))
        raise typer.Exit(1) from None
    except OSError as error:
        out.print(f"[red]Port {port} cannot be used: {escape(str(error))}[/red]")
        out.print("Another one: [bold]make demo PORT=8081[/bold]")
        raise typer.Exit(1) from None
    if not happened:
        raise typer.Exit(1)


async def _play() -> bool:
    """Play the story and print what both sides saw. Whether every step happened."""
    # The emulator takes its time to load: not before somebody wants it.
    from bot.sandbox.demo import sandbox  # noqa: PLC0415 - see above
    from bot.sandbox.play import Story, StoryBroke  # noqa: PLC0415 - see above
    from bot.sandbox.play_mail import MailStory  # noqa: PLC0415 - see above

    for kind in (Story, MailStory):
        async with sandbox() as running:
            story = kind(running)
            broke: StoryBroke | None = None
            try:
                await story.live()
            except StoryBroke as error:
                broke = error
            for title, lines in story.transcripts():
                out.rule(escape(title))
                for line in lines:
                    out.print(escape(line))
            out.rule()
        for step in story.done:
            out.print(f"[green]✓[/green] {escape(step)}")
        if broke:
            out.print(f"[red]✗ {escape(broke.step)}: {escape(broke.detail)}[/red]")
            return False
    return True


async def _serve(folder: Path | None, port: int) -> bool:
    from bot.sandbox.demo import sandbox  # noqa: PLC0415 - as in _play

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with sandbox(folder, port=port) as running:
        out.print(f"\n  The sandbox is at [bold underline]{running.telegram.url}[/]")
        out.print("  Песочница открыта по этому адресу. Ctrl-C ends it.\n")
        await stop.wait()
    return True


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(demo)
