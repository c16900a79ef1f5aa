"""What the FAQ makes of words, found out beside the transactions where that takes long.

Comparing meanings takes tens of milliseconds for each question, and everybody who waits for the
store would wait for them. So a decision that needs to know what is not known yet is undone
(:class:`Unmatched`); the words are matched in a thread, and the event is decided about again with
the match at hand. Without an encoder a match takes a millisecond or two, less than to decide twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final
from weakref import WeakKeyDictionary

from faq import Faq, Language, Match, Matcher

KEPT: Final = 200
"""Matches remembered for each FAQ in force."""

_Asked = tuple[str, Language | None, date | None]


class Unmatched(Exception):
    """A decision waits for what the FAQ makes of some words.

    Args:
        find: finds it out, in a thread; then the event can be decided about.
    """

    def __init__(self, find: Callable[[], Awaitable[None]]) -> None:
        super().__init__("the FAQ has not been asked yet")
        self.find = find


class Matches:
    """Asks a FAQ for decisions: see ``Asks``. Matches belong to the FAQ they came of, so none of
    before a reload is used after it, and they are forgotten with it."""

    def __init__(self) -> None:
        self._found: WeakKeyDictionary[Matcher, dict[_Asked, Match | BaseException]] = (
            WeakKeyDictionary()
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="matching")

    def __call__(
        self, faq: Faq, words: str, /, *, language: Language | None, today: date | None
    ) -> Match:
        """What a FAQ makes of words.

        Raises:
            Unmatched: that is not known yet.
        """
        if faq.encoder is None:
            return faq.match(words, language=language, today=today)
        asked = (words, language, today)
        found = self._found.get(faq.matcher, {}).get(asked)
        if found is None:
            raise Unmatched(lambda: self._find(faq, asked))
        if isinstance(found, BaseException):
            self._found[faq.matcher].pop(asked, None)  # the next attempt asks anew
            raise found
        return found

    async def _find(self, faq: Faq, asked: _Asked) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._look_up, faq, asked)

    def _look_up(self, faq: Faq, asked: _Asked) -> None:
        """In the thread, where one is looked up after another."""
        found = self._found.setdefault(faq.matcher, {})
        if asked in found:
            return
        words, language, today = asked
        try:
            found[asked] = faq.match(words, language=language, today=today)
        except BaseException as error:  # noqa: BLE001 - whoever decides gets it: it is their event's
            found[asked] = error
        while len(found) > KEPT:
            del found[next(iter(found))]
