"""What can go wrong between us and an SMTP server, and what it means for a delivery.

The one place where exceptions of aiosmtplib and of the sockets below it are read. What they mean
depends on how far the letter was (:data:`Stage`): before the message was handed over nothing has
been delivered; once it was handed over, a lost connection leaves open whether the server took it.

Errors::

    Unusable   the mailbox itself does not work with its settings: no STARTTLS, a refused login, a
               missing password; letters wait, and an administrator has to do something
"""

from __future__ import annotations

import re
from typing import Final, Literal

import aiosmtplib

from channels.message import DeliveryError, Permanent, Reason, Transient, Uncertain

Stage = Literal[
    "connect",  # up to and with the login
    "sender",  # MAIL FROM
    "recipient",  # RCPT TO
    "message",  # DATA and the answer after the final dot
]

LOGIN_PAUSE: Final = 300.0
"""Seconds a mailbox rests after a refused login: providers lock accounts that keep trying."""

_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_MAX_DETAIL: Final = 300

_NO_SUCH_ADDRESS: Final = frozenset(
    ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.2.4", "5.4.4", "5.4.310")
)
"""Enhanced codes (RFC 3463 §3.2, RFC 7505) that say that nobody is there."""
_TOO_LARGE: Final = frozenset(("5.2.3", "5.3.4"))


class Unusable(Exception):
    """A mailbox does not work with its settings; ``detail`` says why. Never holds a password."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def delivery_error(error: Exception, stage: Stage) -> DeliveryError:
    """What an exception means for the letter that was on its way.

    Args:
        error: raised by aiosmtplib or a socket, or :class:`Unusable`.
        stage: how far the letter was.

    Raises:
        TypeError: such an exception says nothing about a letter: a mistake of ours.
    """
    match error:
        case Unusable():
            return Transient(error.detail, retry_after=LOGIN_PAUSE)
        case aiosmtplib.SMTPRecipientsRefused():
            return delivery_error(error.recipients[0], "recipient")
        case aiosmtplib.SMTPAuthenticationError():
            return Transient(f"login refused: {_said(error)}", retry_after=LOGIN_PAUSE)
        case aiosmtplib.SMTPResponseException():
            return _answered(error, stage)
        case aiosmtplib.SMTPNotSupported():
            return Permanent(Reason.REFUSED, _shown(str(error)))
        case aiosmtplib.SMTPConnectError() | aiosmtplib.SMTPServerDisconnected():
            return _broken_off(error, stage)
        case aiosmtplib.SMTPTimeoutError():
            return _broken_off(error, stage)
        case aiosmtplib.SMTPException():
            return Transient(_shown(str(error)))
        case OSError():  # TimeoutError and ssl.SSLError are among them
            return _broken_off(error, stage)
        case _:
            raise TypeError(f"{type(error).__name__} says nothing about a letter") from error


def _broken_off(error: Exception, stage: Stage) -> DeliveryError:
    detail = _shown(f"{type(error).__name__}: {error}".rstrip(": "))
    return Uncertain(detail) if stage == "message" else Transient(detail)


def _answered(error: aiosmtplib.SMTPResponseException, stage: Stage) -> DeliveryError:
    """A reply code (RFC 5321 §4.2): 4xx is worth another try, 5xx is not. What a server says
    before it has heard of the recipient is about us, not about the letter: then it waits."""
    detail = _said(error)
    if error.code < 500:
        # A malformed answer has the code -1: after the message nobody knows.
        unclear = error.code < 400 and stage == "message"
        return Uncertain(detail) if unclear else Transient(detail)
    status = enhanced_status(error.message)
    if status in _TOO_LARGE or (error.code == 552 and not status.startswith("5.2.2")):
        return Permanent(Reason.TOO_LARGE, detail)
    if stage in ("connect", "sender"):
        return Transient(detail)
    # With one recipient a letter, the answer after the final dot is about the recipient as well.
    unstated = stage == "recipient" and not status and error.code in (550, 551, 553, 556)
    if _says_no_such_address(error) or unstated:
        return Permanent(Reason.NO_ADDRESS, detail)
    return Permanent(Reason.REFUSED, detail)


def _says_no_such_address(error: aiosmtplib.SMTPResponseException) -> bool:
    """Whether a refusal says by its enhanced code that nobody is there."""
    return error.code >= 500 and enhanced_status(error.message) in _NO_SUCH_ADDRESS


def enhanced_status(message: str) -> str:
    """The enhanced status code in a server's words (RFC 3463), or nothing."""
    found = _STATUS.search(message)
    return found[0] if found else ""


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return _shown(f"{error.code} {error.message}")


def _shown(text: str) -> str:
    """Foreign words for people: one line, of bounded length."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())[:_MAX_DETAIL]
