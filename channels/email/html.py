"""HTML of a mail into lines of text, in one pass over the source.

No tree is built: a stack of open elements is enough to know where a quotation begins and ends, the
time is linear in the source whatever the nesting, and nothing is ever fetched (case E7). The
structures that mail programs write around quotations become marks on the lines.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from channels.email.lines import Line, Mark

MAX_COST: Final = 150_000  # a tag or a piece of text counts one, attributes two more
MAX_TEXT: Final = 262_144  # characters
MAX_ATTRIBUTES: Final = 2_000  # characters of one tag that are looked at; the rest is data: URLs

_SILENT: Final = frozenset(("script", "style", "title", "template", "noscript", "object", "svg"))
_TIGHT: Final = "tight"  # a paragraph of Word: no space around it
_VOID: Final = frozenset(
    ("br", "hr", "img", "meta", "link", "input", "base", "col", "area", "embed", "wbr", "source")
)
_PARAGRAPHS: Final = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table"))
_BLOCKS: Final = _PARAGRAPHS | frozenset(
    ("div", "blockquote", "pre", "li", "tr", "dl", "dt", "dd", "section", "article", "header",
     "footer", "center", "address", "form", "fieldset", "body", "html", "hr", "tbody", "thead")
)  # fmt: skip
_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:_-]{0,30})|<[!?/]")
_ATTRIBUTE: Final = re.compile(r"([A-Za-z_:-]{1,40})\s{0,9}=\s{0,9}(\"[^\"]*|'[^']*|[^\s\"'>]+)")
_SPACE: Final = re.compile(r"[ \t\r\n\f\v\xa0]+")
_INVISIBLE: Final = re.compile(r"display\s?:\s?none|mso-hide\s?:\s?all")
_QUOTE_BORDER: Final = re.compile(r"border-left(-\w+)?\s?:(?!\s?(none|0|medium none))")
_ATTRIBUTIONS: Final = ("gmail_attr", "moz-cite-prefix", "moz-email-headers-table")
_QUOTES: Final = ("yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra")
_FORWARDS: Final = ("moz-forward-container",)
_SIGNATURES: Final = ("gmail_signature", "moz-signature", "protonmail_signature_block")
_REST_IDS: Final = (
    "divrplyfwdmsg", "stopspelling", "zwchr", "olk_src_body_section", "reply-intro",
    "mail-editor-reference-message-container",
)  # fmt: skip


def html_lines(source: str) -> tuple[list[Line], bool]:
    """The lines of an HTML mail with what its structure says about them, and whether that is all:
    at most :data:`MAX_COST` tags and :data:`MAX_TEXT` characters are read.

    Links show their address after their words; pictures, scripts and hidden parts show nothing.
    """
    page = _Page()
    cost = 0
    for kind, value, attributes in _tokens(source):
        cost += 3 if attributes else 1
        if cost > MAX_COST or page.length > MAX_TEXT:
            return page.finished(), False
        if kind == "text":
            page.text(html.unescape(value[:MAX_TEXT]))
        elif kind == "open":
            page.open(value, _attributes(attributes) if attributes else {})
        else:
            page.close(value)
    return page.finished(), True


def alternatives(source: str) -> list[str]:
    """What stands for the pictures of an HTML mail (``alt``), for a mail that is nothing else."""
    found: list[str] = []
    for cost, (kind, name, attributes) in enumerate(_tokens(source)):
        if cost > MAX_COST:
            break
        if kind == "open" and name == "img" and attributes:
            found.append(" ".join(_attributes(attributes).get("alt", "").split()))
    return [words for words in found if words]


def _tokens(source: str) -> Iterator[tuple[str, str, str]]:
    """``(text, words, "")``, ``(open, name, attributes)`` and ``(close, name, "")`` in order.

    Every search continues where an earlier one ended, so the whole is linear also for a source
    made of unclosed tags or comments.
    """
    lowered = source.lower()
    at = 0
    comments = True  # whether a "-->" may still follow
    unclosed: set[str] = set()  # silent elements that nothing closes from here on
    closing = 0  # a ">" at or after every place looked at so far; -1: there is none
    while (start := source.find("<", at)) >= 0:
        if start > at:
            yield "text", source[at:start], ""
        if comments and source.startswith("<!--", start):
            found = source.find("-->", start + 4)
            comments = found >= 0
            if comments:
                at = found + 3
                continue
        if 0 <= closing <= start:
            closing = source.find(">", start)
        named = _TAG.match(source, start)
        stop = _tag_end(source, named.end(), closing) if named and closing >= 0 else None
        if named is None or stop is None:
            yield "text", "<", ""
            at = start + 1
            continue
        at = stop + 1
        name = named["name"].lower() if named["name"] else ""
        if name and named["end"]:
            yield "close", name, ""
        elif name:
            yield "open", name, source[named.end() : min(stop, named.end() + MAX_ATTRIBUTES)]
        if name in _SILENT and not named["end"]:
            # An unclosed one is ignored: its words may be the client's.
            shut = -1 if name in unclosed else lowered.find(f"</{name}", at)
            at = max(at, shut)
            if shut < 0:
                unclosed.add(name)
    yield "text", source[at:], ""


def _tag_end(source: str, start: int, closing: int) -> int | None:
    """Where the tag ends: the next ">" that is not within a quoted value. None: no tag at all, as
    another "<" comes first («a <b and c <d>»)."""
    if start == closing:
        return closing
    if source.find("<", start, closing) >= 0 and '"' not in source[start : start + MAX_ATTRIBUTES]:
        return None
    quote = source.find('="', start, closing)
    if quote >= 0 and source.count('"', start, min(closing, start + 100_000)) % 2:
        shut = source.find('"', closing, closing + 10_000)
        beyond = source.find(">", shut, shut + 10_000) if shut >= 0 else -1
        if beyond >= 0:
            return beyond
    return closing


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), html.unescape(value.strip("\"'")))
    return found


class _Page:
    """The lines so far and the elements that are open."""

    def __init__(self) -> None:
        self.length = 0
        self._lines: list[Line] = []
        self._words: list[str] = []
        self._line_mark = Mark.OWN
        self._mark = Mark.OWN
        self._hidden = 0
        self._preformatted = 0
        self._open: list[tuple[str, Mark | None, bool, str]] = []
        self._count: Counter[str] = Counter()

    def text(self, words: str) -> None:
        if self._hidden:
            return
        if self._preformatted:
            first, *others = words.replace("\r\n", "\n").split("\n")
            self._add(first)
            for other in others:
                self._end_line(blank=True)
                self._add(other)
            return
        folded = _SPACE.sub(" ", words)
        if folded == " " and not self._words:
            return
        self._add(folded if self._words else folded.lstrip(" "))

    def _add(self, words: str) -> None:
        if not words:
            return
        if self._words and self._line_mark is not self._mark:
            self._end_line()
        if not self._words:
            self._line_mark = self._mark
        self._words.append(words)
        self.length += len(words)

    def _end_line(self, *, blank: bool = False) -> None:
        """End the line; ``blank``: also when it is empty."""
        text = "".join(self._words).rstrip()
        if not self._preformatted:
            text = text.lstrip()
        if text:
            self._lines.append(Line(text, self._line_mark))
        elif blank or self._words:
            self._blank()
        self._words.clear()

    def _blank(self) -> None:
        if self._lines and self._lines[-1].text:
            self._lines.append(Line("", self._mark))

    def open(self, name: str, attributes: dict[str, str]) -> None:
        if name == "br" and not self._hidden:
            self._end_line(blank=True)
        elif name == "img":
            alt = attributes.get("alt", "")
            if alt and len(alt) <= 8 and not alt.isascii() and not alt.isalpha():
                self.text(alt)  # an emoji as a picture
        tight = name == "p" and "mso" in attributes.get("class", "").lower()
        if name in _BLOCKS:
            self._end_line()
            if name in _PARAGRAPHS and not tight:
                self._blank()
        elif name in ("td", "th") and self._words:
            self._add(" ")
        before, mark = self._mark, None
        if attributes or name == "blockquote":
            mark = self._meaning(name, attributes)
        if mark is not None and mark is not before:
            self._end_line()
            self._mark = mark
        if name in _VOID:
            return  # a rule that begins the rest keeps its mark to the end
        link = attributes.get("href", "") if name == "a" else _TIGHT if tight else ""
        self._push(name, attributes, before if mark is not None else None, link)

    def _push(self, name: str, attributes: dict[str, str], before: Mark | None, link: str) -> None:
        hides = bool(attributes and _INVISIBLE.search(attributes.get("style", "").lower()))
        self._hidden += hides
        self._preformatted += name == "pre"
        self._count[name] += 1
        self._open.append((name, before, hides, link))
        if name == "li":
            self._add("- ")

    def _meaning(self, name: str, attributes: dict[str, str]) -> Mark | None:
        """The mark of an element that mail programs put around what is not new."""
        if self._mark in (Mark.REST, Mark.FORWARD, Mark.QUOTED):
            return None
        classes = attributes.get("class", "").lower()
        identity = attributes.get("id", "").lower().removeprefix("x_")
        if identity in _REST_IDS or identity.startswith("mail-editor-reference-message"):
            return Mark.REST
        if name == "blockquote":
            return self._of_blockquote(classes, attributes)
        if any(one in classes for one in _FORWARDS):
            return Mark.FORWARD
        if any(one in classes for one in _QUOTES):
            return Mark.QUOTED
        if "gmail_quote" in classes or any(one in classes for one in _ATTRIBUTIONS):
            return Mark.HEADER
        if any(one in classes for one in _SIGNATURES) or "data-signatureblock" in attributes:
            return Mark.SIGNATURE
        return None

    def _of_blockquote(self, classes: str, attributes: dict[str, str]) -> Mark:
        style = attributes.get("style", "").lower()
        certain = (
            attributes.get("type", "").lower() == "cite"
            or "cite" in attributes
            or ("quote" in classes)
            or bool(_QUOTE_BORDER.search(style))
            or self._mark is Mark.HEADER
        )
        if certain:
            return Mark.QUOTED
        # Gmail's "indent more" is a blockquote too: «margin:0 0 0 40px;border:none».
        return self._mark if "border:none" in style.replace(" ", "") else Mark.MAYBE

    def close(self, name: str) -> None:
        if name == "br":
            self.open("br", {})
            return
        if not self._count[name]:
            return
        while self._open:
            last, before, hides, link = self._open.pop()
            self._leave(last, before, hides, link)
            if last == name:
                return

    def _leave(self, name: str, before: Mark | None, hides: bool, link: str) -> None:
        self._count[name] -= 1
        self._hidden -= hides
        if link.startswith(("http://", "https://")) and len(link) <= 500:
            self._show(link)
        if name in _BLOCKS:
            self._end_line()
            if name in _PARAGRAPHS and link != _TIGHT:
                self._blank()
        self._preformatted -= name == "pre"
        if before is None or self._mark is Mark.REST:
            return
        self._end_line()
        # What follows the quotation inside Gmail's own container was written below it.
        below = before is Mark.HEADER and self._mark is Mark.QUOTED
        self._mark = Mark.OWN if below else before

    def _show(self, link: str) -> None:
        """The address after the words of a link, unless the words are the address."""
        if self._hidden or not self._words:
            return
        shown = "".join(self._words[-20:])
        bare = link.split("://", 1)[1].rstrip("/")
        if bare.lower().removeprefix("www.") not in shown.lower():
            self._add(f" ({link})")

    def finished(self) -> list[Line]:
        self._end_line()
        while self._lines and not self._lines[-1].text:
            self._lines.pop()
        return self._lines
