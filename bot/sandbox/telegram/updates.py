"""The bot's queue of updates: numbering, `allowed_updates`, confirmation, the long poll.

Semantics of Bot API `getUpdates`: an update is confirmed as soon as the method is called with an
offset above its id; a second poller ends the first one with 409; ids count up, but start anew
from a random number after a week without updates.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.telegram.errors import ApiError
from bot.sandbox.telegram.state import Json

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds a bot gets only after naming them in `allowed_updates`."""

KINDS = frozenset(
    {
        "message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
        "business_message", "edited_business_message", "deleted_business_messages",
        "guest_message", "message_reaction", "message_reaction_count", "inline_query",
        "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query",
        "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member",
        "chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot", "subscription",
        "stopped_message_generation",
    }
)  # fmt: skip

REPLACED = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True)
class _Waiting:
    """An update in the queue; a repeated one stays until it was served once more."""

    update: Json
    sticky: bool = False


class UpdateQueue:
    """Updates that wait for the bot, in the order they will be served."""

    def __init__(self, first_id: int = 1, on_change: Callable[[], None] = lambda: None) -> None:
        self.next_id = first_id
        self._on_change = on_change
        self.allowed: frozenset[str] | None = None
        self.served: dict[int, Json] = {}
        self._queue: deque[_Waiting] = deque()
        self._poll: asyncio.Future[str | None] | None = None
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queue)

    def allows(self, kind: str) -> bool:
        """Whether the bot asked for updates of this kind."""
        if self.allowed is None:
            return kind not in NOT_BY_DEFAULT
        return kind in self.allowed

    def allow(self, kinds: list[str]) -> None:
        """Keeps the `allowed_updates` of a request for all later updates; empty is the default.

        Unknown names are ignored, as Telegram does.
        """
        known = frozenset(kinds) & KINDS
        self.allowed = known or None

    def add(self, kind: str, payload: Json) -> int | None:
        """Queues an update and returns its id, or None when the bot did not ask for its kind."""
        if not self.allows(kind):
            return None
        return self.inject({kind: payload})

    def inject(self, update: Json) -> int:
        """Queues a raw update; without `update_id` it gets the next one."""
        update_id = int(update.get("update_id", self.next_id))
        if update_id == self.next_id:
            self.next_id += 1
        update = {"update_id": update_id, **update}
        self.served[update_id] = update
        if len(self.served) > 20_000:  # a benchmark must not grow without end
            del self.served[next(iter(self.served))]
        self._queue.append(_Waiting(update))
        self._notify()
        return update_id

    def repeat(self, update_id: int) -> None:
        """Queues an update a second time, under its old id, even if that was confirmed.

        Raises:
            KeyError: There was no such update.
        """
        self._queue.append(_Waiting(self.served[update_id], sticky=True))
        self._notify()

    def head(self) -> Json | None:
        """The oldest unconfirmed update, for the webhook."""
        return self._queue[0].update if self._queue else None

    def drop_head(self) -> None:
        """Confirms the oldest update."""
        self._queue.popleft()
        self._on_change()

    def clear(self) -> None:
        """Forgets everything that waits (`drop_pending_updates`)."""
        self._queue.clear()
        self._on_change()

    def confirm(self, offset: int) -> None:
        """Forgets what an offset confirms.

        A positive offset confirms everything before it; one that lies beyond all known ids
        confirms nothing (this is how a poller that remembers a maximum sees the same updates
        for ever after the ids started anew). A negative one keeps the last `-offset`.
        """
        gone = [self._queue.popleft() for _ in range(self._confirmed(offset))]
        self._queue.extendleft(waiting for waiting in reversed(gone) if waiting.sticky)

    def _confirmed(self, offset: int) -> int:
        """How many updates, from the front, an offset confirms."""
        if offset < 0:
            return max(0, len(self._queue) + offset)
        if offset == self.next_id:
            return len(self._queue)
        first_kept = None
        for index, waiting in enumerate(self._queue):
            update_id = waiting.update["update_id"]
            if update_id == offset - 1:
                return index + 1
            if first_kept is None and update_id >= offset:
                first_kept = index
        return first_kept or 0

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109 - the Bot API's own parameter
        """One `getUpdates`.

        Raises:
            ApiError: 409, when another call took over or a webhook was set meanwhile.
        """
        if not 0 <= limit <= 100:
            limit = 100
        self.interrupt(REPLACED)
        self.confirm(offset)
        self._on_change()
        if not self._queue and timeout > 0:
            await self._wait(timeout)
        served = [self._queue[i] for i in range(min(limit or 100, len(self._queue)))]
        for waiting in served:
            waiting.sticky = False
        return [waiting.update for waiting in served]

    async def _wait(self, timeout: float) -> None:  # noqa: ASYNC109 - see poll
        poll: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        self._on_change()
        try:
            async with asyncio.timeout(timeout):
                conflict = await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None
                self._on_change()
        if conflict is not None:
            raise ApiError(409, conflict)

    def interrupt(self, conflict: str | None) -> None:
        """Ends a waiting long poll: with 409 when `conflict` says why, else empty-handed."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(conflict)

    @property
    def polled(self) -> bool:
        """Whether somebody is waiting in a long poll right now."""
        return self._poll is not None

    def _notify(self) -> None:
        self._arrived.set()
        self.interrupt(None)

    async def arrived(self) -> None:
        """Returns when there is something to serve, or at once when there already is."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
