"""Requests, and the other form of one that was refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiogram.methods import SendDocument, SendMediaGroup, SendMessage, SendPhoto
from aiogram.types import FSInputFile

from channels.message import Content, FormattedText, Media, MediaKind, Span
from channels.telegram.errors import Failed
from channels.telegram.files import PHOTO_LIMIT, sendable
from channels.telegram.plan import Album, File, Words
from channels.telegram.requests import Manner, Target, another_form, request

TARGET = Target(channel="telegram", chat=7, thread=None)
PLAIN = FormattedText()
BOLD = FormattedText("bold", spans=(Span(kind="bold", start=0, length=4),))
BAD_ENTITIES = Failed("answered", "Bad Request: can't parse entities: x", code=400)
REPLY_GONE = Failed("answered", "Bad Request: message to be replied not found", code=400)
BAD_PICTURE = Failed("answered", "Bad Request: PHOTO_INVALID_DIMENSIONS", code=400)


def photo(caption: FormattedText = PLAIN, path: str | None = None) -> Media:
    file = None if path else "F"
    return Media(kind="photo", channel="telegram", file=file, path=path, caption=caption)


def test_formatting_is_given_up_once() -> None:
    """case B7: texts, captions, albums."""
    text = request(Words(BOLD), TARGET, Manner())
    plain = another_form(text, BAD_ENTITIES)
    assert isinstance(plain, SendMessage)
    assert (plain.text, plain.entities) == ("bold", None)
    assert another_form(plain, BAD_ENTITIES) is None
    file = another_form(request(File(photo(BOLD)), TARGET, Manner()), BAD_ENTITIES)
    assert isinstance(file, SendPhoto)
    assert (file.caption, file.caption_entities) == ("bold", None)
    album = request(Album((photo(), photo(BOLD))), TARGET, Manner())
    bare = another_form(album, BAD_ENTITIES)
    assert isinstance(bare, SendMediaGroup)
    assert [item.caption for item in bare.media] == [None, "bold"]
    assert [item.caption_entities for item in bare.media] == [None, None]
    assert another_form(bare, BAD_ENTITIES) is None


def test_the_reply_is_given_up_once() -> None:
    """case B14"""
    reply = request(Words(BOLD), TARGET, Manner(reply_to="5"))
    without = another_form(reply, REPLY_GONE)
    assert isinstance(without, SendMessage)
    assert without.reply_parameters is None
    assert without.entities
    assert another_form(without, REPLY_GONE) is None


def test_a_picture_that_is_none_goes_as_a_document() -> None:
    """case B18"""
    picture = request(
        File(photo(BOLD, path="/files/scan.png")), TARGET, Manner(reply_to="5", silent=True)
    )
    document = another_form(picture, BAD_PICTURE)
    assert isinstance(document, SendDocument)
    assert isinstance(document.document, FSInputFile)
    assert document.document.filename == "scan.png"
    assert (document.chat_id, document.caption) == (7, "bold")
    assert document.caption_entities
    assert document.disable_notification is True
    assert document.reply_parameters is not None
    assert another_form(document, BAD_PICTURE) is None


@pytest.mark.parametrize(
    "error", [Failed("answered", "Bad Request: chat not found", code=400), Failed("unknown", "x")]
)
def test_other_refusals_have_no_other_form(error: Failed) -> None:
    assert another_form(request(Words(BOLD), TARGET, Manner()), error) is None


@pytest.mark.parametrize(
    ("kind", "name", "start", "size", "sent_as"),
    [
        ("photo", "scan.png", b"\x89PNG\r\n\x1a\n", 100, "photo"),
        ("photo", "scan.jpg", b"\xff\xd8\xff\xe0", 100, "photo"),
        ("photo", "scan.png", b"\x89PNG\r\n\x1a\n", PHOTO_LIMIT + 1, "document"),
        ("photo", "logo.svg", b"<svg xmlns=", 100, "document"),
        ("photo", "fax.tiff", b"II*\x00", 100, "document"),
        ("photo", "empty.png", b"", 0, "document"),
        ("audio", "call.mp3", b"ID3", 100, "audio"),
        ("audio", "call.wav", b"RIFF", 100, "document"),
        ("video", "film.mp4", b"", 100, "video"),
        ("document", "scan.png", b"\x89PNG\r\n\x1a\n", 100, "document"),
    ],
)
async def test_a_file_of_ours_goes_as_what_telegram_takes(
    tmp_path: Path, kind: MediaKind, name: str, start: bytes, size: int, sent_as: str
) -> None:
    """case B15: huge pictures, and what only calls itself a picture, are documents."""
    path = tmp_path / "0001"
    path.write_bytes(start)
    with path.open("r+b") as file:
        file.truncate(size)
    content = Content(parts=(Media(kind=kind, path=str(path), name=name), photo()))
    result = await sendable(content, channel="telegram", limit=50 * 1024 * 1024)
    assert [part.kind for part in result.parts if isinstance(part, Media)] == [sent_as, "photo"]


def test_an_album_of_bad_pictures_goes_as_documents() -> None:
    album = request(Album((photo(BOLD), photo())), TARGET, Manner(silent=True))
    documents = another_form(album, BAD_PICTURE)
    assert isinstance(documents, SendMediaGroup)
    assert [item.type for item in documents.media] == ["document", "document"]
    assert documents.media[0].caption == "bold"
    assert documents.disable_notification is True
    film = Media(kind="video", channel="telegram", file="v")
    assert another_form(request(Album((photo(), film)), TARGET, Manner()), BAD_PICTURE) is None
