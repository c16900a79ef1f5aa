"""Reading the reply to a letter of numbered questions.

People answer as they like: below each quoted question, by number, as ``label: answer``, one answer
a line, or in free sentences. Each piece of what they wrote answers one question at most, and an
answer that could belong to several questions belongs to none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from bot.conversation.client import smalltalk
from bot.conversation.client.intake import sentences
from bot.conversation.client.intake.answers import (
    LONGEST,
    Given,
    Refusal,
    chosen,
    file_answer,
    option_named,
    phone,
    read,
    sends_file,
    ways_to_say,
)
from bot.conversation.client.intake.known_answers import DENIALS, mentioned
from bot.conversation.state import Message
from channels.message import Content, FormattedText
from escalation.settings import Option, Question, Topic
from escalation.ticket import IntakeAnswer
from faq.text import normal, stem

MOST_LINES: Final = 500
"""Lines of a reply that are looked at."""
SHORT: Final = 4
"""Words of the longest piece that can be a bare number or the label of an option."""

_NUMBER = re.compile(r"(?:№|#)?\s?(\d{1,2})\s?(?:[.):\]](?!\d)|\s?[-–—](?=\s))\s*(.*)", re.DOTALL)
_PIECES = re.compile(r"\n|;|,\s|[.!?]\s")
_OURS: Final = "•"
"""Begins a line of ours that lists an option."""
_NOTHING: Final = frozenset({"", "skip", "пропустить", "нет", "no", "none", "n a", "не знаю"})
_EASIEST_FIRST: Final = (
    "email", "pattern", "phone", "date", "choice", "number", "location", "text",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a reply says."""

    given: dict[str, Given] = field(default_factory=dict)
    """By question id."""
    refused: dict[str, Refusal] = field(default_factory=dict)
    """Answers that are none, and why."""
    left_out: set[str] = field(default_factory=set)
    """Questions that may be left out and were, on purpose."""
    rest: str = ""
    """Words that answer nothing."""

    def open(self, question: Question) -> bool:
        """Whether nothing was said to a question yet."""
        name = question.id
        return not (name in self.given or name in self.refused or name in self.left_out)


def read_form(
    questions: Sequence[Question],
    topic: Topic,
    message: Message,
    *,
    language: str,
    today: date,
    ours: Collection[str] = (),
) -> Reading:
    """Read a reply. Never raises, whatever was written.

    Args:
        questions: as numbered in the letter.
        topic: which they belong to.
        message: the reply: new words, with the quoted lines they stand between, if they do.
        ours: lines of our letter beside the questions, which some programs repeat unmarked. Line
            ends in them do not matter.
    """
    reader = _Reader(questions, topic, message, language, today, ours)
    reader.files()
    reader.sections(message.content.text.text)
    reader.line_by_line()
    reader.named()
    reader.free()
    reader.written_into_ours()
    return reader.reading


class _Reader:
    def __init__(
        self,
        questions: Sequence[Question],
        topic: Topic,
        message: Message,
        language: str,
        today: date,
        ours: Collection[str],
    ) -> None:
        self.questions = questions
        self.topic = topic
        self.message = message
        self.language = language
        self.today = today
        self.reading = Reading()
        # An option's line is known by its sign; without it, it is the answer.
        self._ours = {normal(line) for line in ours if not line.startswith(_OURS)} - {""}
        self._loose: list[str] = []
        """Lines that stand below no question."""
        self._aside: list[str] = []
        """Clauses about a question that are no answer to it."""

    # ---------------------------------------------------------------- files

    def files(self) -> None:
        """What is attached answers the first question that wants a file."""
        if sends_file(self.message):
            wanted = next((q for q in self.questions if q.type == "file"), None)
            if wanted is not None:
                answer = file_answer(wanted, self.message)
                self.reading.given[wanted.id] = Given(answer=answer)

    # ---------------------------------------------------------------- below and beside questions

    def sections(self, text: str) -> None:
        """Take the lines apart: below which question each stands."""
        below: dict[str, list[str]] = {}
        place: list[str] = self._loose
        for raw in text[: LONGEST * 4].splitlines()[:MOST_LINES]:
            line = raw.strip()
            quoted = line.startswith((">", "|"))
            line = line.lstrip("> |\t").strip("*_")  # bold, as plain text shows it
            found = self._begins(line)
            if found is not None and not (quoted and found[1]):
                question, rest = found
                place = below.setdefault(question.id, [])
                line, quoted = rest, False
            if line and not quoted and not line.startswith(_OURS) and not self._is_ours(line):
                place.append(line)
        for question in self.questions:
            if question.id in below and self.reading.open(question):
                self._answered(question, "\n".join(below[question.id]).strip())

    def written_into_ours(self) -> None:
        """Outlook lets people write into our letter without a mark; then nothing of it looks new.
        What stands below our questions there and is not ours is theirs."""
        quoted = self.message.envelope.quoted if self.message.envelope is not None else ""
        if not quoted or any(name in self.reading.given for name in self._typed):
            return
        refused = dict(self.reading.refused)
        loose, self._loose = self._loose, []
        self.sections(quoted)
        self._loose, self.reading.refused = loose, refused

    @property
    def _typed(self) -> list[str]:
        return [question.id for question in self.questions if question.type != "file"]

    def _is_ours(self, line: str) -> bool:
        return normal(line) in self._ours

    def _begins(self, line: str) -> tuple[Question, str] | None:
        """The question a line names, and what stands behind it."""
        numbered = _NUMBER.fullmatch(line)
        if numbered is not None and 1 <= int(numbered[1]) <= len(self.questions):
            question = self.questions[int(numbered[1]) - 1]
            named = self._named(question, numbered[2])
            return question, numbered[2].strip() if named is None else named
        for question in self.questions:
            rest = self._named(question, line)
            if rest is not None:
                return question, rest
        return None

    def _named(self, question: Question, line: str) -> str | None:
        """What follows the question's words, or its short name and a colon; None if the line does
        not begin with them."""
        low = line.casefold()
        for asked in (question.ask.ru, question.ask.en):
            if asked and low.startswith(asked.casefold()):
                return line[len(asked) :].strip(" \t:?–—-")
        head, colon, rest = line.partition(":")
        if colon and (said := normal(head)):
            names = (question.label, question.ask)
            words = {normal(w) for n in names if n for w in (n.ru, n.en) if w}
            if said in words:
                return rest.strip()
        return None

    def _answered(self, question: Question, words: str) -> None:
        """Words that are certainly meant for a question."""
        if question.type == "file" or not words:
            return
        if not question.required and (words in {"-", "–", "—"} or normal(words) in _NOTHING):
            named = {normal(w) for o in question.options for w in (o.label.ru, o.label.en) if w}
            if normal(words) not in named or not normal(words):
                self.reading.left_out.add(question.id)
                return
        found = self._read(question, words)
        if isinstance(found, Given):
            self.reading.given[question.id] = found
        else:
            self.reading.refused[question.id] = found

    def _read(self, question: Question, words: str) -> Given | Refusal:
        said = self._as_message(words)
        return read(question, said, language=self.language, today=self.today)

    def _as_message(self, words: str) -> Message:
        return replace(self.message, content=Content(text=FormattedText(words)))

    # ---------------------------------------------------------------- loose words

    def line_by_line(self) -> None:
        """As many lines as questions, each fitting its own: answers in order."""
        lines = [line for line in self._loose if not _is_light(line)]
        waiting = self._waiting()
        untouched = len(waiting) == len([q for q in self.questions if q.type != "file"])
        if len(waiting) < 2 or len(lines) != len(waiting) or not untouched:
            return
        found = [self._read(q, line) for q, line in zip(waiting, lines, strict=True)]
        good = [each for each in found if isinstance(each, Given)]
        if len(good) == len(found):
            self._loose = []
            for question, given in zip(waiting, good, strict=True):
                self.reading.given[question.id] = given

    def named(self) -> None:
        """Clauses that name a question: "contract 654321, the address is Lenina 5"."""
        pieces = sentences.clauses("\n".join(self._loose))
        used: set[int] = set()
        about: set[int] = set()
        for one in sentences.told(pieces, self._waiting()):
            question = next(q for q in self.questions if q.id == one.question)
            answer = self._said_of(question, one)
            if answer is not None:
                self.reading.given[question.id] = answer
                if beside := _beside(question, one.words, answer):
                    self._aside.append(beside)
            elif one.unknown:
                self.reading.left_out.add(question.id)
            else:
                about |= set(one.clauses)
                continue
            used |= set(one.clauses)
        if used or about:
            self._loose = [p for at, p in enumerate(pieces) if at not in used | about]
            self._aside += [p for at, p in enumerate(pieces) if at in about]

    def _said_of(self, question: Question, one: sentences.Told) -> Given | None:
        """The answer that a clause gives to the question it names, if it surely is one."""
        if question.type in {"text", "location"} and not sentences.says_in_words(one):
            return None
        if question.type == "choice":
            option = self._option_said(question, one.words)
            return self._chosen(question, option) if option is not None else None
        if one.unknown or not one.words:
            return None
        found = self._read(question, one.words)
        return found if isinstance(found, Given) else None

    def _option_said(self, question: Question, words: str) -> Option | None:
        """The only option one of whose phrases stands in words about the question; a denial in
        them must stand in the phrase, too."""
        said = {stem(word) for word in normal(words).split()}
        denied = said & DENIALS
        named = [
            option
            for option in question.options
            if any(
                stems <= said and denied <= stems
                for way in ways_to_say(option)
                if (stems := {stem(word) for word in normal(way).split()})
            )
        ]
        if not named:
            return option_named(question, words) if len(words.split()) <= SHORT else None
        return named[0] if len(named) == 1 else None

    def _chosen(self, question: Question, option: Option) -> Given:
        answer = chosen(question, option, self.language)
        return Given(answer=replace(answer, messages=(self.message.id,)))

    def free(self) -> None:
        """Sentences: what surely answers a question does, and the only question left gets the
        rest."""
        text = "\n".join(self._loose)
        waiting = self._waiting()
        if len(waiting) == 1 == len(self.questions) and not _is_light(text):
            self._answered(waiting[0], text)
            return
        pieces = [piece.strip() for piece in _PIECES.split(text) if piece and piece.strip()]
        for question in sorted(waiting, key=lambda q: _EASIEST_FIRST.index(q.type)):
            self._from(question, pieces)
        rest = "\n".join(piece for piece in pieces if not _is_light(piece))
        left = [q for q in self._waiting() if q.type in {"text", "location"}]
        if rest and len(left) == 1 and left == self._waiting():
            self._answered(left[0], rest)
            rest = "" if left[0].id in self.reading.given else rest
        self.reading.rest = "\n".join(each for each in (rest, *self._aside) if each)

    def _from(self, question: Question, pieces: list[str]) -> None:
        """The one piece that answers a question is taken out of them."""
        found = [
            (position, given)
            for position, piece in enumerate(pieces)
            if (given := self._surely(question, piece)) is not None
        ]
        if len({given.answer.value for _, given in found}) == 1:
            position, given = found[0]
            self.reading.given[question.id] = given
            literal = given.answer.value in pieces[position]
            pieces[position] = (
                pieces[position].replace(given.answer.value, " ", 1).strip() if literal else ""
            )

    def _surely(self, question: Question, piece: str) -> Given | None:
        """A piece of free text as an answer that can mean nothing else."""
        match question.type:
            case "text" | "location" | "file":
                return None
            case "number":
                rivals = [q for q in self._waiting() if q.type in {"number", "choice", "pattern"}]
                if len(piece.split()) > SHORT or len(rivals) > 1:
                    return None
                found = self._read(question, piece)
                return found if isinstance(found, Given) else None
            case "date":
                found = self._read(question, piece)
                alone = [q for q in self._waiting() if q.type == "date"] == [question]
                return found if alone and isinstance(found, Given) else None
            case _:
                said = self._as_message(piece)
                answer = mentioned(question, self.topic, said, self.language)
                answer = answer or self._option_in(question, piece)
                if answer is None or (
                    # Digits of a phone number, read together, look like any other number.
                    question.type == "pattern" and answer.value not in piece and phone(piece)
                ):
                    return None
                return Given(answer=replace(answer, messages=(self.message.id,)))

    def _option_in(self, question: Question, piece: str) -> IntakeAnswer | None:
        """The only option whose label stands in a few words: "a house" where House was offered."""
        words = normal(piece).split()
        if len(words) > SHORT or not DENIALS.isdisjoint(words):
            return None
        named = [
            option
            for option in question.options
            if any(
                label and set(normal(label).split()) <= set(words)
                for label in (option.label.ru, option.label.en)
            )
        ]
        return chosen(question, named[0], self.language) if len(named) == 1 else None

    def _waiting(self) -> list[Question]:
        return [q for q in self.questions if q.type != "file" and self.reading.open(q)]


def _beside(question: Question, words: str, given: Given) -> str:
    """What words say beside the answer in them: "12345678, on my wife's name"."""
    if question.type in {"text", "location"}:
        return ""
    if question.type != "choice" and given.answer.value in words:
        return words.replace(given.answer.value, " ", 1).strip(" ,.;–—-")
    said = {normal(way) for option in question.options for way in ways_to_say(option)}
    exact = normal(words) in said or question.type in {"phone", "date", "pattern", "number"}
    return "" if exact else words


def _is_light(line: str) -> bool:
    """Greetings and thanks around the answers."""
    return smalltalk.kind(Content(text=FormattedText(line))) is not None
