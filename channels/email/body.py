"""What a letter says, written twice: as plain text and as HTML, word for word the same.

The HTML is small and styled inline, as Gmail, Outlook and Apple Mail all keep that; it sets no
colours of its own, so that dark modes work, and refers to nothing that would have to be fetched
(case E7). The plain text is flowed (RFC 3676): lines are broken for old programs and joined again
by those that can.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from channels.kind import Words
from channels.letter import Quotation
from channels.markup import is_safe_link, nested
from channels.message import (
    Buttons,
    Contact,
    Content,
    FormattedText,
    Keyboard,
    Location,
    Media,
    Other,
    Reason,
    ShareRequest,
    Span,
    SpanKind,
    join,
)

WIDTH: Final = 76
"""Columns of the plain text at most, where words allow it (RFC 3676 §4.2: 78)."""
MAX_QUOTED: Final = 20_000
"""Characters shown of what is answered; the reader has it all."""
MEGABYTE: Final = 1024 * 1024

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LONE_RETURN: Final = re.compile("\r(?!\n)")
_RUN_OF_SPACES: Final = re.compile(r"(?<=[ \n]) +|\t")
_STUFFED: Final = (" ", ">", "From ")
"""What a flowed line may not begin with (RFC 3676 §4.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something the reader may pick: by its number, or (without one) by following a link."""

    number: int | None
    label: str
    href: str
    """``mailto:`` with the number already written, or an address; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Everything that stands in a letter."""

    language: str
    text: FormattedText
    choices: tuple[Choice, ...] = ()
    how: str = ""
    """How to choose."""
    signature: str = ""
    attribution: str = ""
    quoted: str = ""


def body(
    content: Content,
    keyboard: Keyboard | None,
    quotation: Quotation | None,
    *,
    words: Words,
    language: str,
    reply_to: str | None,
    subject: str,
    greeting: str = "",
    signature: str = "",
) -> Body:
    """Put a letter's words together.

    Args:
        content: the text and the parts; files are named where they have a caption or are left out.
        keyboard: becomes numbered choices.
        quotation: stands below.
        words: the channel's own sentences, in ``language``.
        language: of the reader.
        reply_to: where a pressed choice is sent; None where a letter that answers nothing would
            find no way: then choices are written only.
        subject: of a pressed choice.
        greeting: stands above, if there are words at all.
        signature: stands below words and choices.
    """
    texts = [content.text, *(_part(part, words, language) for part in content.parts)]
    if isinstance(keyboard, ShareRequest):
        texts.append(FormattedText(keyboard.label))
    choices: list[Choice] = []
    if isinstance(keyboard, Buttons):
        choices = list(_choices(keyboard, reply_to, subject))
    numbered = any(choice.number is not None for choice in choices)
    attribution = ""
    if quotation is not None:
        author = " ".join(_clean(quotation.author).split())[:80]
        attribution = words("mail.quoted", language, at=quotation.at, author=author)
    said = [text for text in texts if text]
    if greeting and said:
        said.insert(0, FormattedText(_clean(greeting)))
    return Body(
        language=language,
        text=join("\n\n", said),
        signature=_clean(signature),
        choices=tuple(choices),
        how=words("mail.choose" if reply_to else "mail.choose_by_writing", language)
        if numbered
        else "",
        attribution=attribution,
        quoted=_shortened(quotation.text) if quotation is not None else "",
    )


def _choices(keyboard: Buttons, reply_to: str | None, subject: str) -> Iterator[Choice]:
    """In reading order; only buttons with an action have numbers, from 1."""
    number = 0
    for button in (button for row in keyboard.rows for button in row):
        label = " ".join(_clean(button.label).split())
        if button.action is not None:
            number += 1
            written = f"?subject={quote(subject)}&body={number}"
            href = f"mailto:{quote(reply_to, safe='@+')}{written}" if reply_to else ""
            yield Choice(number=number, label=label, href=href)
        elif button.url is not None:
            yield Choice(number=None, label=label, href=button.url)


def _part(part: Media | Location | Contact | Other, words: Words, language: str) -> FormattedText:
    match part:
        case Media(left_out=None):
            named = FormattedText(f"📎 {part.name}\n") if part.name else FormattedText()
            return named + part.caption if part.caption else FormattedText()
        case Media():
            gone = FormattedText(_left_out(part, words, language))
            return gone + "\n" + part.caption if part.caption else gone
        case Location():
            place = f"{part.latitude:.6f}, {part.longitude:.6f}"
            point = f"mlat={part.latitude:.6f}&mlon={part.longitude:.6f}"
            head = words("mail.part.location", language)
            map_of = f"https://www.openstreetmap.org/?{point}#map=17"
            shown = FormattedText(place).wrapped("link", map_of)
            lines = [FormattedText(t) for t in (head, part.title, part.address) if t]
            return join("\n", [*lines, shown])
        case Contact():
            tel = "tel:" + "".join(sign for sign in part.phone if sign in "+0123456789")
            return FormattedText(f"👤 {part.name}: ") + FormattedText(part.phone).wrapped(
                "link", tel
            )
        case Other():
            return FormattedText(part.detail or words("mail.part.other", language))


def _left_out(media: Media, words: Words, language: str) -> str:
    name = media.name or media.kind
    if media.left_out is Reason.TOO_LARGE:
        size = max(1, round((media.size or 0) / MEGABYTE))
        return words("mail.part.too_large", language, name=name, size=size)
    return words("mail.part.missing", language, name=name)


def _shortened(text: str) -> str:
    text = _clean(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED].rstrip()} […]"


def _clean(text: str) -> str:
    """Without what no letter may contain: NUL and other controls, halves of characters."""
    return _CONTROL.sub("", _LONE_RETURN.sub("\n", text))


# --------------------------------------------------------------------------- pieces of both forms

_BLOCKS: Final[tuple[SpanKind, ...]] = ("quote", "pre")
"""Spans that stand on lines of their own."""


def _pieces(text: FormattedText) -> Iterator[tuple[str, Span | None, str]]:
    """``("words", None, text)``, ``("open", span, "")`` and ``("close", span, shown)``, where
    ``shown`` is what stood inside a link. The line end right behind a block belongs to it."""
    whole = FormattedText(_LONE_RETURN.sub("\n", text.text), spans=text.spans)
    links: list[list[str]] = []
    behind_block = False
    for piece in nested(whole):
        if isinstance(piece, str):
            shown = _clean(piece)
            if behind_block:
                shown = shown.removeprefix("\n")
            behind_block = False
            for link in links:
                link.append(shown)
            yield "words", None, shown
            continue
        does, span = piece
        if span.kind == "link":
            if does == "open":
                links.append([])
            yield does, span, "".join(links.pop()) if does == "close" else ""
        else:
            yield does, span, ""
            behind_block = does == "close" and span.kind in _BLOCKS


# --------------------------------------------------------------------------- plain text


@dataclass(slots=True)
class _Row:
    """A line before it is broken."""

    text: str
    quoted: bool
    fixed: bool


def plain(letter: Body) -> str:
    """The letter as flowed text, lines ended by ``\\n``."""
    lines = [line for row in _rows(letter.text) for line in _broken_row(row)]
    if letter.choices:
        lines += ["", *(f for c in letter.choices for f in flowed(_in_words(c)))]
    if letter.how:
        lines += ["", *flowed(letter.how)]
    if letter.signature:
        lines += ["", *letter.signature.split("\n")]
    if letter.attribution:
        lines += ["", letter.attribution.strip()]
        for line in letter.quoted.split("\n"):
            lines += [_quoted(one) for one in flowed(line, width=WIDTH - 2, stuff=False)]
    return "\n".join(lines).strip("\n") + "\n"


def _in_words(choice: Choice) -> str:
    if choice.number is not None:
        return f"{choice.number} — {choice.label}"
    return f"{choice.label} ({choice.href})" if is_safe_link(choice.href) else choice.label


def _quoted(line: str) -> str:
    return f">{line}" if line.startswith(">") else f"> {line}" if line else ">"


def _rows(text: FormattedText) -> list[_Row]:
    rows = [_Row("", False, False)]
    inside: list[SpanKind] = []

    def fresh() -> None:
        rows.append(_Row("", "quote" in inside, "pre" in inside))

    for does, span, shown in _pieces(text):
        if span is None:
            if not rows[-1].text:
                rows[-1].quoted, rows[-1].fixed = "quote" in inside, "pre" in inside
            first, *others = shown.split("\n")
            rows[-1].text += first
            for other in others:
                fresh()
                rows[-1].text = other
        elif span.kind in _BLOCKS:
            if does == "open":
                inside.append(span.kind)
            else:
                inside.remove(span.kind)
            if rows[-1].text or does == "close":
                fresh()
        elif span.kind == "link" and does == "close":
            rows[-1].text += _address_behind(shown, span.value or "")
    return rows if rows[-1].text or len(rows) == 1 else rows[:-1]


def _address_behind(shown: str, address: str) -> str:
    """`` (address)`` unless the words of the link say it already."""
    if not is_safe_link(address):
        return ""
    bare = address.split(":", 1)[1].strip("/").lower().removeprefix("www.")
    same = bare in shown.lower() or (address.lower().startswith("tel:") and _digits(bare, shown))
    return "" if same else f" ({address})"


def _digits(number: str, shown: str) -> bool:
    return number.strip("+") in "".join(sign for sign in shown if sign.isdigit())


def _broken_row(row: _Row) -> list[str]:
    if row.quoted:
        return [f"| {line}".rstrip() for line in flowed(row.text, width=WIDTH - 2, stuff=False)]
    if row.fixed:
        return [_stuffed(row.text.rstrip())]
    return flowed(row.text)


def flowed(line: str, *, width: int = WIDTH, stuff: bool = True) -> list[str]:
    """A line broken at spaces; a broken line ends with a space (RFC 3676 §4.1)."""
    rest = line.rstrip()
    broken: list[str] = []
    while len(rest) > width:
        at = rest.rfind(" ", 1, width)
        if at < 0:
            at = rest.find(" ", width)
        if at < 0:
            break
        broken.append(rest[: at + 1])
        rest = rest[at + 1 :]
    broken.append(rest)
    return [_stuffed(one) for one in broken] if stuff else broken


def _stuffed(line: str) -> str:
    return f" {line}" if line.startswith(_STUFFED) else line


# --------------------------------------------------------------------------- HTML

_FONT: Final = "font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.45"
_MONOSPACE: Final = "font-family:Consolas,Menlo,monospace;font-size:14px"
_STYLES: Final[dict[SpanKind, tuple[str, str]]] = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strike": ("<s>", "</s>"),
    "spoiler": ("", ""),
    "emoji": ("", ""),
    "code": (f'<code style="{_MONOSPACE}">', "</code>"),
    "pre": (f'<pre style="{_MONOSPACE};white-space:pre-wrap;margin:8px 0">', "</pre>"),
    "quote": (
        '<div style="border-left:3px solid #b8c0c8;padding-left:10px;margin:8px 0">',
        "</div>",
    ),
}


def to_html(letter: Body) -> str:
    """The letter as an HTML document."""
    parts = [f"<div>{_marked(letter.text)}</div>"]
    if letter.choices:
        rows = "<br>\n".join(_link(choice) for choice in letter.choices)
        parts.append(f'<p style="margin:16px 0">{rows}</p>')
    if letter.how:
        parts.append(f'<p style="margin:16px 0;font-size:13px">{_soft(letter.how)}</p>')
    if letter.signature:
        parts.append(f'<p style="margin:16px 0">{_soft(letter.signature)}</p>')
    if letter.attribution:
        # The names are Gmail's: mail programs fold such a quotation away, quote cutters know it.
        parts.append(
            '<br>\n<div class="gmail_quote">'
            f'<div dir="auto" class="gmail_attr">{_soft(letter.attribution)}</div>\n'
            '<blockquote type="cite" class="gmail_quote" style="margin:0 0 0 8px;'
            'border-left:1px solid #b8c0c8;padding-left:8px">'
            f"{_soft(letter.quoted)}</blockquote></div>"
        )
    language = html.escape(letter.language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"></head>\n'
        f'<body><div style="{_FONT};max-width:640px">\n'
        + "\n".join(parts)
        + "\n</div></body></html>\n"
    )


def _link(choice: Choice) -> str:
    label = _soft(choice.label)
    if is_safe_link(choice.href):
        label = f'<a href="{html.escape(choice.href)}">{label}</a>'
    return label if choice.number is None else f"<b>{choice.number}</b> — {label}"


def _marked(text: FormattedText) -> str:
    written: list[str] = []
    fixed = 0
    for does, span, shown in _pieces(text):
        if span is None:
            written.append(html.escape(shown) if fixed else _soft(shown))
            continue
        fixed += (span.kind == "pre") * (1 if does == "open" else -1)
        if span.kind != "link":
            written.append(_STYLES[span.kind][does == "close"])
        elif is_safe_link(span.value or ""):
            address = html.escape(_clean(span.value or ""))
            written.append(f'<a href="{address}">' if does == "open" else "</a>")
    return "".join(written)


def _soft(text: str) -> str:
    """Words between tags: line ends and runs of spaces stay as they are."""
    spaced = _RUN_OF_SPACES.sub(lambda run: "\xa0" * (4 if run[0] == "\t" else len(run[0])), text)
    return html.escape(spaced).replace("\xa0", "&nbsp;").replace("\n", "<br>\n")


def is_blank(choices: Sequence[Choice], text: FormattedText) -> bool:
    """Whether there is nothing to read."""
    return not choices and not text.text.strip()
