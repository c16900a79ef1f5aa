"""Reading a FAQ folder: every file, every mistake, one ``Faq`` or none."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from faq.document import (
    Document,
    InvalidFiles,
    Mistake,
    Position,
    Severity,
    Step,
    nearest,
    validate,
)
from faq.index import Encoder
from faq.markup import wrong_markup
from faq.matcher import PhraseMatcher
from faq.matching import PRESETS, Explanation, Match, Matcher, Preset
from faq.shapes import DEFAULT_LANGUAGE, Entry, SectionFile
from faq.text import Language, normal

SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A chapter of the FAQ in the order of its file, for browsing."""

    id: str
    title: Mapping[Language, str]
    entries: tuple[str, ...]
    file: str = ""
    """Name of its file."""
    synonyms: tuple[tuple[str, ...], ...] = ()
    """Those of its file; they count for the whole FAQ."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: its file and its path in it."""

    document: Document
    path: tuple[Step, ...]

    def mistake(
        self, *path: Step, message: str, hint: str | None = None, warn: bool = False
    ) -> Mistake:
        """A mistake about a part of the entry."""
        severity: Severity = "warning" if warn else "error"
        return self.document.mistake(self._existing(path), message, hint=hint, severity=severity)

    def where(self, *path: Step) -> Position:
        """The place of a part of the entry."""
        return self.document.where(self._existing(path))

    def _existing(self, path: tuple[Step, ...]) -> tuple[Step, ...]:
        return self.document.existing((*self.path, *path))


@dataclass(frozen=True)
class Faq:
    """A whole FAQ, checked and indexed. Never changes; a reload makes another one."""

    folder: Path
    entries: Mapping[str, Entry]
    sections: tuple[Section, ...]
    default_language: Language = DEFAULT_LANGUAGE
    preset: Preset = "normal"
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)
    synonyms: tuple[tuple[str, ...], ...] = ()
    encoder: Encoder | None = None

    @cached_property
    def matcher(self) -> Matcher:
        """The index over all phrasings, titles included."""
        return PhraseMatcher(
            {name: list(phrasings(entry)) for name, entry in self.entries.items()},
            gates=PRESETS[self.preset],
            excluded={
                name: [text for texts in entry.excluded.values() for text in texts]
                for name, entry in self.entries.items()
            },
            synonyms=self.synonyms,
            priorities={name: entry.priority for name, entry in self.entries.items()},
            encoder=self.encoder,
            default_language=self.default_language,
        )

    def match(
        self,
        text: str,
        *,
        language: Language | None = None,
        audience: str | None = None,
        today: date | None = None,
    ) -> Match:
        """What line 0 makes of ``text``. Pure and safe in threads; never raises.

        Args:
            language: the client's, for a text without letters.
            audience: the kind of client; entries for others stay out. ``None`` sees all.
            today: the day by the desk's calendar; entries not valid on it stay out.
        """
        return self.matcher.match(text, language=language, only=self._asked(audience, today))

    def explain(
        self,
        text: str,
        *,
        language: Language | None = None,
        audience: str | None = None,
        today: date | None = None,
    ) -> Explanation:
        """As ``match``, with the reasons."""
        return self.matcher.explain(text, language=language, only=self._asked(audience, today))

    def without(self, sections: Collection[str]) -> Self:
        """The same without some sections and their entries, indexed at once. A button to an entry
        that is gone leads nowhere, like one to an entry that was deleted."""
        left_out = {e for each in self.sections if each.id in sections for e in each.entries}
        if not left_out:
            return self
        left = replace(
            self,
            entries=MappingProxyType(
                {name: entry for name, entry in self.entries.items() if name not in left_out}
            ),
            sections=tuple(each for each in self.sections if each.id not in sections),
            places={name: at for name, at in self.places.items() if name not in left_out},
        )
        _ = left.matcher
        return left

    def file(self, relative: str) -> Path:
        """The place on disk of a file that an entry names."""
        return self.folder / relative

    def topics(self) -> Iterator[tuple[str, Mistake]]:
        """Every topic that entries name, with a ready mistake for the case that nobody knows it."""
        for name, entry in self.entries.items():
            named: list[tuple[tuple[Step, ...], str | None]] = [(("topic",), entry.topic)]
            if entry.otherwise:
                named.append((("otherwise", "topic"), entry.otherwise.topic))
            named += [(("buttons", i, "topic"), b.topic) for i, b in enumerate(entry.buttons)]
            for path, topic in named:
                if topic is not None:
                    place = self.places[name]
                    yield topic, place.mistake(*path, message=f"unknown topic {topic!r}")

    def _asked(self, audience: str | None, today: date | None) -> frozenset[str] | None:
        left_out = {
            name for name, entry in self.entries.items() if not entry.asked_on(today, audience)
        }
        return frozenset(self.entries.keys() - left_out) if left_out else None


def phrasings(entry: Entry) -> Iterator[str]:
    """Every text by which an entry is found: its titles and its questions."""
    yield from entry.title.values()
    for texts in entry.questions.values():
        yield from texts


def claims(entry: Entry) -> Iterator[tuple[tuple[Step, ...], str]]:
    """As ``phrasings``, each with its place in the entry."""
    for language, title in entry.title.items():
        yield ("title", language), title
    for language, texts in entry.questions.items():
        for number, text in enumerate(texts):
            yield ("questions", language, number), text


def load(
    folder: Path,
    *,
    default_language: Language = DEFAULT_LANGUAGE,
    preset: Preset = "normal",
    encoder: Encoder | None = None,
) -> Faq:
    """Read every ``*.yaml`` of ``folder`` and build the index.

    Args:
        default_language: what a text without a language is in.
        preset: how sure line 0 must be before it answers.
        encoder: reads meanings too, when the ``semantic`` extra is installed.

    Raises:
        InvalidFiles: with every error of every file.
    """
    reader = _Reader(folder, default_language)
    reader.read()
    if reader.mistakes:
        raise InvalidFiles(reader.mistakes)
    faq = Faq(
        folder=folder,
        entries=MappingProxyType(reader.entries),
        sections=tuple(reader.sections),
        default_language=default_language,
        preset=preset,
        places=MappingProxyType(reader.places),
        synonyms=tuple(reader.synonyms),
        encoder=encoder,
    )
    _ = faq.matcher  # built here, not in the first question
    return faq


class _Reader:
    """Collects entries and mistakes over all files of a folder."""

    def __init__(self, folder: Path, default_language: Language) -> None:
        self.folder = folder
        self.default_language = default_language
        self.mistakes: list[Mistake] = []
        self.entries: dict[str, Entry] = {}
        self.places: dict[str, Place] = {}
        self.sections: list[Section] = []
        self.synonyms: list[tuple[str, ...]] = []
        self._section_at: dict[str, tuple[Path, Position]] = {}
        self._claimed: dict[str, tuple[str, Path, Position]] = {}

    def read(self) -> None:
        if not self.folder.is_dir():
            self.mistakes.append(Mistake(self.folder, 1, 1, "there is no such folder"))
            return
        for file in sorted(self.folder.iterdir()):
            if file.suffix in SUFFIXES and file.is_file() and not file.name.startswith("."):
                try:
                    document = Document.read(file)
                except InvalidFiles as error:
                    self.mistakes += error.mistakes
                    continue
                self._take(document)
        for name in self.entries:
            self._check_markup(name)
        sound = not self.mistakes
        for name in self.entries:
            self._check_files(name)
            if sound:  # in a broken file the missing entries may be there
                self._check_links(name)

    def _take(self, document: Document) -> None:
        read, mistakes = validate(
            SectionFile, document, context={"language": self.default_language}
        )
        self.mistakes += mistakes
        if read is None:
            return
        names: list[str] = []
        for number, entry in enumerate(read.entries):
            place = Place(document, ("entries", number))
            other = self.places.get(entry.id)
            if other is not None:
                at = other.where("id")
                self.mistakes.append(
                    place.mistake(
                        "id",
                        message=f"the id {entry.id!r} is already used in "
                        f"{other.document.file}:{at.line}:{at.column}",
                    )
                )
                continue
            self.entries[entry.id], self.places[entry.id] = entry, place
            names.append(entry.id)
            self._claim(entry, place)
        self._open_section(read, document, tuple(names))
        self.synonyms += read.synonyms

    def _open_section(self, read: SectionFile, document: Document, names: tuple[str, ...]) -> None:
        head = read.section
        at = document.where(("section", "id"))
        if head.id in self._section_at:
            file, other = self._section_at[head.id]
            self.mistakes.append(
                document.mistake(
                    ("section", "id"),
                    f"the section {head.id!r} is already in {file}:{other.line}:{other.column}",
                    hint="one file holds a whole section",
                )
            )
            return
        self._section_at[head.id] = document.file, at
        self.sections.append(
            Section(
                id=head.id,
                title=head.title,
                entries=names,
                file=document.file.name,
                synonyms=read.synonyms,
            )
        )

    def _claim(self, entry: Entry, place: Place) -> None:
        """Two entries may not claim one question (case F2): both places are named."""
        for path, text in claims(entry):
            question = normal(text)
            at = place.where(*path)
            owner, file, other = self._claimed.setdefault(
                question, (entry.id, place.document.file, at)
            )
            if owner != entry.id:
                where = f"{file}:{other.line}:{other.column}"
                self.mistakes.append(
                    place.mistake(
                        *path,
                        message=f"{text!r} is also a question of {owner!r} in {where}",
                        hint="leave it in one of the two entries",
                    )
                )

    def _check_links(self, name: str) -> None:
        entry, place = self.entries[name], self.places[name]
        links: list[tuple[tuple[Step, ...], str | None]] = [
            (("buttons", i, "entry"), button.entry) for i, button in enumerate(entry.buttons)
        ]
        if entry.otherwise:
            links.append((("otherwise", "entry"), entry.otherwise.entry))
        for path, target in links:
            if target is not None and target not in self.entries:
                near = nearest(target, self.entries)
                hint = f"did you mean {near!r}?" if near else None
                message = f"there is no entry {target!r}"
                self.mistakes.append(place.mistake(*path, message=message, hint=hint))

    def _check_markup(self, name: str) -> None:
        entry, place = self.entries[name], self.places[name]
        texts: list[tuple[tuple[Step, ...], str]] = [
            (("answer", language), text) for language, text in (entry.answer or {}).items()
        ]
        for number, step in enumerate(entry.steps):
            texts += [(("steps", number, "text", language), t) for language, t in step.text.items()]
        for path, text in texts:
            if (wrong := wrong_markup(text)) is not None:
                hint = "write &lt; for a plain <; tags: b i u s code pre a blockquote tg-spoiler"
                self.mistakes.append(place.mistake(*path, message=wrong, hint=hint))

    def _check_files(self, name: str) -> None:
        entry, place = self.entries[name], self.places[name]
        files: list[tuple[tuple[Step, ...], str]] = [
            (("files", i), file) for i, file in enumerate(entry.files)
        ]
        for i, step in enumerate(entry.steps):
            files += [(("steps", i, "files", j), file) for j, file in enumerate(step.files)]
        for path, file in files:
            if (wrong := self._wrong_file(file)) is not None:
                self.mistakes.append(place.mistake(*path, message=wrong[0], hint=wrong[1]))

    def _wrong_file(self, relative: str) -> tuple[str, str] | None:
        """Why a file may not be sent with an answer; paths never leave the folder (case E10)."""
        root = self.folder.resolve()
        target = (root / relative).resolve()
        if Path(relative).is_absolute() or not target.is_relative_to(root):
            return f"the file {relative!r} is outside the FAQ folder", "move it in"
        if not target.is_file():
            return f"there is no file {relative!r}", f"paths begin at {self.folder.name}/"
        return None
