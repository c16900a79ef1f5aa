"""`replay`: recorded days by the rules of today."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from bot.cli.console import (
    Folder,
    Json,
    clock_of,
    fail,
    load_for_data,
    out,
    print_json,
    printable,
    user_mistakes,
)
from bot.replaying import CannotReplay, replayed
from channels.message import Text
from config.settings import Workspace
from escalation.durations import Duration

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


def replay(
    context: typer.Context,
    backup: Annotated[
        str, typer.Argument(help="A copy of the database from before, or postgresql://….")
    ],
    folder: Folder = Path(),
    since: Annotated[
        str | None,
        typer.Option("--since", help="From when on: 2026-11-23, 2026-11-23T09:00, or 3d ago."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run recorded days through the program and the workspace as they are now, and show which
    decisions differ. Nothing is sent and no row is changed.

    Exit code 1 when any decision differs.
    """
    with user_mistakes():
        workspace = load_for_data(folder)
        try:
            begin = _moment(workspace, since, clock_of(context).now())
            report = asyncio.run(replayed(workspace, backup, begin))
        except CannotReplay as error:
            fail(_says(workspace, error.key, **error.args_of_text))
    if as_json:
        differences = [asdict(each) for each in report.differences]
        print_json({"decided": report.decided, "same": report.same, "differences": differences})
    else:
        for each in report.differences:
            at = each.at.astimezone(workspace.zone)
            out.print(f"[bold]{at:%Y-%m-%d %H:%M:%S}[/bold] {printable(each.event)}")
            for sign, colour, lines in (("-", "red", each.before), ("+", "green", each.after)):
                for line in lines:
                    out.print(f"  [{colour}]{sign} {printable(line)}[/]")
        out.print(_says(workspace, "replay.same", n=report.same))
        if report.differences:
            out.print(_says(workspace, "replay.differ", n=len(report.differences)))
    raise typer.Exit(1 if report.differences else 0)


def _moment(workspace: Workspace, since: str | None, now: datetime) -> datetime:
    """What ``--since`` means; without it, the beginning of time."""
    if since is None:
        return datetime.min.replace(tzinfo=UTC)
    try:
        return now - _DURATION.validate_python(since)
    except ValidationError:
        pass
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise CannotReplay("replay.since", since=since) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=workspace.zone)


def _says(workspace: Workspace, key: str, /, **args: str | int) -> str:
    language = workspace.default_language
    return workspace.texts.render(Text(key=key, args=dict(args)), language, workspace.zone).text


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(replay)
