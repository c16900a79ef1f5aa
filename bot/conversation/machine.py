"""The one entry of the machine: an event in, a decision out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from bot.conversation.client import arrivals as client_arrivals
from bot.conversation.client import choices, closing, proving
from bot.conversation.client.letters import arrivals as letter_arrivals
from bot.conversation.client.letters import automatic
from bot.conversation.decision import Decision
from bot.conversation.desk import arrivals as desk_arrivals
from bot.conversation.desk import failures, given_up, stray_threads
from bot.conversation.desk.inquiry import arrivals as inquiries
from bot.conversation.desk.inquiry import exchange, follower
from bot.conversation.events import (
    Alarm,
    DeliveryFailed,
    DeliveryLate,
    FilesLeftOut,
    MachineEvent,
    RoomDoubled,
    RoomLost,
    TimerFired,
    Unconfirmed,
    Withheld,
    WorkspaceChanged,
)
from bot.conversation.records import Ids, Records
from bot.conversation.say.letters import join_messages, make_letters, number_choices
from bot.conversation.ticket import life, promises
from bot.conversation.turn import Asks, Turn
from channels.letter import Letter
from channels.message import Address, Inbound, Said
from channels.protocol import Abilities, everything
from config.settings import Workspace
from faq import Faq


def decide(
    event: MachineEvent,
    *,
    records: Records,
    ids: Ids,
    workspace: Workspace,
    now: datetime,
    able: Callable[[Address], Abilities] = everything,
    ask: Asks = Faq.match,
) -> Decision:
    """What to save and do about one event.

    Args:
        able: what can be shown in a place.
        ask: asks a FAQ; what it raises, this raises.

    Raises:
        NotYet: the event refers to a post whose receipt is still on its way; ask again shortly.
    """
    turn = begin(records=records, ids=ids, workspace=workspace, now=now, able=able, ask=ask)
    _handle(turn, event)
    return conclude(turn)


def begin(
    *,
    records: Records,
    ids: Ids,
    workspace: Workspace,
    now: datetime,
    able: Callable[[Address], Abilities] = everything,
    ask: Asks = Faq.match,
) -> Turn:
    """A turn of the machine, with everything that hangs on its tickets."""
    return Turn(
        now=now,
        workspace=workspace,
        records=records,
        ids=ids,
        followers=(follower,),
        able=able,
        ask=ask,
    )


def conclude(turn: Turn) -> Decision:
    """Everything decided in a turn: the clocks of its tickets kept, what goes by mail made into
    letters, one message where there should be no more, choices in words where there are no
    buttons."""
    if turn.changed_tickets():
        promises.keep(turn)
    make_letters(turn)
    join_messages(turn)
    number_choices(turn)
    return turn.decision()


def _handle(turn: Turn, event: MachineEvent) -> None:
    match event:
        case Inbound():
            _arrived(turn, event)
        case TimerFired():
            _fired(turn, event)
        case WorkspaceChanged():
            promises.workspace_changed(turn)
        case Alarm():
            _tell_admins(turn, event)
        case Unconfirmed():
            given_up.unconfirmed(turn, event)
        case DeliveryFailed():
            _failed(turn, event)
        case DeliveryLate():
            failures.late(turn, event)
        case FilesLeftOut():
            failures.left_out(turn, event)
        case Withheld():
            client_arrivals.withheld(turn, event)
        case RoomLost():
            failures.room_lost(turn, event)
        case RoomDoubled():
            stray_threads.doubled(turn, event)
        case _:
            assert_never(event)


def _arrived(turn: Turn, inbound: Inbound) -> None:
    said = inbound.event
    if not inbound.private:
        desk_arrivals.handle(turn, inbound)
    elif isinstance(said, Said) and said.letter is not None:
        _letter(turn, inbound, said, said.letter)
    elif isinstance(said, Said) and not turn.able(inbound.address).buttons:
        choices.said(turn, inbound, said)
    else:
        client_arrivals.handle(turn, inbound)


def _fired(turn: Turn, timer: TimerFired) -> None:
    match timer.kind:
        case "close":
            life.close_due(turn, int(timer.subject))
        case "expert":
            exchange.fired(turn, timer.subject)
        case "rating":
            closing.comment_not_given(turn, int(timer.subject))
        case "intake":
            client_arrivals.waited(turn, timer.subject)
        case "promise":
            promises.due(turn, int(timer.subject))
        case "overdue":
            promises.list_overdue(turn, timer.subject)
        case "promises":
            promises.workspace_changed(turn, int(timer.subject))
        case _:
            assert_never(timer.kind)


def _letter(turn: Turn, inbound: Inbound, said: Said, letter: Letter) -> None:
    """Whose letter it is: no word of what belongs to a desk's exchange is a client's (case E2)."""
    about_exchanges = inquiries.reported(turn, letter)
    about_clients = automatic.reported(turn, inbound, said, letter)
    if about_exchanges or about_clients or inquiries.heard(turn, inbound, letter):
        return
    letter_arrivals.handle(turn, inbound, said, letter)


def _failed(turn: Turn, event: DeliveryFailed) -> None:
    if not proving.undelivered(turn, event):
        failures.failed(turn, event)


def _tell_admins(turn: Turn, alarm: Alarm) -> None:
    desk = turn.workspace.desks.get(str(alarm.args.get("desk", "")))
    named = {"desk": desk.title.in_language(turn.workspace.default_language)} if desk else {}
    turn.tell_admins(alarm.key, **{**alarm.args, **named})
