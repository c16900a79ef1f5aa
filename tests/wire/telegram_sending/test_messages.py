"""Messages to Telegram over real HTTP: texts, files, other kinds, replies, keyboards."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.content import Attachment, other_content, sample
from bot.sandbox.telegram.state import Chat, User
from channels.message import (
    AnswerPress,
    Button,
    Buttons,
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    NoKeyboard,
    Permanent,
    Post,
    Reason,
    ShareRequest,
    Span,
)
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import AiogramClient
from channels.telegram.render import units
from tests.telegram_channel import channel_for, outbound, post, settings_for
from tests.wire.telegram_sending.conftest import (
    content_of,
    from_bot,
    garbled,
    media_of,
    pinned,
    refused,
)

# --------------------------------------------------------------------------- text


async def test_text_arrives_with_its_formatting(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    text = FormattedText(
        "😀 жирный и ссылка",
        spans=(
            Span(kind="bold", start=2, length=6),
            Span(kind="link", start=11, length=6, value="https://e.org/"),
        ),
    )
    receipt = await channel.send(outbound(anna.id, Post(content=Content(text=text), silent=True)))
    (message,) = from_bot(emulator, anna)
    assert receipt.messages == (str(message.id),)
    assert content_of(emulator, message).text == text


@pytest.mark.parametrize("text", ["<b>x</b> & <", "_*[`~>#+-=|{}.!", "a &amp; b", "/start@x"])
async def test_markup_of_clients_is_shown_literally(
    emulator: Emulator, channel: TelegramChannel, anna: User, text: str
) -> None:
    """case B7"""
    await channel.send(post(anna.id, text))
    (message,) = from_bot(emulator, anna)
    assert message.text == text


async def test_a_long_text_goes_as_several_messages(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    """case B6"""
    whole = FormattedText(
        "x" * 4095 + "😀" + " слово" * 700, spans=(Span(kind="bold", start=4090, length=20),)
    )
    buttons = Buttons(rows=((Button(label="Yes", action="y"),),))
    receipt = await channel.send(
        outbound(anna.id, Post(content=Content(text=whole), keyboard=buttons, pin=True))
    )
    messages = from_bot(emulator, anna)
    assert receipt.messages == tuple(str(m.id) for m in messages)
    assert len(messages) == 3
    assert all(units(m.text) <= 4096 for m in messages)
    assert "".join(m.text for m in messages).replace(" ", "") == whole.text.replace(" ", "")
    assert messages[0].text == "x" * 4095
    assert [len(m.buttons) for m in messages] == [0, 0, 1]
    assert [m.id for m in emulator.messages(anna) if m.id in pinned(emulator, anna)] == [
        messages[0].id
    ]


async def test_a_formatting_error_falls_back_to_plain_text(emulator: Emulator, anna: User) -> None:
    """case B7"""
    bold = Span(kind="bold", start=0, length=5)
    text = FormattedText("words <b>", spans=(bold,))
    async with garbled(emulator, parse_mode="HTML", entities=None) as channel:
        # The unclosed tag is refused; the second attempt is ours, without any formatting.
        receipt = await channel.send(outbound(anna.id, Post(content=Content(text=text))))
    (message,) = from_bot(emulator, anna)
    assert receipt.messages == (str(message.id),)
    assert message.text == "words <b>"
    assert [c["ok"] for c in emulator.calls("sendMessage")] == [False, True]
    assert "can't parse entities" in emulator.calls("sendMessage")[0]["description"]


# --------------------------------------------------------------------------- files


KINDS = ["photo", "document", "video", "voice", "audio", "video_note", "animation", "sticker"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_is_passed_on_by_its_id(
    emulator: Emulator, channel: TelegramChannel, anna: User, desk: Chat, boris: User, kind: str
) -> None:
    """case B15: whatever its size, nothing is downloaded."""
    captioned = kind not in ("sticker", "video_note")
    big = Attachment(kind=kind, size=200 * 1024 * 1024, caption="вот" if captioned else None)
    topic = emulator.create_topic(desk, "Ticket 1", boris)
    came = content_of(emulator, emulator.send(anna, anna, big))
    receipt = await channel.send(outbound(desk.id, Post(content=came), thread=topic.id))
    (message,) = from_bot(emulator, desk, topic)
    assert receipt.messages == (str(message.id),)
    assert media_of(emulator, message) == came.parts[0]
    assert emulator.calls("getFile") == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_from_our_disk(
    emulator: Emulator,
    channel: TelegramChannel,
    anna: User,
    tmp_path: Path,
    kind: Any,
) -> None:
    path = tmp_path / "файл.bin"
    path.write_bytes(sample(kind))
    media = Media(kind=kind, path=str(path), name='до"го\r\nвор.pdf')
    await channel.send(post(anna.id, "", media))
    (message,) = from_bot(emulator, anna)
    sent = media_of(emulator, message)
    assert sent.kind == kind
    assert sent.size == len(sample(kind))
    if kind == "document":
        assert sent.name == "до_го__вор.pdf"


async def test_one_file_with_a_text_is_one_message(
    emulator: Emulator, channel: TelegramChannel, anna: User, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(sample("photo"))
    photo = Media(kind="photo", path=str(tmp_path / "a.png"))
    await channel.send(post(anna.id, "Вот так", photo))
    (message,) = from_bot(emulator, anna)
    assert (message.kind, message.text) == ("photo", "Вот так")


async def test_a_caption_that_is_too_long_follows_its_file(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    """case B6: a caption of 1,025 characters."""
    came = media_of(emulator, emulator.send(anna, anna, Attachment(kind="photo")))
    await channel.send(post(anna.id, "x" * 1024, came))
    assert [m.kind for m in from_bot(emulator, anna)] == ["photo"]
    long = Media(
        kind="photo", channel="telegram", file=came.file, caption=FormattedText("y" * 1025)
    )
    receipt = await channel.send(post(anna.id, "", long))
    _, photo, text = from_bot(emulator, anna)
    assert (photo.kind, photo.text) == ("photo", "")
    assert text.text == "y" * 1025
    assert receipt.messages == (str(photo.id), str(text.id))


async def test_a_file_that_cannot_go_along_is_named_and_the_rest_passes(
    emulator: Emulator, anna: User, tmp_path: Path
) -> None:
    """case B15: the text passes, the size is explained to both sides."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x" * (1024 * 1024 + 1))
    (tmp_path / "note.txt").write_text("small")
    async with channel_for(emulator, upload_limit_mb=1) as channel:
        film = Media(kind="video", path=str(path), caption=FormattedText("Look at the end"))
        missing = Media(kind="video", path=str(tmp_path / "nowhere.mp4"))
        foreign = Media(kind="video", channel="mail", file="part-2")
        small = Media(kind="document", path=str(tmp_path / "note.txt"))
        receipt = await channel.send(post(anna.id, "text", film, missing, small, foreign))
        alone = await channel.send(post(anna.id, "", film))
    told = [(message.kind, message.text) for message in from_bot(emulator, anna)]
    assert told == [
        ("text", "text"),
        ("text", "[video] film.mp4\nLook at the end"),
        ("text", "[video] nowhere.mp4"),
        ("document", ""),
        ("text", "[video]"),
        ("text", "[video] film.mp4\nLook at the end"),
    ]
    assert receipt.left_out == ("film.mp4", "nowhere.mp4", "video")
    assert len(receipt.messages) == 5
    assert alone.left_out == ("film.mp4",)


async def test_a_file_is_fetched_to_our_disk(
    emulator: Emulator,
    channel: TelegramChannel,
    anna: User,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """For a letter. case E9: the address of a file holds the token; no log and no error does."""
    caplog.set_level(logging.DEBUG)
    content = b"%PDF" + b"x" * 600_000
    file = emulator.world.files.add("document", content, name="Отчёт.pdf")
    path = await channel.fetch(known_file(file.file_id), tmp_path)
    assert path.read_bytes() == content
    assert path == tmp_path / "file.pdf"
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == [path]
    large = emulator.world.files.add("video", b"", size=20 * 1024 * 1024 + 1)
    errors = []
    for unknown, reason in (
        (large.file_id, Reason.TOO_LARGE),
        ("nonsense", Reason.REFUSED),
        (None, Reason.REFUSED),
    ):
        with pytest.raises(Permanent) as refusal:
            await channel.fetch(known_file(unknown), tmp_path)
        assert refusal.value.reason is reason
        errors.append(str(refusal.value))
    emulator.world.files._by_path.clear()
    with pytest.raises(Permanent) as gone:
        await channel.fetch(known_file(file.file_id), tmp_path)
    errors.append(str(gone.value))
    assert emulator.token.split(":")[1] not in caplog.text + "".join(errors)


def known_file(file: str | None) -> Media:
    return Media(kind="document", channel="telegram", file=file)


async def test_a_server_of_our_own_names_a_place_on_the_disk(
    emulator: Emulator, channel: TelegramChannel, tmp_path: Path
) -> None:
    """The Bot API server in local mode."""
    there = tmp_path / "there.ogg"
    there.write_bytes(b"OggS")
    file = emulator.world.files.add("voice", b"")
    object.__setattr__(file, "path", str(there))
    folder = tmp_path / "folder"
    folder.mkdir()
    path = await channel.fetch(known_file(file.file_id), folder)
    assert (path.name, path.read_bytes()) == ("file.ogg", b"OggS")


async def test_an_album_stays_together(
    emulator: Emulator, channel: TelegramChannel, anna: User, desk: Chat, boris: User
) -> None:
    """case B17: order and captions kept."""
    items = [
        Attachment(kind="photo", caption="первая"),
        Attachment(kind="video"),
        Attachment(kind="photo", caption="третья"),
    ]
    parts = tuple(
        part for m in emulator.album(anna, anna, items) for part in content_of(emulator, m).parts
    )
    topic = emulator.create_topic(desk, "Ticket 1", boris)
    receipt = await channel.send(
        outbound(desk.id, Post(content=Content(parts=parts)), thread=topic.id)
    )
    messages = from_bot(emulator, desk, topic)
    assert receipt.messages == tuple(str(m.id) for m in messages)
    assert tuple(media_of(emulator, m) for m in messages) == parts
    albums = {m.json.get("media_group_id") for m in messages}
    assert len(albums) == 1
    assert None not in albums


async def test_what_may_not_share_an_album_goes_apart(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    """case B17: 12 pictures, 2 documents and a voice message."""
    kinds = ["photo"] * 12 + ["document"] * 2 + ["voice"]
    parts = tuple(
        media_of(emulator, emulator.send(anna, anna, Attachment(kind=kind))) for kind in kinds
    )
    receipt = await channel.send(outbound(anna.id, Post(content=Content(parts=parts))))
    messages = from_bot(emulator, anna)
    assert len(receipt.messages) == 15
    assert [m.kind for m in messages] == kinds
    albums = [m.json.get("media_group_id") for m in messages]
    assert len(set(albums[:10])) == len(set(albums[10:12])) == len(set(albums[12:14])) == 1
    assert len({albums[0], albums[10], albums[12]}) == 3
    assert albums[14] is None


async def test_a_keyboard_never_hangs_on_an_album(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    photos = tuple(
        media_of(emulator, emulator.send(anna, anna, Attachment(kind="photo"))) for _ in range(3)
    )
    buttons = Buttons(rows=((Button(label="Yes", action="y"),),))
    await channel.send(post(anna.id, "text", *photos, keyboard=buttons))
    await channel.send(post(anna.id, "", *photos, keyboard=buttons))
    messages = from_bot(emulator, anna)
    assert [(m.kind, len(m.buttons)) for m in messages] == [
        ("photo", 0),
        ("photo", 0),
        ("photo", 0),
        ("text", 1),
        ("photo", 0),
        ("photo", 0),
        ("photo", 1),
    ]


# --------------------------------------------------------------------------- the other kinds


async def test_places_and_cards(emulator: Emulator, channel: TelegramChannel, anna: User) -> None:
    """case B18"""
    spot = Location(latitude=55.75, longitude=37.61)
    office = Location(latitude=55.75, longitude=37.61, title="Офис", address="Тверская, 1")
    card = Contact(phone="+79001234567", name="Пётр Иванов")
    await channel.send(post(anna.id, "", spot, office, card))
    read = [content_of(emulator, m).parts[0] for m in from_bot(emulator, anna)]
    assert read == [spot, office, card]


@pytest.mark.parametrize("kind", ["poll", "dice", "story"])
async def test_what_only_telegram_can_repeat_is_copied(
    emulator: Emulator, channel: TelegramChannel, anna: User, desk: Chat, kind: str
) -> None:
    """case B18"""
    came = content_of(emulator, emulator.send(anna, anna, other_content(emulator.world, kind, {})))
    receipt = await channel.send(outbound(desk.id, Post(content=came)))
    (message,) = from_bot(emulator, desk)
    assert receipt.messages == (str(message.id),)
    assert message.kind == kind


@pytest.mark.parametrize("kind", ["paid_media", "unknown"])
async def test_what_cannot_be_copied_is_described(
    emulator: Emulator, anna: User, desk: Chat, kind: str
) -> None:
    """case B18: in words the caller gives."""
    settings = settings_for(emulator)
    channel = TelegramChannel(
        settings,
        client=AiogramClient(settings, SecretStr(emulator.token)),
        describe=lambda other: FormattedText(f"Здесь было: {other.kind}"),
    )
    came = content_of(emulator, emulator.send(anna, anna, other_content(emulator.world, kind, {})))
    async with channel:
        await channel.send(outbound(desk.id, Post(content=came)))
    (message,) = from_bot(emulator, desk)
    assert message.text == f"Здесь было: {kind}"


async def test_protected_content_is_passed_on_by_file_or_described(
    emulator: Emulator, channel: TelegramChannel, anna: User, desk: Chat
) -> None:
    """case B18"""
    photo = emulator.send(anna, anna, Attachment(kind="photo"), protected=True)
    poll = emulator.send(
        anna, anna, other_content(emulator.world, "poll", {"question": "Когда?"}), protected=True
    )
    for message in (photo, poll):
        came = content_of(emulator, message)
        assert came.protected
        await channel.send(outbound(desk.id, Post(content=came)))
    first, second = from_bot(emulator, desk)
    assert first.kind == "photo"
    assert second.text.startswith("[poll] Когда?")


# --------------------------------------------------------------------------- replies, keyboards


async def test_replies(emulator: Emulator, channel: TelegramChannel, anna: User) -> None:
    """case B14: a reply whose target is gone goes without it."""
    question = emulator.tell(anna, "question")
    await channel.send(post(anna.id, "answer", reply_to=str(question.id)))
    emulator.remove(question)
    await channel.send(post(anna.id, "late answer", reply_to=str(question.id)))
    first, second = from_bot(emulator, anna)
    assert first.json["reply_to_message"]["message_id"] == question.id
    assert "reply_to_message" not in second.json
    assert [call["ok"] for call in emulator.calls("sendMessage")] == [True, True]


async def test_keyboards(emulator: Emulator, channel: TelegramChannel, anna: User) -> None:
    await channel.send(post(anna.id, "a", keyboard=ShareRequest(kind="phone", label="Номер")))
    await channel.send(post(anna.id, "b", keyboard=NoKeyboard()))
    first, second = from_bot(emulator, anna)
    assert first.reply_markup is not None
    assert first.reply_markup["keyboard"][0][0]["request_contact"] is True
    assert second.reply_markup is not None
    assert second.reply_markup["remove_keyboard"] is True


async def test_callback_data_over_64_bytes_is_refused(channel: TelegramChannel, anna: User) -> None:
    """case B16"""
    buttons = Buttons(rows=((Button(label="x", action="я" * 33),),))
    error = await refused(channel, post(anna.id, "x", keyboard=buttons))
    assert error.reason is Reason.REFUSED


async def test_presses_are_answered(
    emulator: Emulator, channel: TelegramChannel, anna: User
) -> None:
    """case B16: too late is told."""
    buttons = Buttons(rows=((Button(label="Yes", action="y"),),))
    await channel.send(post(anna.id, "?", keyboard=buttons))
    query = emulator.press(anna, from_bot(emulator, anna)[0], "Yes")
    answer = AnswerPress(press=query, text="я" * 300, alert=True)
    await channel.send(outbound(anna.id, answer))
    shown = emulator.answer_to(query)
    assert shown is not None
    assert shown["show_alert"] is True
    assert shown["text"] == "я" * 199 + "…"
    error = await refused(channel, outbound(anna.id, AnswerPress(press="12345")))
    assert error.reason is Reason.TOO_LATE
