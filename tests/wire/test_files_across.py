"""Files from a chat into a letter and from a letter into a chat, over real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery.files import FilesOnTheWay
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.content import sample
from channels.email.parse import parse
from channels.message import Media, MediaKind
from tests.letters import NOW, outbound, post, sender
from tests.smtp_server import smtp_server
from tests.telegram_channel import channel_for
from tests.telegram_channel import post as chat_post


@pytest.mark.parametrize(
    ("kind", "name", "arrives_as"),
    [
        ("photo", None, ("photo-1.jpg", "image/jpeg")),
        ("document", "Договор.pdf", ("Договор.pdf", "application/pdf")),
        ("voice", None, ("voice-1.oga", "audio/ogg")),
        ("video_note", None, ("video_note-1.mp4", "video/mp4")),
        ("sticker", None, ("sticker-1.webp", "image/webp")),
        ("animation", "cat.mp4", ("cat.mp4", "video/mp4")),
    ],
)
async def test_a_file_of_a_chat_reaches_a_reader_of_mail(
    emulator: Emulator,
    tmp_path: Path,
    kind: MediaKind,
    name: str | None,
    arrives_as: tuple[str, str],
) -> None:
    """Inside Telegram it would go by its id; a letter needs the bytes themselves."""
    async with channel_for(emulator) as telegram, smtp_server() as server:
        ending = {"voice": "oga", "sticker": "webp", "photo": "jpg"}.get(kind, "mp4")
        content = sample(kind)
        file = emulator.world.files.add(kind, content, name=name or f"file.{ending}")
        media = Media(kind=kind, channel="telegram", file=file.file_id, name=name)
        files = FilesOnTheWay({"telegram": telegram}, tmp_path / "way")
        async with sender(server) as out:
            ready = await files.bring(outbound(post("Here it is.", media)))
            receipt = await out.send(ready)
        await files.forget(ready)
    (attached,) = parse(server.taken[0].data, received=NOW).attachments
    assert (attached.name, attached.type) == arrives_as
    assert attached.data == content
    assert receipt.left_out == ()
    assert list((tmp_path / "way").iterdir()) == []


async def test_a_file_the_bot_api_does_not_hand_out_is_named_in_the_letter(
    emulator: Emulator, tmp_path: Path
) -> None:
    """case B15: over 20 MB; the words pass, and the receipt says what stayed behind."""
    async with channel_for(emulator) as telegram, smtp_server() as server:
        size = 20 * 1024 * 1024 + 1
        file = emulator.world.files.add("video", b"", name="film.mp4", size=size)
        film = Media(
            kind="video", channel="telegram", file=file.file_id, name="film.mp4", size=size
        )
        files = FilesOnTheWay({"telegram": telegram}, tmp_path / "way")
        async with sender(server) as out:
            receipt = await out.send(await files.bring(outbound(post("Here it is.", film))))
    mail = parse(server.taken[0].data, received=NOW)
    assert mail.attachments == ()
    assert mail.text.startswith("Here it is.\n\n📎 The file “film.mp4” (20 MB) is too large")
    assert receipt.left_out == ("film.mp4",)


async def test_a_file_of_a_letter_reaches_a_chat(emulator: Emulator, tmp_path: Path) -> None:
    """A client's attachment is on our disk already; one that is too large is named (case B15)."""
    content = sample("document")
    (tmp_path / "0001").write_bytes(content)
    (tmp_path / "0002").write_bytes(b"x" * (1024 * 1024 + 1))
    contract = Media(kind="document", path=str(tmp_path / "0001"), name="Договор.pdf")
    archive = Media(kind="document", path=str(tmp_path / "0002"), name="Архив.zip")
    anna = emulator.user("Anna")
    emulator.tell(anna, "/start")
    async with channel_for(emulator, upload_limit_mb=1) as telegram:
        files = FilesOnTheWay({"telegram": telegram}, tmp_path / "way")
        act = chat_post(anna.id, "Вот документы", contract, archive)
        receipt = await telegram.send(await files.bring(act))
    words, file, named = [m for m in emulator.messages(anna) if m.by_bot]
    assert words.text == "Вот документы"
    sent = emulator.world.files.find(file.json["document"]["file_id"])
    assert sent is not None
    assert (sent.name, sent.content) == ("Договор.pdf", content)
    assert "Архив.zip" in named.text
    assert receipt.left_out == ("Архив.zip",)
