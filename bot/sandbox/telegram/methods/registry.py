"""The table of emulated methods, and what each of them works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.sandbox.telegram.limits import Limits
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.webhook import Webhook
from bot.sandbox.telegram.world import World


@dataclass(slots=True, kw_only=True)
class Api:
    """The world and the settings of this server, as seen by a method.

    Attributes:
        callback_lifetime: How long a pressed button may be answered.
    """

    world: World
    webhook: Webhook
    limits: Limits = field(default_factory=Limits)
    callback_lifetime: timedelta = timedelta(seconds=30)


Handler = Callable[[Api, Call], object]

HANDLERS: dict[str, Handler] = {}
"""By lower-case method name."""


def method(name: str) -> Callable[[Handler], Handler]:
    """Registers the function that answers a Bot API method.

    It gets a `Call` whose parameter names are known to be the Bot API's, and returns what
    `result` will be. It raises `ApiError` to fail.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[name.lower()] = handler
        return handler

    return register
