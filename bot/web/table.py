"""The one table of routes: the service's own, and those that channels bring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from channels.protocol import AnswersRequests, Channel, Inbox, Misconfigured
from channels.routes import Route

_OURS = "the service itself"


def of_channels(channels: Iterable[Channel], inbox: Inbox) -> list[tuple[str, Route]]:
    """The routes that channels bring, each with the channel's name."""
    return [
        (channel.name, route)
        for channel in channels
        if isinstance(channel, AnswersRequests)
        for route in channel.routes(inbox)
    ]


def joined(ours: Sequence[Route], brought: Iterable[tuple[str, Route]]) -> list[Route]:
    """All routes in one table.

    Raises:
        Misconfigured: a channel brings what another one, or the service, answers already, or what
            is no path.
    """
    table = list(ours)
    owners = {(route.method, route.path): _OURS for route in ours}
    for name, route in brought:
        key = (route.method, route.path)
        if not route.path.startswith("/"):
            raise Misconfigured(name, f"{route.path!r} is no path: it has to begin with a slash")
        if key in owners:
            what = f"{route.method} {route.path} is answered by {owners[key]} already"
            raise Misconfigured(name, f"{what}: give one of them another path")
        owners[key] = name
        table.append(route)
    return table
