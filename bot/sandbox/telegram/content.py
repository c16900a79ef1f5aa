"""What people send besides text: files, contacts, places, polls …"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.methods.sending import poll_content
from bot.sandbox.telegram.state import Json
from bot.sandbox.telegram.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file a person sends.

    Attributes:
        kind: `photo`, `document`, `video`, `voice`, `audio`, `video_note`, `animation`, `sticker`.
        content: Its bytes; a small sample of the kind when empty.
        size: Pretended bytes, for files larger than one wants to hold.
        fields: Further fields of the media object (`duration`, `emoji` …).
    """

    kind: str = "document"
    content: bytes = b""
    name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    caption: str | None = None
    fields: Json = field(default_factory=dict)


def other_content(world: World, kind: str, fields: Json) -> Json:
    """Message content that is no file, with sensible values where `fields` says nothing.

    Raises:
        ControlError: No such kind.
    """
    place = {
        "latitude": float(fields.get("latitude", 55.7558)),
        "longitude": float(fields.get("longitude", 37.6173)),
    }
    if kind == "contact":
        wanted = ("phone_number", "first_name", "last_name", "user_id", "vcard")
        contact = {"phone_number": "+79990000000", "first_name": "Имя"}
        return {"contact": contact | {k: fields[k] for k in wanted if fields.get(k)}}
    if kind == "location":
        return {"location": place}
    if kind == "venue":
        venue = {
            "location": place,
            "title": str(fields.get("title", "Офис")),
            "address": str(fields.get("address", "ул. Ленина, 1")),
        }
        return {"venue": venue, "location": place}
    if kind == "poll":
        options = fields.get("options") or ["Да", "Нет"]
        question = str(fields.get("question", "Вопрос?"))
        return {"poll": poll_content(world.number("poll"), question, [str(o) for o in options])}
    if kind == "dice":
        return {"dice": {"emoji": fields.get("emoji", "🎲"), "value": int(fields.get("value", 4))}}
    if kind == "story":
        chat = {"id": -1_003_000_000_000, "type": "channel", "title": "Stories"}
        return {"story": {"chat": chat, "id": world.number("story")}}
    if kind == "paid_media":
        preview = {"type": "preview", "width": 800, "height": 600}
        stars = int(fields.get("star_count", 1))
        return {"paid_media": {"star_count": stars, "paid_media": [preview]}}
    if kind == "unknown":
        return {}  # Telegram's own answer to content a bot cannot see: a message without any
    raise ControlError(f"no message kind {kind!r}")


def sample(kind: str) -> bytes:
    """A small valid picture, or some bytes for other kinds."""
    if kind != "photo":
        return f"a {kind} from the sandbox".encode()
    width, height = 64, 48
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (x * 4, y * 5, 160)) for y in range(height)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum
