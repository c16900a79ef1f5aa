"""Files in messages: uploads, `file_id`s, and the media objects they become."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.telegram.errors import ApiError, bad_request
from bot.sandbox.telegram.methods.registry import Api
from bot.sandbox.telegram.params import Call, Upload
from bot.sandbox.telegram.state import File, Json
from bot.sandbox.telegram.world import World

UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
DOWNLOAD_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A kind of file message.

    Attributes:
        name: Telegram's word for the kind in "can't use file of type …".
        permission: What a restricted member needs.
        words: The kind in "not enough rights to send … to the chat".
        fields: Integer fields of the media object taken from the request.
        interchangeable: Kinds whose `file_id` is accepted too.
    """

    method: str
    name: str
    permission: str
    words: str
    captioned: bool = True
    fields: tuple[str, ...] = ()
    interchangeable: frozenset[str] = frozenset()


MEDIA = {
    "photo": Media(method="sendPhoto", name="Photo", permission="can_send_photos", words="photos"),
    "document": Media(
        method="sendDocument",
        name="Document",
        permission="can_send_documents",
        words="documents",
        interchangeable=frozenset({"video", "audio", "voice", "animation", "sticker"}),
    ),
    "video": Media(
        method="sendVideo",
        name="Video",
        permission="can_send_videos",
        words="videos",
        fields=("width", "height", "duration"),
        interchangeable=frozenset({"document"}),
    ),
    "audio": Media(
        method="sendAudio",
        name="Audio",
        permission="can_send_audios",
        words="audios",
        fields=("duration",),
        interchangeable=frozenset({"document"}),
    ),
    "voice": Media(
        method="sendVoice",
        name="VoiceNote",
        permission="can_send_voice_notes",
        words="voice notes",
        fields=("duration",),
    ),
    "video_note": Media(
        method="sendVideoNote",
        name="VideoNote",
        permission="can_send_video_notes",
        words="video notes",
        captioned=False,
        fields=("length", "duration"),
    ),
    "animation": Media(
        method="sendAnimation",
        name="Animation",
        permission="can_send_other_messages",
        words="animations",
        fields=("width", "height", "duration"),
        interchangeable=frozenset({"document"}),
    ),
    "sticker": Media(
        method="sendSticker",
        name="Sticker",
        permission="can_send_other_messages",
        words="stickers",
        captioned=False,
    ),
}

DEFAULTS: dict[str, Json] = {
    "video": {"width": 640, "height": 360, "duration": 1},
    "animation": {"width": 320, "height": 240, "duration": 1},
    "audio": {"duration": 1},
    "voice": {"duration": 1},
    "video_note": {"length": 240, "duration": 1},
    "sticker": {
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    },
}
MIME = {
    "photo": "image/jpeg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "video_note": "video/mp4",
    "sticker": "image/webp",
}


def media_file(
    api: Api,
    call: Call,
    kind: str,
    value: object,
    upload: Upload | None,
    params: Mapping[str, Any],
) -> File:
    """The file of a media parameter: an upload, or one Telegram already has.

    Raises:
        ApiError: 400 no file, wrong id, wrong kind, not an image; 413 too big.
    """
    if upload is not None:
        return store_upload(api, kind, upload, params)
    media = MEDIA[kind]
    if not isinstance(value, str) or not value:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    if value.startswith(("http://", "https://")):
        # The sandbox never fetches anything; a real server that cannot answers the same.
        raise bad_request("failed to get HTTP URL content")
    file = api.world.files.find(value)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind and file.kind not in media.interchangeable:
        raise bad_request(f"can't use file of type {MEDIA[file.kind].name} as {media.name}")
    return file


def store_upload(api: Api, kind: str, upload: Upload, params: Mapping[str, Any]) -> File:
    """Stores what a bot uploaded."""
    if len(upload.content) > UPLOAD_LIMIT:
        raise ApiError(413, "Request Entity Too Large")
    if not upload.content:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        if len(upload.content) > PHOTO_LIMIT:
            raise bad_request("file is too big")
        if image_size(upload.content) is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
    extra: Json = {}
    for name in MEDIA[kind].fields:
        if params.get(name) not in (None, ""):
            try:
                extra[name] = int(params[name])
            except (TypeError, ValueError):
                raise bad_request(f'parameter "{name}" must be an integer') from None
    for name in ("performer", "title"):
        if kind == "audio" and params.get(name):
            extra[name] = str(params[name])
    if kind == "sticker" and params.get("emoji"):
        extra["emoji"] = str(params["emoji"])
    return store_file(
        api.world, kind, upload.content, name=upload.name, mime_type=upload.mime_type, extra=extra
    )


def store_file(
    world: World,
    kind: str,
    content: bytes,
    *,
    name: str | None = None,
    mime_type: str | None = None,
    extra: Json | None = None,
    size: int | None = None,
) -> File:
    """Stores bytes as a file of a kind, with the fields its media object must have."""
    media = DEFAULTS.get(kind, {}) | (extra or {})
    if kind == "photo":
        width, height = image_size(content) or (800, 600)
        media = {"width": width, "height": height}
        mime_type = mime_type or MIME[kind]
    return world.files.add(
        kind,
        content,
        name=name,
        mime_type=mime_type if kind == "document" else mime_type or MIME.get(kind),
        media=media,
        size=size,
    )


def media_content(file: File) -> Json:
    """The message fields for a file, by its own kind (a video sent as document stays a video)."""
    form = file.json()
    if file.kind == "photo":
        small = max(1, form["width"] // 4), max(1, form["height"] // 4)
        thumbnail = form | {
            "file_id": f"{file.file_id}-s",
            "file_unique_id": f"{file.unique_id}s",
            "width": small[0],
            "height": small[1],
        }
        return {"photo": [thumbnail, form]}
    if file.kind == "animation":
        document = {k: v for k, v in form.items() if k not in DEFAULTS["animation"]}
        return {"animation": form, "document": document}
    return {file.kind: form}


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG, GIF, WebP or BMP; None when it is none of these."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in {b"GIF87a", b"GIF89a"} and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return 512, 512
    if content[:2] == b"BM" and len(content) >= 26:
        width, height = struct.unpack("<ii", content[18:26])
        return abs(width), abs(height)
    if content[:2] == b"\xff\xd8":
        return _jpeg_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return None
