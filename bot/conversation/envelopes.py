"""What is kept of a letter beside its words: its subject, what it quoted, what warns of it."""

from __future__ import annotations

import re
from typing import Final

from bot.conversation.state import Envelope
from channels.letter import Letter
from channels.message import Said
from faq.text import normal

QUOTED: Final = 20_000
"""Characters of what was cut off a letter that are kept to be shown; the letter itself has all."""
LONGEST: Final = 1_000
"""Characters of a subject that are looked at."""

_PREFIXES = re.compile(
    r"^(?:(?:re|fwd?|fw|aw|wg|sv|vs|ha|на|отв|ответ|пересл|переслано)"
    r" ?(?:\[\d+\]|\(\d+\)|\^\d+)? ?[:：] ?)+",
    re.IGNORECASE,
)
_TAG = re.compile(r"\s*[\[(]\s*[#№]?\s*\d{1,12}\s*[\])]\s*")


def envelope(said: Said, letter: Letter, *, new_subject: bool) -> Envelope:
    """What is kept of a letter beside its words."""
    subject = bare(letter.subject) if new_subject else ""
    return Envelope(
        # Where there were no words, the adapter puts the subject in their place (case C8).
        subject="" if normal(subject) == normal(said.content.words) else subject,
        quoted="" if letter.forward else letter.quoted[:QUOTED],
        original=letter.original,
        warnings=letter.warnings,
        automatic=letter.automatic,
        encrypted=letter.encrypted,
    )


def bare(subject: str) -> str:
    """A subject without ``Re:``, ``Fwd:``, ``Ответ:``, ``HA:`` and their like, in one line."""
    line = " ".join(subject[:LONGEST].split())
    return _PREFIXES.sub("", line)


def same_subject(one: str, other: str) -> bool:
    """Whether two subjects are one, less prefixes, ticket numbers and case (case C16)."""
    return _core(one) == _core(other)


def _core(subject: str) -> str:
    line = " ".join(subject[:LONGEST].split())
    return bare(_TAG.sub(" ", line)).casefold()
