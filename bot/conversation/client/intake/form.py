"""Line 1 by letter: all missing questions of a topic at once (acceptance case F10).

The reply is read back answer by answer. What is not understood is asked once more, with the
reason; then a person gets what there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.conversation.client import opening, problem, smalltalk
from bot.conversation.client.intake.answers import Refusal
from bot.conversation.client.intake.form_reading import read_form
from bot.conversation.client.intake.given_answers import finish, remember, valid_answers
from bot.conversation.client.intake.known_answers import known_answer
from bot.conversation.say.letters import greeting, letter_handle, plain_label, signature
from bot.conversation.say.screens import ticket_handle
from bot.conversation.state import Intake, Message
from bot.conversation.ticket import life, notices
from bot.conversation.turn import Turn
from channels.message import Content, FormattedText, join
from escalation.routing import answers_fit
from escalation.settings import Question, Topic
from escalation.ticket import IntakeAnswer


def advance(turn: Turn, intake: Intake) -> None:
    """Ask everything that is not known in one letter, or open the ticket."""
    _go_on(turn, intake, why={}, noted=())


def _go_on(
    turn: Turn,
    intake: Intake,
    *,
    why: Mapping[str, Refusal],
    noted: Sequence[IntakeAnswer],
) -> None:
    topic = turn.workspace.topics.get(intake.topic)
    if topic is None:
        finish(turn, intake)
        return
    intake = _with_known(turn, topic, intake)
    missing = _missing(topic, intake)
    if intake.ticket is not None:
        _inform(turn, topic, intake)
    elif missing and opens_at_once(turn, missing):
        ticket = opening.open_problem(turn, topic.id, valid_answers(turn, intake))
        if ticket is None:
            return  # it went into another one
        intake = replace(intake, ticket=ticket.number)
    if not missing:
        _thank(turn, topic, intake, noted)
        finish(turn, intake)
        return
    head = "again" if why or noted else "not_found"
    if not intake.form:
        head = "head" if intake.ticket is None else "along"
    names = tuple(question.id for question in missing)
    turn.change(waiting=replace(intake, asked=names[0], form=names), problem_at=turn.now)
    text = _letter(turn, topic, missing, head=f"client.form.{head}", why=why, noted=noted)
    turn.post(Content(text=text), handle=letter_handle(turn), only_unheld=True)
    problem.wait(turn)


def opens_at_once(turn: Turn, missing: Sequence[Question] = ()) -> bool:
    """Whether a letter's problem becomes a ticket before the questions are answered: by setting,
    or as every one of those that are missing can be left out."""
    if not turn.batch or not problem.messages(turn):
        return False
    by_setting = turn.workspace.settings.letters.intake == "with_ticket"
    return by_setting or (bool(missing) and not any(each.required for each in missing))


def _inform(turn: Turn, topic: Topic, intake: Intake) -> None:
    """Tell the ticket what is known now."""
    ticket = turn.own_ticket(intake.ticket)
    if ticket is None or not ticket.status.open:
        return
    # What a specialist put right stays so.
    kept = {answer.question: answer for answer in (*intake.answers, *ticket.answers)}
    intake = replace(intake, answers=tuple(kept.values()))
    informed = life.inform(turn, ticket, topic=topic.id, answers=valid_answers(turn, intake))
    if informed.desk != ticket.desk:
        notices.passed(turn, informed)


def _thank(turn: Turn, topic: Topic, intake: Intake, noted: Sequence[IntakeAnswer]) -> None:
    """Read the last answers back that went into a ticket."""
    if intake.ticket is None or not noted:
        return
    done = turn.words("client.form.in_ticket", turn.language, number=intake.ticket)
    text = join("\n\n", [_noted(turn, topic, noted), done])
    turn.post(Content(text=text), handle=ticket_handle(turn, intake.ticket), only_unheld=True)


def _with_known(turn: Turn, topic: Topic, intake: Intake) -> Intake:
    """With every answer that need not be asked for."""
    for question in topic.questions:
        done = {answer.question for answer in intake.answers} | set(intake.skipped)
        # What was asked is answered by the reply alone: earlier words did not say it.
        asked = question.id in intake.form
        if asked or question.id in done or not answers_fit(question.when, intake.answers):
            continue
        known = known_answer(
            question,
            topic,
            facts=turn.client.facts,
            said=[problem.whole(message) for message in _said(turn, intake)],
            language=turn.language,
        )
        if known is not None:
            remember(turn, question, known)
            intake = replace(intake, answers=(*intake.answers, known))
    return intake


def _said(turn: Turn, intake: Intake) -> Sequence[Message]:
    """What the client said about the problem."""
    if intake.ticket is None:
        return problem.messages(turn)
    return [each for each in turn.history(intake.ticket) if each.kind == "client"]


def _missing(topic: Topic, intake: Intake) -> list[Question]:
    done = {answer.question for answer in intake.answers} | set(intake.skipped)
    return [
        question
        for question in topic.questions
        if question.id not in done and answers_fit(question.when, intake.answers)
    ]


# --------------------------------------------------------------------------- the letter


def _letter(
    turn: Turn,
    topic: Topic,
    questions: Sequence[Question],
    *,
    head: str,
    why: Mapping[str, Refusal],
    noted: Sequence[IntakeAnswer],
) -> FormattedText:
    language = turn.language
    blocks: list[FormattedText] = []
    if noted:
        blocks.append(_noted(turn, topic, noted))
    blocks.append(turn.words(head, language))
    for number, question in enumerate(questions, 1):
        blocks.append(_question(turn, number, question, why.get(question.id)))
    blocks.append(_foot(turn))
    return join("\n\n", blocks)


def _noted(turn: Turn, topic: Topic, noted: Sequence[IntakeAnswer]) -> FormattedText:
    """The answers that were understood."""
    known = {question.id: question for question in topic.questions}
    lines = [turn.words("client.form.noted", turn.language)]
    lines += [opening.answer_line(turn, known[a.question], a) for a in noted]
    return join("\n", lines)


def _foot(turn: Turn) -> FormattedText:
    return turn.words(
        "client.form.foot" if problem.ticket(turn) is None else "client.form.foot_along",
        turn.language,
        person=plain_label(turn.label("client.button.now", turn.language)),
        cancel=plain_label(turn.label("client.button.cancel", turn.language)),
    )


def _frame(turn: Turn) -> list[FormattedText]:
    """What stands around the questions."""
    keys = ("head", "along", "noted", "again", "not_found")
    words = [turn.words(f"client.form.{key}", turn.language) for key in keys]
    ends = (greeting(turn, turn.language), signature(turn, turn.conversation))
    return [*words, _foot(turn), *map(FormattedText, ends)]


def _question(turn: Turn, number: int, question: Question, why: Refusal | None) -> FormattedText:
    asked = question.ask.in_language(turn.language)
    lines = [turn.words("client.form.question", turn.language, number=number, question=asked)]
    if why is not None:
        lines.append(turn.words(why.key, turn.language, **why.args))
    return join("\n", [*lines, *_hints(turn, question)])


def _hints(turn: Turn, question: Question) -> list[FormattedText]:
    """What stands below a question: its options, an example, that it may be left out."""
    language = turn.language
    lines = [
        turn.words("client.form.option", language, option=option.label.in_language(language))
        for option in question.options
    ]
    if question.example:
        lines.append(turn.words("client.wrong.example", language, example=question.example))
    if not question.required:
        lines.append(turn.words("client.form.optional", language))
    return lines


# --------------------------------------------------------------------------- the reply


def answer(turn: Turn, intake: Intake, message: Message) -> None:
    """Read a reply to the letter of questions."""
    if smalltalk.of(message) is not None:
        if intake.ticket is not None:
            problem.add(turn, message)
        return  # "thanks, I will look it up": the answers are still to come
    topic = turn.workspace.topics.get(intake.topic)
    if topic is None:
        problem.add(turn, message)
        finish(turn, intake)
        return
    asked = {question.id: question for question in topic.questions if question.id in intake.form}
    reading = read_form(
        [asked[name] for name in intake.form if name in asked],
        topic,
        message,
        language=turn.language,
        today=turn.now.astimezone(turn.workspace.zone).date(),
        ours=[
            *(line.text for question in asked.values() for line in _hints(turn, question)),
            *(line.text for line in _frame(turn)),
        ],
    )
    told = intake.ticket is not None  # people read there what was said, whatever is made of it
    if told or reading.rest or reading.refused or message.content.parts:
        problem.add(turn, message)
    for name, given in reading.given.items():
        if given.own:
            remember(turn, asked[name], given.answer)
    noted = tuple(given.answer for given in reading.given.values())
    missed = [
        name
        for name, question in asked.items()
        if name not in reading.given
        and name not in reading.left_out
        and (question.required or name in reading.refused)
    ]
    once_more = [name for name in missed if name not in intake.repeated]
    left = [name for name in asked if name not in reading.given and name not in once_more]
    _go_on(
        turn,
        replace(
            intake,
            answers=(*intake.answers, *noted),
            skipped=(*intake.skipped, *left),
            repeated=(*intake.repeated, *once_more),
        ),
        why={name: reading.refused[name] for name in once_more if name in reading.refused},
        noted=noted,
    )
