"""Threads of a desk's group that are no ticket's room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.decision import Room
from bot.conversation.events import RoomDoubled
from channels.message import Address, Content, FormattedText, Said, ThreadOpened
from config.texts.catalogue import Catalogue
from config.texts.files import standard_entries
from config.texts.template import Template
from tests.desk_world import IVAN, NETWORK, World, workspace

ROOM = Room(ticket=1, desk="network")
TITLE = "№1 · Анна · Нет интернета"


def waiting() -> World:
    """A ticket whose room is still to be opened."""
    world = World()
    world.open_ticket(deliver=False)
    return world


def opened(world: World, thread: str = "t9", title: str = TITLE, chat: str = NETWORK) -> None:
    """The channel tells that we opened a thread."""
    world.decide(world.inbound(IVAN, chat, thread, ThreadOpened(title=title)))
    world.deliver()


def says(world: World, text: str, *, thread: str = "t9", title: str = TITLE) -> None:
    """Ivan writes in a thread that we opened."""
    content = Content(text=FormattedText(text))
    said = Said(message="77", content=content, opened_as=title)
    world.chats.setdefault(NETWORK, {})
    world.decide(world.inbound(IVAN, NETWORK, thread, said))
    world.deliver()


def place(world: World) -> str | None:
    found = world.tx.records.place_of_room(ROOM)
    return found.thread if found else None


def told(world: World) -> list[str]:
    """What was said in the thread the stories are about."""
    return [m.text for m in world.chats.get(NETWORK, {}).values() if m.thread == "t9"]


def test_a_thread_that_was_opened_unheard_becomes_the_room() -> None:
    """case B9"""
    world = waiting()
    opened(world)
    assert place(world) == "t9"
    assert any("№1" in text for text in told(world)), "the card is there"
    assert not world.titles, "no second one was opened"


@pytest.mark.parametrize(
    "title",
    ["№1 · Борис · Оплата", "№2 · Анна · Нет интернета", "курилка", "№12345678901234567890"],
)
def test_only_the_title_of_a_ticket_makes_it_one(title: str) -> None:
    """The number is what counts: name and topic may have changed since."""
    world = waiting()
    opened(world, title=title)
    assert (place(world) == "t9") == title.startswith("№1 ·")


def test_a_second_thread_is_closed_once() -> None:
    """case B9"""
    world = waiting()
    world.deliver()
    for _ in range(2):
        opened(world)
        world.decide(RoomDoubled(room=ROOM, thread=_at("t9")))
        world.deliver()
    assert place(world) == "t1"
    assert len(told(world)) == 1
    assert world.closed[NETWORK, "t9"]


def _at(thread: str) -> Address:
    return Address(channel="telegram", chat=NETWORK, thread=thread)


def test_a_thread_of_another_group_is_nobodys() -> None:
    world = waiting()
    opened(world, chat="-999")
    assert place(world) != "t9"


def test_a_room_left_behind_is_not_adopted_for_another_desk() -> None:
    """case E6: a ticket that never was at a desk has no room there, whatever a title says."""
    world = waiting()
    billing = world.workspace.desks["billing"].chat
    opened(world, chat=billing)
    assert world.tx.records.place_of_room(Room(ticket=1, desk="billing")) is None


def test_words_in_a_second_thread_reach_nobody_and_say_so() -> None:
    """case G3: every message gets the mark; the reason is said again after a while."""
    world = waiting()
    world.deliver()
    for _ in range(3):
        says(world, "Смотрю")
    assert world.client_sees == []
    assert len(told(world)) == 1
    assert "№1" in told(world)[0]
    world.advance(minutes=2)
    says(world, "Смотрю")
    assert len(told(world)) == 2


def test_the_first_words_in_a_thread_make_it_the_room() -> None:
    """case G4"""
    world = waiting()
    says(world, "Смотрю")
    assert place(world) == "t9"
    assert world.client_sees == ["Смотрю"]


def test_a_title_of_ours_without_a_ticket_is_no_tickets() -> None:
    world = waiting()
    world.deliver()
    says(world, "Смотрю", title="№99 · Анна · Нет интернета")
    assert "ни к одной заявке" in told(world)[0]


@pytest.mark.parametrize("name", ["Анна", "№2", "Анна №2 · №3"])
def test_a_number_in_a_name_is_no_tickets(name: str) -> None:
    """An administrator's own title may begin with the client's name, and that may be anything:
    then the whole title has to be the ticket's."""
    world = World(replace(workspace(), texts=titled("{name} №{number}")))
    turn = world.turn()
    turn.change_client(name=name)
    world.finish(turn)
    world.open_ticket(deliver=False)
    opened(world, title="Олег №1")
    assert place(world) != "t9"
    world = World(world.workspace)
    turn = world.turn()
    turn.change_client(name=name)
    world.finish(turn)
    world.open_ticket(deliver=False)
    opened(world, title=f"{name} №1")
    assert place(world) == "t9"


def titled(text: str) -> Catalogue:
    """The usual texts with another title of rooms."""
    known = standard_entries()
    changed = {code: {**known[code], "desk.title": Template.compile(text)} for code in known}
    return Catalogue(changed, ("ru", "en"))
