"""Replies to posts nobody heard of again: the right ticket or a question, never in nothing.

The delivery waits a while for the receipt (``NotYet``); these are about what is decided then, and
about replies to posts whose receipt will never come.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.decision import Decision
from bot.conversation.events import NotYet
from bot.conversation.state import ChoosingTicket, Commenting, Intake
from escalation.ticket import Status
from tests.unit.conversation.client.talk import Talk
from tests.unit.conversation.client.test_tickets import open_tickets, reply

NEVER_HEARD_OF = "7777"
"""A post that arrived without our hearing of it."""


def settled(talk: Talk, text: str, reply_to: str | None = NEVER_HEARD_OF) -> None:
    """As the delivery does it: the machine asks to wait, and is not asked to again."""
    with pytest.raises(NotYet):
        talk.say(text, reply_to=reply_to)
    tx = talk.store._transaction
    tx.records.settled = True
    try:
        talk.say(text, reply_to=reply_to)
    finally:
        tx.records.settled = False


def two_tickets(talk: Talk) -> None:
    open_tickets(talk, "первая абракадабра", "вторая абракадабра")


def everything_said(talk: Talk) -> list[str]:
    return [words for ticket in talk.tickets() for words in talk.heard(ticket.number)]


def test_the_client_is_asked_which_ticket(talk: Talk) -> None:
    """Review, fault 1; cases F7, G4: even one was chosen to write to, it may not be meant."""
    two_tickets(talk)
    talk.say("пишу во вторую", reply_to=reply(talk, 2, "Да?"))
    assert talk.conversation.current_ticket == 2
    talk.hold = True
    reply(talk, 1, "А дома что?")
    settled(talk, "дома темно")
    assert "К какой" in talk.screen
    waiting = talk.conversation.waiting
    assert isinstance(waiting, ChoosingTicket)
    kept = talk.transact(lambda tx: tx.records.message(waiting.messages[0]))
    assert kept is not None
    assert kept.content.words == "дома темно", "and the words are kept meanwhile"
    talk.hold = False
    talk.deliver()
    talk.press("№1 · первая")
    assert talk.heard(1)[-1] == "дома темно"
    assert "дома темно" not in talk.heard(2)


def test_words_after_it_join_the_question(talk: Talk) -> None:
    """case F7"""
    two_tickets(talk)
    talk.hold = True
    reply(talk, 1, "А дома что?")
    settled(talk, "дома темно")
    talk.say("и холодно")
    talk.hold = False
    talk.deliver()
    talk.press("№2 · вторая")
    assert talk.heard(2)[-2:] == ["дома темно", "и холодно"]


def test_nobody_answers_the_question(talk: Talk) -> None:
    """case F7: then the words go to the ticket that moved last, never into the void."""
    two_tickets(talk)
    talk.hold = True
    reply(talk, 1, "А дома что?")
    settled(talk, "дома темно")
    talk.pass_time(minutes=31)
    assert "дома темно" in everything_said(talk)


def test_the_first_copy_of_a_doubled_post_is_not_known_either(talk: Talk) -> None:
    """case A3: its receipt was lost, a second copy arrived. Nothing is waited for, nor guessed."""
    two_tickets(talk)
    talk.say("пишу во вторую", reply_to=reply(talk, 2, "Да?"))
    talk.say("дома темно", reply_to=NEVER_HEARD_OF)
    assert "К какой" in talk.screen
    assert "дома темно" not in everything_said(talk)


def test_with_one_ticket_there_is_nothing_to_ask(talk: Talk) -> None:
    open_tickets(talk, "абракадабра")
    talk.hold = True
    reply(talk, 1, "А дома что?")
    talk.say("дома темно", reply_to=NEVER_HEARD_OF)
    assert talk.heard(1)[-1] == "дома темно", "and nothing to wait for"


def test_a_reply_past_the_bot_reaches_the_ticket(talk: Talk) -> None:
    """Whoever asks the bot something meanwhile and answers the specialist is not answered by the
    bot."""
    open_tickets(talk, "абракадабра")
    talk.hold = True
    reply(talk, 1, "А дома что?")
    talk.say("/new")
    assert talk.conversation.with_bot
    settled(talk, "дома темно")
    assert talk.heard(1)[-1] == "дома темно"


def test_a_reply_is_no_comment_on_a_rating_of_another_ticket(talk: Talk) -> None:
    two_tickets(talk)
    talk.change_ticket(2, status=Status.CLOSED, closed_at=talk.now)
    rated = replace(talk.conversation, waiting=Commenting(ticket=2))
    talk.transact(lambda tx: tx.apply(Decision(conversation=rated), talk.now))
    talk.hold = True
    reply(talk, 1, "А дома что?")
    settled(talk, "дома темно")
    assert talk.heard(1)[-1] == "дома темно"


def test_answers_to_questions_go_where_they_belong(talk: Talk) -> None:
    """A new problem is being described: what is said is kept with it, whatever it replies to."""
    open_tickets(talk, "абракадабра")
    talk.say("/new")
    talk.say("не работает интернет")
    talk.hold = True
    reply(talk, 1, "А дома что?")
    assert isinstance(talk.conversation.waiting, Intake)
    settled(talk, "договор 123456")
    talk.hold = False
    talk.deliver()
    talk.press("специалист")
    assert "договор 123456" in talk.heard(2)
