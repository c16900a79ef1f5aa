"""What ``linezero check`` reports: mistakes, advice, and the FAQ's own regression questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from config.paths import select
from config.reading import SUPPORT, Reading, read
from faq import Document, Faq, Mistake, lint

_EXAMPLE_CHATS: Final = frozenset(f"-100100000000{number}" for number in range(1, 5))
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
    """The entry that answers instead."""
    place: Mistake
    """The same as a mistake, with the place of the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything there is to say about a workspace."""

    reading: Reading
    tested: tuple[Tested, ...] = ()
    advice: tuple[Mistake, ...] = ()
    """Warnings about the meaning of the FAQ: phrasings nearer to another entry than to their own,
    entries with too few, languages that are missing."""

    @property
    def ok(self) -> bool:
        """Whether the service can be started with it and answers its own questions."""
        return not self.reading.errors and not any(t.outcome == "missed" for t in self.tested)


def check(folder: Path, *, overrides: Mapping[str, object] | None = None) -> Report:
    """Read a workspace and, if it is right, ask its FAQ its own regression questions.

    Raises:
        BadOverride: an override leads to no setting.
    """
    reading = read(folder, overrides=overrides)
    if reading.workspace is None:
        return Report(reading=reading)
    told = {(m.file, m.line, m.column) for m in reading.warnings}
    found = [*lint(reading.workspace.faq), *_of_the_example(folder)]
    advice = tuple(m for m in found if (m.file, m.line, m.column) not in told)
    return Report(reading=reading, tested=tuple(_ask(reading.workspace.faq)), advice=advice)


def _of_the_example(folder: Path) -> Iterator[Mistake]:
    """Groups that are still those of the example, which nobody has."""
    support = Document.read(folder / SUPPORT)
    chats = [*select(support.data, "admin_chat"), *select(support.data, "desks", "*", "chat")]
    for path, chat in chats:
        if str(chat) in _EXAMPLE_CHATS:
            yield support.mistake(
                path,
                f"the chat {chat} is the example's",
                hint="add the bot to your group and send /id there: it tells the group's number",
                severity="warning",
            )


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
                    place=faq.places[name].mistake(
                        "tests",
                        language,
                        number,
                        message=f"{question!r}: {instead}",
                        hint=f"add it, or one like it, to the questions of {name!r}",
                    ),
                )
