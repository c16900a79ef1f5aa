"""`parse_mode=HTML`, as TDLib's `parse_html` reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.sandbox.telegram.entities.text import MarkupError, Span, byte_offset, link_span

SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
}
TAGS = frozenset({*SIMPLE, "a", "span", "tg-emoji", "code", "pre", "blockquote", "tg-time"})

NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|([a-z]+));?")
NAME = re.compile(r"[^\s>]*")
ATTRIBUTE_NAME = re.compile(r"[^\s=>]*")
BARE_VALUE = re.compile(r"[a-zA-Z0-9.\-]*")


@dataclass(slots=True)
class _Tag:
    name: str
    start: int
    attributes: dict[str, str] = field(default_factory=dict)


def parse_html(source: str) -> tuple[str, list[Span]]:
    """Text and entities of an HTML source.

    Raises:
        MarkupError: With TDLib's sentence.
    """
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.parts: list[str] = []
        self.length = 0
        self.open: list[_Tag] = []
        self.spans: list[Span] = []

    def parse(self) -> tuple[str, list[Span]]:
        source = self.source
        while self.at < len(source):
            character = source[self.at]
            if character == "&":
                self._add(self._reference())
            elif character == "<":
                if source.startswith("</", self.at):
                    self._end_tag()
                else:
                    self._start_tag()
            else:
                stop = self._next_special()
                self._add(source[self.at : stop])
                self.at = stop
        if self.open:
            raise MarkupError(
                f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"'
            )
        return "".join(self.parts), self.spans

    def _next_special(self) -> int:
        places = (self.source.find("<", self.at), self.source.find("&", self.at))
        return min((p for p in places if p >= 0), default=len(self.source))

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _reference(self) -> str:
        """A character reference, or the ampersand itself when it is none."""
        match = REFERENCE.match(self.source, self.at)
        character = ""
        if match:
            if match[3]:
                character = NAMED.get(match[3], "")
            else:
                code = int(match[1]) if match[1] else int(match[2], 16)
                if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000:
                    character = chr(code)
        if match is None or not character:
            self.at += 1
            return "&"
        self.at = match.end()
        return character

    def _where(self, index: int) -> int:
        return byte_offset(self.source, index)

    def _start_tag(self) -> None:
        begin = self.at
        match = NAME.match(self.source, begin + 1)
        name = match[0].lower() if match else ""
        self.at = begin + 1 + len(name)
        if self.at >= len(self.source):
            raise MarkupError(f"Unclosed start tag at byte offset {self._where(begin)}")
        if name not in TAGS:
            raise MarkupError(f'Unsupported start tag "{name}" at byte offset {self._where(begin)}')
        attributes = self._attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise MarkupError(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self._where(begin)}'
            )
        self.open.append(_Tag(name, self.length, attributes))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        source = self.source
        while True:
            self._skip_space()
            if self.at >= len(source):
                raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._where(begin)}')
            if source[self.at] == ">":
                self.at += 1
                return attributes
            match = ATTRIBUTE_NAME.match(source, self.at)
            name = match[0] if match else ""
            if not name:
                raise MarkupError(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self._where(begin)}'
                )
            self.at += len(name)
            self._skip_space()
            if self.at < len(source) and source[self.at] == "=":
                self.at += 1
                self._skip_space()
                attributes[name.lower()] = self._value(tag, begin)
            elif tag == "blockquote":
                attributes[name.lower()] = ""
            else:
                raise MarkupError(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                    f"at byte offset {self._where(begin)}"
                )

    def _value(self, tag: str, begin: int) -> str:
        source = self.source
        if self.at >= len(source):
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._where(begin)}')
        quote = source[self.at]
        if quote not in "'\"":
            match = BARE_VALUE.match(source, self.at)
            value = match[0] if match else ""
            self.at += len(value)
            if self.at < len(source) and not source[self.at].isspace() and source[self.at] != ">":
                raise MarkupError(
                    f"Unexpected end of name token at byte offset {self._where(begin)}"
                )
            return value
        self.at += 1
        parts = []
        while self.at < len(source) and source[self.at] != quote:
            if source[self.at] == "&":
                parts.append(self._reference())
            else:
                parts.append(source[self.at])
                self.at += 1
        if self.at >= len(source):
            raise MarkupError(f"Unclosed start tag at byte offset {self._where(begin)}")
        self.at += 1
        return "".join(parts)

    def _skip_space(self) -> None:
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {self._where(begin)}")
        match = NAME.match(self.source, begin + 2)
        name = match[0].lower() if match else ""
        self.at = begin + 2 + len(name)
        self._skip_space()
        if self.at >= len(self.source) or self.source[self.at] != ">":
            raise MarkupError(f"Unclosed end tag at byte offset {self._where(begin)}")
        self.at += 1
        tag = self.open.pop()
        if name and name != tag.name:
            raise MarkupError(
                f"Unmatched end tag at byte offset {self._where(begin)}, "
                f'expected "</{tag.name}>", found "</{name}>"'
            )
        if tag.start < self.length:
            span = self._span(tag)
            if span is not None:
                self.spans.append(span)

    def _span(self, tag: _Tag) -> Span | None:
        start, end, name = tag.start, self.length, tag.name
        simple = "spoiler" if name == "span" else SIMPLE.get(name)
        if simple:
            return Span(start, end, simple)
        if name == "a":
            url = tag.attributes.get("href") or "".join(self.parts)[start:end]
            return link_span(start, end, url)
        if name == "tg-emoji":
            emoji_id = tag.attributes.get("emoji-id", "")
            if not emoji_id.isdigit():
                raise MarkupError("Invalid custom emoji identifier specified")
            return Span(start, end, "custom_emoji", {"custom_emoji_id": emoji_id})
        if name == "blockquote":
            kind = "expandable_blockquote" if "expandable" in tag.attributes else "blockquote"
            return Span(start, end, kind)
        if name == "pre":
            return self._pre(start, end)
        if name == "code":
            language = tag.attributes.get("class", "")
            if language.startswith("language-"):
                return Span(start, end, "code", {"language": language.removeprefix("language-")})
            return Span(start, end, "code")
        return None

    def _pre(self, start: int, end: int) -> Span:
        """`<pre><code class="language-x">` is one block of code in language x."""
        extra = {}
        inner = self.spans[-1] if self.spans else None
        if inner and inner.kind == "code" and (inner.start, inner.end) == (start, end):
            self.spans.pop()
            extra = inner.extra
        return Span(start, end, "pre", extra)
