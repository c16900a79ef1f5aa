"""Line 1: what is it about, and the few questions whose answers are not known yet.

All that is known so far lives in the conversation, so a restart asks the same question again only
when the client speaks; back, skip, cancel and a person work at every step (acceptance case F9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.conversation.client import problem
from bot.conversation.client.intake import form, topics
from bot.conversation.client.intake.answers import Given, Refusal, chosen, read
from bot.conversation.client.intake.given_answers import finish, remember, valid_answers
from bot.conversation.client.intake.known_answers import known_answer
from bot.conversation.client.opening import open_problem
from bot.conversation.say.actions import encode, token
from bot.conversation.say.screens import Row, button, keyboard, pairs, switcher
from bot.conversation.state import ChoosingTopic, Idle, Intake, Message
from bot.conversation.ticket import life
from bot.conversation.ticket.rooms import client_author
from bot.conversation.turn import Turn
from channels.message import Button, Content, Keyboard, NoKeyboard, ShareRequest, join
from escalation.routing import answers_fit
from escalation.settings import Question, Topic
from escalation.ticket import Ticket

DESCRIBE: Final = ""
"""Stands for the question "what happened?", asked when the client has said nothing yet."""
ANY: Final = ""
"""Stands for the topic of a problem that fits none."""
KEPT: Final = 100
"""Messages without an answer after which a person gets them as they are."""

_BUTTONS: Final = ("back", "skip", "cancel", "now")


# --------------------------------------------------------------------------- the topic


def begin(turn: Turn, topic: str | None = None) -> None:
    """Line 0 is through: find the topic, ask what is missing, open a ticket.

    Args:
        topic: known from an FAQ entry or a button.
    """
    tickets = turn.tickets()
    if tickets and not turn.conversation.problem and not turn.conversation.with_bot:
        _people_have_it(turn, tickets)
        return
    if topic is not None and topic in turn.workspace.topics:
        choose_topic(turn, topic)
        return
    topic, likely = _recognised(turn)
    if topic is not None:
        choose_topic(turn, topic)
        return
    offered = list(dict.fromkeys((*likely, *topics.menu(turn))))
    if not offered:
        choose_topic(turn, ANY)
    elif form.opens_at_once(turn):
        ticket = open_problem(turn, None)
        if ticket is not None:
            topics.ask_for(turn, ticket, offered)
    else:
        topics.offer(turn, offered)


def _recognised(turn: Turn) -> tuple[str | None, list[str]]:
    """The topic that what was said is surely about, else those it may be about."""
    said = problem.messages(turn)
    words = [message.content.words for message in said]
    # The latest words tell best what it is about now; all of them together, what it is at all.
    texts = [*words[-1:], "\n".join(words)]
    if any(problem.subject(message) for message in said):
        texts.append("\n".join(problem.whole(message).content.words for message in said))
    matches = [topics.recognise(turn, text) for text in texts]
    for match in matches:
        if match is not None and match.decision == "answer" and match.entry is not None:
            return match.entry, []
    found = (m.alternatives for m in matches if m and m.decision == "suggest")
    return None, [candidate.entry for alternatives in found for candidate in alternatives]


def open_beside(turn: Turn) -> bool:
    """Open the ticket of a letter to which line 0 has perhaps an answer, with the questions of its
    topic if that is known.

    Returns:
        Whether something was asked.
    """
    topic, _ = _recognised(turn)
    if topic is not None:
        choose_topic(turn, topic)
        return isinstance(turn.conversation.waiting, Intake)
    ticket = open_problem(turn, None)
    if ticket is not None:
        turn.change(waiting=ChoosingTopic(ticket=ticket.number), problem_at=turn.now)
        problem.wait(turn)
    return ticket is None


def _people_have_it(turn: Turn, tickets: Sequence[Ticket]) -> None:
    """A person is wanted, and the client's tickets have people already."""
    turn.say(
        "client.person_has_it",
        n=len(tickets),
        keyboard=keyboard(*switcher(turn, tickets), (button(turn, "client.button.new", "c:new"),)),
    )


def choose_topic(turn: Turn, topic: str) -> None:
    """The topic is known (``ANY``: none of them); go on to its questions."""
    ticket = problem.ticket(turn)
    intake = Intake(topic=topic, asked=DESCRIBE, ticket=ticket.number if ticket else None)
    if ticket is not None or problem.messages(turn):
        advance(turn, intake)
        return
    turn.change(waiting=intake, problem_at=turn.now)
    _ask_description(turn)


# --------------------------------------------------------------------------- the questions


def advance(turn: Turn, intake: Intake) -> None:
    """Ask the next question whose answer is not known, or open the ticket."""
    if turn.batch:
        form.advance(turn, intake)
        return
    topic = turn.workspace.topics.get(intake.topic)
    for question in topic.questions if topic else ():
        done = {answer.question for answer in intake.answers} | set(intake.skipped)
        if topic is None or question.id in done or not answers_fit(question.when, intake.answers):
            continue
        known = known_answer(
            question,
            topic,
            facts=turn.client.facts,
            said=[problem.whole(message) for message in problem.messages(turn)],
            language=turn.language,
        )
        if known is None:
            turn.change(waiting=replace(intake, asked=question.id, refused=0), problem_at=turn.now)
            _ask(turn, question)
            return
        remember(turn, question, known)
        intake = replace(intake, answers=(*intake.answers, known))
    finish(turn, intake)


def asked_question(turn: Turn, intake: Intake) -> Question | None:
    """The question on screen; None for the description, and if it is no longer in the files."""
    topic = turn.workspace.topics.get(intake.topic)
    questions = topic.questions if topic else ()
    return next((q for q in questions if q.id == intake.asked), None)


def _ask(turn: Turn, question: Question) -> None:
    turn.say(
        "client.question.plain" if question.required else "client.question.optional",
        question=question.ask.in_language(turn.language),
        keyboard=_question_keyboard(turn, question),
        only_unheld=True,
    )
    problem.wait(turn)


def _ask_description(turn: Turn) -> None:
    turn.say("client.question.describe", keyboard=keyboard(_ways_out(turn)))
    problem.wait(turn)


def _question_keyboard(turn: Turn, question: Question) -> Keyboard:
    """Options and ways out; for a phone or a place, the large button of the channel."""
    if question.type in {"phone", "location"}:
        kind = "phone" if question.type == "phone" else "location"
        others = [name for name in _BUTTONS if name != "skip" or not question.required]
        return ShareRequest(
            kind=kind,  # type: ignore[arg-type]  # one of the two literals
            label=turn.label(f"client.share.{kind}", turn.language),
            others=tuple(turn.label(f"client.button.{name}", turn.language) for name in others),
        )
    topic = _intake(turn).topic
    options = (
        Button(
            label=option.label.in_language(turn.language),
            action=encode("c:opt", token(topic, question.id, option.id)),
        )
        for option in question.options
    )
    place = token(topic, question.id)
    skip: Row = ()
    if not question.required:
        skip = (button(turn, "client.button.skip", "c:skip", place),)
    back = (button(turn, "client.button.back", "c:back", place),)
    return keyboard(*pairs(options), (*back, *skip), _ways_out(turn))


def _ways_out(turn: Turn) -> Row:
    return (
        button(turn, "client.button.cancel", "c:cancel"),
        button(turn, "client.button.now", "c:now"),
    )


def _intake(turn: Turn) -> Intake:
    waiting = turn.conversation.waiting
    if not isinstance(waiting, Intake):
        raise LookupError("no question is asked")  # noqa: TRY004 - a state, not a type
    return waiting


# --------------------------------------------------------------------------- what the client does


def answer(turn: Turn, message: Message) -> None:
    """The client wrote or sent something while a question is on screen."""
    intake = _intake(turn)
    words = message.content.words
    if turn.batch:
        words = words.strip().partition("\n")[0]
    ways = (("back", back), ("skip", skip), ("cancel", cancel), ("now", person_now))
    for name, act in ways[2:] if intake.form else ways:
        if turn.workspace.texts.says(f"client.button.{name}", words):
            act(turn)
            return
    if turn.workspace.texts.says("client.button.person", words):
        person_now(turn)
        return
    if intake.form:
        form.answer(turn, intake, message)
        return
    question = asked_question(turn, intake)
    if question is None:
        problem.add(turn, message)
        advance(turn, intake)
        return
    today = turn.now.astimezone(turn.workspace.zone).date()
    found = read(question, message, language=turn.language, today=today)
    if isinstance(found, Refusal):
        _refuse(turn, intake, question, found, message)
        return
    if message.content.parts:
        problem.add(turn, message)
    _take(turn, intake, question, found)


def corrected(turn: Turn, message: Message) -> None:
    """An answer was edited: it counts as it reads now, if it still is one."""
    waiting = turn.conversation.waiting
    topic = turn.workspace.topics.get(waiting.topic) if isinstance(waiting, Intake) else None
    if topic is None or not isinstance(waiting, Intake):
        return
    today = turn.now.astimezone(turn.workspace.zone).date()
    answers = list(waiting.answers)
    for position, given in enumerate(answers):
        question = next((q for q in topic.questions if q.id == given.question), None)
        if question is not None and message.id in given.messages:
            found = read(question, message, language=turn.language, today=today)
            if isinstance(found, Given):
                answers[position] = found.answer
                remember(turn, question, found.answer)
    turn.change(waiting=replace(waiting, answers=tuple(answers)))


def _take(turn: Turn, intake: Intake, question: Question, found: Given) -> None:
    if question.type in {"phone", "location"}:
        turn.say("client.noted", answer=found.answer.label, keyboard=NoKeyboard())
    if found.own:
        remember(turn, question, found.answer)
    advance(turn, replace(intake, answers=(*intake.answers, found.answer)))


def _refuse(
    turn: Turn, intake: Intake, question: Question, refusal: Refusal, message: Message
) -> None:
    """Say what is expected and ask again; what came instead is kept with the problem."""
    problem.add(turn, message)
    if len(turn.conversation.problem) >= KEPT:
        person_now(turn)
        return
    turn.change(waiting=replace(intake, refused=intake.refused + 1))
    kept = bool(message.content.parts) and question.type != "file"
    lines = [turn.words("client.kept", turn.language)] if kept else []
    lines.append(turn.words(refusal.key, turn.language, **refusal.args))
    if question.example:
        example = question.example
        lines.append(turn.words("client.wrong.example", turn.language, example=example))
    if intake.refused:
        lines.append(turn.words("client.wrong.person", turn.language))
    text = join("\n", lines)
    turn.post(Content(text=text), keyboard=_question_keyboard(turn, question))
    problem.wait(turn)


def pick_option(turn: Turn, picked: str) -> bool:
    """An option's button; False if it belongs to a question that is not on screen."""
    waiting = turn.conversation.waiting
    if not isinstance(waiting, Intake) or (question := asked_question(turn, waiting)) is None:
        return False
    for option in question.options:
        if token(waiting.topic, question.id, option.id) == picked:
            found = Given(answer=chosen(question, option, turn.language))
            _take(turn, waiting, question, found)
            return True
    return False


def is_asked(turn: Turn, place: str) -> bool:
    """Whether a button belongs to the question on screen."""
    waiting = turn.conversation.waiting
    return isinstance(waiting, Intake) and token(waiting.topic, waiting.asked) == place


def skip(turn: Turn) -> None:
    """Leave out the question on screen, if it is not required."""
    intake = _intake(turn)
    question = asked_question(turn, intake)
    if question is None or question.required:
        turn.say("client.question.required", keyboard=keyboard(_ways_out(turn)))
        return
    put_away(turn)
    advance(turn, replace(intake, skipped=(*intake.skipped, question.id)))


def back(turn: Turn) -> None:
    """To the question before, whose answer is forgotten; from the first one, to the topics."""
    intake = _intake(turn)
    put_away(turn)
    before = _before(turn, intake)
    if before is None:
        turn.change(waiting=Idle())
        topics.offer(turn, topics.menu(turn))
        return
    turn.change(
        waiting=Intake(
            topic=intake.topic,
            asked=before.id,
            answers=tuple(a for a in intake.answers if a.question != before.id),
            skipped=tuple(each for each in intake.skipped if each != before.id),
        )
    )
    _ask(turn, before)


def _before(turn: Turn, intake: Intake) -> Question | None:
    topic: Topic | None = turn.workspace.topics.get(intake.topic)
    done = {answer.question for answer in intake.answers} | set(intake.skipped)
    earlier: Question | None = None
    for question in topic.questions if topic else ():
        if question.id == intake.asked:
            break
        if question.id in done and answers_fit(question.when, intake.answers):
            earlier = question
    return earlier


def cancel(turn: Turn) -> None:
    """No ticket after all. What was said stays in the history."""
    waiting = turn.conversation.waiting
    ticket = problem.ticket(turn)
    if ticket is not None:
        _cancel_ticket(turn, ticket)
        return
    share = NoKeyboard() if _shares(turn) else None
    if isinstance(waiting, Intake | ChoosingTopic):
        problem.forget(turn)
    turn.say("client.cancelled", keyboard=share)


def _cancel_ticket(turn: Turn, ticket: Ticket) -> None:
    """Close a ticket whose details were still being asked for; but not one a specialist has."""
    problem.forget(turn)
    if ticket.assignee is not None:
        _people_have_it(turn, [ticket])
        return
    life.close(turn, ticket, client_author(turn), reason="cancelled")
    turn.say("client.cancelled_ticket", number=ticket.number)


def person_now(turn: Turn) -> None:
    """A person, please: the ticket opens with what there is."""
    waiting = turn.conversation.waiting
    ticket = problem.ticket(turn)
    if ticket is not None:
        problem.forget(turn)
        _people_have_it(turn, [ticket])
        return
    put_away(turn)
    if isinstance(waiting, Intake):
        open_problem(turn, waiting.topic or None, valid_answers(turn, waiting))
    else:
        open_problem(turn, None)


def put_away(turn: Turn) -> None:
    """Take a large button off the screen, if there is one."""
    if _shares(turn):
        turn.say("client.put_away", keyboard=NoKeyboard())


def _shares(turn: Turn) -> bool:
    waiting = turn.conversation.waiting
    question = asked_question(turn, waiting) if isinstance(waiting, Intake) else None
    return question is not None and question.type in {"phone", "location"}


def unanswered(turn: Turn) -> None:
    """Nobody answered for the configured time: open with what there is, or drop, by setting.

    Nothing said and nothing answered is nothing to open.
    """
    waiting = turn.conversation.waiting
    if not isinstance(waiting, Intake | ChoosingTopic):
        return
    if waiting.ticket is not None:
        problem.forget(turn)  # people have it, with what there is
        return
    answered = isinstance(waiting, Intake) and bool(waiting.answers)
    share = NoKeyboard() if _shares(turn) else None
    if not problem.messages(turn) and not answered:
        problem.forget(turn)
        return
    if turn.workspace.settings.tickets.intake_unanswered == "drop":
        problem.forget(turn)
        turn.say("client.dropped", keyboard=share)
        return
    turn.say("client.unanswered", keyboard=share)
    person_now(turn)
