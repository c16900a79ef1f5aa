"""Check that names in a workspace's files are unique and lead somewhere.

Works on the data as written, so that a mistake elsewhere in a file hides none of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from config.paths import Path, items, select
from escalation.patterns import pattern_problem
from escalation.settings import QuestionType
from faq import Document, Mistake
from faq.document import Value, nearest
from faq.text import normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A workspace as written. ``unread_topics`` are the topics of files that could not be read at
    all, as far as can be guessed."""

    support: Document | None = None
    topics: Sequence[Document] = ()
    faq: Sequence[Document] = ()
    unread_topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Named:
    """A name and where it was given."""

    document: Document
    path: Path
    name: str
    owner: object = None
    """Whose name it is: one owner may give the same name twice."""
    within: object = None
    """Where it names something: elsewhere the same name is another's."""

    def mistake(self, message: str, hint: str | None = None) -> Mistake:
        return self.document.mistake(self.path, message, hint=hint)

    @property
    def place(self) -> str:
        at = self.document.where(self.path)
        return f"{self.document.file}:{at.line}:{at.column}"


@dataclass(slots=True)
class _Question:
    """What conditions need to know of a question; ``options`` of a choice only."""

    kind: str
    options: set[str] = field(default_factory=set)


def reference_mistakes(files: Files) -> Iterator[Mistake]:
    """Names given twice, and names that point to nothing."""
    yield from _twice(files)
    yield from _desks(files)
    yield from _topics(files)
    yield from _sections(files)
    yield from _conditions(files)
    yield from _remembered(files)


def _named(document: Document | None, *pattern: str) -> Iterator[_Named]:
    if document is None:
        return
    for path, value in select(document.data, *pattern):
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            yield _Named(document, path, str(value))


def _unique(found: Iterator[_Named], message: str) -> Iterator[Mistake]:
    first: dict[tuple[str, object], _Named] = {}
    for each in found:
        other = first.setdefault((each.name, each.within), each)
        if other is not each and (each.owner is None or each.owner != other.owner):
            yield each.mistake(message.format(name=each.name, place=other.place))


def _unknown(each: _Named, what: str, known: Collection[str]) -> Iterator[Mistake]:
    if each.name in known:
        return
    near = nearest(each.name, known)
    hint = f"did you mean {near!r}?" if near else None
    if hint is None:
        hint = f"known: {', '.join(sorted(known))}" if known else f"there is no {what} at all"
    yield each.mistake(f"there is no {what} {each.name!r}", hint)


# --------------------------------------------------------------------------- given twice


def _twice(files: Files) -> Iterator[Mistake]:
    yield from _unique(
        _named(files.support, "desks", "*", "id"), "the desk {name!r} is already in {place}"
    )
    yield from _unique(
        _chats_of_desks(files.support),
        "the chat {name} is already a desk's in {place}",
    )
    yield from _unique(
        _named(files.support, "brands", "*", "id"), "the brand {name!r} is already in {place}"
    )
    yield from _unique(
        _named(files.support, "experts", "*", "id"), "the expert {name!r} is already in {place}"
    )
    yield from _unique(
        (each for document in files.topics for each in _named(document, "id")),
        "the topic {name!r} is already in {place}",
    )
    yield from _unique(
        (each for document in files.topics for each in _phrases(document, ())),
        "{name!r} is already a phrase of another topic in {place}",
    )
    for document in files.topics:
        yield from _unique(
            _named(document, "questions", "*", "id"), "the question {name!r} is already in {place}"
        )
        for path, _ in select(document.data, "questions", "*"):
            yield from _unique(
                _below(document, path, "options", "*", "id"),
                "the option {name!r} is already in {place}",
            )
            yield from _unique(
                (
                    each
                    for at, _ in select(_at(document.data, path), "options", "*")
                    for each in _phrases(document, (*path, *at))
                ),
                "{name!r} is already a phrase of another option in {place}",
            )


def _chats_of_desks(document: Document | None) -> Iterator[_Named]:
    for each in _named(document, "desks", "*", "chat"):
        channel = _at(each.document.data, (*each.path[:-1], "channel"))
        yield replace(each, within=str(channel or ""))


def _phrases(document: Document, path: Path) -> Iterator[_Named]:
    """Phrases of a topic or an option, in the form in which they are compared."""
    for each in _below(document, path, "phrases", "*", "*"):
        yield _Named(document, each.path, normal(each.name), (document.file, path))


def _below(document: Document, path: Path, *pattern: str) -> Iterator[_Named]:
    for at, value in select(_at(document.data, path), *pattern):
        if isinstance(value, str):
            yield _Named(document, (*path, *at), value)


def _at(data: Value, path: Path) -> Value:
    for step in path:
        data = dict(items(data)).get(step)
    return data


# --------------------------------------------------------------------------- desks and topics


def _desks(files: Files) -> Iterator[Mistake]:
    support = files.support
    known = {each.name for each in _named(support, "desks", "*", "id")}
    for pattern in (
        ("desks", "*", "escalates_to"),
        ("routing", "fallback"),
        ("routing", "rules", "*", "desk"),
        ("experts", "*", "desks", "*"),
        ("brands", "*", "desks", "*"),
        ("promises", "*", "for", "desk"),
        ("promises", "*", "for", "desk", "*"),
        ("when", "*", "do", "*", "pass"),
    ):
        for each in _named(support, *pattern):
            yield from _unknown(each, "desk", known)
    for each in _named(support, "desks", "*", "escalates_to"):
        own = _at(each.document.data, (*each.path[:-1], "id"))
        if own == each.name:
            yield each.mistake("a desk can not escalate to itself")


def _topics(files: Files) -> Iterator[Mistake]:
    known = {each.name for document in files.topics for each in _named(document, "id")}
    known |= files.unread_topics
    for each in (
        *_named(files.support, "routing", "rules", "*", "topic"),
        *_named(files.support, "routing", "rules", "*", "topic", "*"),
        *_named(files.support, "brands", "*", "topics", "*"),
        *_named(files.support, "promises", "*", "for", "topic"),
        *_named(files.support, "promises", "*", "for", "topic", "*"),
        *(
            each
            for document in files.faq
            for pattern in (
                ("entries", "*", "topic"),
                ("entries", "*", "otherwise", "topic"),
                ("entries", "*", "buttons", "*", "topic"),
            )
            for each in _named(document, *pattern)
        ),
    ):
        yield from _unknown(each, "topic", known)


def _sections(files: Files) -> Iterator[Mistake]:
    known = {each.name for document in files.faq for each in _named(document, "section", "id")}
    for each in _named(files.support, "brands", "*", "sections", "*"):
        yield from _unknown(each, "section of the FAQ", known)


# --------------------------------------------------------------------------- conditions


def _conditions(files: Files) -> Iterator[Mistake]:
    by_topic: dict[str, dict[str, _Question]] = {}
    for document in files.topics:
        questions = _questions(document)
        for each in _named(document, "id"):
            by_topic.setdefault(each.name, {}).update(questions)
        yield from _order(document)
        for path, value in select(document.data, "priorities", "*", "when"):
            yield from _condition(document, path, value, questions)
    if files.support is None:
        return
    for path, rule in (
        *select(files.support.data, "routing", "rules", "*"),
        *select(files.support.data, "promises", "*", "for"),
    ):
        given = _at(rule, ("topic",))
        wanted = [given] if isinstance(given, str) else [value for _, value in items(given)]
        named = [value for value in wanted if isinstance(value, str)]
        unread = files.unread_topics
        if any(name in unread for name in named) if named else unread:
            continue  # nobody can say which questions there are
        topics = [by_topic[name] for name in named or by_topic if name in by_topic]
        every: dict[str, _Question] = {}
        for questions in topics:
            for name, question in questions.items():
                joint = every.setdefault(name, _Question(question.kind))
                joint.options |= question.options
                joint.kind = question.kind if joint.kind == question.kind else "several"
        answers = _at(rule, ("answers",))
        yield from _condition(files.support, (*path, "answers"), answers, every)


def _questions(document: Document) -> dict[str, _Question]:
    found: dict[str, _Question] = {}
    for _, value in select(document.data, "questions", "*"):
        name, kind = _at(value, ("id",)), _at(value, ("type",))
        options = {str(option) for _, option in select(value, "options", "*", "id")}
        if isinstance(name, str):
            found[name] = _Question(str(kind), options)
    return found


def _order(document: Document) -> Iterator[Mistake]:
    """A question's ``when`` may only look back."""
    every = _questions(document)
    earlier: dict[str, _Question] = {}
    for path, value in select(document.data, "questions", "*"):
        condition = _at(value, ("when",))
        at = (*path, "when")
        for step, _ in items(condition):
            if step in every and step not in earlier:
                message = f"the question {step!r} is not asked before this one"
                yield document.mistake((*at, step), message, hint="move it up", key=True)
        yield from _condition(document, at, condition, every)
        name = _at(value, ("id",))
        if isinstance(name, str) and name in every:
            earlier[name] = every[name]


def _condition(
    document: Document, path: Path, condition: Value, questions: Mapping[str, _Question]
) -> Iterator[Mistake]:
    if not isinstance(condition, dict):
        return
    for name, wanted in condition.items():
        at = (*path, name)
        question = questions.get(name)
        if question is None:
            near = nearest(name, questions)
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(sorted(questions))}"
            message = f"there is no question {name!r} here"
            yield document.mistake(at, message, hint=hint if questions else None, key=True)
        elif question.kind == "choice":
            values = [(at, wanted)] if isinstance(wanted, str) else [
                ((*at, step), value) for step, value in items(wanted)
            ]  # fmt: skip
            for where, value in values:
                if isinstance(value, str):
                    each = _Named(document, where, value)
                    yield from _unknown(each, f"option of the question {name!r}:", question.options)


_KINDS = frozenset(get_args(QuestionType))


def _remembered(files: Files) -> Iterator[Mistake]:
    """A remembered answer serves every question of its name, so they must ask the same thing."""
    first: dict[str, tuple[_Named, object, bool]] = {}
    for document in files.topics:
        for path, value in select(document.data, "questions", "*"):
            name = _at(value, ("id",))
            if not isinstance(name, str) or _at(value, ("type",)) not in _KINDS:
                continue  # a mistyped type is complained about where it stands, and only there
            pattern = _at(value, ("pattern",))
            if isinstance(pattern, str) and pattern_problem(pattern) is not None:
                continue  # and so is a pattern that is none
            asked = (_at(value, ("type",)), pattern)
            kept = _at(value, ("remember",)) is True
            here = _Named(document, (*path, "id"), name)
            other, same, remembered = first.setdefault(name, (here, asked, kept))
            if asked != same and (kept or remembered):
                yield here.mistake(
                    f"the question {name!r} asks for something else in {other.place}, and its "
                    "answer is remembered for both",
                    "give one of them another id",
                )
