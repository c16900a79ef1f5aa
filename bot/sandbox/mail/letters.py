"""Letters as people's mail programs read and write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import format_datetime, getaddresses, make_msgid
from functools import cached_property
from html import escape
from typing import Any, Final

Json = dict[str, Any]
SNIPPET: Final = 120
"""Characters of a letter that a list shows."""
_REPLY = re.compile(r"^\s*(?:re|ответ|отв)\s*:\s*", re.IGNORECASE)
_FORWARD = re.compile(r"^\s*(?:fwd?|пересл)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something attached."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, eq=False, kw_only=True)
class Kept:
    """A letter in somebody's mailbox."""

    id: int
    raw: bytes
    at: datetime
    mine: bool
    """Written by the owner of the mailbox."""

    @cached_property
    def message(self) -> EmailMessage:
        """Read as the standard library reads it."""
        found: Message = message_from_bytes(self.raw, policy=policy.default)
        if not isinstance(found, EmailMessage):
            raise TypeError("policy.default makes EmailMessage")
        return found

    def header(self, name: str) -> str:
        """A header in words, empty if there is none."""
        return str(self.message.get(name, ""))

    def people(self, name: str) -> list[Json]:
        """Names and addresses of a header."""
        found = getaddresses([self.header(name)])
        return [{"name": who, "address": at.lower()} for who, at in found if at]

    @property
    def message_id(self) -> str:
        return self.header("Message-ID").strip()

    @property
    def references(self) -> list[str]:
        """Message-IDs of the letters before, oldest first."""
        return self.header("References").split()

    @property
    def thread(self) -> str:
        """The letter it all began with."""
        return next(iter(self.references), "") or self.header("In-Reply-To") or self.message_id

    def body(self, kind: str) -> str | None:
        """The text of a kind (``plain`` or ``html``), None if there is none."""
        part = self.message.get_body(preferencelist=(kind,))
        if part is None:
            return None
        content = part.get_content()
        return content.replace("\r\n", "\n") if isinstance(content, str) else None

    @property
    def text(self) -> str:
        """The plain text."""
        return self.body("plain") or ""

    @property
    def flowed(self) -> bool:
        """Lines of the plain text that end with a space go on below (RFC 3676)."""
        part = self.message.get_body(preferencelist=("plain",))
        return part is not None and part.get_param("format", "") == "flowed"

    @property
    def files(self) -> list[File]:
        """What is attached."""
        found = []
        for part in self.message.iter_attachments():
            if part.get_content_type() == "message/rfc822":
                content = part.get_payload(0).as_bytes()  # type: ignore[union-attr]  # a message
            else:
                content = part.get_payload(decode=True) or b""
            name = part.get_filename() or "file"
            found.append(File(name=name, type=part.get_content_type(), content=bytes(content)))
        return found

    def listed(self, *, read: bool) -> Json:
        """As a line of a list."""
        words = " ".join(self.text.split())
        return {
            "id": self.id,
            "from": next(iter(self.people("From")), {"name": "", "address": ""}),
            "to": self.people("To"),
            "cc": self.people("Cc"),
            "subject": self.header("Subject"),
            "at": self.at.isoformat(),
            "snippet": words[:SNIPPET],
            "mine": self.mine,
            "attachments": len(self.files),
            "read": read or self.mine,
            "thread": self.thread,
        }

    def opened(self) -> Json:
        """Whole."""
        return self.listed(read=True) | {
            "text": self.text,
            "flowed": self.flowed,
            "html": self.body("html"),
            "attachments": [
                {"index": n, "name": f.name, "type": f.type, "size": len(f.content)}
                for n, f in enumerate(self.files)
            ],
            "message_id": self.message_id,
            "in_reply_to": self.header("In-Reply-To"),
            "references": self.references,
            "reply_to": self.people("Reply-To"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter as a person writes it."""

    sender: str
    name: str
    to: tuple[str, ...]
    text: str
    subject: str = ""
    cc: tuple[str, ...] = ()
    answers: Kept | None = None
    forwards: Kept | None = None
    files: Sequence[File] = field(default=())
    language: str = "ru"
    html: bool = True
    """With an HTML twin of the text, as webmail writes it."""
    quotes: bool = True
    """With what is answered below; without, the writer has put it where they want it."""

    def composed(self, now: datetime) -> bytes:
        """The letter as it travels.

        Raises:
            ValueError: an address is none.
        """
        # Folding would make encoded words of long Message-IDs, which no mail program does.
        message = EmailMessage(policy=policy.SMTP.clone(max_line_length=900))
        message["From"] = Address(self.name, addr_spec=self.sender)
        message["To"] = ", ".join(self.to)
        if self.cc:
            message["Cc"] = ", ".join(self.cc)
        message["Subject"] = " ".join(self._subject().split())
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=self.sender.partition("@")[2])
        if self.answers is not None and self.answers.message_id:
            chain = [*self.answers.references, self.answers.message_id]
            message["In-Reply-To"] = self.answers.message_id
            message["References"] = " ".join(chain)
        plain, html = self._bodies()
        message.set_content(plain, cte="quoted-printable")
        if self.html:
            message.add_alternative(html, subtype="html", cte="quoted-printable")
        for file in self.files:
            kind, _, subtype = file.type.partition("/")
            message.add_attachment(
                file.content,
                maintype=kind or "application",
                subtype=subtype or "octet-stream",
                filename=file.name,
            )
        return message.as_bytes()

    def _subject(self) -> str:
        if self.subject:
            return self.subject
        if self.answers is not None:
            return f"Re: {_REPLY.sub('', self.answers.header('Subject'))}"
        if self.forwards is not None:
            return f"Fwd: {_FORWARD.sub('', self.forwards.header('Subject'))}"
        return ""

    def _bodies(self) -> tuple[str, str]:
        """Plain and HTML, with what is answered quoted below, as Gmail does it."""
        written = f'<div dir="ltr">{lines_in_html(self.text)}</div>'
        if self.answers is not None and self.quotes:
            said = self._attribution(self.answers)
            quoted = self.answers.text.rstrip("\n")
            plain = f"{self.text}\n\n{said}\n\n" + _marked(quoted.splitlines())
            html = (
                f'{written}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
                f'{escape(said)}<br></div><blockquote class="gmail_quote" '
                'style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">'
                f"{lines_in_html(quoted)}</blockquote></div>"
            )
            return plain + "\n", html
        if self.forwards is not None:
            head, words = self._forwarded(self.forwards), self.forwards.text
            plain = f"{self.text}\n\n{head}\n\n{words}"
            html = (
                f'{written}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
                f"{lines_in_html(head)}</div><br>{lines_in_html(words)}</div>"
            )
            return plain, html
        return self.text + "\n", written

    def _attribution(self, letter: Kept) -> str:
        who = next(iter(letter.people("From")), {"name": "", "address": ""})
        name = f"{who['name']} <{who['address']}>".strip()
        if self.language == "ru":
            return f"{letter.at:%d.%m.%Y %H:%M}, {name}:"
        return f"On {letter.at:%a, %b %d, %Y at %H:%M} {name} wrote:"

    def _forwarded(self, letter: Kept) -> str:
        russian = self.language == "ru"
        title = "Пересылаемое сообщение" if russian else "Forwarded message"
        names = ("От", "Дата", "Тема", "Кому") if russian else ("From", "Date", "Subject", "To")
        headers = ("From", "Date", "Subject", "To")
        lines = (
            f"{name}: {letter.header(header)}" for name, header in zip(names, headers, strict=True)
        )
        return "\n".join((f"---------- {title} ---------", *lines))


def _marked(lines: Iterable[str]) -> str:
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def lines_in_html(text: str) -> str:
    """Plain text as HTML."""
    return "<br>".join(escape(line) for line in text.splitlines())
