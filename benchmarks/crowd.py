"""Clients of an emulated Telegram, and the times of what they ask and hear."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Sequence

from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import Json, User


class Crowd:
    """Clients who ask one question at a time; the first message of the bot after it is the reply.

    The clock of a question starts when `getUpdates` hands it out and stops when the request with
    the reply has been read: what lies between is the bot's doing. No client asks the same twice,
    as the bot does not repeat itself within seconds.
    """

    def __init__(self, telegram: Emulator, clients: int, questions: Sequence[str]) -> None:
        self._telegram = telegram
        self._questions = questions
        self._clients: deque[User] = deque(telegram.user(f"Client {n}") for n in range(clients))
        self._times_asked: Counter[int] = Counter()
        self._open: set[int] = set()
        self._served: dict[int, float] = {}
        self._all_heard = asyncio.Event()
        self._to_ask = 0
        self.latencies: list[float] = []
        self.calls = 0
        self._listen()

    def _listen(self) -> None:
        poll, run = self._telegram.world.updates.poll, self._telegram.bot_api.run

        async def timed_poll(offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109 - the signature of what it wraps
            updates = await poll(offset, limit, timeout)
            now = time.perf_counter()
            for update in updates:
                if "message" in update:
                    self._served.setdefault(update["message"]["chat"]["id"], now)
            return updates

        async def timed_run(call: Call) -> object:
            now = time.perf_counter()
            result = await run(call)
            if call.method != "getUpdates":
                self.calls += 1
            if call.method.startswith("send"):
                self._heard(int(call.params["chat_id"]), now)
            return result

        self._telegram.world.updates.poll = timed_poll
        self._telegram.bot_api.run = timed_run

    def _ask(self) -> None:
        """The client who has been quiet for longest asks."""
        client = self._clients.popleft()
        times = self._times_asked[client.id]
        if times >= len(self._questions):
            raise RuntimeError("too few clients: everything has been asked")
        self._times_asked[client.id] += 1
        self._open.add(client.id)
        self._telegram.tell(client, self._questions[(client.id + times) % len(self._questions)])

    def _heard(self, chat: int, now: float) -> None:
        if chat not in self._open:
            return
        self._open.discard(chat)
        self._clients.append(self._telegram.world.user(chat))
        self.latencies.append(now - self._served.pop(chat))
        if self._to_ask:
            self._to_ask -= 1
            self._ask()
        elif not self._open:
            self._all_heard.set()

    async def saturate(self, updates: int, *, at_once: int) -> float:
        """Keep so many questions open all the time: updates a second."""
        self.latencies.clear()
        self._all_heard.clear()
        self._to_ask = updates - at_once
        began = time.perf_counter()
        for _ in range(at_once):
            self._ask()
        async with asyncio.timeout(600):
            await self._all_heard.wait()
        return updates / (time.perf_counter() - began)

    async def trickle(self, per_second: float, seconds: float, chance: random.Random) -> None:
        """Questions at random moments (a Poisson process), whether or not others were answered."""
        self.latencies.clear()
        self._to_ask = 0
        due = time.perf_counter()
        until = due + seconds
        while (due := due + chance.expovariate(per_second)) < until:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._all_heard.clear()
            self._ask()
        async with asyncio.timeout(60):
            await self._all_heard.wait()
