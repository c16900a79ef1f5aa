"""The Bot API request for each message and edit, and the other form of one that was refused.

Pure: files on our disk are named here and read when the request goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from aiogram.methods import (
    CopyMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    SendAnimation,
    SendAudio,
    SendContact,
    SendDocument,
    SendLocation,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendSticker,
    SendVenue,
    SendVideo,
    SendVideoNote,
    SendVoice,
    TelegramMethod,
)
from aiogram.types import (
    FSInputFile,
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    ReplyParameters,
)

from channels.message import (
    Address,
    Contact,
    Edit,
    FormattedText,
    Keyboard,
    Location,
    Media,
    Permanent,
    Reason,
)
from channels.telegram import errors
from channels.telegram.errors import Failed
from channels.telegram.limits import MAX_TEXT
from channels.telegram.plan import Album, Copy, File, Message, Words
from channels.telegram.render import (
    MAX_CAPTION,
    entities,
    fits,
    inline_keyboard,
    keyboard,
    shorten,
)

MAX_NAME: Final = 64
"""Characters in the first name of a visiting card."""

Request = TelegramMethod[Any]
InputMedia = (
    InputMediaAnimation | InputMediaAudio | InputMediaDocument | InputMediaPhoto | InputMediaVideo
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An ``Address`` as the Bot API names it."""

    channel: str
    chat: int
    thread: int | None

    @classmethod
    def of(cls, address: Address) -> Self:
        return cls(
            channel=address.channel,
            chat=int(address.chat),
            thread=int(address.thread) if address.thread is not None else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one message of a post is sent."""

    reply_to: str | None = None
    keyboard: Keyboard | None = None
    silent: bool = False


# --------------------------------------------------------------------------- files

_UNSAFE_IN_NAME: Final = re.compile(r'[\x00-\x1f\x7f"\\/]')


def _source(media: Media, channel: str) -> str | FSInputFile:
    """Telegram's own id of the file, never downloaded (case B15), or the file on our disk."""
    if media.file is not None and media.channel == channel:
        return media.file
    if media.path is None:
        raise Permanent(Reason.REFUSED, f"a {media.kind} of another channel has no file to send")
    name = media.name or Path(media.path).name
    # The name goes into a header of the multipart body.
    return FSInputFile(media.path, filename=_UNSAFE_IN_NAME.sub("_", name))


# --------------------------------------------------------------------------- messages


def request(message: Message, place: Target, manner: Manner) -> Request:
    """The request that says one message.

    Raises:
        Permanent: a file belongs to another channel and is not on our disk.
    """
    common: dict[str, Any] = {
        "chat_id": place.chat,
        "message_thread_id": place.thread,
        "disable_notification": manner.silent or None,
        "reply_parameters": _reply(manner.reply_to),
    }
    if isinstance(message, Album):
        files: list[Any] = [_input(file, place.channel) for file in message.files]
        return SendMediaGroup(media=files, **common)
    common["reply_markup"] = keyboard(manner.keyboard)
    match message:
        case Words(text):
            return SendMessage(text=text.text, entities=entities(text) or None, **common)
        case File(media):
            return _file(media, place.channel, common)
        case Location() as spot:
            common |= {"latitude": spot.latitude, "longitude": spot.longitude}
            if not spot.title:
                return SendLocation(**common)
            return SendVenue(title=spot.title, address=spot.address or spot.title, **common)
        case Contact() as card:
            name = shorten(card.name or card.phone, MAX_NAME)
            return SendContact(phone_number=card.phone, first_name=name, **common)
        case Copy(source=source) if source is not None:
            return CopyMessage(from_chat_id=int(source.chat), message_id=int(source.id), **common)
    raise TypeError(f"not a message that can be requested: {message!r}")


def _reply(message: str | None) -> ReplyParameters | None:
    if message is None:
        return None
    return ReplyParameters(message_id=int(message), allow_sending_without_reply=True)


def _file(media: Media, channel: str, common: dict[str, Any]) -> Request:
    source = _source(media, channel)
    caption: dict[str, Any] = {
        "caption": media.caption.text or None,
        "caption_entities": entities(media.caption) or None,
    }
    spoiler = media.spoiler or None
    match media.kind:
        case "photo":
            return SendPhoto(photo=source, has_spoiler=spoiler, **caption, **common)
        case "video":
            return SendVideo(
                video=source, has_spoiler=spoiler, duration=media.duration, **caption, **common
            )
        case "animation":
            return SendAnimation(
                animation=source, has_spoiler=spoiler, duration=media.duration, **caption, **common
            )
        case "audio":
            return SendAudio(audio=source, duration=media.duration, **caption, **common)
        case "voice":
            return SendVoice(voice=source, duration=media.duration, **caption, **common)
        case "document":
            return SendDocument(document=source, **caption, **common)
        case "video_note":
            return SendVideoNote(video_note=source, duration=media.duration, **common)
        case "sticker":
            return SendSticker(sticker=source, **common)


def _input(media: Media, channel: str) -> InputMedia:
    """A file inside an album or an edit."""
    common: dict[str, Any] = {
        "media": _source(media, channel),
        "caption": media.caption.text or None,
        "caption_entities": entities(media.caption) or None,
    }
    spoiler = media.spoiler or None
    match media.kind:
        case "photo":
            return InputMediaPhoto(has_spoiler=spoiler, **common)
        case "video":
            return InputMediaVideo(has_spoiler=spoiler, duration=media.duration, **common)
        case "animation":
            return InputMediaAnimation(has_spoiler=spoiler, duration=media.duration, **common)
        case "audio":
            return InputMediaAudio(duration=media.duration, **common)
        case "document":
            return InputMediaDocument(**common)
        case "voice" | "video_note" | "sticker":
            raise TypeError(f"a {media.kind} has no place in an album")


# --------------------------------------------------------------------------- edits

_EXCHANGEABLE: Final = ("photo", "video", "animation", "audio", "document")


def edit_request(edit: Edit, place: Target, *, as_caption: bool = False) -> Request:
    """The request that changes a message.

    Args:
        edit: The change.
        place: Where the message is.
        as_caption: The text is the caption of a file that stays.

    Raises:
        Permanent: an edit cannot say this; a new message can.
    """
    target: dict[str, Any] = {
        "chat_id": place.chat,
        "message_id": int(edit.message),
        "reply_markup": inline_keyboard(edit.keyboard) if edit.keyboard else None,
    }
    if edit.content is None:
        return EditMessageReplyMarkup(**target)
    text, parts = edit.content.text, edit.content.parts
    if parts:
        part = parts[0]
        if len(parts) > 1 or not isinstance(part, Media):
            raise Permanent(Reason.REFUSED, "an edit can change a text or one file only")
        text, as_caption = part.caption or text, True
        if part.kind in _EXCHANGEABLE:
            _check_length(text, MAX_CAPTION)
            media = _input(replace(part, caption=text), place.channel)
            return EditMessageMedia(media=media, **target)
    if as_caption:
        _check_length(text, MAX_CAPTION)
        return EditMessageCaption(
            caption=text.text or None, caption_entities=entities(text) or None, **target
        )
    _check_length(text, MAX_TEXT)
    return EditMessageText(text=text.text, entities=entities(text) or None, **target)


def _check_length(text: FormattedText, limit: int) -> None:
    if not fits(text, limit):
        raise Permanent(Reason.REFUSED, f"longer than one message ({limit})")


# --------------------------------------------------------------------------- second tries


def another_form(refused: Request, error: Failed) -> Request | None:
    """The form in which Telegram takes what it just refused; None if there is no other."""
    if errors.bad_entities(error):
        return _plain(refused)
    if errors.reply_gone(error) and getattr(refused, "reply_parameters", None) is not None:
        return refused.model_copy(update={"reply_parameters": None})
    if errors.bad_picture(error) and isinstance(refused, SendPhoto):
        kept = {
            name: getattr(refused, name)
            for name in refused.model_fields_set - {"photo", "has_spoiler"}
        }
        return SendDocument(document=refused.photo, **kept)
    if errors.bad_picture(error) and isinstance(refused, SendMediaGroup):
        return _as_documents(refused)
    return None


def _as_documents(album: SendMediaGroup) -> Request | None:
    """An album of pictures as one of documents; other files cannot share that."""
    if not all(isinstance(item, InputMediaPhoto) for item in album.media):
        return None
    kept = {"media", "caption", "caption_entities"}
    files: list[Any] = [
        InputMediaDocument(**{name: getattr(item, name) for name in kept}) for item in album.media
    ]
    return album.model_copy(update={"media": files})


def _plain(refused: Request) -> Request | None:
    """Without formatting: the words matter more (case B7)."""
    media = getattr(refused, "media", None)
    if isinstance(media, list):
        if not any(item.caption_entities for item in media):
            return None
        bare = [item.model_copy(update={"caption_entities": None}) for item in media]
        return refused.model_copy(update={"media": bare})
    if media is not None:
        if not media.caption_entities:
            return None
        bare_one = media.model_copy(update={"caption_entities": None})
        return refused.model_copy(update={"media": bare_one})
    for field in ("entities", "caption_entities"):
        if getattr(refused, field, None):
            return refused.model_copy(update={field: None})
    return None
