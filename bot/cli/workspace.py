"""`init`, `check`, `try`: the administrator's side of a workspace."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.console import (
    Folder,
    Json,
    counted,
    err,
    load_workspace,
    out,
    print_json,
    print_mistakes,
    printable,
    user_mistakes,
)
from config.check import check as check_workspace
from config.secrets import adopt_env
from config.workspace import init as init_workspace
from faq import Explanation, Mistake


def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Make a working workspace from the example: an internet provider, in Russian and English."""
    with user_mistakes():
        init_workspace(folder)
    out.print(f"[green]A workspace is ready in[/green] [bold]{printable(folder)}[/bold].")
    out.print("Next: put the bot's token into [bold].env[/bold] (.env.example shows how),")
    out.print("edit [bold]support.yaml[/bold] (company, desks, chat ids), then")
    for command in ("check", "doctor", "run"):
        out.print(f"  linezero {command} {printable(folder)}")


def check(folder: Folder = Path(), as_json: Json = False) -> None:
    """Name every mistake of a workspace with file, line and column, and run its FAQ's tests.

    Exit code 1 if there is an error, a secret is missing or a test question is not answered as it
    should be.
    """
    with user_mistakes():
        if folder.is_dir():
            adopt_env(folder)
        report = check_workspace(folder)
    reading = report.reading
    failed = [test.place for test in report.tested if test.outcome == "missed"]
    unsure = [test.place for test in report.tested if test.outcome == "suggested"]
    warnings = [*reading.warnings, *report.advice]
    errors = [*reading.errors, *failed, *reading.missing_secrets]
    mistakes = [*errors, *warnings]
    if as_json:
        tests = {"asked": len(report.tested), "missed": len(failed), "suggested": len(unsure)}
        plain = [_plain(mistake) for mistake in mistakes]
        print_json({"ok": not errors, "mistakes": plain, "tests": tests})
        raise typer.Exit(1 if errors else 0)
    print_mistakes(mistakes)
    answered = len(report.tested) - len(failed) - len(unsure)
    if report.tested:
        out.print(
            f"FAQ test questions: {len(report.tested)} asked, {answered} answered, "
            f"{len(unsure)} only suggested, {len(failed)} missed."
        )
    if errors:
        err.print(f"[red]{counted(len(errors), 'error')}.[/red]")
        raise typer.Exit(1)
    out.print(f"[green]All is well[/green], {counted(len(warnings), 'warning')}.")


def _plain(mistake: Mistake) -> dict[str, object]:
    return {
        "file": str(mistake.file),
        "line": mistake.line,
        "column": mistake.column,
        "severity": mistake.severity,
        "message": mistake.message,
        "hint": mistake.hint,
    }


def attempt(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[DIR] QUESTION", help="The workspace (default: this folder), the question."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Show what line 0 would do with a question, and why: linezero try mydesk "нет интернета"."""
    folder = Path(words.pop(0)) if len(words) > 1 else Path()
    with user_mistakes():
        workspace = load_workspace(folder)
    why = workspace.faq.explain(" ".join(words))
    if as_json:
        print_json(as_plain(why))
        return
    match = why.match
    colour = {"answer": "green", "suggest": "yellow", "none": "red"}[match.decision]
    out.print(f"[{colour} bold]{match.decision}[/] {match.entry or ''}  score {match.score:.2f}")
    out.print(
        f"read as {printable(repr(match.read_as))} ({why.way}, {match.language}); "
        f"words: {printable(' '.join(why.words))}"
    )
    out.print(
        f"gates: a suggestion from score {why.gates.scope:.2f}, an answer from confidence "
        f"{why.gates.sure:.2f}; this has confidence {why.confidence:.2f}"
    )
    if why.top:
        table = Table("entry", "score", "chance", "nearest phrasing", "likeness")
        for one in why.top:
            row = (one.entry, f"{one.score:.2f}", f"{one.probability:.2f}", one.phrasing)
            table.add_row(*map(printable, row), f"{one.likeness:.2f}")
        out.print(table)


def as_plain(why: Explanation) -> dict[str, object]:
    """The documented JSON of `linezero try`: the decision, and under ``why`` its reasons."""
    match = why.match
    return {
        "decision": match.decision,
        "entry": match.entry,
        "score": round(match.score, 4),
        "alternatives": [
            {"entry": c.entry, "score": round(c.score, 4)} for c in match.alternatives
        ],
        "language": match.language,
        "read_as": match.read_as,
        "why": {
            "way": why.way,
            "readings": dict(why.readings),
            "words": list(why.words),
            "known": why.known,
            "confidence": why.confidence,
            "gates": asdict(why.gates),
            "top": [asdict(one) for one in why.top],
        },
    }


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(init)
    app.command()(check)
    app.command("try")(attempt)
