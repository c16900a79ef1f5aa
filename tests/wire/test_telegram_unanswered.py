"""What certainly did not arrive, and what may have: a connection that fails at every point."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from channels.message import (
    Act,
    Address,
    AnswerPress,
    Content,
    DeliveryError,
    Edit,
    FormattedText,
    Media,
    Post,
    Transient,
    Uncertain,
)
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import AiogramClient
from channels.telegram.settings import TelegramSettings
from tests.telegram_channel import outbound

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TOKEN = "123456789:AAExampleExampleExampleExampleExample"
SOMEBODY = Address(channel="telegram", chat="7")
WORDS = Post(content=Content(text=FormattedText("hello")))
HARMLESS: list[Act] = [Edit(message="5", content=WORDS.content), AnswerPress(press="1")]
"""Acts that may be carried out twice."""
DONE = b'{"ok": true, "result": {"message_id": 5, "chat": {"id": 7, "type": "private"}}}'


async def read_request(reader: asyncio.StreamReader) -> str:
    """The method of a request, once all of it is here."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(
        int(line.partition(":")[2])
        for line in head.split("\r\n")
        if "content-length" in line.lower()
    )
    await reader.readexactly(length)
    return head.split(" ")[1].rpartition("/")[2]


def status(number: int, body: bytes = b"", kind: str = "application/json") -> bytes:
    return (
        f"HTTP/1.1 {number} Something\r\nContent-Type: {kind}\r\nLocation: /sign-in\r\n"
        "Connection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def says(answer: bytes) -> Answering:
    """A server that answers everything so."""

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer)
        await writer.drain()

    return answering


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.transport.abort()


async def hangs_up_in_between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(1000)
    writer.transport.abort()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await reader.read()  # until the other side has had enough


def channel_to(port: int, seconds: float = 20.0) -> TelegramChannel:
    settings = TelegramSettings.model_validate(
        {"api_url": f"http://127.0.0.1:{port}", "request_timeout": seconds}
    )
    return TelegramChannel(settings, client=AiogramClient(settings, SecretStr(TOKEN)))


@asynccontextmanager
async def talking_to(answering: Answering, seconds: float = 20.0) -> AsyncIterator[TelegramChannel]:
    served: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        await answering(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server:
        async with channel_to(port, seconds) as channel:
            yield channel
        await asyncio.gather(*(task for task in served if task is not None))


async def error_of(channel: TelegramChannel, act: Act) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel.send(outbound(7, act))
    return caught.value


def is_unreachable(error: DeliveryError, kind: type[Transient | Uncertain]) -> bool:
    return isinstance(error, kind) and error.unreachable


MAY_HAVE_ARRIVED = {
    "cut after the request": hangs_up,
    "502 in HTML": says(status(502, b"<html>Bad Gateway</html>", "text/html")),
    "500 in JSON": says(status(500, b'{"ok": false, "error_code": 500, "description": "oops"}')),
    "200 without sense": says(status(200, b"<html>sign in</html>", "text/html")),
}


@pytest.mark.parametrize("how", MAY_HAVE_ARRIVED)
async def test_what_went_out_whole_and_was_not_answered_may_have_arrived(how: str) -> None:
    """case B2: and what may be carried out twice is simply tried again."""
    async with talking_to(MAY_HAVE_ARRIVED[how]) as channel:
        assert is_unreachable(await error_of(channel, WORDS), Uncertain)
        for act in HARMLESS:
            assert is_unreachable(await error_of(channel, act), Transient)


async def test_silence_may_mean_that_it_arrived() -> None:
    """case B2: longer than anybody waits for an answer."""
    async with talking_to(says_nothing, seconds=0.2) as channel:
        assert is_unreachable(await error_of(channel, WORDS), Uncertain)


NOT_FROM_TELEGRAM = {
    "a proxy refuses": says(status(403, b"<html>Forbidden</html>", "text/html")),
    "a proxy wants a password": says(status(407, b"", "text/html")),
    "a proxy has waited too long for the request": says(status(408, b"", "text/html")),
    "a proxy refuses in JSON": says(status(403, b'{"error": "forbidden"}')),
    "a network wants a sign-in": says(status(302, b"", "text/html")),
}


@pytest.mark.parametrize("how", NOT_FROM_TELEGRAM)
async def test_what_something_else_refused_did_not_arrive(how: str) -> None:
    """case B2: and it is wanted still: a proxy that refuses is no reason to give a post up."""
    async with talking_to(NOT_FROM_TELEGRAM[how]) as channel:
        assert is_unreachable(await error_of(channel, WORDS), Transient)


@pytest.mark.parametrize(
    ("parameters", "pause"),
    [
        (b"", None),
        (b', "parameters": []', None),
        (b', "parameters": {"retry_after": 0}', None),
        (b', "parameters": {"retry_after": 23}', 23.0),
    ],
)
async def test_flood_control_that_names_no_time_is_no_refusal(
    parameters: bytes, pause: float | None
) -> None:
    """case B1: the post was given up as if Telegram would never take it."""
    flood = b'{"ok": false, "error_code": 429, "description": "Too Many Requests"' + parameters
    async with talking_to(says(status(429, flood + b"}"))) as channel:
        error = await error_of(channel, WORDS)
        assert isinstance(error, Transient)
        assert (error.retry_after, error.whole_chat) == (pause, True)


async def test_an_address_that_is_not_known_for_a_while_gives_nothing_up() -> None:
    """A 404 is about the token or the method, never about a chat."""
    unknown = b'{"ok": false, "error_code": 404, "description": "Not Found"}'
    async with talking_to(says(status(404, unknown))) as channel:
        assert isinstance(await error_of(channel, WORDS), Transient)


async def test_where_nobody_listens_nothing_arrives() -> None:
    """case B2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        async with channel_to(taken.getsockname()[1]) as channel:
            assert is_unreachable(await error_of(channel, WORDS), Transient)


async def test_a_request_that_was_cut_half_way_did_not_arrive(tmp_path: Path) -> None:
    """case B2: the file had not gone out when the connection broke."""
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(20_000_000))
    file = Media(kind="document", path=str(path))
    async with talking_to(hangs_up_in_between) as channel:
        error = await error_of(channel, Post(content=Content(parts=(file,))))
        assert is_unreachable(error, Transient)


async def test_a_probe_takes_any_answer_for_an_answer() -> None:
    refused = b'{"ok": false, "error_code": 403, "description": "Forbidden: bot was blocked"}'
    flood = b'{"ok": false, "error_code": 429, "parameters": {"retry_after": 9}, "description": ""}'
    for answer in (status(200, DONE), status(403, refused), status(429, flood)):
        async with talking_to(says(answer)) as channel:
            await channel.probe(SOMEBODY)


@pytest.mark.parametrize("how", [*MAY_HAVE_ARRIVED, *NOT_FROM_TELEGRAM])
async def test_a_probe_without_an_answer_of_telegram_says_so(how: str) -> None:
    async with talking_to({**MAY_HAVE_ARRIVED, **NOT_FROM_TELEGRAM}[how]) as channel:
        with pytest.raises(Transient) as caught:
            await channel.probe(SOMEBODY)
        assert caught.value.unreachable


async def test_one_chat_without_an_answer_is_no_outage() -> None:
    """Asked for its own name, Telegram answers."""
    asked: list[str] = []

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_request(reader))
        writer.write(status(200, DONE) if asked[-1] == "getMe" else status(500))
        await writer.drain()

    async with talking_to(answering) as channel:
        await channel.probe(SOMEBODY)
    assert asked == ["sendChatAction", "getMe"]
