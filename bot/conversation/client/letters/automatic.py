"""Letters that no person wrote: automatic answers, lists, reports about delivery (case C14).

They are shown quietly where they belong, or only kept. They are never answered, open nothing and
reopen nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.conversation import envelopes
from bot.conversation.client import people
from bot.conversation.client.letters import evidence
from bot.conversation.client.letters.evidence import Evidence
from bot.conversation.envelopes import bare
from bot.conversation.state import Client, Conversation, Correspondence, Message
from bot.conversation.ticket import failover, letter_view, life, relay
from bot.conversation.ticket.rooms import live_rooms, say_in
from bot.conversation.turn import Turn
from channels.letter import Invitation, Letter, Undelivered
from channels.message import Content, FormattedText, Inbound, Said
from escalation.ticket import Author, Ticket


def wrote(turn: Turn, inbound: Inbound, said: Said, letter: Letter, found: Evidence) -> None:
    """An automatic letter that is no report: into its ticket's room, or only kept."""
    if found.joins is not None:
        turn.about(found.joins, turn.parties.owner(found.joins))
    else:
        _aside(turn, inbound, letter)
    handle = (
        turn.records.handle_at(inbound.channel, inbound.address.chat, said.reply_to)
        if said.reply_to is not None
        else None
    )
    envelope = envelopes.envelope(said, letter, new_subject=True)
    said = replace(said, content=_shown(said.content, letter))
    message = people.keep(turn, inbound, said, reply_to=handle, envelope=envelope)
    turn.record_contact("automatic", text=said.content.words)
    if turn.client.quarantined:
        return  # calling oneself a machine is no way around it
    shown = beside(turn, message, letter)
    if not shown and found.joins is None:
        _tell_admins(turn, inbound, letter)


def beside(turn: Turn, message: Message, letter: Letter | None = None) -> bool:
    """Show what a machine wrote quietly in the ticket it is about; False if there is none."""
    ticket = turn.own_ticket_behind(message.reply_to) or _latest(turn)
    if ticket is not None:
        label, args = _said(turn, letter) if letter is not None else _PLAIN
        relay.beside(turn, ticket, message, label=label, **args)
    return ticket is not None


_PLAIN: Final[tuple[str, Mapping[str, str | datetime]]] = ("desk.relay.automatic", {})


def _said(turn: Turn, letter: Letter) -> tuple[str, Mapping[str, str | datetime]]:
    """What a machine's letter says, as a text of the catalogue and its arguments."""
    match letter.automatic:
        case "reaction":
            return "desk.relay.reaction", {"emoji": letter.reaction}
        case "calendar" if letter.invitation is not None:
            return _of_calendar(turn, letter.invitation)
        case "receipt" | "complaint" as kind:
            return f"desk.relay.{kind}", {}
        case _:
            return _PLAIN


def _of_calendar(turn: Turn, invitation: Invitation) -> tuple[str, Mapping[str, str | datetime]]:
    starts = invitation.starts
    if starts is None:
        return _PLAIN
    if starts.tzinfo is None:
        starts = starts.replace(tzinfo=turn.workspace.zone)
    what = invitation.answer or invitation.method
    known = what if what in ("accepted", "declined", "tentative", "cancel", "request") else "other"
    summary = invitation.summary or "…"
    return f"desk.relay.calendar.{known}", {"summary": summary, "at": starts}


def _shown(content: Content, letter: Letter) -> Content:
    """A reaction is its emoji, an answer to an invitation its comment: what programs write around
    them for those that know neither is left to the letter itself."""
    if letter.automatic == "reaction":
        return Content(text=FormattedText(letter.reaction))
    if letter.automatic == "calendar" and letter.invitation is not None:
        return replace(content, text=FormattedText(letter.invitation.comment))
    return content


def _latest(turn: Turn) -> Ticket | None:
    """The ticket a dialogue is about now."""
    known = turn.tickets(since=evidence.LONG_AGO)
    return max(known, key=lambda ticket: (ticket.status.open, ticket.number), default=None)


def _aside(turn: Turn, inbound: Inbound, letter: Letter) -> None:
    """All that machines write from one address is kept in one dialogue."""
    known = turn.records.latest_exchanges(
        inbound.channel,
        inbound.address.chat,
        suspicious=letter.suspicious,
        limit=evidence.LATEST,
    )
    apart = (talk for talk in known if talk.letters is not None and talk.letters.machines_only)
    conversation = next(apart, None)
    client = turn.records.client(conversation.client) if conversation is not None else None
    if conversation is not None and client is not None:
        turn.about(conversation, client)
        return
    name = turn.ids.new_id()
    client = Client(id=turn.ids.new_id(), name=inbound.sender.name, created_at=turn.now)
    turn.about(
        Conversation(
            id=name,
            client=client.id,
            address=replace(inbound.address, thread=name),
            language=turn.workspace.default_language,
            letters=Correspondence(
                subject=bare(letter.subject),
                mailbox=letter.mailbox,
                suspicious=letter.suspicious,
                machines_only=True,
            ),
        ),
        client,
    )


def _tell_admins(turn: Turn, inbound: Inbound, letter: Letter) -> None:
    """The administrators may want to know who writes to the support address by machine (acceptance
    case E5); once a day for each sender is enough, and for all spam together."""
    day = turn.now.astimezone(turn.workspace.zone).date()
    spam = letter.automatic == "spam"
    subject = bare(letter.subject) or turn.label(
        "desk.relay.no_words", turn.workspace.default_language
    )
    turn.tell_admins_once(
        f"spam:{day}" if spam else f"automatic:{inbound.address.chat}:{day}",
        "admin.letters.spam" if spam else "admin.letters.automatic",
        address=inbound.address.chat,
        subject=subject,
    )


# --------------------------------------------------------------------------- delivery reports


def reported(turn: Turn, inbound: Inbound, said: Said, letter: Letter) -> bool:
    """Letters of ours to clients did not arrive: their desks hear of it at once, beside what was
    not delivered. False if the letter reports nothing about them."""
    known = False
    for report in letter.undelivered:
        place = report.place
        conversation = turn.records.conversation(place) if place is not None else None
        if conversation is not None:
            _undelivered(turn, inbound, said, letter, conversation, report)
            known = True
    return known


_FATES: Final = {
    True: "desk.line.undelivered",
    False: "desk.line.delayed",
    None: "desk.line.perhaps_undelivered",
}


def _undelivered(
    turn: Turn,
    inbound: Inbound,
    said: Said,
    letter: Letter,
    conversation: Conversation,
    report: Undelivered,
) -> None:
    turn.about(conversation, turn.parties.owner(conversation))
    address = conversation.address
    handle = (
        turn.records.handle_at(address.channel, address.chat, report.message)
        if report.message is not None
        else None
    )
    ticket = turn.own_ticket_behind(handle) or _latest(turn)
    first = report.permanent is True and life.reachability(turn, conversation, reachable=False)
    if ticket is None:
        return
    message = turn.save_message(
        Message(
            id=turn.ids.new_id(),
            conversation=conversation.id,
            ticket=ticket.number,
            kind="note",
            author=Author(kind="bot", name=inbound.sender.name),
            content=said.content,
            at=turn.now,
            reply_to=handle,
            envelope=envelopes.envelope(said, letter, new_subject=True),
        )
    )
    for room in live_rooms(turn, ticket):
        say_in(
            turn,
            room,
            _FATES[report.permanent],
            keyboard=letter_view.buttons(turn, room, message),
            reply_to=handle,
            silent=report.permanent is False,
            address=report.recipient or address.chat,
            detail=report.detail or "–",
        )
    if report.permanent:
        words = turn.message(handle) if handle is not None else None
        failover.came_back(turn, ticket, words, turn.conversation, first=first)
