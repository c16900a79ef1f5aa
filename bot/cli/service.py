"""`run`, `doctor`, `health`, `aside`: the service and its well-being."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot import status
from bot.app import build, serve
from bot.cli.console import (
    Folder,
    Json,
    clock_of,
    err,
    fail,
    load_for_data,
    load_workspace,
    out,
    print_json,
    printable,
    user_mistakes,
)
from bot.conversation.decision import Decision
from bot.delivery import noted
from bot.delivery.ports import InboxRow, OutboxRow, Transaction, Unreadable
from bot.delivery.traces import headline
from bot.doctor import examine, words
from bot.logs import set_up_logging
from bot.reloading import reloads
from bot.storage import open_store
from bot.storage.open import database_url
from channels import registry

RAW = 500
"""Characters shown of a row that cannot be read; ``--json`` shows all."""


def run(
    folder: Folder = Path(),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")] = False,
) -> None:
    """Serve: receive, answer, escalate, until SIGTERM or Ctrl-C.

    Saved changes of the workspace are taken over within a second.
    """
    set_up_logging(verbose=verbose)
    with user_mistakes():
        workspace = load_workspace(folder, secrets=True)
        if not os.access(workspace.folder, os.W_OK | os.X_OK):
            user = os.getuid() if hasattr(os, "getuid") else "?"
            fail(
                f"the folder {workspace.folder} cannot be written by this user ({user}), and the "
                f"service keeps its data there: sudo chown -R {user} {workspace.folder}"
            )
        if not workspace.settings.channels:
            sections = " or ".join(f"`{kind.section}:`" for kind in registry.KINDS if kind.groups)
            err.print(f"[red]support.yaml sets up no channel: add a {sections} section.[/red]")
            raise typer.Exit(1)
        app = build(workspace, reloads=reloads)
        with asyncio.Runner() as runner:
            runner.run(serve(app))


def doctor(context: typer.Context, folder: Folder = Path(), as_json: Json = False) -> None:
    """Ask Telegram, the mail servers and the running service whether everything is right; say the
    fix for what is not."""
    with user_mistakes():
        workspace = load_workspace(folder, secrets=True)
        findings = asyncio.run(examine(workspace, clock_of(context).now()))
    language = workspace.default_language
    if as_json:
        print_json(
            [
                {"level": f.level, "key": f.key, "words": words(workspace, f, language).text}
                for f in findings
            ]
        )
    else:
        for finding in findings:
            sign = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}
            said = words(workspace, finding, language).text
            out.print(f"{sign[finding.level]} {printable(said)}")
    raise typer.Exit(1 if any(finding.level == "error" for finding in findings) else 0)


def health(context: typer.Context, folder: Folder = Path(), as_json: Json = False) -> None:
    """Whether the service of a workspace works: workers, channels and storage (for a container's
    health check).

    Exit code 1 when it is dead or stuck, a worker is late, a channel is down or storage is away.
    """
    now = clock_of(context).now()
    found = status.all_in(folder)
    wrong = [line for each in found for line in status.troubles(each, now)]
    wrong = wrong if found else status.troubles(None, now)
    if as_json:
        said = [each.model_dump(mode="json") for each in found]
        print_json({"ok": not wrong, "troubles": wrong, "services": said})
    else:
        for line in wrong:
            err.print(f"[red]✗[/] {printable(line)}")
        for each in found:
            if status.alive(each, now):
                for line in status.in_words(each):
                    out.print(printable(line))
    raise typer.Exit(1 if wrong else 0)


def aside(
    context: typer.Context,
    folder: Folder = Path(),
    replay: Annotated[bool, typer.Option("--replay", help="Put them back in line.")] = False,
    as_json: Json = False,
) -> None:
    """Show messages that could not be handled and were set aside, or replay them."""

    async def work() -> list[dict[str, Any]]:
        store = open_store(database_url(workspace), folder=workspace.folder)
        try:
            rows = await store.transact(lambda tx: tx.inbox.aside())
            posts = await store.transact(lambda tx: tx.outbox.aside())
            arrived = [_shown(row, error) for row, error in rows]
            leaving = [_shown(row, error) for row, error in posts]
            if replay:
                now = clock_of(context).now()
                again = Decision(resend=tuple(each["row"] for each in leaving))

                def put_back(tx: Transaction) -> None:
                    tx.inbox.replay([each["row"] for each in arrived], now)
                    noted.apply(tx, again, now)

                await store.transact(put_back)
            return arrived + leaving
        finally:
            await store.close()

    with user_mistakes():
        workspace = load_for_data(folder)
        found = asyncio.run(work())
    if as_json:
        print_json(found)
        return
    table = Table("row", "from or to", "error")
    for each in found:
        why = "\n".join([headline(each["error"]), each.get("raw", "")[:RAW]]).strip()
        where = each.get("from") or f"→ {each['to']}"
        table.add_row(str(each["row"]), printable(where), printable(why))
    out.print(table if found else "Nothing was set aside.")
    if replay and found:
        out.print(f"{len(found)} put back; a running service takes them within a minute.")


def _shown(
    row: InboxRow | OutboxRow | Unreadable[int] | Unreadable[str], error: str
) -> dict[str, Any]:
    """What is told of a row; with what stands in it if that cannot be read."""
    if isinstance(row, Unreadable):
        way = "to" if isinstance(row.row, str) else "from"
        return {"row": row.row, way: row.order, "error": error, "raw": row.raw}
    if isinstance(row, OutboxRow):
        return {"row": row.id, "to": row.order, "error": error}
    return {"row": row.id, "from": row.inbound.address.key, "error": error}


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(run)
    app.command()(doctor)
    app.command()(health)
    app.command()(aside)
