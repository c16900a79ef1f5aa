"""What servers and sockets may raise, and what it means for a letter."""

from __future__ import annotations

import inspect
import socket
import ssl

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.errors import Stage, Unusable, delivery_error
from channels.message import DeliveryError, Permanent, Transient, Uncertain

STAGES: tuple[Stage, ...] = ("connect", "sender", "recipient", "message")


FOREIGN = [
    kind
    for _, kind in inspect.getmembers(aiosmtplib.errors, inspect.isclass)
    if issubclass(kind, aiosmtplib.SMTPException)
]


def made(kind: type[aiosmtplib.SMTPException], code: int = 550) -> aiosmtplib.SMTPException:
    if kind is aiosmtplib.SMTPRecipientsRefused:
        refused = aiosmtplib.SMTPRecipientRefused(code, "5.1.1 no", "a@b")
        return aiosmtplib.SMTPRecipientsRefused([refused])
    if issubclass(kind, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused):
        return kind(code, "5.1.1 no", "a@b")
    if issubclass(kind, aiosmtplib.SMTPResponseException):
        return kind(code, "5.1.1 no")
    return kind("no")


def test_there_is_something_to_translate() -> None:
    """The test below would be empty without this one."""
    assert len(FOREIGN) >= 14


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("stage", STAGES)
def test_every_foreign_exception_has_a_meaning(
    kind: type[aiosmtplib.SMTPException], stage: Stage
) -> None:
    """And none before the message counts as "it may have arrived", nor does a mailbox of ours that
    does not work cost a letter."""
    about_the_letter = (aiosmtplib.SMTPNotSupported, aiosmtplib.SMTPRecipientsRefused)
    for code in (-1, 250, 421, 450, 452, 530, 535, 550, 552, 554):
        error = delivery_error(made(kind, code), stage)
        assert isinstance(error, Transient | Permanent | Uncertain)
        if isinstance(error, Uncertain):
            assert stage == "message"
        if stage in ("connect", "sender") and isinstance(error, Permanent):
            assert code == 552 or kind in about_the_letter


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "refused"),
        ConnectionResetError(104, "reset"),
        TimeoutError(),
        socket.gaierror(-2, "Name or service not known"),
        ssl.SSLCertVerificationError(1, "self-signed certificate"),
        ssl.SSLError(1, "wrong version number"),
        OSError(101, "Network is unreachable"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("stage", STAGES)
def test_a_broken_line_is_uncertain_only_once_the_message_went(
    error: OSError, stage: Stage
) -> None:
    expected = Uncertain if stage == "message" else Transient
    assert type(delivery_error(error, stage)) is expected


def test_what_says_nothing_about_a_letter_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        delivery_error(KeyError("x"), "message")
    assert isinstance(delivery_error(Unusable("no STARTTLS"), "connect"), Transient)


@given(st.text(max_size=2_000), st.integers(-1, 999), st.sampled_from(STAGES))
def test_any_answer_has_a_meaning_in_one_short_line(said: str, code: int, stage: Stage) -> None:
    error = delivery_error(aiosmtplib.SMTPResponseException(code, said), stage)
    assert isinstance(error, DeliveryError)
    detail = str(getattr(error, "detail", ""))
    assert len(detail) <= 300
    assert detail.isprintable()
