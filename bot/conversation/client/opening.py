"""A problem becomes a ticket: opened, or merged into one when the client has too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.conversation.client import problem, proving, writing
from bot.conversation.client.intake import topics
from bot.conversation.say.screens import button, desk_title, keyboard, shortened, ticket_handle
from bot.conversation.state import Message
from bot.conversation.ticket import life
from bot.conversation.turn import Turn
from channels.message import Buttons, Content, FormattedText, join
from escalation.settings import Question
from escalation.ticket import IntakeAnswer, Ticket

SUBJECT: Final = 80
"""Characters of a ticket's subject."""
LOOK_BACK: Final = timedelta(days=30)
"""How long after its end a ticket may still be the one a new problem of its topic follows up."""


def open_problem(
    turn: Turn, topic: str | None, answers: Sequence[IntakeAnswer] = ()
) -> Ticket | None:
    """Turn what the client said into a ticket; None if it was merged into an open one or the
    client is in quarantine. Either way nothing is waited for any more."""
    said = problem.messages(turn)
    tickets = turn.tickets()
    if turn.client.quarantined:
        problem.forget(turn)
        return None
    if len(tickets) >= turn.workspace.settings.tickets.budget:
        _merge(turn, tickets, said)
        return None
    ticket = life.open_ticket(
        turn,
        topic=topic,
        subject=_subject(turn, topic, said),
        answers=tuple(answers),
        tried=turn.conversation.tried,
        messages=said,
        continues=_continued(turn, topic),
    )
    _claim_answers(turn, ticket)
    writing.back_to_tickets(turn)
    problem.forget(turn)
    turn.change(current_ticket=ticket.number)
    _confirm(turn, ticket, others=len(tickets))
    return ticket


def _subject(turn: Turn, topic: str | None, said: Sequence[Message]) -> str:
    """A letter's subject; else the client's words that name the topic, else their first words,
    else the topic's title."""
    subjects = [subject for m in said if (subject := problem.subject(m))]
    if subjects:
        return shortened(subjects[-1], SUBJECT)
    words = [m.content.words for m in said if m.content.words.strip()]
    if len(words) > 1 and topic is not None:
        named = (each for each in words if topics.named_in(turn, each) == topic)
        words = [next(named, words[0])]
    if words:
        return shortened(words[0], SUBJECT)
    known = turn.workspace.topics.get(topic or "")
    if known is not None:
        return known.title.in_language(turn.language)
    return turn.label("client.subject.none", turn.language)


def _continued(turn: Turn, topic: str | None) -> int | None:
    """The ended ticket this problem follows up: the one the client pointed at, else the latest
    ended one of the same topic."""
    if turn.conversation.follows is not None:
        return turn.conversation.follows
    ended = [t for t in turn.tickets(since=turn.now - LOOK_BACK) if not t.status.open]
    same = [t for t in ended if topic is not None and t.topic == topic]
    return same[-1].number if same else None


def _claim_answers(turn: Turn, ticket: Ticket) -> None:
    """Typed answers stand on the card and are not shown again, but belong to the ticket's history,
    and a later correction of them finds its way."""
    for answer in ticket.answers:
        for each in answer.messages:
            message = turn.message(each)
            if message is not None and message.ticket is None:
                turn.save_message(replace(message, ticket=ticket.number))


def _merge(turn: Turn, tickets: Sequence[Ticket], said: Sequence[Message]) -> None:
    """The client has as many tickets as they may have: the words go into the current one."""
    current = writing.current(turn, tickets) or tickets[-1]
    writing.back_to_tickets(turn)
    problem.forget(turn)
    for message in said:
        writing.deliver(turn, current, message)
    turn.change(current_ticket=current.number)
    turn.say(
        "client.merged",
        number=current.number,
        n=len(tickets),
        keyboard=keyboard((button(turn, "client.button.tickets", "c:tickets"),)),
        handle=ticket_handle(turn, current.number),
    )


# --------------------------------------------------------------------------- the confirmation


def _confirm(turn: Turn, ticket: Ticket, *, others: int) -> None:
    """Number, what was understood, who has it, what happens next and when, honestly."""
    language = turn.language
    lines = [turn.words("client.opened.number", language, number=ticket.number)]
    # Their own words come back only to who has read a letter of ours (acceptance case E4).
    read_back = _read_back(turn, ticket)
    if read_back and turn.conversation.proven:
        lines.append(read_back)
    lines.append(turn.words("client.opened.desk", language, desk=desk_title(turn, ticket)))
    lines.append(writing.when(turn, ticket))
    if ticket.continues is not None:
        lines.append(turn.words("client.opened.continues", language, number=ticket.continues))
    if others:
        lines.append(turn.words("client.opened.several", language, n=others + 1))
    lines.append(
        turn.words(
            "client.letter.more" if turn.conversation.letters else "client.opened.more", language
        )
    )
    turn.post(
        Content(text=join("\n", lines)),
        keyboard=_after_opening(turn, ticket),
        handle=ticket_handle(turn, ticket.number),
    )


def _after_opening(turn: Turn, ticket: Ticket) -> Buttons:
    return keyboard(
        *proving.invitation(turn, ticket),
        (
            button(turn, "client.button.ask_bot", "c:bot"),
            button(turn, "client.button.tickets", "c:tickets"),
        ),
    )


def _read_back(turn: Turn, ticket: Ticket) -> FormattedText:
    """The answers, so that the client sees what was understood."""
    topic = turn.workspace.topics.get(ticket.topic or "")
    questions = {question.id: question for question in topic.questions} if topic else {}
    return join(
        "\n",
        (
            answer_line(turn, questions[answer.question], answer)
            for answer in ticket.answers
            if answer.question in questions
        ),
    )


def answer_line(turn: Turn, question: Question, answer: IntakeAnswer) -> FormattedText:
    """An answer as it is read back."""
    name = question_name(question, turn.language)
    return turn.words("client.opened.answer", turn.language, question=name, answer=answer.label)


def question_name(question: Question, language: str) -> str:
    """What an answer is called when it is read back."""
    if question.label is not None:
        return question.label.in_language(language)
    return question.ask.in_language(language).rstrip(" ?:.")
