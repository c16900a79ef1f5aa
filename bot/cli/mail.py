"""``linezero mail …``: what the desk would read in a mail, and the secret that signs letters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from bot.cli.console import (
    Folder,
    Json,
    clock_of,
    fail,
    load_workspace,
    out,
    print_json,
    printable,
    user_mistakes,
)
from channels.email import keys
from channels.email.bounded import BoundedReader
from channels.email.mail import Mail

_HEADER: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:>?From [^\r\n]*\r?\n)?[!-9;-~]{1,200}[ \t]*:")
"""The first line of a mail (RFC 5322 §2.2), perhaps below that of an mbox."""

app = typer.Typer(help="Look at mail the way the desk does.", no_args_is_help=True)


@app.command()
def parse(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A mail as a file, as mail programs save it (.eml).")
    ],
    as_json: Json = False,
) -> None:
    """Show the client's new words, what was cut off, and the attachments."""
    with user_mistakes():
        if file.is_dir():
            fail(f"{file} is a folder, not a mail")
        raw = file.read_bytes()
    if not _HEADER.match(raw):
        fail(f"{file} is no mail: it does not begin with header lines such as From: …")
    with BoundedReader() as reader:
        mail = reader.read(raw, received=clock_of(context).now())
    if as_json:
        print_json(as_plain(mail))
    else:
        show(mail)


@app.command()
def rotate_secret(folder: Folder = Path()) -> None:
    """Sign letters with a new secret from the next start of the service on.

    Letters sent before can be answered into their tickets as long as their secret is among the
    newest three.
    """
    with user_mistakes():
        file = load_workspace(folder).folder / keys.NAME
        kept = keys.rotate(file)
    older = f"{kept - 1} older one is" if kept == 2 else f"{kept - 1} older ones are"
    out.print(f"A new secret signs letters; {older} still believed.")
    out.print("Restart the service to use it.")


def as_plain(mail: Mail) -> dict[str, object]:
    """The mail as JSON values."""
    return {
        "message_id": mail.message_id,
        "from": str(mail.senders[0]) if mail.senders else None,
        "subject": mail.subject,
        "text": mail.text,
        "quoted": mail.quoted,
        "signature": mail.signature,
        "attachments": [
            {"name": one.name, "type": one.type, "size": one.size} for one in mail.attachments
        ],
        "auto": mail.auto,
        "charset": mail.charset,
        "language": mail.language,
        "warnings": list(mail.warnings),
    }


def show(mail: Mail) -> None:
    """The mail for people."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column()
    for label, value in (
        ("From", ", ".join(map(str, mail.senders))),
        ("Subject", mail.subject),
        ("Date", f"{mail.date:%Y-%m-%d %H:%M %Z}"),
        ("Message-ID", mail.message_id),
        ("Charset", mail.charset),
        ("Language", mail.language or ""),
        ("Automatic", mail.auto or ""),
    ):
        if value:
            facts.add_row(label, printable(value))
    out.print(facts)
    out.print()
    out.print(printable(mail.text) if mail.text else "[dim](no words of their own)[/dim]")
    for title, words in (("Signature", mail.signature), ("Quoted", mail.quoted)):
        if words:
            out.print(f"\n[dim]── {title} ──\n{printable(words)}[/dim]")
    for one in mail.attachments:
        about = f"{printable(one.type)}, {one.size} bytes"
        out.print(f"[cyan]📎 {printable(one.name)}[/cyan] [dim]{about}[/dim]")
    for warning in mail.warnings:
        out.print(f"[yellow]{printable(warning)}[/yellow]")
