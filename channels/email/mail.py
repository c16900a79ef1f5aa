"""One mail, understood: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from channels.letter import Automatic, Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name and an address of a header; ``address`` is in lower case."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a mail, never opened here."""

    name: str
    """Safe to show and to write: no path, no control or direction characters (case C11)."""
    type: str
    """As the sender says, e.g. ``image/png``."""
    data: bytes
    content_id: str | None = None
    """Set for a picture shown within the text."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRecipient:
    """What a delivery report says of one recipient (RFC 3464 §2.3)."""

    address: str
    action: str
    """``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``."""
    status: str = ""
    """RFC 3463 code, e.g. ``5.1.1``."""
    reason: str = ""

    @property
    def permanent(self) -> bool | None:
        """Another try will not help; None: the report does not say. "Delivery time expired"
        (RFC 3463 §3.5, X.4.7) is given for last words and for warnings alike."""
        if self.action == "failed" or self.status.startswith("5"):
            return True
        given_up = self.status.endswith(".4.7") or "expired" in self.reason.lower()
        return None if given_up else False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A delivery report: about which of our mails, and whom it did not reach."""

    original_id: str | None
    recipients: tuple[FailedRecipient, ...] = ()
    late: bool = False
    """Its words say that the sending server goes on trying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail says. Every field has a value for every input; see ``warnings``."""

    message_id: str
    """With angle brackets; made from :attr:`fingerprint` when the mail has none (case C1)."""
    fingerprint: str
    """SHA-256 of the raw bytes, hexadecimal: tells two mails with one Message-ID apart."""
    received: datetime
    date: datetime
    """When it was written; :attr:`received` when the mail claims something absurd (case C13)."""
    senders: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    original_sender: tuple[Person, ...] = ()
    """Who wrote what a list sends on under its own name: X-Original-From, X-Original-Sender."""
    lists: tuple[str, ...] = ()
    """List-Id and List-Post, as they came."""
    delivered_to: tuple[Person, ...] = ()
    """Delivered-To, X-Original-To and Envelope-To: where the servers put it."""
    subject: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    authentication_results: tuple[str, ...] = ()
    """Topmost first, as RFC 8601 wants them read."""
    text: str = ""
    """The client's new words."""
    quoted: str = ""
    signature: str = ""
    forward: bool = False
    """Carries a forwarded message: show :attr:`quoted` too."""
    attachments: tuple[Attachment, ...] = ()
    auto: Automatic | None = None
    bounce: Bounce | None = None
    reaction: str = ""
    """The emoji of a letter that is nothing but a reaction."""
    invitation: Invitation | None = None
    encrypted: bool = False
    """Something in it can be read with a key only."""
    charset: str = "ascii"
    language: Literal["ru", "en"] | None = None
    warnings: tuple[str, ...] = ()
    """What was odd, in words for the desk."""

    @property
    def sender(self) -> Person | None:
        """Who wrote it; None when nobody or several people are named in From."""
        return self.senders[0] if len(self.senders) == 1 else None
