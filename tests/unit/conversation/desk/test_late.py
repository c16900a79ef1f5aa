"""What is told of posts that are late, that no server took, and that arrived without a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.decision import Outgoing
from bot.conversation.events import DeliveryFailed, DeliveryLate, FilesLeftOut
from channels.message import Address, Reason
from tests.desk_world import CLIENT, IVAN, NETWORK, World


def spoken() -> tuple[World, str, Outgoing]:
    """A ticket, what a specialist said, and the post that carries it to the client."""
    world = World()
    world.open_ticket()
    world.chats[CLIENT] = {}
    message = world.say(IVAN, "network", "Проверьте кабель")
    (post,) = [o for o in world.decisions[-1].outgoing if o.origin is not None]
    return world, message, post


def place(post: Outgoing) -> Address:
    """Where the client lives."""
    assert isinstance(post.to, Address)
    return post.to


def late(world: World, post: Outgoing) -> DeliveryLate:
    return DeliveryLate(
        outgoing="row",
        to=place(post),
        conversation=post.conversation,
        origin=post.origin,
        room=None,
        audience=post.audience,
        detail="451 4.7.1 Greylisted",
        since=world.now - timedelta(hours=1),
        until=world.now + timedelta(days=5) - timedelta(hours=1),
    )


def test_the_author_reads_that_their_answer_is_late() -> None:
    """case D1: under their own message, with the server's words and how long we try."""
    world, message, post = spoken()
    world.decide(late(world, post))
    world.deliver()
    told = world.last("network")
    assert told.reply_to == message
    assert "451 4.7.1 Greylisted" in told.text
    assert told.text.startswith("⏳")
    assert world.client_sees == ["Проверьте кабель"]


def test_everybody_on_the_ticket_reads_that_the_bots_words_are_late() -> None:
    """case D1"""
    world, _, post = spoken()
    world.decide(replace(late(world, post), origin=None))
    world.deliver()
    assert world.last("network").text.startswith("⏳")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason.GAVE_UP, "так и не принял (451 4.7.1 Greylisted)"),
        (Reason.NO_ADDRESS, "по этому адресу никого нет (451 4.7.1 Greylisted)"),
    ],
)
def test_a_letter_that_failed_can_be_sent_again(reason: Reason, said: str) -> None:
    """case D1: with the server's words and a button."""
    world, message, post = spoken()
    news = late(world, post)
    world.decide(
        DeliveryFailed(
            outgoing=news.outgoing,
            to=news.to,
            conversation=news.conversation,
            origin=news.origin,
            room=None,
            audience=news.audience,
            reason=reason,
            detail=news.detail,
        )
    )
    world.deliver()
    told = world.last("network")
    assert told.reply_to == message
    assert said in told.text
    assert told.actions


def left_out(post: Outgoing, room: str | None = None) -> FilesLeftOut:
    return FilesLeftOut(
        outgoing="row",
        to=place(post),
        conversation=None if room else post.conversation,
        origin=None if room else post.origin,
        room=room,
        audience="desk" if room else post.audience,
        files=("film.mov", "Схема.pdf"),
    )


def test_the_author_reads_which_files_did_not_go_along() -> None:
    """case B15"""
    world, message, post = spoken()
    world.decide(left_out(post))
    world.deliver()
    told = world.last("network")
    assert told.reply_to == message
    assert "film.mov, Схема.pdf" in told.text
    assert world.client_sees == ["Проверьте кабель"]


def test_the_client_reads_which_files_the_desk_did_not_get() -> None:
    """case B15: the desk reads of it in their place."""
    world, _, post = spoken()
    before = len(world.chats[NETWORK])
    world.decide(left_out(post, room="1@network"))
    world.deliver()
    assert "film.mov, Схема.pdf" in world.client_sees[-1]
    assert len(world.chats[NETWORK]) == before
