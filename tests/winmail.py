"""Making ``winmail.dat`` for tests (MS-OXTNEF)."""

from __future__ import annotations

OBJECT, STRING, UNICODE, BYTES = 0x0D, 0x1E, 0x1F, 0x102


def attribute(level: int, name: int, value: bytes, kind: int = 6) -> bytes:
    """One attribute with its checksum."""
    head = bytes([level]) + name.to_bytes(2, "little") + kind.to_bytes(2, "little")
    checksum = (sum(value) & 0xFFFF).to_bytes(2, "little")
    return head + len(value).to_bytes(4, "little") + value + checksum


def properties(*each: tuple[int, int, bytes]) -> bytes:
    """A list of MAPI properties of variable size: name, type, value."""
    made = [len(each).to_bytes(4, "little")]
    for name, kind, value in each:
        head = kind.to_bytes(2, "little") + name.to_bytes(2, "little") + b"\1\0\0\0"
        made.append(head + len(value).to_bytes(4, "little") + value + bytes(-len(value) % 4))
    return b"".join(made)


def file(
    title: bytes, data: bytes, *, long_name: str = "", obj: bytes = b"", mime: bytes = b""
) -> bytes:
    """One file; ``obj`` instead of ``data``: a message inside."""
    more = []
    if long_name:
        more.append((0x3707, UNICODE, f"{long_name}\0".encode("utf-16-le")))
    if mime:
        more.append((0x370E, STRING, mime + b"\0"))
    if obj:
        more.append((0x3701, OBJECT, bytes(16) + obj))
    parts = [attribute(2, 0x9002, bytes(14)), attribute(2, 0x8010, title + b"\0", 1)]
    if data:
        parts.append(attribute(2, 0x800F, data))
    if more:
        parts.append(attribute(2, 0x9005, properties(*more)))
    return b"".join(parts)


def winmail(*files: bytes, body: str = "", page: int = 1251, html: str = "") -> bytes:
    """A whole ``winmail.dat``."""
    props = []
    if body:
        props.append((0x1000, UNICODE, f"{body}\0".encode("utf-16-le")))
    if html:
        props.append((0x1013, BYTES, html.encode(f"cp{page}")))
    return b"".join(
        (
            bytes.fromhex("789f3e220100"),
            attribute(1, 0x9006, (0x10000).to_bytes(4, "little"), 8),
            attribute(1, 0x9007, page.to_bytes(4, "little") + bytes(4)),
            attribute(1, 0x9003, properties(*props)) if props else b"",
            *files,
        )
    )
