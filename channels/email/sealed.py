"""Signed and encrypted mail: the words that can be read without a key, and what cannot be read.

No signature is checked here: what a signed letter says counts like any other letter. An S/MIME
letter may carry its words inside the signature (RFC 8551 §3.5.2, the default of some programs);
PGP may wrap them in lines of its own (RFC 9580 §7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MAX_DEPTH: Final = 12
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2, RFC 5652 §5.1
_ENCRYPTED: Final = (
    bytes.fromhex("2a864886f70d010703"),  # envelopedData, RFC 5652 §6.1
    bytes.fromhex("2a864886f70d010706"),  # encryptedData
    bytes.fromhex("2a864886f70d0109100117"),  # authEnvelopedData, RFC 5083
)
_SEQUENCE, _OID, _OCTETS, _OCTETS_OF_PARTS, _CONTENT = 0x30, 0x06, 0x04, 0x24, 0xA0

_PGP_SIGNED: Final = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n"
    r"(?:[A-Za-z-]{1,40}: [^\r\n]{0,200}\r?\n)*\r?\n?",
    re.MULTILINE,
)
_PGP_SIGNATURE: Final = re.compile(
    r"^-----BEGIN PGP SIGNATURE-----[^-]*(?:-----END PGP SIGNATURE-----[ \t]*\r?\n?)?", re.MULTILINE
)
_PGP_MESSAGE: Final = re.compile(
    r"^-----BEGIN PGP MESSAGE-----[^-]*(?:-----END PGP MESSAGE-----[ \t]*\r?\n?)?", re.MULTILINE
)
_ESCAPED_DASH: Final = re.compile(r"^- (?=-|From )", re.MULTILINE)


class NotReadable(ValueError):
    """The bytes are no CMS structure of the kinds known here."""


def signed_content(data: bytes) -> bytes | None:
    """The letter inside an opaque signature (``application/pkcs7-mime``), or None where there is
    none: only certificates, or something else.

    Args:
        data: the CMS structure, DER or BER with indefinite lengths (RFC 5652 §3).
    """
    try:
        kind, inside = _content_info(data)
        if kind != _SIGNED_DATA:
            return None
        for tag, value in _elements(inside):
            if tag == _SEQUENCE:  # EncapsulatedContentInfo: after the version and the digests' SET
                parts = dict(_elements(value))
                wrapped = parts.get(_CONTENT)
                return b"".join(_octets(wrapped, 0)) if wrapped is not None else None
    except NotReadable:
        return None
    return None


def is_encrypted(data: bytes) -> bool:
    """Whether a CMS structure is readable with a key only."""
    try:
        return _content_info(data)[0] in _ENCRYPTED
    except NotReadable:
        return False


def _content_info(data: bytes) -> tuple[bytes, bytes]:
    """Its kind as the bytes of the object identifier, and what is inside (RFC 5652 §3)."""
    for tag, value in _elements(data):
        if tag != _SEQUENCE:
            break
        parts = dict(_elements(value))
        if _OID not in parts or _CONTENT not in parts:
            break
        for inner, content in _elements(parts[_CONTENT]):
            if inner in (_SEQUENCE, _OCTETS):
                return parts[_OID], content
        break
    raise NotReadable


def _octets(data: bytes, depth: int) -> Iterator[bytes]:
    if depth > MAX_DEPTH:
        raise NotReadable
    for tag, value in _elements(data):
        if tag == _OCTETS:
            yield value
        elif tag == _OCTETS_OF_PARTS:
            yield from _octets(value, depth + 1)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tag and the content of each element (X.690 §8.1), tags of one byte only."""
    at = 0
    while at + 2 <= len(data):
        if data[at : at + 2] == b"\0\0":
            return  # end of contents of an indefinite length
        start, length = _length(data, at + 1)
        end = _end(data, at) if length is None else start + length
        if end > len(data):
            raise NotReadable
        yield data[at], data[start : end if length is not None else end - 2]
        at = end


def _length(data: bytes, at: int) -> tuple[int, int | None]:
    """Where the content begins, and its length; None for an indefinite one."""
    first = data[at] if at < len(data) else 0xFF
    if first < 0x80:
        return at + 1, first
    if first == 0x80:
        return at + 1, None
    size = first & 0x7F
    if size > 5 or at + 1 + size > len(data):
        raise NotReadable
    return at + 1 + size, int.from_bytes(data[at + 1 : at + 1 + size], "big")


def _end(data: bytes, at: int) -> int:
    """Where an element of indefinite length ends, behind its end-of-contents; one pass."""
    open_ones = 0
    while at + 2 <= len(data):
        if data[at : at + 2] == b"\0\0":
            at += 2
            open_ones -= 1
            if open_ones == 0:
                return at
            continue
        at, length = _length(data, at + 1)
        if length is None:
            open_ones += 1
            if open_ones > MAX_DEPTH:
                raise NotReadable
        else:
            at += length
    raise NotReadable


def without_armour(text: str) -> str:
    """The words of a text with an inline PGP signature (RFC 9580 §7), without its lines."""
    if "-----BEGIN PGP SIGNED MESSAGE-----" not in text:
        return text
    bare = _PGP_SIGNATURE.sub("", _PGP_SIGNED.sub("", text))
    return _ESCAPED_DASH.sub("", bare)


def without_secrets(text: str) -> tuple[str, bool]:
    """A text without the blocks only a key can read (RFC 9580 §6.2), and whether there were any."""
    if "-----BEGIN PGP MESSAGE-----" not in text:
        return text, False
    return _PGP_MESSAGE.sub("", text), True
