"""A text with places for arguments, taken apart once and filled many times."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from channels.markup import parse
from channels.message import FormattedText, Span, SpanKind

DURATION_STYLES: Final = ("genitive", "accusative")
"""Cases of a duration: «в течение {wait:genitive}», «через {wait:accusative}»."""
TIME_STYLES: Final = ("time", "date", "short")
"""Forms of a moment: ``14:05``, ``23 November 2026``, ``23 Nov 14:05``."""
STYLES: Final = (*DURATION_STYLES, *TIME_STYLES)

_BRACE = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}|[{}]")


class BraceError(ValueError):
    """A brace that opens or closes no placeholder we know; ``found`` is the text from there."""

    def __init__(self, found: str) -> None:
        super().__init__(f"no placeholder: {found}")
        self.found = found


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``{name}`` or ``{name:style}``."""

    name: str
    style: str | None = None


@dataclass(frozen=True, slots=True)
class _Range:
    """Formatting of the pieces ``[first, end)``."""

    kind: SpanKind
    value: str | None
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Template:
    """Literal pieces and placeholders in order, and which of them are formatted how.

    Markup is read before anything is filled in, so an argument can never become markup.
    """

    source: str
    """As it was written."""
    pieces: tuple[str | Placeholder, ...]
    ranges: tuple[_Range, ...] = ()

    @classmethod
    def compile(cls, source: str) -> Template:
        """Read markup and placeholders; ``{{`` and ``}}`` are braces.

        Raises:
            MarkupError: markup that cannot be meant.
            BraceError: a lone brace, or a placeholder of a wrong form.
        """
        marked = parse(source, strict=True)
        tokens: list[tuple[int, int, str | Placeholder]] = []
        for match in _BRACE.finditer(marked.text):
            token = match[0]
            if match[1] and match[2] in {None, *STYLES}:
                tokens.append((match.start(), match.end(), Placeholder(match[1], match[2])))
            elif token in {"{{", "}}"}:
                tokens.append((match.start(), match.end(), token[0]))
            else:
                raise BraceError(marked.text[match.start() : match.start() + 20])
        inside = {p for start, end, _ in tokens for p in range(start + 1, end)}
        borders = {0, len(marked.text)}
        borders.update(border for start, end, _ in tokens for border in (start, end))
        borders.update(s.start for s in marked.spans)
        borders.update(s.start + s.length for s in marked.spans)
        cuts = sorted(borders - inside)
        special = {start: what for start, _, what in tokens}
        pieces = tuple(
            special.get(start) or marked.text[start:end] for start, end in pairwise(cuts)
        )
        # A border inside a placeholder moves out of it, to the left or to the right.
        ranges = tuple(
            _Range(
                kind=span.kind,
                value=span.value,
                first=sum(cut <= span.start for cut in cuts) - 1,
                end=sum(cut < span.start + span.length for cut in cuts),
            )
            for span in marked.spans
        )
        return cls(source, pieces, ranges)

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the arguments it needs."""
        return frozenset(piece.name for piece in self.pieces if isinstance(piece, Placeholder))

    def fill(self, show: Callable[[Placeholder], FormattedText]) -> FormattedText:
        """The text with every placeholder replaced by what ``show`` makes of it."""
        shown = [
            show(piece) if isinstance(piece, Placeholder) else FormattedText(piece)
            for piece in self.pieces
        ]
        starts = list(accumulate((len(piece.text) for piece in shown), initial=0))
        spans = [
            Span(
                kind=each.kind,
                start=starts[each.first],
                length=starts[each.end] - starts[each.first],
                value=each.value,
            )
            for each in self.ranges
            if starts[each.end] > starts[each.first]
        ]
        result = FormattedText()
        for piece in shown:
            result = result + piece
        # Ours come first: at the same place they are the outer ones.
        ordered = sorted([*spans, *result.spans], key=lambda span: span.start)
        return FormattedText(result.text, spans=tuple(ordered))


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on the number ``n``: one template for each CLDR plural form."""

    forms: Mapping[str, Template]

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the arguments it needs, ``n`` always among them."""
        return frozenset({"n"}).union(*(form.placeholders for form in self.forms.values()))


Entry = Template | Plural
