"""What is wrong with a file of the administrator's, and where.

Errors::

    InvalidFiles        one or more files cannot be used; carries every ``Mistake`` found
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; both numbers start at 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with one file, said so that its author can put it right."""

    file: Path
    line: int
    column: int
    message: str
    hint: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{hint}"


class InvalidFiles(Exception):
    """Files that cannot be used; ``mistakes`` holds everything found, in file and line order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes: tuple[Mistake, ...] = tuple(
            sorted(mistakes, key=lambda m: (str(m.file), m.line, m.column))
        )
        super().__init__("\n".join(map(str, self.mistakes)))
