"""``linezero faq …``: measuring, gaps, import and export."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, cast

import typer
from rich.table import Table

import faq
from bot.cli.console import (
    Folder,
    Json,
    clock_of,
    err,
    fail,
    load_for_data,
    out,
    print_json,
    printable,
    user_mistakes,
)
from bot.storage import open_reading
from bot.storage.open import database_url
from bot.unanswered import unanswered
from faq import evaluate, exchange, semantic
from faq.gaps import Unanswered, as_yaml, gaps
from faq.matcher import PhraseMatcher
from faq.matching import PRESETS
from faq.protocol import Draw, Ranked, draw, measure, resident_mb
from faq.translit import slug

app = typer.Typer(
    help="Make the FAQ better: measure it, find what is missing, bring it in and out.",
    no_args_is_help=True,
)

LAST_RUN: Final = ".linezero/faq-eval.json"


def folder_of(workspace: Path) -> Path:
    """The FAQ folder of a workspace; a folder of FAQ files is one itself."""
    inside = workspace / "faq"
    return inside if inside.is_dir() else workspace


def loaded(
    workspace: Path, preset: faq.Preset = "normal", encoder: faq.Encoder | None = None
) -> faq.Faq:
    """The FAQ alone, whatever else the workspace has; a user's mistake if it is broken."""
    with user_mistakes():
        return faq.load(folder_of(workspace), preset=preset, encoder=encoder)


@app.command("eval")
def evaluate_command(
    workspace: Folder = Path(),
    questions: Annotated[
        list[Path] | None,
        typer.Option("--questions", help="Labelled questions, JSONL: text, entry (or null)."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Measure the matcher on a data set instead: JSONL with split, entry, text."
        ),
    ] = None,
    per_entry: Annotated[
        int, typer.Option(min=1, help="With --data: phrasings for each entry.")
    ] = 10,
    seed: Annotated[int, typer.Option(help="With --data: which phrasings are drawn.")] = 0,
    preset: Annotated[str, typer.Option(help="cautious, normal or bold.")] = "normal",
    encoder: Annotated[
        bool, typer.Option("--encoder", help="Compare meanings too: needs linezero[semantic].")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ask the FAQ its own test questions: right, suggested, silent, wrong, and what changed."""
    chosen = preset_named(preset)
    if encoder and not semantic.available():
        fail("--encoder: it is not installed: pip install linezero[semantic]", code=2)
    reader = semantic.universal() if encoder else None
    if data is not None:
        print_figures(data, per_entry, seed, chosen, reader, as_json)
        return
    known = loaded(workspace, chosen, reader)
    asked_for = list(evaluate.own_tests(known))
    try:
        for file in questions or []:
            asked_for += evaluate.from_jsonl(file)
    except (OSError, ValueError) as error:
        fail(str(error))
    asked = evaluate.run(known, asked_for)
    memory = folder_of(workspace).parent / LAST_RUN
    changed = evaluate.changes(asked, memory)
    try:
        evaluate.remember(asked, memory)
    except OSError as error:
        err.print(f"the run is not remembered: {printable(str(error))}")
    failed = [one for one in asked if not one.passed]
    if as_json:
        print_json(
            {
                "outcomes": evaluate.table(asked),
                "failed": len(failed),
                "confusions": [asdict(one) for one in evaluate.confusions(asked)],
                "changes": [asdict(one) for one in changed],
                "questions": evaluate.as_plain(asked),
            }
        )
    else:
        print_run(asked, changed)
    raise typer.Exit(1 if failed else 0)


def preset_named(name: str) -> faq.Preset:
    """A preset by its name; ends with exit code 2 for another word."""
    if name not in PRESETS:
        fail(f"--preset: expected cautious, normal or bold, found {name!r}", code=2)
    return cast("faq.Preset", name)


def print_run(asked: list[evaluate.Asked], changed: list[evaluate.Change]) -> None:
    """The table of outcomes, the confusions, the difference to the last run."""
    table = Table("outcome", "questions", "share")
    for outcome, count in evaluate.table(asked).items():
        table.add_row(outcome, str(count), f"{100 * count / max(1, len(asked)):.1f} %")
    out.print(table)
    worst = evaluate.confusions(asked)[:10]
    if worst:
        table = Table("expected", "came first", "times", "for example")
        for mixed in worst:
            table.add_row(
                printable(mixed.expected or "(nothing)"),
                printable(mixed.instead),
                str(len(mixed.questions)),
                printable(mixed.questions[0]),
            )
        out.print(table)
    for change in changed:
        out.print(f"{change.before} -> {change.now}: {printable(change.text)}")
    for one in asked:
        if not one.passed:
            place = one.question.place
            at = f"{place.file}:{place.line}:{place.column}: " if place else ""
            out.print(printable(f"{at}{one.outcome}: {one.question.text!r}"))


def print_figures(
    data: Path, k: int, seed: int, preset: faq.Preset, encoder: faq.Encoder | None, as_json: bool
) -> None:
    """The protocol of the data sets, on one file."""
    try:
        drawn = draw(data, k, seed)
    except (OSError, ValueError) as error:
        fail(str(error))
    before = resident_mb()
    figures = asdict(measure(matcher_ask(drawn, preset, encoder), drawn.test, drawn.foreign))
    figures["rss_added_mb"] = round(figures["rss_mb"] - before, 1)
    if as_json:
        print_json(figures)
        return
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:g}")
    out.print(table)


def matcher_ask(
    drawn: Draw, preset: faq.Preset, encoder: faq.Encoder | None
) -> Callable[[str], Ranked]:
    """The whole matcher, readings and gates included, over a drawn FAQ."""
    names = [str(number) for number in range(len(drawn.entries))]
    phrasings: dict[str, list[str]] = {name: [] for name in names}
    for number, text in drawn.phrasings:
        phrasings[str(number)].append(text)
    matcher = PhraseMatcher(phrasings, gates=PRESETS[preset], encoder=encoder)

    def ask(text: str) -> Ranked:
        ranked = matcher.ranked(text)
        return Ranked(
            order=tuple(int(name) for name in ranked.keys[:3]),
            score=ranked.scope,
            answered=ranked.match.decision == "answer",
        )

    return ask


@app.command("gaps")
def gaps_command(
    context: typer.Context,
    workspace: Folder = Path(),
    source: Annotated[
        Path | None,
        typer.Option("--from", help="JSONL: text, at, outcome, suggested, pressed."),
    ] = None,
    least: Annotated[int, typer.Option(min=1, help="Leave out what was asked less often.")] = 1,
    days: Annotated[int, typer.Option(min=1, help="How far back to look in the history.")] = 30,
    as_json: Json = False,
) -> None:
    """What clients asked and the FAQ did not know, biggest first, as YAML to paste."""
    known = loaded(workspace)
    try:
        if source is not None:
            asked = list(unanswered_from(source))
        else:
            since = clock_of(context).now() - timedelta(days=days)
            with user_mistakes():
                asked = list(asyncio.run(unanswered_in(workspace, since)))
    except (OSError, ValueError) as error:
        fail(str(error))
    found = gaps(known, asked, least=least)
    if as_json:
        print_json([asdict(gap) | {"yaml": as_yaml(gap, known.entries)} for gap in found])
        return
    for gap in found:
        sys.stdout.write(as_yaml(gap, known.entries) + "\n")
    if not found:
        err.print("nothing was missing")


async def unanswered_in(folder: Path, since: datetime) -> Sequence[Unanswered]:
    """What a workspace's clients asked since then and line 0 did not close."""
    workspace = load_for_data(folder)
    stored = open_reading(database_url(workspace), folder=workspace.folder)
    try:
        return await stored.read(lambda reading: list(unanswered(reading.reports.contacts(since))))
    finally:
        await stored.close()


def unanswered_from(file: Path) -> Iterable[Unanswered]:
    """Records from JSONL.

    Raises:
        ValueError: a line is none; its number is in the message.
    """
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            at = datetime.fromisoformat(row["at"])
            outcome = row.get("outcome", "none")
            if outcome not in ("none", "suggest", "answer"):
                raise ValueError(f"unknown outcome {outcome!r}")  # noqa: TRY301  told with its line
            yield Unanswered(
                text=str(row["text"]),
                at=at if at.tzinfo else at.replace(tzinfo=UTC),
                outcome=outcome,
                suggested=tuple(row.get("suggested", ())),
                pressed=row.get("pressed"),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file}:{number}: not a record of a question: {error}") from None


@app.command("import")
def import_command(
    source: Annotated[Path, typer.Argument(help="A .csv, .xlsx or saved .html page.")],
    target: Annotated[Path, typer.Argument(help="The folder for the YAML files.")],
    section: Annotated[str, typer.Option(help="For entries without a section.")] = "imported",
    overwrite: Annotated[
        bool, typer.Option("--replace", help="Replace files; the old ones stay as .bak.")
    ] = False,
) -> None:
    """Make FAQ files of a table or of a page saved from a site.

    A file that is there is replaced only with --replace. Comments of YAML files are not in a table.
    """
    skipped: list[int] = []
    with user_mistakes():
        try:
            drafts = exchange.read(source, skipped=skipped.append)
            files = exchange.to_yaml(drafts, section=slug(section) or "imported")
        except exchange.NotReadable as error:
            fail(str(error))
        there = [target / name for name in files if (target / name).exists()]
        if there and not overwrite:
            names = ", ".join(map(str, there))
            fail(f"already there: {names}; --replace keeps the old files as .bak")
        target.mkdir(parents=True, exist_ok=True)
        for file in there:
            file.replace(file.with_name(f"{file.name}.bak"))
        for name, text in files.items():
            (target / name).write_text(text, encoding="utf-8")
            out.print(printable(target / name))
    if skipped:
        rows = ", ".join(map(str, skipped[:20])) + (" …" if len(skipped) > 20 else "")
        err.print(f"[yellow]No answer or no title, left out: rows {rows}.[/yellow]")


@app.command("export")
def export_command(
    workspace: Folder = Path(),
    target: Annotated[
        Path | None, typer.Option("--to", help="A CSV file; printed when left out.")
    ] = None,
    separator: Annotated[
        str,
        typer.Option(help="Between columns: what Excel of your country reads, ; or , or tab."),
    ] = ";",
) -> None:
    """Write the FAQ as a CSV table: what people outside edit and `import` reads back."""
    sign = {"tab": "\t"}.get(separator, separator)
    if len(sign) != 1 or sign not in exchange.SEPARATORS:
        fail(f"--separator: expected ; or , or tab, found {separator!r}", code=2)
    text = exchange.to_csv(loaded(workspace), separator=sign)
    if target is None:
        sys.stdout.write(text)
        return
    with user_mistakes():
        target.write_text(text, encoding="utf-8-sig", newline="")  # Excel wants the mark
