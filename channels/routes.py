"""Rows of the table of routes: what the service answers by HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from aiohttp import web

Handler: TypeAlias = "Callable[[web.Request], Awaitable[web.StreamResponse]]"


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers which request."""

    method: str
    path: str
    """Begins with a slash; ``{name}`` stands for any one segment (aiohttp's ``match_info``)."""
    handler: Handler
