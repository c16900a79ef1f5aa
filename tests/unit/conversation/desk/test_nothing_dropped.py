"""What specialists send along with their words, and what they say by picking words out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.decision import Room, Say
from channels.message import (
    Content,
    Edited,
    FormattedText,
    Media,
    MessageRef,
    Said,
    Span,
)
from tests.desk_world import CLIENT, IVAN, NETWORK, PETR, World

PHOTO = Media(kind="photo", channel="telegram", file="f1")
OTHER = Media(kind="photo", channel="telegram", file="f2")


def world_with_ticket() -> World:
    world = World()
    world.open_ticket()
    world.chats[CLIENT] = {}
    return world


def files_at(world: World, place: str) -> list[str | None]:
    """The files on screen at a desk, or with the client, that the bot has put there."""
    seen = world.chats[CLIENT].values() if place == CLIENT else world.seen(place)
    return [
        part.file for message in seen for part in message.content.parts if isinstance(part, Media)
    ]


def quoting(world: World, text: str, quote: str, reply_to: str) -> None:
    """Ivan answers a message of which he picked some words out."""
    said = Said(
        message="9001",
        content=Content(text=FormattedText(text)),
        reply_to=reply_to,
        quote=FormattedText(quote),
    )
    world.decide(world.inbound(IVAN, NETWORK, world.thread(1, "network"), said))
    world.deliver()


def test_the_client_sees_which_of_their_words_are_answered() -> None:
    """case G3: without the quote an answer "the second" says nothing."""
    world = world_with_ticket()
    world.client_says(1, "роутер чёрный, с двумя антеннами")
    asked = world.last("network")
    quoting(world, "это DIR-620", "с двумя антеннами", asked.id)
    (shown,) = world.chats[CLIENT].values()
    assert shown.content.text.text == "с двумя антеннами\nэто DIR-620"
    assert shown.content.text.spans == (Span(kind="quote", start=0, length=17),)


@pytest.mark.parametrize("of", ["card", "elsewhere"])
def test_words_picked_out_of_a_card_or_another_chat_are_not_for_the_client(of: str) -> None:
    """case G2."""
    world = world_with_ticket()
    reply_to = world.card("network").id if of == "card" else "77777"
    quoting(world, "скоро будет", "Приоритет: низкий", reply_to)
    assert world.client_sees == ["скоро будет"]


@pytest.mark.parametrize("way", ["/up смотрите", "/pass experts смотрите"])
def test_a_screenshot_sent_with_the_reason_goes_where_the_ticket_goes(way: str) -> None:
    """case G9: it was marked as done, and line 3 never saw the picture."""
    world = world_with_ticket()
    caption = replace(PHOTO, caption=FormattedText(way))
    world.say(IVAN, "network", parts=(caption,))
    assert world.ticket().desk == "experts"
    assert files_at(world, "experts") == ["f1"]
    assert files_at(world, CLIENT) == []


def test_a_picture_in_the_experts_answer_reaches_the_desk_below() -> None:
    """case G7: through the desk below, and only there."""
    world = world_with_ticket()
    world.say(IVAN, "network", "/up смотрите")
    world.say(PETR, "experts", parts=(replace(PHOTO, caption=FormattedText("/resolve так")),))
    assert world.ticket().desk == "network"
    assert files_at(world, "network") == ["f1"]
    assert files_at(world, CLIENT) == []


def test_recalling_a_mirrored_answer_takes_nothing_else_with_it() -> None:
    """case G2: joined with a client's line into one message, it would take that line along."""
    world = world_with_ticket()
    world.say(IVAN, "network", "/up смотрите")
    said = Said(message="91", content=Content(text=FormattedText("минутку")))
    decision = world.decide(world.inbound(IVAN, NETWORK, world.thread(1, "network"), said))
    [mirrored] = [
        each.action
        for each in decision.outgoing
        if each.to == Room(ticket=1, desk="experts") and isinstance(each.action, Say)
    ]
    assert not mirrored.merge


def test_an_edited_caption_leaves_the_other_pictures_of_an_album() -> None:
    """case B8, case B17: an edit speaks of one message of the album, not of all."""
    world = world_with_ticket()
    thread = world.thread(1, "network")
    refs = tuple(MessageRef(channel="telegram", chat=NETWORK, id=each) for each in ("81", "82"))
    album = Said(message="81", content=Content(parts=(PHOTO, OTHER), source=refs))
    world.decide(world.inbound(IVAN, NETWORK, thread, album))
    new = replace(OTHER, caption=FormattedText("вот этот провод"))
    edit = Edited(message="82", content=Content(parts=(new,), source=refs[1:]))
    world.decide(world.inbound(IVAN, NETWORK, thread, edit))
    world.deliver()
    kept = world.tx.records.history(1)[-1].content
    assert kept.parts == (PHOTO, new)
    assert kept.source == refs
