"""The formatting an answer may use: the part of HTML that Telegram shows.

Tags: ``b i u s code pre blockquote tg-spoiler`` and ``a href``. Source: Bot API, "HTML style".
"""

import html
import re
from html.parser import HTMLParser
from typing import Final

TAGS: Final = frozenset({"b", "i", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"})
SCHEMES: Final = ("https://", "http://", "tg://", "mailto:", "tel:")


class _Reader(HTMLParser):
    """Collects the first thing Telegram would refuse, and the text without tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: str | None = None
        self.text: list[str] = []

    def refuse(self, message: str) -> None:
        self.wrong = self.wrong or message

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.refuse(f"the tag <{tag}> is not shown by Telegram")
            return
        self.open.append(tag)
        address = dict(attrs).get("href")
        if tag == "a" and not (address or "").lower().startswith(SCHEMES):
            self.refuse("a link needs href with https://, tg://, mailto: or tel:")
        extra = {name for name, _ in attrs} - ({"href"} if tag == "a" else set())
        if extra and not (tag == "blockquote" and extra == {"expandable"}):
            self.refuse(f"<{tag}> has the unknown attribute {min(extra)!r}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.refuse(f"the tag <{tag}/> is not shown by Telegram")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            expected = f"; </{self.open[-1]}> is expected first" if self.open else ""
            self.refuse(f"</{tag}> closes nothing{expected}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.refuse("an HTML comment is not shown by Telegram")


def wrong_markup(text: str) -> str | None:
    """What Telegram would refuse in a formatted text, or ``None``."""
    if re.search(r"<(?![/a-zA-Z])", text):
        return "a plain < has to be written &lt;"
    reader = _read(text)
    if reader.wrong is None and reader.open:
        return f"<{reader.open[-1]}> is not closed"
    return reader.wrong


def without_markup(text: str) -> str:
    """The text that a person sees."""
    return "".join(_read(text).text)


def escaped(text: str) -> str:
    """Plain text as formatted text."""
    return html.escape(text, quote=False)


def shown_length(text: str) -> int:
    """Its length as Telegram counts: UTF-16 units without tags."""
    return len(without_markup(text).encode("utf-16-le")) // 2


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader
