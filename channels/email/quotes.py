"""Only the client's new words; the quoted rest and the signature are kept aside.

The structure of the HTML has the first say, then the lines. What is uncertain stays: a specialist
who reads a sentence twice loses a second, a lost sentence is lost. In particular

- text below a quotation stays, text between quotations keeps the quotations it answers;
- a mail in which nothing would be left (a forward without a comment) stays whole;
- the words decide only where a date, an address or a known banner supports them.

Linear time: every line is looked at a bounded number of times, and only its first characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from channels.email import attribution, footers
from channels.email.attribution import MOST_LINES, banner, header_block, plain
from channels.email.lines import Line, Mark

MAX_LINES: Final = 10_000  # that are looked at; more of them go where the last one went
_LONGEST_SIGNATURE: Final = 12  # lines that are not empty
MAX_LOOKS: Final = 1_000  # lines that are examined closely; no mail of a person has as many

_QUOTE_SIGN: Final = re.compile(r" {0,3}(?:>(?![=>-]?\d|[=:-])|>>|>$)")
_RULER: Final = frozenset("_-—–=* ")
_AMOUNT: Final = re.compile(r"[\s>]*[\d=<]")
_BAR: Final = re.compile(r" {0,3}\|(?: [^|]*)?$")
_DELIMITER: Final = re.compile(r"(?:--|—|–|- -) ?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A mail taken apart. ``text``, ``quoted`` and ``signature`` together hold every word."""

    text: str
    quoted: str = ""
    signature: str = ""
    forward: bool = False
    """Part of it is a forwarded message: people have to see ``quoted`` as well."""
    whole: bool = False
    """Nothing of its own was found beside a quotation, so ``text`` is everything."""


def plain_lines(text: str) -> list[Line]:
    """The lines of a plain text; those behind a bar («| как было») may be quoted."""
    return [
        Line(line, Mark.MAYBE if _BAR.match(line) else Mark.OWN)
        for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ]


def cut(lines: Sequence[Line]) -> Cut:
    """Take a mail apart; linear in the length of the text."""
    if len(lines) <= MAX_LINES:
        return _Cutter(lines).result()
    beginning = _Cutter(lines[:MAX_LINES])
    taken = beginning.result()
    if taken.whole or beginning.end == MAX_LINES:
        return Cut(text=_joined(lines), forward=taken.forward)
    return replace(taken, quoted=f"{taken.quoted}\n{_joined(lines[MAX_LINES:])}")


def _joined(lines: Sequence[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines).strip("\n \t")


class _Cutter:
    """Gives each line a letter: ``o`` own, ``b`` blank, ``q`` quoted, ``a`` attribution."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.texts = [plain(line.text) for line in lines]
        self.forward = False
        self.looks = MAX_LOOKS
        self.kinds = [self._first_look(number) for number in range(len(lines))]
        self.certain: set[int] = set()  # lines whose quotation has an attribution or a structure
        self.doubtful: set[int] = set()  # lines with ">" that stay
        self.end = len(lines)  # where the rest begins that is quoted to the end

    def _first_look(self, number: int) -> str:
        line = self.lines[number]
        if not self.texts[number]:
            return "b"
        if line.mark in (Mark.QUOTED, Mark.FORWARD, Mark.REST):
            return "q"
        if line.mark is Mark.HEADER:
            return "a"
        if line.mark is not Mark.OWN or not _QUOTE_SIGN.match(line.text):
            return "o"
        above = self.texts[number - 1] if number else ""
        return "o" if attribution.ends_wrapped(self.texts[number], above) else "q"

    def result(self) -> Cut:
        self._find_rest()
        self._attributions()
        self._doubtful_quotations()
        removed = self._removed()
        segments = self._segments(removed)
        own, signature = self._without_signature(segments)
        quoted = [line for line, gone in zip(self.lines, removed, strict=True) if gone]
        if not own and quoted and any(line.text.strip() for line in quoted):
            return Cut(text=_joined(self.lines), forward=self.forward, whole=True)
        return Cut(text=own, quoted=_joined(quoted), signature=signature, forward=self.forward)

    # ------------------------------------------------------------------ where the rest begins

    def _find_rest(self) -> None:
        """A structure, a banner, a block of headers or a certain attribution without a marked
        quotation: from there on everything is the earlier message."""
        for number, text in enumerate(self.texts):
            mark = self.lines[number].mark
            if mark in (Mark.REST, Mark.FORWARD):
                self.forward |= mark is Mark.FORWARD
                self.end = self._before(number)
                break
            if self.kinds[number] == "b" or mark in (Mark.QUOTED, Mark.MAYBE):
                continue
            if self._rest_begins(number, text):
                self.end = self._before(number)
                break
        for number in range(self.end, len(self.lines)):
            self.kinds[number] = "q"

    def _rest_begins(self, number: int, text: str) -> bool:
        kind = banner(text)
        if kind:
            self.forward |= kind == "forward"
            return True
        if self.kinds[number] == "q":
            return False
        if ":" in text[:30] and self.looks > 0:
            self.looks -= 1
            end = header_block(self.texts, number)
            if end is not None:
                # A forward without a comment keeps whose words it brings.
                return not (self._quoted_next(end - 1) and self._answered_below(number, end))
        return attribution.may_end(text) and self._attributed(number)

    def _attributed(self, number: int) -> bool:
        """A certain attribution ends here and no marked quotation follows."""
        start = self._attribution_start(number)
        if start is None or self._quoted_next(number):
            return False
        if self._answered_below(start, number + 1):
            return False
        self.kinds[start:number] = ["a"] * (number - start)
        return True

    def _answered_below(self, start: int, end: int) -> bool:
        """Whether the letter begins with these lines of an attribution and marks its quotations
        further down: then what is not marked is the client's, who answers below."""
        begins = all(kind == "b" for kind in self.kinds[:start])
        if not begins or "q" not in self.kinds[end:]:
            return False
        for number in range(start, end):
            self.kinds[number] = "b" if self.kinds[number] == "b" else "q"
            self.certain.add(number)
        return True

    def _before(self, number: int) -> int:
        """The same place, or a few lines up: the first line of a wrapped attribution, a ruler,
        Yandex's «Кому: …; Тема: …;» above its attribution."""
        while number and self.kinds[number - 1] == "a":
            number -= 1
        for at in range(number - 1, max(-1, number - 7), -1):
            text = self.texts[at]
            if len(text) >= 5 and set(text) <= _RULER:
                return at
            one = attribution.label(text)
            if text and not (one and one[0] in ("to", "subject", "copy")):
                break
        return number

    def _attribution_start(self, last: int) -> int | None:
        """The first line of a certain attribution that ends with line ``last``."""
        if self.looks <= 0:
            return None
        self.looks -= 1
        text = ""
        for start in range(last, max(-1, last - MOST_LINES), -1):
            if self.kinds[start] == "b" or self.kinds[start] == "q":
                return None
            text = f"{self.texts[start]} {text}".strip()
            if attribution.is_attribution(text):
                return start
        return None

    def _quoted_next(self, number: int) -> bool:
        """Whether the next line with words belongs to a marked quotation."""
        for following in range(number + 1, min(number + 4, len(self.lines))):
            if self.kinds[following] != "b":
                maybe = self.lines[following].mark is Mark.MAYBE
                return self.kinds[following] == "q" or maybe
        return False

    # ------------------------------------------------------------------ marked quotations

    def _attributions(self) -> None:
        """Which marked quotations are introduced; their attributions become part of them."""
        previous = -1  # the last line with words
        for number in range(self.end):
            kind, line = self.kinds[number], self.lines[number]
            if kind == "b":
                continue
            starts = previous < 0 or self.kinds[previous] != "q"
            if kind == "q" or line.mark is Mark.MAYBE:
                introduced = previous >= 0 and previous in self.certain and not starts
                if starts and previous >= 0:
                    introduced = self._introduce(previous, number)
                if line.mark is Mark.QUOTED or introduced or self._own_header(number):
                    self.kinds[number] = "q"
                    self.certain.add(number)
            previous = number
        following = (
            "o" if self.end == len(self.lines) else "q"
        )  # an attribution without its quotation stays
        for number in reversed(range(self.end)):
            if self.kinds[number] == "a" and following == "o":
                self.kinds[number] = "o"
            elif self.kinds[number] != "b":
                following = "q" if self.kinds[number] == "a" else self.kinds[number]

    def _introduce(self, last: int, quoted: int) -> bool:
        if self.kinds[last] == "a":
            return True
        if _BAR.match(self.lines[quoted].text) and not attribution.dates_bars(self.texts[last]):
            return False
        if self.lines[last].mark is not Mark.OWN or not attribution.may_end(self.texts[last]):
            return False
        start = self._attribution_start(last)
        if start is None:
            if not attribution.introduces(self.texts[last]):
                return False
            start = last
        start = self._before(start)
        self.kinds[start : last + 1] = ["a"] * (last + 1 - start)
        return True

    def _own_header(self, number: int) -> bool:
        """Apple Mail and Hotmail put the attribution inside: «> On 22 Aug 2015 … wrote:»."""
        text = self.texts[number].lstrip("> ")
        if self.lines[number].mark is Mark.MAYBE:
            return False
        return attribution.may_end(text) and attribution.is_attribution(text)

    def _doubtful_quotations(self) -> None:
        """Lines with ">" that nothing introduces are taken for quoted only at the end of the mail
        and when there are several; otherwise the client quotes, or writes «> 10 шт»."""
        number = self.end - 1
        while number >= 0 and self.kinds[number] in "bq":
            number -= 1
        tail = [n for n in range(number + 1, self.end) if self.kinds[n] == "q"]
        amounts = all(_AMOUNT.match(self.texts[n]) for n in tail)
        announced = number >= 0 and self.texts[number].endswith(":")
        several = len(tail) >= 2 and not amounts and not announced
        for place in range(self.end):
            doubtful = self.kinds[place] == "q" and place not in self.certain
            if doubtful and not (several and place > number):
                self.kinds[place] = "o"
                self.doubtful.add(place)

    # ------------------------------------------------------------------ what goes

    def _removed(self) -> list[bool]:
        """Which lines go aside: quotations at the end, and one that stands alone above or between
        the client's words. Several with words after them are answered point by point: they stay."""
        kinds = self.kinds
        last_own = max((n for n in range(self.end) if kinds[n] == "o"), default=-1)
        answered, inside = 0, False
        for number in range(last_own):
            if kinds[number] == "q" or number in self.doubtful:
                answered, inside = answered + (not inside), True
            elif kinds[number] == "o":
                inside = False
        removed = [kind in "qa" for kind in kinds]
        if answered > 1:
            removed[: last_own + 1] = [False] * (last_own + 1)
        for number, kind in enumerate(kinds):
            if kind == "a" and not removed[number]:
                continue
            if kind == "b" and number and removed[number - 1]:
                removed[number] = True
        return removed

    def _segments(self, removed: Sequence[bool]) -> list[list[Line]]:
        """The client's lines, parted where a quotation was taken out: a signature ends there."""
        segments: list[list[Line]] = [[]]
        for line, gone in zip(self.lines, removed, strict=True):
            if not gone:
                segments[-1].append(line)
            elif segments[-1]:
                segments.append([])
        return segments

    def _without_signature(self, segments: Sequence[Sequence[Line]]) -> tuple[str, str]:
        own: list[str] = []
        aside: list[str] = []
        for segment in segments:
            words, signature = _signature(segment, first=not own)
            if words:
                own.append(words)
            if signature:
                aside.append(signature)
        return "\n\n".join(own), "\n".join(aside)


def _signature(segment: Sequence[Line], *, first: bool) -> tuple[str, str]:
    """``(words, signature)``: what the structure or a line of two dashes sets apart, the footers of
    mail programs, and small print."""
    aside = {number for number, line in enumerate(segment) if _is_footer(line)}
    rest = [number for number in range(len(segment)) if number not in aside]
    small_print = footers.notice([segment[number].text for number in rest])
    if _has_words(segment, rest[:small_print]):
        aside.update(rest[small_print:])
        rest = rest[:small_print]
    for place, number in enumerate(rest):
        delimits = _DELIMITER.match(segment[number].text.strip("\t\r"))
        if delimits and _ends_as_signature([segment[n] for n in rest[place : place + 41]]):
            if not first or _has_words(segment, rest[:place]):
                aside.update(rest[place:])
            break
    own = [line for number, line in enumerate(segment) if number not in aside]
    put_aside = [segment[number] for number in sorted(aside)]
    if first and not _joined(own) and any(line.mark is Mark.SIGNATURE for line in put_aside):
        return _joined(segment), ""  # a signature is all there is: it was meant to be read
    return _joined(own), _joined(put_aside)


def _is_footer(line: Line) -> bool:
    return line.mark is Mark.SIGNATURE or footers.is_footer(plain(line.text))


def _has_words(segment: Sequence[Line], numbers: Sequence[int]) -> bool:
    return any(segment[number].text.strip() for number in numbers)


def _ends_as_signature(lines: Sequence[Line]) -> bool:
    """Whether what stands from a delimiter on is short enough for a signature."""
    below = [line.text.strip() for line in lines[1:] if line.text.strip()]
    return (
        len(lines) <= 40
        and len(below) <= _LONGEST_SIGNATURE
        and all(len(text) <= 100 for text in below)
    )
