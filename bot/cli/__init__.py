"""`linezero …`: one command for everything a person does with a desk from a terminal.

Exit codes: 0 all is well; 1 something is wrong with the workspace, the set-up or a check; 2 the
command was mistyped.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from bot.cli import chat, faq, mail, replay, service, workspace
from bot.cli.console import out

app = typer.Typer(
    name="linezero",
    help="A support desk that lives in chat.\n\n"
    "Start with [bold]linezero demo[/bold] (a sandbox in the browser, no tokens), then "
    "[bold]linezero init mydesk[/bold], edit the YAML, [bold]linezero check mydesk[/bold], "
    "[bold]linezero doctor mydesk[/bold] and [bold]linezero run mydesk[/bold].",
    epilog="Exit codes: 0 all is well, 1 something is wrong, 2 the command was mistyped.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"linezero {version('linezero')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """A support desk that lives in chat."""


workspace.add_to(app)
service.add_to(app)
replay.add_to(app)
chat.add_to(app)
app.add_typer(faq.app, name="faq")
app.add_typer(mail.app, name="mail")
