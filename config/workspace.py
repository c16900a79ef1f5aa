"""An administrator's workspace: making one, loading it, checking it.

A workspace is a folder with ``support.yaml``, ``faq/*.yaml``, ``topics/*.yaml`` and, for those who
want other words, ``texts/ru.yaml`` and ``texts/en.yaml``. Topics are offered in the order of their
files' names. Secrets are in the environment or in ``.env``.

Errors::

    InvalidFiles    files that cannot be used, with every Mistake found in them (from ``faq``)
    FolderNotEmpty  a new workspace would overwrite what is there
    BadOverride     an override leads to no setting
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

from config.paths import BadOverride
from config.reading import Reading, read
from config.secrets import adopt_env
from config.settings import Workspace
from faq import Faq, InvalidFiles, Mistake

__all__ = [
    "BadOverride",
    "FolderNotEmpty",
    "InvalidFiles",
    "Reading",
    "Report",
    "Tested",
    "check",
    "init",
    "load",
    "read",
]


class FolderNotEmpty(Exception):
    """``folder`` exists and is not an empty folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not an empty folder")
        self.folder = folder


def init(folder: Path) -> None:
    """Make a workspace from the example, with the JSON Schemas for editors in ``schemas/``.

    Raises:
        FolderNotEmpty: something is there already; nothing was changed.
        OSError: the folder can not be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmpty(folder)
    with as_file(files("config")) as package:
        shutil.copytree(package / "example", folder, dirs_exist_ok=True)
        shutil.copytree(package / "schemas", folder / "schemas", dirs_exist_ok=True)


def load(
    folder: Path, *, overrides: Mapping[str, object] | None = None, secrets: bool = False
) -> Workspace:
    """Read a workspace.

    Args:
        folder: where it is.
        overrides: values that replace those of ``support.yaml`` by dotted path, for example
            ``{"telegram.api_url": …, "desks.billing.chat": …}``; None takes a key away.
        secrets: whether the secrets must be there too. Then what ``.env`` says is put into the
            environment first, where that says nothing yet.

    Raises:
        InvalidFiles: with every error of every file.
        BadOverride: an override leads to no setting.
    """
    if secrets:
        adopt_env(folder)
    reading = read(folder, overrides=overrides)
    errors = reading.errors + (reading.missing_secrets if secrets else ())
    if errors or reading.workspace is None:
        raise InvalidFiles(errors)
    return reading.workspace


# --------------------------------------------------------------------------- check

Outcome = Literal["answered", "suggested", "missed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A regression question of an entry (its ``tests``), and what line 0 makes of it now."""

    entry: str
    language: str
    question: str
    outcome: Outcome
    """Its own entry answers it, is among the suggestions, or neither."""
    got: str | None
    """The entry that answers."""
    mistake: Mistake
    """For a missed one: where it stands, and what happens instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything there is to say about a workspace."""

    reading: Reading
    tested: tuple[Tested, ...] = ()

    @property
    def errors(self) -> tuple[Mistake, ...]:
        """What is wrong, missed questions included."""
        missed = tuple(each.mistake for each in self.tested if each.outcome == "missed")
        return self.reading.errors + missed

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """What is allowed and probably not meant."""
        return self.reading.warnings

    @property
    def ok(self) -> bool:
        """Whether the workspace can be used and its FAQ finds its own questions."""
        return not self.errors

    @property
    def summary(self) -> tuple[str, ...]:
        """What the workspace holds, and how its questions fared, in a few lines."""
        workspace = self.reading.workspace
        if workspace is None:
            return ()
        counts = dict.fromkeys(("answered", "suggested", "missed"), 0)
        for each in self.tested:
            counts[each.outcome] += 1
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        return (
            (
                f"{len(workspace.desks)} desks, {len(workspace.topics)} topics, "
                f"{len(workspace.faq.entries)} FAQ entries"
            ),
            f"{len(self.tested)} test questions: {told}",
            *(f"to run: {mistake.message}" for mistake in self.reading.missing_secrets),
        )


def check(folder: Path, *, overrides: Mapping[str, object] | None = None) -> Report:
    """Read a workspace and, if it is right, ask its FAQ its own regression questions.

    Raises:
        BadOverride: an override leads to no setting.
    """
    reading = read(folder, overrides=overrides)
    tested = tuple(_ask(reading.workspace.faq)) if reading.workspace else ()
    return Report(reading=reading, tested=tested)


def _ask(faq: Faq) -> Iterator[Tested]:
    for name, entry in faq.entries.items():
        for language, questions in entry.tests.items():
            for number, question in enumerate(questions):
                match = faq.match(question, language=language)
                suggested = any(each.entry == name for each in match.alternatives)
                outcome: Outcome = (
                    "answered" if match.entry == name else "suggested" if suggested else "missed"
                )
                instead = f"{match.entry!r} answers" if match.entry else "nothing answers"
                yield Tested(
                    entry=name,
                    language=language,
                    question=question,
                    outcome=outcome,
                    got=match.entry,
                    mistake=faq.places[name].mistake(
                        "tests",
                        language,
                        number,
                        message=f"{question!r}: {instead}",
                        hint=f"add it, or one like it, to the questions of {name!r}",
                    ),
                )
