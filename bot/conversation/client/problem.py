"""What the client said that has no ticket yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.conversation.state import Idle, Message
from bot.conversation.turn import Turn
from channels.message import FormattedText


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


def add(turn: Turn, message: Message) -> None:
    """Count a message to the problem."""
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
    by_letters = turn.conversation.letters is not None
    return settings.letters.intake_timeout if by_letters else settings.tickets.intake_timeout
