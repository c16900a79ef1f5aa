"""`parse_mode=MarkdownV2` and the legacy `Markdown`, as TDLib reads them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.telegram.entities.text import MarkupError, Span, byte_offset, link_span

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
V2_MARKS = {"||": "spoiler", "__": "underline", "_": "italic", "*": "bold", "~": "strikethrough"}
NAMES = {
    "spoiler": "Spoiler",
    "underline": "Underline",
    "italic": "Italic",
    "bold": "Bold",
    "strikethrough": "Strikethrough",
    "code": "Code",
    "pre": "Pre",
    "link": "TextUrl",
    "emoji": "CustomEmoji",
}


@dataclass(slots=True)
class _Open:
    kind: str
    begin: int
    start: int


def parse_markdown_v2(source: str) -> tuple[str, list[Span]]:
    """Text and entities of a MarkdownV2 source.

    Raises:
        MarkupError: With TDLib's sentence.
    """
    return _V2(source).parse()


class _V2:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.open: list[_Open] = []
        self.spans: list[Span] = []
        self.quote: int | None = None
        self.line_start = True

    def parse(self) -> tuple[str, list[Span]]:
        while self.at < len(self.source):
            self._step()
        self._close_quote()
        if self.open:
            last = self.open[-1]
            raise MarkupError(
                f"Can't find end of {NAMES[last.kind]} entity "
                f"at byte offset {byte_offset(self.source, last.begin)}"
            )
        return "".join(self.out), self.spans

    def _step(self) -> None:
        source, character = self.source, self.source[self.at]
        at_line_start, self.line_start = self.line_start, False
        if character == "\\" and self.at + 1 < len(source) and 0 < ord(source[self.at + 1]) <= 126:
            self.out.append(source[self.at + 1])
            self.at += 2
        elif character == "\n":
            self.out.append(character)
            self.at += 1
            self.line_start = True
            if self.quote is not None and not source.startswith(">", self.at):
                self._close_quote()
        elif character == ">" and at_line_start:
            if self.quote is None:
                self.quote = len(self.out)
            self.at += 1
        elif character == "`":
            self._code()
        elif not self._mark(character):
            if character in RESERVED:
                raise MarkupError(
                    f"Character '{character}' is reserved and must be escaped "
                    "with the preceding '\\'"
                )
            self.out.append(character)
            self.at += 1

    def _close_quote(self) -> None:
        if self.quote is not None and self.quote < len(self.out):
            end = len(self.out)
            if self.out[-1] == "\n":
                end -= 1
            self.spans.append(Span(self.quote, end, "blockquote"))
        self.quote = None

    def _mark(self, character: str) -> bool:
        """Opens or closes formatting or a link; False when the character does neither."""
        source = self.source
        if character == "[" or source.startswith("![", self.at):
            kind = "link" if character == "[" else "emoji"
            self.open.append(_Open(kind, self.at, len(self.out)))
            self.at += 1 if kind == "link" else 2
            return True
        if character == "]" and self.open and self.open[-1].kind in {"link", "emoji"}:
            self._link()
            return True
        mark = next((m for m in V2_MARKS if source.startswith(m, self.at)), None)
        if mark is None:
            return False
        kind = V2_MARKS[mark]
        if mark == "__" and self._is_open("italic") and not self._is_open("underline"):
            mark, kind = "_", "italic"  # "_a__b" closes the italic first, as TDLib does
        if self.open and self.open[-1].kind == kind:
            begun = self.open.pop()
            if begun.start < len(self.out):
                self.spans.append(Span(begun.start, len(self.out), kind))
        elif self._is_open(kind):
            last = self.open[-1]
            raise MarkupError(
                f"Can't find end of {NAMES[last.kind]} entity "
                f"at byte offset {byte_offset(source, last.begin)}"
            )
        else:
            self.open.append(_Open(kind, self.at, len(self.out)))
        self.at += len(mark)
        return True

    def _is_open(self, kind: str) -> bool:
        return any(begun.kind == kind for begun in self.open)

    def _code(self) -> None:
        source, begin = self.source, self.at
        fence = "```" if source.startswith("```", begin) else "`"
        kind = "pre" if fence == "```" else "code"
        self.at += len(fence)
        language = ""
        if kind == "pre":
            line_end = source.find("\n", self.at)
            word = source[self.at : line_end] if line_end > 0 else ""
            if word and not any(c.isspace() or c == "`" for c in word):
                language, self.at = word, line_end
            if source.startswith("\n", self.at):
                self.at += 1
        start = len(self.out)
        while not source.startswith(fence, self.at):
            if self.at >= len(source):
                raise MarkupError(
                    f"Can't find end of {NAMES[kind]} entity "
                    f"at byte offset {byte_offset(source, begin)}"
                )
            if source[self.at] == "\\" and self.at + 1 < len(source):
                self.at += 1
            self.out.append(source[self.at])
            self.at += 1
        self.at += len(fence)
        if start < len(self.out):
            extra = {"language": language} if language else {}
            self.spans.append(Span(start, len(self.out), kind, extra))

    def _link(self) -> None:
        source = self.source
        begun = self.open.pop()
        self.at += 1
        url = ""
        if source.startswith("(", self.at):
            self.at += 1
            parts = []
            while not source.startswith(")", self.at):
                if self.at >= len(source):
                    raise MarkupError(
                        f"Can't find end of a URL at byte offset {byte_offset(source, begun.begin)}"
                    )
                if source[self.at] == "\\" and self.at + 1 < len(source):
                    self.at += 1
                parts.append(source[self.at])
                self.at += 1
            self.at += 1
            url = "".join(parts)
        end = len(self.out)
        if begun.start == end:
            return
        if begun.kind == "emoji":
            emoji_id = url.removeprefix("tg://emoji?id=")
            if not emoji_id.isdigit():
                raise MarkupError("Custom emoji URL must have an emoji identifier")
            self.spans.append(Span(begun.start, end, "custom_emoji", {"custom_emoji_id": emoji_id}))
            return
        span = link_span(begun.start, end, url or "".join(self.out[begun.start : end]))
        if span is not None:
            self.spans.append(span)


def parse_markdown(source: str) -> tuple[str, list[Span]]:
    """Text and entities of a legacy Markdown source (no nesting).

    Raises:
        MarkupError: With TDLib's sentence.
    """
    out: list[str] = []
    spans: list[Span] = []
    at = 0
    while at < len(source):
        character = source[at]
        if character == "\\" and source[at + 1 : at + 2] in {"_", "*", "`", "["}:
            out.append(source[at + 1])
            at += 2
        elif character in "_*`[":
            at = _legacy_entity(source, at, out, spans)
        else:
            out.append(character)
            at += 1
    return "".join(out), spans


def _legacy_entity(source: str, begin: int, out: list[str], spans: list[Span]) -> int:
    character = source[begin]
    mark = "```" if source.startswith("```", begin) else character
    closing = "]" if mark == "[" else mark
    at = begin + len(mark)
    end = source.find(closing, at)
    if end < 0:
        raise MarkupError(
            f"Can't find end of the entity starting at byte offset {byte_offset(source, begin)}"
        )
    inner = source[at:end]
    after = end + len(closing)
    extra = {}
    if mark == "```":
        language, newline, rest = inner.partition("\n")
        if newline and language and not any(c.isspace() for c in language):
            extra, inner = {"language": language}, rest
    start = len(out)
    out.extend(inner)
    if mark == "[":
        stop = source.find(")", after)
        if source.startswith("(", after) and stop > 0:
            span = link_span(start, len(out), source[after + 1 : stop])
            if span is not None and inner:
                spans.append(span)
            return stop + 1
        return after
    kind = {"_": "italic", "*": "bold", "`": "code", "```": "pre"}[mark]
    if inner:
        spans.append(Span(start, len(out), kind, extra))
    return after
