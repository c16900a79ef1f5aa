"""Whom a post is for decides what is made of its failure and of its repetition, not what it
belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from bot.conversation.decision import Audience
from bot.conversation.events import DeliveryFailed
from channels.message import Address, Permanent, Reason, Uncertain
from tests.unit.delivery.sending import GROUP, desk
from tests.waiting import turns

THERE = Address(channel="memory", chat=GROUP)
OF_A_DIALOGUE: dict[str, Any] = {"conversation": "c1"}
OF_NONE: dict[str, Any] = {}

EVERYBODY: list[tuple[Audience, dict[str, Any], bool]] = [
    ("client", OF_A_DIALOGUE, False),
    ("desk", OF_A_DIALOGUE, True),
    ("desk", OF_NONE, True),
    ("admins", OF_NONE, True),
    ("expert", OF_NONE, False),
]
"""Who, what the post belongs to, and whether they read in a group."""


@pytest.mark.parametrize(("audience", "belongs", "group"), EVERYBODY)
@pytest.mark.parametrize("reason", [Reason.CHAT_GONE, Reason.NO_RIGHTS])
async def test_only_groups_are_waited_for(
    audience: Audience, belongs: dict[str, Any], group: bool, reason: Reason
) -> None:
    """For case B13: a group takes us back one day, a person's place is not waited for."""
    async with desk() as it:
        it.channel.fail(Permanent(reason, "as the test said"))
        await it.say(THERE, "first", audience=audience, **belongs)
        await it.until(lambda: it.told)
        await it.say(THERE, "second", audience=audience, **belongs)
        it.clock.advance(minutes=10)
        await turns()
        if not group:
            await it.until(lambda: it.texts(GROUP) == ["second"])
        [news] = [event for event in it.told if isinstance(event, DeliveryFailed)]
        assert (news.audience, news.reason) == (audience, reason)
        assert it.texts(GROUP) == ([] if group else ["second"])


@pytest.mark.parametrize(("audience", "belongs", "group"), EVERYBODY)
async def test_only_groups_read_that_something_may_be_a_repetition(
    audience: Audience, belongs: dict[str, Any], group: bool
) -> None:
    """case A3."""
    async with desk() as it:
        it.channel.fail(Uncertain("no answer"), arrives=True)
        await it.say(THERE, "words", audience=audience, **belongs)
        await it.until(lambda: len(it.texts(GROUP)) == 2)
        assert it.texts(GROUP) == ["words", "↻\nwords" if group else "words"]
