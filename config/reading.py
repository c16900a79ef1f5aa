"""Reading the files of a workspace: every one of them, every mistake, one ``Workspace`` or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from channels import registry
from channels.kind import LetterSettings
from config.brands import with_views
from config.paths import overridden, select
from config.references import Files, reference_mistakes
from config.secrets import literal_secrets, missing_secrets, without_secrets
from config.settings import Language, Settings, Workspace, settings_model
from config.texts.catalogue import Catalogue
from config.texts.files import LANGUAGES, overridden_entries, read_overrides
from config.texts.template import Entry
from config.wording import (
    DESK_WORDS,
    FAQ_WORDS,
    TOPIC_WORDS,
    markup_mistakes,
    missing_languages,
)
from escalation.promises import passed_twice, unreachable
from escalation.settings import Topic
from faq import Document, Faq, InvalidFiles, Mistake, semantic, validate
from faq import load as load_faq
from faq.document import nearest

M = TypeVar("M", Settings, Topic)

_SUFFIXES: Final = (".yaml", ".yml")
SUPPORT: Final = "support.yaml"
VECTORS: Final = ".linezero/vectors"
"""Where the encoder's vectors of the FAQ's phrasings are kept, in the workspace."""
_GROUPS: Final = "ids of groups begin with -; /id in the group tells its own"
FOLDERS: Final = ("faq", "topics", "texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading a folder. ``workspace`` is None exactly if there are errors."""

    workspace: Workspace | None
    errors: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]
    missing_secrets: tuple[Mistake, ...]
    """What only the service needs and is not there; no error of the files."""


def read(folder: Path, *, overrides: Mapping[str, object] | None = None) -> Reading:
    """Read a workspace and tell everything that is to be told about it.

    Raises:
        BadOverride: an override leads to no setting.
    """
    return _Reader(folder, overrides or {}).read()


def fingerprint(folder: Path) -> dict[str, tuple[int, int]]:
    """Size in bytes and time of change in nanoseconds of every file of a workspace."""
    files = [folder / SUPPORT]
    for name in FOLDERS:
        files += (folder / name).rglob("*")
    found: dict[str, tuple[int, int]] = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:  # deleted meanwhile
            continue
        found[str(file)] = (status.st_size, status.st_mtime_ns)
    return found


class _Reader:
    """Collects the parts of a workspace and the mistakes of all its files."""

    def __init__(self, folder: Path, overrides: Mapping[str, object]) -> None:
        self.folder = folder
        self.overrides = overrides
        self.mistakes: list[Mistake] = []
        self.documents: list[Document] = []
        self.unreadable: set[Path] = set()
        self.files = fingerprint(folder)

    def read(self) -> Reading:
        if not self.folder.is_dir():
            self.mistakes.append(
                Mistake(self.folder, 1, 1, "there is no such folder", "`linezero init` makes one")
            )
            return self._outcome(None, ())
        support = self._support()
        settings = self._valid(settings_model(), support) if support else None
        languages = settings.languages if settings else _languages(support)
        topics = self._topics()
        faq = self._faq(settings, support, languages[0])
        texts = self._texts()
        faq_documents = self._faq_documents(faq)
        everything = Files(
            support=support,
            topics=[document for document, _ in topics],
            faq=faq_documents,
            unread_topics=frozenset(
                name
                for file in self.unreadable
                if file.parent.name == "topics"
                for name in _guessed_ids(file)
            ),
        )
        self.mistakes += reference_mistakes(everything)
        for document in faq_documents:
            self._add(markup_mistakes(document))
        self._languages_missing(everything, languages)
        missing: tuple[Mistake, ...] = ()
        if settings and support:
            settings = _with_paths(settings, self.folder)
            missing = tuple(missing_secrets(settings, support))
            self._advise(settings, support, bool(topics))
        if settings is None or faq is None:
            return self._outcome(None, missing)
        workspace = Workspace(
            folder=self.folder,
            settings=settings,
            topics=MappingProxyType({topic.id: topic for _, topic in topics if topic}),
            faq=faq,
            texts=Catalogue(overridden_entries(texts), languages),
            files=self.files,
        )
        return self._outcome(with_views(workspace), missing)

    def _outcome(self, workspace: Workspace | None, missing: tuple[Mistake, ...]) -> Reading:
        for document in self.documents:
            self._add(document.warnings)
        secrets = [found for document in self.documents for found in literal_secrets(document)]
        told = [
            *(mistake for mistake, _ in secrets),
            *without_secrets(self.mistakes, (secret for _, secret in secrets)),
        ]
        told.sort(key=lambda m: (str(m.file), m.line, m.column))
        errors = tuple(mistake for mistake in told if mistake.severity == "error")
        return Reading(
            workspace=None if errors else workspace,
            errors=errors,
            warnings=tuple(mistake for mistake in told if mistake.severity == "warning"),
            missing_secrets=missing,
        )

    def _add(self, mistakes: Iterable[Mistake]) -> None:
        """Add mistakes, but for places that have one already."""
        known = {(m.file, m.line, m.column) for m in self.mistakes}
        self.mistakes += [m for m in mistakes if (m.file, m.line, m.column) not in known]

    # ---------------------------------------------------------------- files

    def _document(self, file: Path) -> Document | None:
        try:
            document = Document.read(file)
        except InvalidFiles as error:
            self.mistakes += error.mistakes
            self.unreadable.add(file)
            return None
        self.documents.append(document)
        return document

    def _files(self, name: str) -> list[Path]:
        folder = self.folder / name
        if not folder.is_dir():
            return []
        return sorted(
            file
            for file in folder.iterdir()
            if file.suffix in _SUFFIXES and file.is_file() and not file.name.startswith(".")
        )

    def _valid(self, model: type[M], document: Document) -> M | None:
        read, mistakes = validate(model, document)
        self.mistakes += mistakes
        return read

    def _support(self) -> Document | None:
        file = self.folder / SUPPORT
        if not file.is_file():
            other = file.with_suffix(".yml")
            hint = f"rename {other.name}" if other.is_file() else "`linezero init` makes one"
            self.mistakes.append(Mistake(file, 1, 1, "there is no such file", hint))
            return None
        document = self._document(file)
        if document is None or not self.overrides:
            return document
        return replace(document, data=overridden(document.data or {}, self.overrides))

    def _topics(self) -> list[tuple[Document, Topic | None]]:
        documents = [self._document(file) for file in self._files("topics")]
        return [(each, self._valid(Topic, each)) for each in documents if each]

    def _faq(
        self, settings: Settings | None, support: Document | None, language: Language
    ) -> Faq | None:
        preset = settings.faq.preset if settings else "normal"
        encoder = None
        if settings and support and settings.faq.semantic:
            if semantic.available():
                encoder = semantic.Remembered(semantic.universal(), self.folder / VECTORS)
            else:
                self.mistakes.append(
                    support.mistake(
                        ("faq", "semantic"),
                        "the encoder is not installed",
                        hint="pip install linezero[semantic], or take this line out",
                    )
                )
        try:
            return load_faq(
                self.folder / "faq", default_language=language, preset=preset, encoder=encoder
            )
        except InvalidFiles as error:
            self.mistakes += error.mistakes
            return None

    def _faq_documents(self, faq: Faq | None) -> list[Document]:
        """The FAQ's files as written: those it was made of, or those that can be read at all."""
        if faq is not None:
            by_file = {place.document.file: place.document for place in faq.places.values()}
            found = list(by_file.values())
        else:
            found = []
            for file in self._files("faq"):
                try:
                    found.append(Document.read(file))
                except InvalidFiles:
                    continue
        self.documents += found
        return found

    def _texts(self) -> dict[str, dict[str, Entry]]:
        texts: dict[str, dict[str, Entry]] = {}
        for file in self._files("texts"):
            if file.stem not in LANGUAGES:
                near = nearest(file.stem, LANGUAGES)
                hint = f"texts are in {' and '.join(f'{code}.yaml' for code in LANGUAGES)}"
                message = f"there is no language {file.stem!r}"
                self.mistakes.append(
                    Mistake(file, 1, 1, message, f"did you mean {near}.yaml?" if near else hint)
                )
                continue
            document = self._document(file)
            if document:
                texts[file.stem], mistakes = read_overrides(document, file.stem)
                self.mistakes += mistakes
        return texts

    # ---------------------------------------------------------------- advice

    def _languages_missing(self, everything: Files, languages: Sequence[str]) -> None:
        parts = [
            ([everything.support] if everything.support else [], DESK_WORDS),
            (everything.topics, TOPIC_WORDS),
            (everything.faq, FAQ_WORDS),
        ]
        for documents, patterns in parts:
            for document in documents:
                self._add(missing_languages(document, patterns, languages))

    def _advise(self, settings: Settings, support: Document, topics: bool) -> None:
        """Warn of what is allowed and probably not meant."""

        def warn(path: tuple[str | int, ...], message: str, hint: str) -> None:
            self.mistakes.append(support.mistake(path, message, hint=hint, severity="warning"))

        desks = {desk.id: desk for desk in settings.desks}
        if settings.admin_chat is None:
            warn((), "there is no admin_chat", "alarms are only in the log then")
        for number, desk in enumerate(settings.desks):
            at = ("desks", number)
            target = desks.get(desk.escalates_to or "")
            if target and target.line <= desk.line:
                message = f"{desk.id} of line {desk.line} escalates to line {target.line}"
                warn((*at, "escalates_to"), message, "escalation goes to a higher line")
            if (desk.channel, desk.chat) == (settings.admin_channel, settings.admin_chat):
                warn((*at, "chat"), "this chat is the admin_chat too", "give each its own group")
            if desk.chat.isdecimal():
                warn((*at, "chat"), f"{desk.chat} is a person, no group", _GROUPS)
            for days, intervals in desk.hours.week.items() if desk.hours else ():
                if any(interval.endswith("-23:59") for interval in intervals):
                    message = "a minute before midnight is closed"
                    warn((*at, "hours", "week", days), message, "write 24:00 for midnight")
        if not any(desk.may_write_to_clients for desk in settings.desks):
            warn(("desks",), "no desk may write to clients", "set client_contact: true for one")
        if not topics:
            warn((), "there are no topics", "write topics/*.yaml: what tickets are about")
        self._advise_on_promises(settings, support)
        self._advise_on_experts(settings, support)

    def _advise_on_promises(self, settings: Settings, support: Document) -> None:
        def warn(path: tuple[str | int, ...], message: str, hint: str) -> None:
            self.mistakes.append(support.mistake(path, message, hint=hint, severity="warning"))

        for number in unreachable(settings.promises):
            message = "an earlier promise fits whatever fits this one"
            warn(("promises", number), message, "move it up, or take it out")
        for number, promise in enumerate(settings.promises):
            first, last = promise.first_answer, promise.resolution
            if first and last and first > last:
                message = "the first answer is promised for after the solution"
                warn(("promises", number, "first_answer"), message, "promise it earlier")
        for desk_id in passed_twice(settings.when or ()):
            message = f"a late ticket is passed to {desk_id}, away and to {desk_id} again"
            warn(("when",), message, "let it stay where it was passed to")

    def _advise_on_experts(self, settings: Settings, support: Document) -> None:
        if settings.letter_channel is not None:
            self._experts_are_not_us(settings, support, settings.letter_channel)
            return
        hint = "set up `email`, or nobody can be asked"
        message = "people outside are asked by e-mail, and there is none"
        for key, used in (("experts", settings.experts), ("forward", settings.forward == "anyone")):
            if used:
                self.mistakes.append(
                    support.mistake((key,), message, hint=hint, severity="warning", key=True)
                )

    def _experts_are_not_us(
        self, settings: Settings, support: Document, letters: LetterSettings
    ) -> None:
        """Whoever is asked outside is not ourselves: we would read our own question as an
        answer."""
        ours = {box.address.lower() for box in letters.boxes}
        for number, expert in enumerate(settings.experts):
            if expert.address in ours:
                at = ("experts", number, "address")
                message = f"{expert.address} is a mailbox of our own"
                self.mistakes.append(support.mistake(at, message, hint="name the expert's address"))


def _guessed_ids(file: Path) -> set[str]:
    """What the topic in a file that is no YAML is probably called."""
    try:
        written = re.findall(r"^id:\s*([\w-]+)", file.read_text("utf-8", "replace"), re.MULTILINE)
    except OSError:
        written = []
    return {*written, file.stem, re.sub(r"^\d+-", "", file.stem)}


def _languages(support: Document | None) -> tuple[Language, ...]:
    """The languages as far as they can be told from a file that is not right."""
    written = [value for _, value in select(support.data if support else None, "languages", "*")]
    known = sorted(LANGUAGES, key=lambda code: written.index(code) if code in written else 9)
    return tuple(code for code in known if code in written) or LANGUAGES


def _with_paths(settings: Settings, folder: Path) -> Settings:
    """Relative paths begin at the workspace."""
    sections = {kind.section: getattr(settings, kind.section) for kind in registry.KINDS}
    return settings.model_copy(
        update={
            section: tuple(channel.within(folder) for channel in channels)
            for section, channels in sections.items()
        }
    )
