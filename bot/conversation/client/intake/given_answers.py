"""The answers gathered so far, on whatever way they were asked for."""

from __future__ import annotations

from bot.conversation.client import problem
from bot.conversation.client.opening import open_problem
from bot.conversation.client.people import NAME
from bot.conversation.state import Intake
from bot.conversation.turn import Turn
from escalation.routing import answers_fit
from escalation.settings import Question
from escalation.ticket import IntakeAnswer


def finish(turn: Turn, intake: Intake) -> None:
    """Every question is answered or skipped."""
    if intake.ticket is None:
        open_problem(turn, intake.topic or None, valid_answers(turn, intake))
    else:
        problem.forget(turn)


def valid_answers(turn: Turn, intake: Intake) -> tuple[IntakeAnswer, ...]:
    """The answers in the order of the questions, without those that later answers made void."""
    topic = turn.workspace.topics.get(intake.topic)
    given = {answer.question: answer for answer in intake.answers}
    valid: tuple[IntakeAnswer, ...] = ()
    for question in topic.questions if topic else ():
        if question.id in given and answers_fit(question.when, valid):
            valid = (*valid, given[question.id])
    return valid


def remember(turn: Turn, question: Question, answer: IntakeAnswer) -> None:
    """Keep on the client's card what must never be asked again."""
    if question.remember and turn.client.facts.get(question.id) != answer.value:
        turn.change_client(facts={**turn.client.facts, question.id: answer.value})
        if question.id == NAME and not turn.client.named_by_desk:
            turn.change_client(name=answer.value)
