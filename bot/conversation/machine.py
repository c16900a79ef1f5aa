"""The one entry of the machine: an event in, a decision out."""

from __future__ import annotations

from datetime import datetime

from bot.conversation.client import arrivals as client_arrivals
from bot.conversation.client import letters as client_letters
from bot.conversation.decision import Decision
from bot.conversation.desk import arrivals as desk_arrivals
from bot.conversation.desk import experts, failures, tickets
from bot.conversation.events import (
    Alarm,
    DeliveryFailed,
    DeliveryLate,
    FilesLeftOut,
    MachineEvent,
    RoomLost,
    TimerFired,
)
from bot.conversation.records import Ids, Records
from bot.conversation.turn import Turn
from channels.letter import Letter
from channels.message import Inbound, Said
from config.settings import Workspace


def decide(
    event: MachineEvent, *, records: Records, ids: Ids, workspace: Workspace, now: datetime
) -> Decision:
    """What to save and do about one event.

    Raises:
        NotYet: the event refers to a post whose receipt is still on its way; ask again shortly.
    """
    turn = Turn(now=now, workspace=workspace, records=records, ids=ids)
    match event:
        case Inbound(private=False):
            desk_arrivals.handle(turn, event)
        case Inbound(event=Said(letter=Letter() as letter) as said):
            client_letters.handle(turn, event, said, letter)
        case Inbound():
            client_arrivals.handle(turn, event)
        case TimerFired(kind="close"):
            tickets.close_due(turn, int(event.subject))
        case TimerFired(kind="expert"):
            experts.fired(turn, event.subject)
        case TimerFired():
            client_arrivals.fired(turn, event)
        case DeliveryFailed():
            failures.failed(turn, event)
        case DeliveryLate():
            failures.late(turn, event)
        case FilesLeftOut():
            failures.left_out(turn, event)
        case RoomLost():
            failures.room_lost(turn, event)
        case Alarm():
            _alarm(turn, event)
    return turn.decision()


def _alarm(turn: Turn, alarm: Alarm) -> None:
    desk = turn.workspace.desks.get(str(alarm.args.get("desk", "")))
    named = {"desk": desk.title.in_language(turn.workspace.default_language)} if desk else {}
    turn.tell_admins(alarm.key, **{**alarm.args, **named})
