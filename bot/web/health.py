"""Routes for a monitor: is the service well, and does it take work?

The answers are for machines, which may be others': they name what is wrong, and say nothing of
clients, addresses, or what a server or a fault said. `linezero health` tells that, on the spot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from channels.routes import Route


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told to who asks: 200 if all is well, else 503, with JSON."""

    ok: bool
    told: Mapping[str, object]


def routes(*, health: Callable[[], Answer], ready: Callable[[], Answer]) -> Sequence[Route]:
    """
    Args:
        health: whether everything works; never blocks.
        ready: whether work is taken now; never blocks.
    """

    async def asked_health(_request: web.Request) -> web.Response:
        return _response(health())

    async def asked_ready(_request: web.Request) -> web.Response:
        return _response(ready())

    return [
        Route(method, path, handler)
        for path, handler in (("/health", asked_health), ("/ready", asked_ready))
        for method in ("GET", "HEAD")
    ]


def _response(answer: Answer) -> web.Response:
    return web.json_response(dict(answer.told), status=200 if answer.ok else 503)
