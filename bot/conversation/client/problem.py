"""What the client said that has no ticket yet."""

from __future__ import annotations

from bot.conversation.state import Idle, Message
from bot.conversation.turn import Turn


def messages(turn: Turn) -> list[Message]:
    """The client's messages about the problem that has no ticket yet, oldest first."""
    kept = (turn.message(message) for message in turn.conversation.problem)
    return [message for message in kept if message is not None and message.ticket is None]


def add(turn: Turn, message: Message) -> None:
    """Count a message to the problem."""
    turn.change(problem=(*turn.conversation.problem, message.id), problem_at=turn.now)


def forget(turn: Turn) -> None:
    """The problem is dealt with: the next words begin a new one."""
    turn.change(waiting=Idle(), problem=(), tried=(), problem_at=None, follows=None)
    turn.wake("intake", turn.conversation.id, None)


def wait(turn: Turn) -> None:
    """Wait for the client's answer, for the configured time."""
    due = turn.now + turn.workspace.settings.tickets.intake_timeout
    turn.wake("intake", turn.conversation.id, due)
