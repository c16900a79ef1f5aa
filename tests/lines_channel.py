"""The channel that docs/channels.md shows, as the page writes it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from channels.kind import AnyKind

PAGE = Path(__file__).parents[1] / "docs" / "channels.md"
IMPORTS = """
import asyncio
import logging
from os import fsync
from pathlib import Path
from pydantic import Field
from channels.finding import Finding
from channels.kind import ChannelSettings, Kind, Surroundings, Visit
from channels.message import (
    Address, Content, FormattedText, Inbound, Outbound, Permanent, Post, Reason, Receipt, Said,
    Sender, Transient, Uncertain,
)
from channels.protocol import Abilities, Channel, Cursor, Health, Inbox
log = logging.getLogger(__name__)
"""


@cache
def names() -> dict[str, Any]:
    """Everything the page defines, by name."""
    page = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    defined: dict[str, Any] = {"__name__": "channels.lines"}
    exec(compile(IMPORTS + example, str(PAGE), "exec", dont_inherit=True), defined)  # noqa: S102 - our own page
    return defined


def kind() -> AnyKind:
    """Its line of the registry."""
    found: AnyKind = names()["LINES"]
    return found


def write(folder: Path, person: str, words: str) -> str:
    """A person writes a line. Returns its message id."""
    with (folder / "in").open("ab") as file:
        message = str(file.tell())
        file.write(f"{person}\t{words}\n".encode())
    return message


def written_to(folder: Path, person: str) -> list[str]:
    """The lines that were written to a person, in order."""
    file = folder / "out"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [words for name, _, words in (each.partition("\t") for each in lines) if name == person]
