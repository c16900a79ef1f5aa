"""What a letter carries beside its words, coming in and going out: values only.

A letter has a subject, answers others by their Message-IDs, may have been written by a machine,
and proves nothing by its sender's name. A channel of letters (e-mail) fills in :class:`Letter` when
it reads one and is given a :class:`Letterhead` with everything it sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

NOBODY: Final = "unknown@sender.invalid"
"""Stands for the sender of a letter that names nobody, or several people: never written to
(``.invalid`` reaches nobody, RFC 2606 §2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A place of ours that a letter points to: ``Address.thread`` of a letter we sent.

    Our own signature was found good, so the place was not guessed; whoever has seen that letter
    may still point to it. Whether the sender takes part there is for the reader to check.
    """

    place: str
    by: Literal["address", "reply"]
    """The signed address it was sent to, or the signed Message-ID it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A report that a letter of ours did not arrive (RFC 3464)."""

    message: str | None
    """Message-ID of our letter, if our signature in it is good."""
    place: str | None
    """The place that letter belonged to."""
    recipient: str
    permanent: bool | None
    """Another try will not help; False: it is late, and tried again. None: nobody knows, as the
    report gives no status."""
    detail: str = ""
    """The far side's words."""


Automatic = Literal[
    "reply", "bounce", "list", "reaction", "calendar", "receipt", "complaint", "report", "spam"
]
"""What a letter is that no person wrote: an automatic answer or notice, a report about delivery,
a mailing list's, a reaction to a letter (RFC 9078), an invitation without words or an answer to one
(RFC 6047), a read receipt (RFC 8098), a report that our letter was called spam (RFC 5965), a report
about mail at large (DMARC, RFC 7489; TLS, RFC 8460), or what our own mail server calls spam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a calendar that came with a letter asks, or answers (RFC 5546)."""

    method: str
    """``request``, ``reply``, ``cancel``, ``counter``… in lower case."""
    answer: Literal["accepted", "declined", "tentative", ""] = ""
    summary: str = ""
    place: str = ""
    comment: str = ""
    starts: datetime | None = None
    """Without a zone where the calendar names none."""
    ends: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a letter says beside its words. Everything here was checked by the adapter as far as
    it says, and nothing more may be read out of it."""

    mailbox: str
    """Our address that received it, without a tag."""
    subject: str = ""
    points_to: tuple[Pointer, ...] = ()
    """Strongest first."""
    answers: tuple[str, ...] = ()
    """Message-IDs it answers, nearest first. Anybody may write anything here."""
    references: tuple[str, ...] = ()
    """Message-IDs for the References of an answer, oldest first; the last is its own
    (RFC 5322 §3.6.4)."""
    mentions: tuple[str, ...] = ()
    """Ticket numbers in the subject: a hint and no more."""
    automatic: Automatic | None = None
    """No person wrote it: never answer."""
    reaction: str = ""
    """The emoji, if it is a reaction."""
    invitation: Invitation | None = None
    encrypted: bool = False
    """Something in it can be read with a key only; whatever else it says stands in its words."""
    suspicious: bool = False
    """Our own mail server says that the sender is forged (DMARC)."""
    vouched: bool = False
    """Our own mail server says that it comes from its sender's domain (DMARC)."""
    undelivered: tuple[Undelivered, ...] = ()
    quoted: str = ""
    """What was cut off below or above the new words."""
    signature: str = ""
    forward: bool = False
    """Carries a forwarded message in ``quoted`` that belongs to what is said."""
    original: str = ""
    """The letter as it came: absolute path of an ``.eml`` file of ours."""
    too_large: int = 0
    """Its size in bytes if it is over the limit: then only its headers were read, and the sender
    should be told once."""
    warnings: tuple[str, ...] = ()
    """What was odd, for the desk to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Words that a letter of ours answers, shown below it."""

    author: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """How something we say reads as a letter. Channels without letters leave it aside."""

    subject: str
    """Without ``Re:``; the channel writes it in front of an answer."""
    mailbox: str | None = None
    """Our address it comes from; None: the first one."""
    references: tuple[str, ...] = ()
    """Message-IDs of the dialogue, oldest first; the last is the letter that is answered."""
    greeting: str = ""
    """Above the words."""
    signature: str = ""
    """Below the words and the choices: who writes, and for which company; lines."""
    quotation: Quotation | None = None
    automatic: bool = True
    """Written by the bot, not by a person (RFC 3834 §5, ``Auto-Submitted``)."""
    language: str = "en"
    """Of the words the channel adds by itself."""
