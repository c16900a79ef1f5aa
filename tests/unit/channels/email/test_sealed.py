"""Letters that are signed or encrypted: their words without a key."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.mail import Mail
from channels.email.parse import parse
from channels.email.sealed import is_encrypted, signed_content

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = "Не работает интернет на Ленина, 5."
INSIDE = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{WORDS}\r\n".encode()
SIGNED, ENVELOPED, DATA = (
    bytes.fromhex(f"06092a864886f70d0107{kind}") for kind in ("02", "03", "01")
)


def read(raw: bytes | str) -> Mail:
    return parse(raw if isinstance(raw, bytes) else raw.encode(), received=NOW)


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content).to_bytes(3, "big")
    return bytes((tag, 0x83)) + size + content


def ber(tag: int, *parts: bytes) -> bytes:
    return bytes((tag, 0x80)) + b"".join(parts) + b"\0\0"


def signed(words: bytes) -> bytes:
    """SignedData of RFC 5652 §5.1 with definite lengths."""
    content = der(0x30, DATA, der(0xA0, der(0x04, words)))
    inner = der(0x30, b"\x02\x01\x01", der(0x31), content, der(0x31))
    return der(0x30, SIGNED, der(0xA0, inner))


def streamed(words: bytes) -> bytes:
    """The same with indefinite lengths and the words in pieces, as written while reading."""
    pieces = [der(0x04, words[at : at + 7]) for at in range(0, len(words), 7)]
    content = ber(0x30, DATA, ber(0xA0, ber(0x24, *pieces)))
    inner = ber(0x30, b"\x02\x01\x01", der(0x31), content, der(0x31))
    return ber(0x30, SIGNED, ber(0xA0, inner))


def smime(data: bytes, kind: str = "signed-data") -> bytes:
    return (
        b"From: a@b.ru\r\nSubject: x\r\n"
        b"Content-Type: application/pkcs7-mime; smime-type="
        + kind.encode()
        + b"; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(data)
    )


@pytest.mark.parametrize("wrapped", [signed, streamed])
def test_an_opaque_signature_hides_no_words(wrapped: object) -> None:
    """case C5: as several mail programs sign by default."""
    assert callable(wrapped)
    mail = read(smime(wrapped(INSIDE)))
    assert mail.text == WORDS
    assert (mail.language, mail.encrypted, mail.attachments) == ("ru", False, ())


def test_a_signature_within_a_signature_and_files_in_it() -> None:
    parts = (
        b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
        + INSIDE
        + b"--m\r\nContent-Type: application/pdf; name=act.pdf\r\n\r\n%PDF\r\n--m--\r\n"
    )
    again = smime(signed(parts)).partition(b"x\r\n")[2]
    mail = read(smime(signed(again)))
    assert mail.text == WORDS
    assert [one.name for one in mail.attachments] == ["act.pdf"]


def test_encrypted_mail_is_called_encrypted() -> None:
    enveloped = der(0x30, ENVELOPED, der(0xA0, der(0x30, b"\x02\x01\x00")))
    assert read(smime(enveloped, "enveloped-data")).encrypted
    assert read(smime(signed(smime(enveloped).partition(b"x\r\n")[2]))).encrypted
    pgp = (
        "From: a@b.ru\nContent-Type: multipart/encrypted; boundary=b;"
        ' protocol="application/pgp-encrypted"\n\n--b\nContent-Type: application/pgp-encrypted\n\n'
        "Version: 1\n--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\nx\n--b--\n"
    )
    assert read(pgp).encrypted
    assert not read("From: a@b.ru\n\nMy letter is encrypted, you say?").encrypted


def test_inline_armour_comes_off() -> None:
    """case C6: the language is that of the words, not of the armour."""
    mail = read(
        "From: a@b.ru\nContent-Type: text/plain; charset=utf-8\n\n"
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nНе работает интернет.\n- -- \n"
        "- From Anna\n-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCgAdFiEE\n=abcd\n"
        "-----END PGP SIGNATURE-----\n"
    )
    assert mail.text.startswith("Не работает интернет.")
    assert "PGP" not in mail.text + mail.quoted + mail.signature
    assert mail.language == "ru"
    secret = read(
        "From: a@b.ru\n\nSee below:\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n"
        "-----END PGP MESSAGE-----\n"
    )
    assert (secret.text, secret.encrypted) == ("See below:", True)


def test_the_subject_within_a_signature_is_read() -> None:
    """RFC 9788: the outer one may be covered."""
    raw = (
        "From: a@b.ru\nSubject: [...]\nContent-Type: multipart/signed; boundary=b;"
        ' protocol="application/pgp-signature"\n\n--b\nContent-Type: text/plain; hp="clear"\n'
        "Subject: The router is dead\n\nHelp\n--b--\n"
    )
    assert read(raw).subject == "The router is dead"
    assert read(raw.replace("[...]", "Another")).subject == "Another"


def test_a_copy_of_the_headers_for_old_programs_is_no_word() -> None:
    mail = read(
        'From: a@b.ru\nSubject: x\nContent-Type: text/plain; hp-legacy-display="1"; hp="clear"\n\n'
        "Subject: The router is dead\n\nHelp me\n"
    )
    assert mail.text == "Help me"


@given(st.binary(max_size=400))
def test_any_bytes_are_no_structure_or_one(data: bytes) -> None:
    """case C12: bounded, and nothing raised."""
    assert signed_content(data) is None or isinstance(signed_content(data), bytes)
    assert is_encrypted(data) in (True, False)


@given(st.binary(max_size=60), st.integers(0, 3), st.data())
def test_damaged_structures_raise_nothing(words: bytes, depth: int, data: st.DataObject) -> None:
    whole = bytearray(signed(words) if depth % 2 else streamed(words))
    for _ in range(depth + 1):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    signed_content(bytes(whole))
    assert is_encrypted(bytes(whole)) in (True, False)
