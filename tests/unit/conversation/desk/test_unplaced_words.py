"""Words in a place whose receipt never came: said so, never dropped in silence (case G4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.conversation.events import NotYet
from tests.desk_world import IVAN, NETWORK, World


@contextmanager
def settled(world: World) -> Iterator[None]:
    """Receipts were waited for long enough."""
    world.tx.records.settled = True
    try:
        yield
    finally:
        world.tx.records.settled = False


def write(world: World, thread: str | None, text: str, reply_to: str | None = None) -> str:
    """As the delivery does it: the machine asks to wait, and is not asked to again."""
    with pytest.raises(NotYet):
        world.write(IVAN, NETWORK, thread, text, reply_to=reply_to, deliver=False)
    with settled(world):
        return world.write(IVAN, NETWORK, thread, text, reply_to=reply_to, deliver=False)


@pytest.mark.parametrize(("thread", "reply_to"), [("t1", None), (None, "1001")])
def test_the_author_hears_that_they_went_nowhere(thread: str | None, reply_to: str | None) -> None:
    world = World()
    world.open_ticket(deliver=False)
    message = write(world, thread, "Уже смотрю", reply_to)
    world.deliver()
    assert world.client_sees == []
    explained = [post for post in world.chats[NETWORK].values() if "не отправлено" in post.text]
    assert [post.thread for post in explained] == [thread], "in the place it was written"
    assert world.chats[NETWORK][message].marks == ["unheard"]
    world.say(IVAN, "network", "Уже смотрю")
    assert world.client_sees == ["Уже смотрю"]


def test_it_is_explained_once_a_day() -> None:
    world = World()
    world.open_ticket(deliver=False)
    said = []
    for hours in (0, 1, 24):
        world.advance(hours=hours)
        write(world, "t1", "Уже смотрю")
        explained = [o for o in world.decisions[-1].outgoing if "не отправлено" in str(o)]
        said.append(len(explained))
    assert said == [1, 0, 1]


def test_a_command_is_answered() -> None:
    world = World()
    world.open_ticket(deliver=False)
    write(world, "t1", "/take")
    assert "Какая заявка" in str(world.decisions[-1].outgoing)


def test_chatter_that_nothing_was_waited_for_is_left_alone() -> None:
    world = World()
    world.open_ticket()
    world.write(IVAN, NETWORK, None, "кто обедать?")
    assert world.decisions[-1].outgoing == ()
