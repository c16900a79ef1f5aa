"""Buttons that need words: the presser's next message in the ticket's place is those words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.conversation.decision import LINE, Room, Urgency
from bot.conversation.say.actions import encode
from bot.conversation.ticket.rooms import Seat, say_in
from bot.conversation.turn import Turn
from channels.message import Button, Buttons
from escalation.ticket import Prompt, PromptKind, Ticket

PATIENCE: Final = timedelta(minutes=10)
"""How long the next message counts as the words."""
INTERNAL: Final = frozenset({"note", "return", "pass", "escalate", "forward", "address"})
"""Words that were never meant for the client: they do not reach one by coming too late."""
_MAY_BE_SILENT: Final = frozenset({"pass", "escalate"})


def start(
    turn: Turn,
    seat: Seat,
    ticket: Ticket,
    kind: PromptKind,
    *,
    target: str | None = None,
    expert: str = "",
) -> None:
    """Ask a specialist for the words; an earlier prompt of theirs is forgotten.

    Args:
        expert: whom outside the words are for, or from.
    """
    ticket = forget(turn, seat, ticket)
    prompt = Prompt(kind=kind, by=seat.author.id, desk=seat.room.desk, at=turn.now, target=target)
    turn.save_ticket(replace(ticket, prompts=(*ticket.prompts, prompt)))
    language = turn.desk_language(seat.room.desk)

    def button(verb: str) -> Button:
        return Button(
            label=turn.label(f"desk.button.{verb}", language),
            action=encode(f"d:{verb}", ticket.number),
        )

    verbs = ("skip", "cancel") if kind in _MAY_BE_SILENT else ("cancel",)
    key = f"desk.prompt.{kind}"
    if not seat.desk.may_write_to_clients and kind in {"ask", "resolve", "rephrase"}:
        key = f"desk.prompt.{kind}_below"
    say_in(
        turn,
        seat.room,
        key,
        keyboard=Buttons(rows=(tuple(button(verb) for verb in verbs),)),
        handle=_handle(seat.room, prompt),
        urgency=Urgency.PEOPLE,
        name=seat.author.name,
        expert=expert,
        wait=PATIENCE,
    )


def of(ticket: Ticket, seat: Seat) -> Prompt | None:
    """The specialist's prompt in this room, expired or not."""
    return next(
        (p for p in ticket.prompts if p.by == seat.author.id and p.desk == seat.room.desk), None
    )


def expired(turn: Turn, prompt: Prompt) -> bool:
    """Whether its time is over."""
    return turn.now - prompt.at > PATIENCE


def forget(turn: Turn, seat: Seat, ticket: Ticket) -> Ticket:
    """Drop the specialist's prompts, and take the questions off the screen."""
    mine = [p for p in ticket.prompts if p.by == seat.author.id]
    if not mine:
        return ticket
    for prompt in mine:
        room = Room(ticket=ticket.number, desk=prompt.desk)
        if prompt.desk in turn.workspace.desks:
            turn.take_back(room, _handle(room, prompt), audience="desk")
    kept = tuple(p for p in ticket.prompts if p.by != seat.author.id)
    return turn.save_ticket(replace(ticket, prompts=kept))


def _handle(room: Room, prompt: Prompt) -> str:
    moment = int(prompt.at.timestamp() * 1000)
    return f"{LINE}{room.key}:{prompt.by}:{moment}"
