"""The one place where requests leave for the Bot API.

Requests are aiogram's typed methods; answers are the raw JSON. What Telegram adds to its answers
tomorrow can therefore not break what works today, and an update that cannot be parsed is still
there to be kept. Another library becomes a driver by implementing ``Client``.
"""

from __future__ import annotations

import asyncio
import shutil
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeAlias

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError, TelegramEntityTooLarge
from aiogram.methods import Response, TelegramMethod
from aiogram.utils.token import TokenValidationError
from aiohttp import ClientError, ClientTimeout, FormData
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from pydantic import SecretStr

from channels.protocol import Misconfigured
from channels.telegram.errors import Failed, failed
from channels.telegram.settings import TelegramSettings

Json: TypeAlias = Any
"""Parsed JSON, as ``json.loads`` gives it."""

CONNECT_TIMEOUT: Final = 10.0
"""Seconds to reach the server. Reported apart from a late answer: nothing was sent yet."""
PIECE: Final = 256 * 1024
"""Bytes of a download that are in memory at once."""


class Client(Protocol):
    """Whatever carries requests to the Bot API."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def call(self, method: TelegramMethod[Any], *, wait: float = 0.0) -> Json:
        """Send one request, once.

        Args:
            method: The request. aiogram's method objects serve as the vocabulary; ``model_dump``
                turns them into plain parameters.
            wait: Seconds the server may hold the answer back on purpose (long polling).

        Returns:
            The ``result`` of the answer as parsed JSON.

        Raises:
            Failed: it did not succeed.
        """
        ...

    async def download(self, path: str, to: Path) -> None:
        """Write a file to our disk.

        Args:
            path: ``file_path`` as ``getFile`` told it; an own Bot API server in local mode tells
                a place on the disk.
            to: the file to write.

        Raises:
            Failed: it did not succeed.
        """
        ...


class _Body(Payload):
    """A request's body that knows whether all of it was handed to the network."""

    def __init__(self, form: FormData) -> None:
        self._form = form()
        super().__init__(self._form, headers=self._form.headers)
        self._size = self._form.size
        self.sent_whole = self._size == 0

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._form.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        await self.write_with_length(writer, None)

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        await self._form.write_with_length(writer, content_length)
        self.sent_whole = True

    async def close(self) -> None:
        await self._form.close()


class _Session(AiohttpSession):
    """aiogram's transport, with answers left as they are."""

    def check_response(
        self, bot: Bot, method: TelegramMethod[Any], status_code: int, content: str
    ) -> Response[Any]:
        try:
            answer = self.json_loads(content)
        except ValueError:
            answer = None
        if isinstance(answer, dict) and answer.get("ok") is True and status_code < 300:
            return Response[Any].model_construct(ok=True, result=answer.get("result"))
        if status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # said by a proxy, in HTML
            raise TelegramEntityTooLarge(method, HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase)
        if 300 <= status_code < 500 and not (isinstance(answer, dict) and "ok" in answer):
            # A proxy or a network's sign-in page stood in the way: Telegram says "ok" or not.
            raise Failed("not_sent", f"not Telegram's answer: HTTP status {status_code}")
        if status_code == HTTPStatus.TOO_MANY_REQUESTS:  # aiogram wants to be told for how long
            raise _flood(answer)
        if isinstance(answer, dict) and not isinstance(answer.get("description"), str):
            content = self.json_dumps({**answer, "description": f"HTTP status {status_code}"})
        return super().check_response(bot, method, status_code, content)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109  # the signature is aiogram's
    ) -> Json:
        # As aiogram's own, but with separate limits for connecting and for the answer, and the
        # transport's errors as they are: whether anything was sent decides what happens next.
        session = await self.create_session()
        limit = ClientTimeout(total=timeout or self.timeout, sock_connect=CONNECT_TIMEOUT)
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        body = _Body(self.build_form_data(bot=bot, method=method))
        try:
            async with session.post(
                url, data=body, timeout=limit, proxy=self.http_proxy, allow_redirects=False
            ) as response:
                content = await response.text(encoding="utf-8", errors="replace")
        except (ClientError, OSError) as error:  # TimeoutError is an OSError
            # Without the cause: the transport's errors may hold the address with the token.
            raise failed(error, sent_whole=body.sent_whole) from None
        return self.check_response(bot, method, response.status, content).result

    async def download(self, url: str, to: Path) -> None:
        """Write what is at an address to a file."""
        session = await self.create_session()
        limit = ClientTimeout(total=self.timeout, sock_connect=CONNECT_TIMEOUT)
        async with session.get(url, timeout=limit, proxy=self.http_proxy) as response:
            if response.status != HTTPStatus.OK:
                raise Failed("answered", f"HTTP status {response.status}", code=response.status)
            with await asyncio.to_thread(to.open, "wb") as file:
                async for piece in response.content.iter_chunked(PIECE):
                    await asyncio.to_thread(file.write, piece)

    http_proxy: str | None = None

    async def close(self) -> None:
        # aiogram adds a pause of 250 ms for TLS, which aiohttp has learnt to wait for itself.
        if self._session is not None:
            await self._session.close()


def _flood(answer: Json) -> Failed:
    """Flood control, whether or not it says how long to wait."""
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    asked = float(seconds) if isinstance(seconds, int) and seconds > 0 else None
    description = str(answer.get("description") or HTTPStatus.TOO_MANY_REQUESTS.phrase)
    return Failed("answered", description, code=429, retry_after=asked)


class AiogramClient:
    """The Bot API through aiogram."""

    def __init__(self, settings: TelegramSettings, token: SecretStr) -> None:
        """
        Raises:
            Misconfigured: the token cannot be one.
        """
        self._timeout = settings.request_timeout
        self._session = _Session(
            api=TelegramAPIServer.from_base(settings.api_url), timeout=settings.request_timeout
        )
        proxy = settings.proxy_address()
        self._session.http_proxy = proxy.get_secret_value() if proxy else None
        try:
            self._bot = Bot(token.get_secret_value(), session=self._session)
        except TokenValidationError as error:
            detail = "the token does not look like one (digits, a colon, letters)"
            raise Misconfigured(settings.name, detail) from error

    async def __aenter__(self) -> Self:
        await self._session.create_session()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def call(self, method: TelegramMethod[Any], *, wait: float = 0.0) -> Json:
        timeout = round(wait + self._timeout) if wait else None
        try:
            return await self._session(self._bot, method, timeout=timeout)
        except (AiogramError, ClientError, OSError) as error:  # TimeoutError is an OSError
            # Without the cause: the transport's errors may hold the address with the token.
            raise failed(error) from None

    async def download(self, path: str, to: Path) -> None:
        try:
            if Path(path).is_absolute():
                await asyncio.to_thread(shutil.copyfile, path, to)
            else:
                await self._session.download(self._session.api.file_url(self._bot.token, path), to)
        except (ClientError, OSError) as error:
            # Without the cause, as above.
            raise failed(error) from None
