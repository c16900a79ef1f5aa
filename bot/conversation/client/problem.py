"""What the client said that has no ticket yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.conversation.state import ChoosingTopic, Idle, Intake, Message
from bot.conversation.ticket import relay
from bot.conversation.turn import Turn
from channels.message import FormattedText
from escalation.ticket import Ticket


def messages(turn: Turn) -> list[Message]:
    """The client's messages about the problem that has no ticket yet, oldest first."""
    kept = (turn.message(message) for message in turn.conversation.problem)
    return [message for message in kept if message is not None and message.ticket is None]


def subject(message: Message) -> str:
    """The new subject a letter brought, if it did."""
    return message.envelope.subject if message.envelope is not None else ""


def whole(message: Message) -> Message:
    """A message with a letter's new subject as the first line of what is said."""
    if not subject(message):
        return message
    content = message.content
    text = FormattedText(subject(message))
    if content.text:
        text = text + "\n" + content.text
    return replace(message, content=replace(content, text=text))


def ticket(turn: Turn) -> Ticket | None:
    """The open ticket that the bot's questions are asked for: by letter it opens before they are
    answered (``letters.intake``)."""
    waiting = turn.conversation.waiting
    number = waiting.ticket if isinstance(waiting, Intake | ChoosingTopic) else None
    found = turn.own_ticket(number)
    return found if found is not None and found.status.open else None


def lapse(turn: Turn) -> None:
    """Ask nothing more for a ticket that has ended."""
    waiting = turn.conversation.waiting
    asked = isinstance(waiting, Intake | ChoosingTopic) and waiting.ticket is not None
    if asked and ticket(turn) is None:
        forget(turn)


def add(turn: Turn, message: Message) -> None:
    """Count a message to the problem; where that has a ticket, people read it there at once."""
    opened = ticket(turn)
    if opened is not None:
        relay.client_said(turn, opened, message)
        return
    turn.change(problem=(*turn.conversation.problem, message.id), problem_at=turn.now)


def forget(turn: Turn) -> None:
    """The problem is dealt with: the next words begin a new one."""
    turn.change(waiting=Idle(), problem=(), tried=(), problem_at=None, follows=None)
    turn.wake("intake", turn.conversation.id, None)


def wait(turn: Turn) -> None:
    """Wait for the client's answer, for the configured time."""
    turn.wake("intake", turn.conversation.id, turn.now + patience(turn))


def patience(turn: Turn) -> timedelta:
    """How long the bot waits for an answer, and words belong to the problem before them: people
    take longer over letters."""
    settings = turn.workspace.settings
    return settings.letters.intake_timeout if turn.batch else settings.tickets.intake_timeout
