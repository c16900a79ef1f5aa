"""What foreign exceptions and Telegram's answers mean."""

from __future__ import annotations

import inspect
from typing import Any

import aiohttp
import pytest
from aiogram import exceptions as foreign
from aiogram.client.bot import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.methods import SendMessage

from channels.message import Permanent, Reason, Transient, Uncertain
from channels.telegram.errors import CODES, Failed, delivery_error, failed

TOKEN = "123456789:AAExampleExampleExampleExampleExample"
METHOD: Any = SendMessage(chat_id=1, text="x")


def every_foreign_class() -> list[type[foreign.AiogramError]]:
    return [
        each
        for _, each in inspect.getmembers(foreign, inspect.isclass)
        if issubclass(each, foreign.AiogramError)
    ]


def make(kind: type[foreign.AiogramError]) -> foreign.AiogramError:
    if kind is foreign.TelegramRetryAfter:
        return foreign.TelegramRetryAfter(METHOD, "Too Many Requests: retry after 7", 7)
    if kind is foreign.TelegramMigrateToChat:
        return foreign.TelegramMigrateToChat(METHOD, "Bad Request: group chat was upgraded", -1007)
    if kind is foreign.ClientDecodeError:
        return foreign.ClientDecodeError("Failed to decode object", ValueError("x"), "<html>")
    if issubclass(kind, foreign.TelegramAPIError):
        return kind(METHOD, "something")
    if issubclass(kind, foreign.DetailedAiogramError):
        return kind("something")
    return kind("something")


EXPECTED: dict[type[foreign.AiogramError], tuple[str, int | None]] = {
    foreign.AiogramError: ("not_sent", None),
    foreign.DetailedAiogramError: ("not_sent", None),
    foreign.CallbackAnswerException: ("not_sent", None),
    foreign.SceneException: ("not_sent", None),
    foreign.UnsupportedKeywordArgument: ("not_sent", None),
    foreign.DataNotDictLikeError: ("not_sent", None),
    foreign.ClientDecodeError: ("unknown", None),
    foreign.TelegramAPIError: ("answered", None),
    foreign.TelegramNetworkError: ("unknown", None),
    foreign.TelegramServerError: ("unknown", None),
    foreign.RestartingTelegram: ("unknown", None),
    foreign.TelegramRetryAfter: ("answered", 429),
    foreign.TelegramMigrateToChat: ("answered", 400),
    foreign.TelegramBadRequest: ("answered", 400),
    foreign.TelegramUnauthorizedError: ("answered", 401),
    foreign.TelegramForbiddenError: ("answered", 403),
    foreign.TelegramNotFound: ("answered", 404),
    foreign.TelegramConflictError: ("answered", 409),
    foreign.TelegramEntityTooLarge: ("answered", 413),
}


def test_every_exception_of_aiogram_has_a_meaning() -> None:
    assert set(every_foreign_class()) == set(EXPECTED)
    for kind, (how, code) in EXPECTED.items():
        result = failed(make(kind))
        assert (result.kind, result.code) == (how, code), kind
        for repeatable in (True, False):
            meaning = delivery_error(result, repeatable=repeatable)
            assert isinstance(meaning, (Transient, Permanent, Uncertain))


def test_codes_are_those_aiogram_raises_them_for() -> None:
    session = AiohttpSession()
    bot = Bot(TOKEN, session=session)
    for kind, code in CODES.items():
        with pytest.raises(foreign.TelegramAPIError) as caught:
            session.check_response(bot, METHOD, code, '{"ok": false, "description": "x"}')
        assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ConnectionTimeoutError("slow"), "not_sent"),
        (aiohttp.InvalidURL("x"), "not_sent"),
        (TimeoutError(), "unknown"),
        (aiohttp.SocketTimeoutError(), "unknown"),
        (aiohttp.ServerDisconnectedError(), "unknown"),
        (aiohttp.ClientOSError(104, "reset"), "unknown"),
        (aiohttp.ClientPayloadError(), "unknown"),
        (ConnectionResetError(), "unknown"),
    ],
)
def test_transport(error: Exception, kind: str) -> None:
    """case B2: only what never went out may be tried again as if nothing had happened."""
    result = failed(error)
    assert result.kind == kind
    once = delivery_error(result, repeatable=False)
    again = delivery_error(result, repeatable=True)
    assert isinstance(once, Transient if kind == "not_sent" else Uncertain)
    assert isinstance(again, Transient)
    assert once.unreachable
    assert again.unreachable
    wrapped = foreign.TelegramNetworkError(METHOD, "network")
    wrapped.__cause__ = error
    assert failed(wrapped).kind == kind
    assert failed(error, sent_whole=False).kind == "not_sent"
    assert failed(wrapped, sent_whole=False).kind == "not_sent"


def test_server_errors_may_have_been_carried_out() -> None:
    """case B2"""
    gateway = failed(foreign.TelegramServerError(METHOD, "Bad Gateway"))
    assert isinstance(delivery_error(gateway, repeatable=False), Uncertain)
    assert isinstance(delivery_error(gateway, repeatable=True), Transient)


def test_flood_control_names_the_pause() -> None:
    """case B1"""
    flood = failed(foreign.TelegramRetryAfter(METHOD, "Too Many Requests: retry after 7", 7))
    meaning = delivery_error(flood, repeatable=False)
    assert isinstance(meaning, Transient)
    assert (meaning.retry_after, meaning.whole_chat) == (7, True)
    assert not meaning.unreachable


@pytest.mark.parametrize(
    ("code", "description", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", Reason.BLOCKED),
        (403, "Forbidden: user is deactivated", Reason.BLOCKED),
        (403, "Forbidden: bot can't initiate conversation with a user", Reason.BLOCKED),
        (403, "Forbidden: bot was kicked from the supergroup chat", Reason.CHAT_GONE),
        (403, "Forbidden: bot is not a member of the supergroup chat", Reason.CHAT_GONE),
        (400, "Bad Request: chat not found", Reason.CHAT_GONE),
        (400, "Bad Request: CHANNEL_PRIVATE", Reason.CHAT_GONE),
        (403, "Forbidden: the group chat was deleted", Reason.CHAT_GONE),
        (400, "Bad Request: not enough rights to create a topic", Reason.NO_RIGHTS),
        (400, "Bad Request: not enough rights to send text messages to the chat", Reason.NO_RIGHTS),
        (400, "Bad Request: have no rights to send a message", Reason.NO_RIGHTS),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Reason.NO_RIGHTS),
        (403, "Forbidden: something new", Reason.NO_RIGHTS),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", Reason.MOVED),
        (400, "Bad Request: message thread not found", Reason.THREAD_GONE),
        (400, "Bad Request: TOPIC_DELETED", Reason.THREAD_GONE),
        (400, "Bad Request: TOPIC_ID_INVALID", Reason.THREAD_GONE),
        (400, "Bad Request: TOPIC_CLOSED", Reason.THREAD_CLOSED),
        (400, "Bad Request: the chat is not a forum", Reason.NO_THREADS),
        (400, "Bad Request: message to edit not found", Reason.MESSAGE_GONE),
        (400, "Bad Request: message to react not found", Reason.MESSAGE_GONE),
        (400, "Bad Request: MESSAGE_ID_INVALID", Reason.MESSAGE_GONE),
        (
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
            Reason.TOO_LATE,
        ),
        (413, "Request Entity Too Large", Reason.TOO_LARGE),
        (400, "Bad Request: file is too big", Reason.TOO_LARGE),
        (400, "Bad Request: message text is empty", Reason.REFUSED),
        (400, "Bad Request: BUTTON_DATA_INVALID", Reason.REFUSED),
        (400, "Bad Request: REACTION_INVALID", Reason.REFUSED),
    ],
)
def test_refusals(code: int, description: str, reason: Reason) -> None:
    meaning = delivery_error(Failed("answered", description, code=code), repeatable=False)
    assert isinstance(meaning, Permanent)
    assert meaning.reason is reason
    assert meaning.detail == description


def test_a_moved_group_names_its_new_id() -> None:
    """case B11"""
    moved = failed(make(foreign.TelegramMigrateToChat))
    meaning = delivery_error(moved, repeatable=False)
    assert isinstance(meaning, Permanent)
    assert (meaning.reason, meaning.moved_to) == (Reason.MOVED, "-1007")


def test_a_rejected_token_keeps_what_waits() -> None:
    for code in (401, 409):
        meaning = delivery_error(Failed("answered", "x", code=code), repeatable=False)
        assert isinstance(meaning, Transient)


def test_errors_never_contain_the_token() -> None:
    """case E9"""
    address = f"https://api.telegram.org/file/bot{TOKEN}/photos/1.jpg"
    for error in (
        aiohttp.InvalidURL(address),
        foreign.TelegramBadRequest(METHOD, f"wrong url {address}"),
        OSError(f"cannot reach {address}"),
        OSError(f"cannot reach {address.replace(':', '%3A')}"),
    ):
        result = failed(error)
        meaning = delivery_error(result, repeatable=False)
        for shown in (str(result), result.description, str(meaning)):
            assert "AAExample" not in shown
