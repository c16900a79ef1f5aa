"""The small HTML that people write in our YAML files, and that mail and terminals read.

The tags are those of Telegram's HTML style: ``b strong i em u ins s strike del code pre a
blockquote tg-spoiler tg-emoji``, ``<span class="tg-spoiler">``, ``<blockquote expandable>`` and
``<pre><code class="language-x">``. White space counts. ``&lt; &gt; &amp; &quot;``, numeric and
other HTML character references are read; any other ``&`` is itself.

Errors::

    MarkupError   markup that cannot be meant (strict reading only)
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from channels.message import FormattedText, Span, SpanKind

_TAGS: Final[Mapping[str, SpanKind]] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strike",
    "strike": "strike",
    "del": "strike",
    "code": "code",
    "pre": "pre",
    "a": "link",
    "blockquote": "quote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "emoji",
}

LINK_SCHEMES: Final = ("http://", "https://", "mailto:", "tel:")
"""What a link may begin with; anything else stays text."""

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class MarkupError(ValueError):
    """Markup that cannot be meant.

    Attributes:
        offset: Where in the source, in characters from 0.
        problem: One of ``unknown_tag``, ``not_open``, ``not_closed``, ``no_address``,
            ``bad_address``, ``bare_bracket``.
        found: The piece of source it is about.
    """

    def __init__(self, problem: str, offset: int, found: str) -> None:
        super().__init__(f"{problem} at {offset}: {found}")
        self.problem = problem
        self.offset = offset
        self.found = found


def is_safe_link(address: str) -> bool:
    """Whether an address may be made clickable."""
    return address.lower().startswith(LINK_SCHEMES)


# --------------------------------------------------------------------------- reading


@dataclass(slots=True, kw_only=True)
class _Open:
    """A tag that waits for its end."""

    tag: str
    kind: SpanKind | None
    value: str | None
    offset: int
    start: int


class _Reader:
    def __init__(self, source: str, *, strict: bool) -> None:
        self.source = source
        self.strict = strict
        self.text: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.spans: list[tuple[int, Span]] = []
        """With the place of their opening tag, which is their order."""

    def read(self) -> FormattedText:
        position = 0
        for match in _TAG.finditer(self.source):
            self.words(position, match.start())
            position = match.end()
            try:
                if match[1]:
                    self.close(match[2].lower(), match.start(), match[0])
                else:
                    self.begin(match[2].lower(), match[3], match.start(), match[0])
            except MarkupError:
                if self.strict:
                    raise
                self.put(match[0])
        self.words(position, len(self.source))
        if self.open and self.strict:
            last = self.open[-1]
            raise MarkupError("not_closed", last.offset, f"<{last.tag}>")
        while self.open:
            self.finish(self.open.pop())
        spans = [span for _, span in sorted(self.spans, key=lambda pair: (pair[1].start, pair[0]))]
        return FormattedText("".join(self.text), spans=tuple(spans))

    def words(self, start: int, end: int) -> None:
        piece = self.source[start:end]
        if self.strict and (bracket := piece.find("<")) >= 0:
            raise MarkupError("bare_bracket", start + bracket, piece[bracket : bracket + 20])
        self.put(_REFERENCE.sub(lambda found: html.unescape(found[0]), piece))

    def put(self, piece: str) -> None:
        self.text.append(piece)
        self.length += len(piece)

    def begin(self, tag: str, rest: str, offset: int, found: str) -> None:
        if tag not in _TAGS:
            raise MarkupError("unknown_tag", offset, found)
        attributes = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(rest)
        }
        kind: SpanKind | None = _TAGS[tag]
        value: str | None = None
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise MarkupError("unknown_tag", offset, found)
        if tag == "a":
            value = attributes.get("href", "").strip()
            if not value:
                raise MarkupError("no_address", offset, found)
            if not is_safe_link(value):
                if self.strict:
                    raise MarkupError("bad_address", offset, found)
                kind = None
        elif tag == "blockquote" and "expandable" in attributes:
            value = "expandable"
        elif tag == "tg-emoji":
            value = attributes.get("emoji-id")
            if not value:
                raise MarkupError("no_address", offset, found)
        elif tag == "code" and (language := _language(attributes)):
            outer = self.open[-1] if self.open else None
            if outer and outer.tag == "pre" and outer.start == self.length:
                outer.value, kind = language, None
        self.open.append(_Open(tag=tag, kind=kind, value=value, offset=offset, start=self.length))

    def close(self, tag: str, offset: int, found: str) -> None:
        if tag not in _TAGS:
            raise MarkupError("unknown_tag", offset, found)
        if not any(each.tag == tag for each in self.open):
            raise MarkupError("not_open", offset, found)
        if self.open[-1].tag != tag and self.strict:
            raise MarkupError("not_closed", self.open[-1].offset, f"<{self.open[-1].tag}>")
        while True:
            last = self.open.pop()
            self.finish(last)
            if last.tag == tag:
                return

    def finish(self, tag: _Open) -> None:
        length = self.length - tag.start
        if tag.kind is not None and length:
            span = Span(kind=tag.kind, start=tag.start, length=length, value=tag.value)
            self.spans.append((tag.offset, span))


def _language(attributes: Mapping[str, str]) -> str | None:
    name = attributes.get("class", "")
    return name.removeprefix("language-") if name.startswith("language-") else None


def parse(source: str, *, strict: bool = False) -> FormattedText:
    """Read markup.

    Tolerant reading never fails: what is no known tag is shown as it stands, what was left open
    ends with the text, a link that may not be clicked stays text.

    Raises:
        MarkupError: in strict reading, at the first thing that cannot be meant.
    """
    return _Reader(source, strict=strict).read()


# --------------------------------------------------------------------------- writing

_WRITTEN: Final[Mapping[SpanKind, tuple[str, str]]] = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strike": ("<s>", "</s>"),
    "spoiler": ("<tg-spoiler>", "</tg-spoiler>"),
    "code": ("<code>", "</code>"),
}


def _tags(span: Span) -> tuple[str, str]:
    value = html.escape(span.value or "")
    match span.kind:
        case "pre" if value:
            return f'<pre><code class="language-{value}">', "</code></pre>"
        case "pre":
            return "<pre>", "</pre>"
        case "link" if is_safe_link(span.value or ""):
            return f'<a href="{value}">', "</a>"
        case "link":
            return "", ""
        case "quote":
            return "<blockquote expandable>" if value else "<blockquote>", "</blockquote>"
        case "emoji" if value:
            return f'<tg-emoji emoji-id="{value}">', "</tg-emoji>"
        case "emoji":
            return "", ""
        case _:
            return _WRITTEN[span.kind]


def nested(text: FormattedText) -> Iterator[tuple[Literal["open", "close"], Span] | str]:
    """The text as pieces, and between them where spans begin and end, properly nested: spans that
    overlap are closed and opened again."""
    spans = sorted(text.spans, key=lambda span: (span.start, -span.length))
    borders = sorted({0, len(text.text)} | {s.start for s in spans} | {_end(s) for s in spans})
    stack: list[Span] = []
    for position, border in enumerate(borders):
        reopened: list[Span] = []
        while any(_end(span) <= border for span in stack):
            last = stack.pop()
            yield "close", last
            if _end(last) > border:
                reopened.insert(0, last)
        for span in reopened + [s for s in spans if s.start == border and s.length > 0]:
            stack.append(span)
            yield "open", span
        if position + 1 < len(borders):
            yield text.text[border : borders[position + 1]]


def to_html(text: FormattedText) -> str:
    """Write markup that ``parse`` reads back."""
    written: list[str] = []
    for piece in nested(text):
        if isinstance(piece, str):
            written.append(html.escape(piece, quote=False))
        else:
            does, span = piece
            written.append(_tags(span)[does == "close"])
    return "".join(written)


def _end(span: Span) -> int:
    return span.start + span.length
