"""Letters about an exchange with somebody outside: found by what they point to, never by words."""

from __future__ import annotations

from typing import Final

from bot.conversation.desk.inquiry import exchange
from bot.conversation.turn import Turn
from channels.letter import Letter
from channels.message import Inbound
from escalation.experts import SideThread

LOOKED_UP: Final = 30
"""Message-IDs of a letter that are looked up, nearest first: it may hold any number."""


def heard(turn: Turn, inbound: Inbound, letter: Letter) -> bool:
    """A letter came. False if it belongs to no exchange: then it is a client's, or a machine's."""
    thread = _exchange(turn, inbound, letter)
    if thread is None:
        return False
    exchange.answered(turn, thread, inbound)
    return True


def reported(turn: Turn, letter: Letter) -> bool:
    """Letters of an exchange did not arrive: the desk that asked hears of it. False if the letter
    reports nothing about one."""
    known = False
    for report in letter.undelivered:
        thread = turn.side_thread(report.place) if report.place is not None else None
        if thread is not None:
            exchange.undelivered(turn, thread, report)
            known = True
    return known


def _exchange(turn: Turn, inbound: Inbound, letter: Letter) -> SideThread | None:
    """The exchange with an outside expert that a letter points to: by our signature, or by a
    Message-ID of the exchange that only letters between us and its sender have.

    Whether its sender is that expert is not checked here.
    """
    for pointer in letter.points_to:
        if (thread := turn.side_thread(pointer.place)) is not None:
            return thread
    for answered in letter.answers[:LOOKED_UP]:
        handle = turn.records.handle_at(inbound.channel, inbound.address.chat, answered)
        message = turn.records.message(handle) if handle is not None else None
        if message is not None and message.side_thread is not None:
            return turn.side_thread(message.side_thread)
    return None
