"""Listening for HTTP: one server for everything that others ask the service for.

A part that is to be asked brings rows for the table of routes::

    Edge(settings, [Route("GET", "/health", handler)], clock=clock)
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from bot.delivery.clock import Clock
from channels.routes import Handler, Route
from config.settings import WebSettings

log = logging.getLogger(__name__)

AGAIN: Final = 10.0
"""Seconds until it is tried again to listen where somebody else does."""
LARGEST: Final = 1024 * 1024
"""Bytes of a request's body at most."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What this machine calls itself."""


@dataclass(kw_only=True)
class Edge:
    """An HTTP server with a table of routes.

    Args:
        settings: where it listens and by which names it is asked.
        routes: what it answers.
        clock: for pauses.
    """

    settings: WebSettings
    routes: Sequence[Route]
    clock: Clock
    listening: asyncio.Future[int] | None = field(default=None, init=False)
    """The port, once it listens there."""

    async def run(self) -> None:
        """Listen until cancelled. A port that somebody else has is waited for: the desk works
        without."""
        runner = web.AppRunner(self._application(), access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await self._listen(runner)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        host, port = self.settings.host, self.settings.port
        told = False
        while True:
            site = web.TCPSite(runner, host, port)
            try:
                await site.start()
            except OSError as error:
                if not told:
                    why = error.strerror or type(error).__name__
                    log.error("web: cannot listen at %s port %s: %s; trying again", host, port, why)  # noqa: TRY400 - the reason is all there is to say
                told = True
                await site.stop()
                await self.clock.sleep(AGAIN)
            else:
                break
        bound: int = runner.addresses[0][1]
        log.info("web: listening at %s port %s", host, bound)
        self._heard().set_result(bound)

    async def port(self) -> int:
        """The port it listens at, once it does."""
        return await asyncio.shield(self._heard())

    def _heard(self) -> asyncio.Future[int]:
        if self.listening is None:
            self.listening = asyncio.get_running_loop().create_future()
        return self.listening

    def _application(self) -> web.Application:
        application = web.Application(
            middlewares=[_by_its_name(self.names())], client_max_size=LARGEST
        )
        for route in self.routes:
            application.router.add_route(route.method, route.path, route.handler)
        application.on_response_prepare.append(_headed)
        return application

    def names(self) -> frozenset[str] | None:
        """The names it may be asked by; None: by any."""
        mine = frozenset(name.lower() for name in self.settings.hosts)
        if mine or _is_loopback(self.settings.host):
            return mine | _LOOPBACK
        return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _by_its_name(names: frozenset[str] | None) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Answer only who asks by a name of ours. A page in somebody's browser can have its own name
    lead to this machine, and would else read what is meant for those who sit at it."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if names is not None and _name(request.host) not in names:
            raise web.HTTPMisdirectedRequest(text="not a name of this service\n")
        return await handler(request)

    return middleware


def _name(host: str) -> str:
    """The name in a Host header (RFC 9110 §7.2), without the port."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


async def _headed(_request: web.Request, response: web.StreamResponse) -> None:
    """What every answer has: nothing is kept by anybody, and no versions are told."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers["Server"] = "linezero"
