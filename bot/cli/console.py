"""What the commands share: printing, and turning a user's mistake into words and an exit code."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from bot.delivery.clock import Clock, SystemClock
from bot.storage import AlreadyServed, NewerDatabase, UnknownUrl, UnusableDatabase
from bot.supervision import NoChannelLeft
from channels.protocol import Misconfigured, StorageUnavailable
from config.secrets import adopt_env
from config.settings import MissingSecret, Workspace
from config.workspace import BadOverride, FolderNotEmpty, load
from faq import InvalidFiles, Mistake

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

Folder = Annotated[Path, typer.Argument(help="The workspace.", show_default="this folder")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def clock_of(context: typer.Context) -> Clock:
    """The clock of a command: the machine's, unless the program that runs the command in its own
    process gave one (``obj``, as Click calls it). Data that live by another clock are then read
    and written by that one."""
    clock: Clock | None = context.obj
    return clock or SystemClock()


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    out.print_json(text.encode("utf-8", "replace").decode("utf-8"))  # half a character is none


def printable(text: object) -> str:
    """What somebody else wrote, for a place between our markup: it makes no colours there, moves
    no cursor, and what cannot be printed shows as a question mark."""
    plain = "".join(_printable(sign) for sign in str(text))
    # A backslash at the end would take our next bracket for its own.
    return escape(plain) + ("\u200b" if plain.endswith("\\") else "")


def _printable(sign: str) -> str:
    if sign in "\n\t":
        return sign
    category = unicodedata.category(sign)
    return "\ufffd" if category in {"Cc", "Cs", "Co", "Cn"} or sign in _TURNS else sign


_TURNS: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""They turn the rest of a line around."""


def print_mistakes(mistakes: Iterable[Mistake], to: Console = err) -> None:
    """Each mistake on its line: place, error or warning, what is wrong, what to do."""
    for mistake in mistakes:
        colour = "yellow" if mistake.severity == "warning" else "red"
        place = f"{mistake.file}:{mistake.line}:{mistake.column}"
        to.print(
            f"[bold]{printable(place)}[/bold]: [{colour}]{mistake.severity}: "
            f"{printable(mistake.message)}[/{colour}]"
        )
        if mistake.hint:
            to.print(f"    {printable(mistake.hint)}")


def counted(count: int, thing: str) -> str:
    """A number of things: ``1 error``, ``2 errors``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def fail(message: str, code: int = 1) -> NoReturn:
    """A user's mistake: one line, and the command ends."""
    err.print(f"[red]{printable(message)}[/red]")
    raise typer.Exit(code)


_SERVICE = (
    AlreadyServed, Misconfigured, NewerDatabase, NoChannelLeft, UnknownUrl, UnusableDatabase,
)  # fmt: skip
"""What ends a service that was set up wrongly."""
_FILES = (BadOverride, MissingSecret)


@contextmanager
def user_mistakes() -> Iterator[None]:
    """Mistakes of the user end the command with words and exit code 1, not with a traceback."""
    try:
        yield
    except InvalidFiles as error:
        print_mistakes(error.mistakes)
        err.print(f"[red]{counted(len(error.mistakes), 'mistake')}; nothing was started.[/red]")
        raise typer.Exit(1) from None
    except FolderNotEmpty as error:
        fail(f"{error}; choose another name.")
    except (StorageUnavailable, UnusableDatabase) as error:
        fail(f"the database cannot be used: {error}")
    except OSError as error:
        fail(file_words(error))
    except (*_SERVICE, *_FILES) as error:
        fail(str(error))
    except ExceptionGroup as group:  # of the tasks of a service
        told, rest = group.split(_SERVICE)
        if told is None or rest is not None:
            raise
        fail("; ".join(dict.fromkeys(map(str, _single(told)))))


def file_words(error: OSError) -> str:
    """What is wrong with a file or a folder, without the system's number for it."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}"


def _single(error: Exception) -> Iterator[Exception]:
    """The errors of a group of groups, one by one."""
    if isinstance(error, ExceptionGroup):
        for each in error.exceptions:
            yield from _single(each)
    else:
        yield error


def load_workspace(folder: Path, *, secrets: bool = False) -> Workspace:
    """The workspace of a folder; call within :func:`user_mistakes`.

    ``secrets``: whether the secrets must be there too.
    """
    return load(folder, secrets=secrets)


def load_for_data(folder: Path) -> Workspace:
    """The workspace of a folder whose database is to be read: its address may be in ``.env``. As
    :func:`load_workspace`."""
    adopt_env(folder)
    return load(folder)
