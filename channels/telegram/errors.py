"""What can go wrong with a Bot API request, and what it means for a delivery.

Two steps, so that another client library only needs its own first one::

    aiogram's or aiohttp's exception --failed()--> Failed --delivery_error()--> DeliveryError

Telegram tells many errors apart by their description alone; those texts are matched here and
nowhere else.

Errors::

    Failed   a request did not succeed; ``kind`` says how, ``code`` and ``description`` what was
             answered
"""

from __future__ import annotations

from typing import Final, Literal

import aiohttp
from aiogram import exceptions as foreign

from channels.message import DeliveryError, Permanent, Reason, Transient, Uncertain
from channels.telegram.redact import redact

Kind = Literal[
    "answered",  # Telegram refused it, with a code and a description
    "not_sent",  # the request did not go out whole, or Telegram never saw it
    "unknown",  # it went out whole and no readable answer came, or 5xx
]


class Failed(Exception):
    """A Bot API request did not succeed. Never contains the token."""

    def __init__(
        self,
        kind: Kind,
        description: str,
        *,
        code: int | None = None,
        retry_after: float | None = None,
        migrate_to: str | None = None,
    ) -> None:
        description = redact(description)
        super().__init__(f"{code or kind}: {description}")
        self.kind = kind
        self.description = description
        self.code = code
        self.retry_after = retry_after
        self.migrate_to = migrate_to

    def says(self, *texts: str) -> bool:
        """Whether Telegram refused it with one of these texts in the description (any case)."""
        description = self.description.lower()
        return self.kind == "answered" and any(text.lower() in description for text in texts)


# --------------------------------------------------------------------------- step one: aiogram

CODES: Final[dict[type[foreign.TelegramAPIError], int]] = {
    foreign.TelegramBadRequest: 400,
    foreign.TelegramUnauthorizedError: 401,
    foreign.TelegramForbiddenError: 403,
    foreign.TelegramNotFound: 404,
    foreign.TelegramConflictError: 409,
    foreign.TelegramEntityTooLarge: 413,
}
"""Answers that mean what their HTTP status means."""


def failed(error: Exception, *, sent_whole: bool = True) -> Failed:
    """Translate whatever aiogram raised for a request.

    aiogram wraps the transport's error as the cause of ``TelegramNetworkError``.

    Args:
        error: What was raised.
        sent_whole: The last byte of the request was handed to the network. If it was not, nothing
            can have come of the request, however the connection ended.
    """
    match error:
        case Failed():
            return error
        case foreign.TelegramRetryAfter():
            return Failed("answered", error.message, code=429, retry_after=error.retry_after)
        case foreign.TelegramMigrateToChat():
            moved = str(error.migrate_to_chat_id)
            return Failed("answered", error.message, code=400, migrate_to=moved)
        case foreign.TelegramServerError():
            # A proxy or Telegram itself gave up on it half-way: it may have been carried out.
            return Failed("unknown", f"server error: {error.message}")
        case foreign.TelegramEntityTooLarge():
            return Failed("answered", error.message, code=413)
        case foreign.TelegramNetworkError():
            return _transport(error.__cause__ or error, sent_whole=sent_whole)
        case foreign.TelegramAPIError():
            return Failed("answered", error.message, code=CODES.get(type(error)))
        case foreign.ClientDecodeError():
            # Its text holds the whole answer; the class of the original error is enough.
            return Failed("unknown", f"{error.message} ({type(error.original).__name__})")
        case foreign.AiogramError():
            # The rest of the tree is about dispatching and message data: no request was made.
            return Failed("not_sent", f"{type(error).__name__}: {error}")
        case _:
            return _transport(error, sent_whole=sent_whole)


_BEFORE_SENDING: Final = (
    aiohttp.ClientConnectorError,  # also name lookup, TLS and certificates
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


def _transport(error: BaseException, *, sent_whole: bool) -> Failed:
    description = f"{type(error).__name__}: {error}".rstrip(": ")
    if not sent_whole or isinstance(error, _BEFORE_SENDING):
        return Failed("not_sent", description)
    return Failed("unknown", description)


# --------------------------------------------------------------------------- step two: meaning

_REASONS: Final[tuple[tuple[Reason, tuple[str, ...]], ...]] = (
    (
        Reason.BLOCKED,
        (
            "bot was blocked by the user",
            "user is deactivated",
            "USER_IS_BLOCKED",
            "INPUT_USER_DEACTIVATED",
            "bot can't initiate conversation with a user",
            "bot can't send messages to bots",
            "PEER_ID_INVALID",
        ),
    ),
    (Reason.MOVED, ("group chat was upgraded", "group chat was migrated")),
    (
        Reason.NO_THREADS,
        ("the chat is not a forum", "CHANNEL_FORUM_MISSING", "FORUM_DISABLED"),
    ),
    (Reason.THREAD_CLOSED, ("TOPIC_CLOSED",)),
    (
        Reason.THREAD_GONE,
        (
            "message thread not found",
            "TOPIC_DELETED",
            "TOPIC_ID_INVALID",
            "MESSAGE_THREAD_ID_INVALID",
            "topic not found",
        ),
    ),
    (
        Reason.MESSAGE_GONE,
        (
            "message to edit not found",
            "message can't be edited",
            "message to react not found",
            "message to delete not found",
            "message to copy not found",
            "message to pin not found",
            "message to be replied not found",
            "message to reply not found",
            "replied message not found",
            "MESSAGE_ID_INVALID",
            "message identifier is not specified",
        ),
    ),
    (
        Reason.TOO_LATE,
        ("query is too old", "query ID is invalid", "QUERY_ID_INVALID"),
    ),
    (
        Reason.TOO_LARGE,
        ("file is too big", "Request Entity Too Large", "PHOTO_SAVE_FILE_INVALID_SIZE"),
    ),
    (
        Reason.CHAT_GONE,
        (
            "chat not found",
            "bot was kicked",
            "bot is not a member",
            "group chat was deactivated",
            "the group chat was deleted",
            "CHANNEL_PRIVATE",
            "CHANNEL_INVALID",
            "CHAT_ID_INVALID",
            "USER_NOT_PARTICIPANT",
        ),
    ),
    (
        Reason.NO_RIGHTS,
        (
            "not enough rights",
            "have no rights",
            "need administrator rights",
            "CHAT_ADMIN_REQUIRED",
            "CHAT_WRITE_FORBIDDEN",
            "CHAT_RESTRICTED",
            "CHAT_SEND_",
            "RIGHT_FORBIDDEN",
            "TOPIC_CREATE_FORBIDDEN",
            "MESSAGE_DELETE_FORBIDDEN",
            "can't be deleted",
        ),
    ),
)


def delivery_error(error: Failed, *, repeatable: bool) -> DeliveryError:
    """What a failed request means for the act it was part of.

    Args:
        error: The failed request.
        repeatable: Carrying it out twice does no harm (edits, reactions, pins, answers to
            presses, deletions), so that not knowing is as good as not having done it.
    """
    if error.code == 429:
        return Transient(error.description, retry_after=error.retry_after, whole_chat=True)
    if error.kind == "not_sent":
        return Transient(error.description, unreachable=True)
    if error.kind == "unknown":
        if repeatable:
            return Transient(error.description, unreachable=True)
        return Uncertain(error.description)
    if error.migrate_to is not None:
        return Permanent(Reason.MOVED, error.description, moved_to=error.migrate_to)
    if error.code == 413:
        return Permanent(Reason.TOO_LARGE, error.description)
    if error.code in (401, 404, 409):
        # The token was just replaced, somebody else uses it, or somebody on the way does not know
        # the address: the loop that receives tells the administrator, and what waits here is still
        # wanted afterwards. What Telegram does not find (a chat, a message) is a 400.
        return Transient(error.description)
    for reason, texts in _REASONS:
        if error.says(*texts):
            return Permanent(reason, error.description)
    if error.code == 403:
        return Permanent(Reason.NO_RIGHTS, error.description)
    return Permanent(Reason.REFUSED, error.description)


# --------------------------------------------------------------------------- other readings


def already_so(error: Failed) -> bool:
    """The edit, or the change of a topic, would have changed nothing: it is done."""
    return error.says("message is not modified", "TOPIC_NOT_MODIFIED", "TOPIC_ALREADY")


def already_deleted(error: Failed) -> bool:
    """The message to delete is not there any more."""
    return error.says("message to delete not found", "MESSAGE_ID_INVALID")


def bad_entities(error: Failed) -> bool:
    """Telegram could not make sense of the formatting; the plain text would pass."""
    return error.says(
        "can't parse entities", "can't parse MessageEntity", "ENTITY_BOUNDS_INVALID", "ENTITIES_"
    )


def reply_gone(error: Failed) -> bool:
    """The message to answer is not there any more."""
    return error.says(
        "message to be replied not found",
        "message to reply not found",
        "replied message not found",
        "reply message not found",
    )


def has_no_text(error: Failed) -> bool:
    """The message to edit carries a file: its words are a caption."""
    return error.says("there is no text in the message to edit")


def bad_picture(error: Failed) -> bool:
    """The file does not pass as a photo but would as a document."""
    return error.says(
        "PHOTO_INVALID_DIMENSIONS",
        "IMAGE_PROCESS_FAILED",
        "PHOTO_EXT_INVALID",
        "too big for a photo",
    )


def bad_token(error: Failed) -> bool:
    """Telegram does not know this bot (401), or the token cannot be one (404)."""
    return error.kind == "answered" and error.code in (401, 404)
