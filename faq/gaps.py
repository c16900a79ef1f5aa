"""What clients asked and line 0 did not know: the next entries to write.

Questions are grouped by likeness, the biggest group first. A group near an entry becomes phrasings
for it; one near none becomes a draft of a new entry, as YAML to paste.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

import numpy as np
import yaml

from faq.index import PhraseIndex, tokens_of
from faq.loading import Faq, phrasings
from faq.text import Language, language_of, normal

Outcome: TypeAlias = Literal["none", "suggest", "answer"]

ALIKE: Final = 0.5
"""Mean likeness from which a question joins a group."""
NEAR: Final = 0.5
"""Score from which the first suggestion is taken for what was meant."""
MOST: Final = 4_000
"""Only so many of the newest questions are grouped; the work grows with their square."""
EXAMPLES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """One question that line 0 did not close."""

    text: str
    at: datetime
    outcome: Outcome
    """What line 0 decided; ``answer`` stands for an answer that "did not help"."""
    suggested: tuple[str, ...] = ()
    """The entries offered or answered."""
    pressed: str | None = None
    """The suggestion that the client took: the entry they meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Questions that are alike."""

    questions: tuple[str, ...]
    """Different wordings, the most typical first."""
    count: int
    """How often it was asked in all."""
    last: datetime
    entry: str | None
    """The entry that these are phrasings of, when clients pressed it or it is near."""
    why: Literal["pressed", "near", "new"]


def gaps(faq: Faq, asked: Iterable[Unanswered], *, least: int = 1) -> list[Gap]:
    """Group what was not answered; groups asked fewer than ``least`` times are left out."""
    newest = sorted(asked, key=lambda one: one.at, reverse=True)
    known = {normal(text) for entry in faq.entries.values() for text in phrasings(entry)}
    newest = [one for one in newest if normal(one.text) and normal(one.text) not in known][:MOST]
    pressed: dict[str, list[Unanswered]] = {}
    open_ones: list[Unanswered] = []
    for one in newest:
        if one.pressed is not None and one.pressed in faq.entries:
            pressed.setdefault(one.pressed, []).append(one)
        else:
            open_ones.append(one)
    found = [_gap(group, entry, "pressed") for entry, group in pressed.items()]
    for group in _grouped(open_ones):
        entry = _near(faq, group)
        found.append(_gap(group, entry, "near" if entry else "new"))
    return sorted(
        (gap for gap in found if gap.count >= least), key=lambda gap: (-gap.count, gap.questions)
    )


def _gap(
    group: Sequence[Unanswered], entry: str | None, why: Literal["pressed", "near", "new"]
) -> Gap:
    wordings: dict[str, list[str]] = {}
    for one in group:
        wordings.setdefault(normal(one.text), []).append(one.text.strip())
    ranked = sorted(wordings.values(), key=len, reverse=True)
    return Gap(
        questions=tuple(texts[0] for texts in ranked),
        count=len(group),
        last=max(one.at for one in group),
        entry=entry,
        why=why,
    )


def _near(faq: Faq, group: Sequence[Unanswered]) -> str | None:
    """The entry that most of a group would be suggested first."""
    votes: dict[str, int] = {}
    for one in group[:20]:
        match = faq.match(one.text)
        first = match.entry or next((c.entry for c in match.alternatives if c.score >= NEAR), None)
        if first is not None:
            votes[first] = votes.get(first, 0) + 1
    if not votes:
        return None
    best = max(votes, key=lambda name: votes[name])
    return best if 2 * votes[best] > len(group[:20]) else None


def _grouped(asked: Sequence[Unanswered]) -> list[list[Unanswered]]:
    """Groups by mean likeness to what is in them already; the order is that of ``asked``."""
    if not asked:
        return []
    cut = [tokens_of(one.text) for one in asked]
    index = PhraseIndex(
        [(i, tokens, one.text) for i, (tokens, one) in enumerate(zip(cut, asked, strict=True))],
        len(asked),
        learning=False,
    )
    groups: list[list[int]] = []
    member = np.full(len(asked), -1, np.intp)
    for number in range(len(asked)):
        likeness = index.likeness(cut[number], asked[number].text)
        earlier = member[:number]
        if number and groups:
            sums = np.bincount(earlier, likeness[:number], len(groups))
            means = sums / np.array([len(group) for group in groups])
            best = int(means.argmax())
            if means[best] >= ALIKE:
                groups[best].append(number)
                member[number] = best
                continue
        member[number] = len(groups)
        groups.append([number])
    return [[asked[i] for i in group] for group in groups]


def as_yaml(gap: Gap, taken: Iterable[str] = ()) -> str:
    """A gap as YAML to paste: a new entry, or phrasings for an existing one.

    ``taken`` are the ids that a new entry may not have.
    """
    by_language: dict[Language, list[str]] = {}
    for text in gap.questions[:EXAMPLES]:
        by_language.setdefault(language_of(text) or "ru", []).append(text)
    if gap.entry is not None:
        head = f"# {gap.count}x, for the entry {gap.entry} ({gap.why})\n"
        return head + _dump({"questions": by_language})
    name, number = "new-entry", 1
    used = set(taken)
    while name in used:
        number += 1
        name = f"new-entry-{number}"
    title = {language: texts[0] for language, texts in by_language.items()}
    draft = {
        "id": name,
        "title": title,
        "questions": {language: texts[1:] or texts for language, texts in by_language.items()},
        "answer": dict.fromkeys(title, "…"),
    }
    return f"# {gap.count}x, last {gap.last:%Y-%m-%d}\n" + _dump([draft])


def _dump(data: object) -> str:
    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
    return text
