"""The pinned card: everything known about a ticket, and the buttons to move it."""

from __future__ import annotations

from bot.conversation.decision import Room, Say
from bot.conversation.knowledge import Parties
from bot.conversation.records import Records
from bot.conversation.say.actions import encode
from bot.conversation.state import Client, Conversation
from bot.conversation.ticket import deadlines, dialogues
from bot.conversation.ticket.rooms import card_handle, contact_desk, live_rooms
from bot.conversation.turn import Turn
from channels.message import (
    Button,
    Buttons,
    Content,
    FormattedText,
    join,
)
from config.settings import Workspace
from escalation.settings import Desk
from escalation.ticket import Status, Ticket, Tried

_TITLE_LIMIT = 128  # Bot API createForumTopic: name, 1-128 characters


def title(records: Records, workspace: Workspace, room: Room) -> str:
    """The title a room is opened with: ``№42 · Имя · тема``."""
    ticket = records.ticket(room.ticket)
    opened = records.conversation(ticket.conversation) if ticket else None
    client = Parties(records).owner(opened) if opened else None
    return title_of(workspace, room, ticket, client)


def title_of(workspace: Workspace, room: Room, ticket: Ticket | None, client: Client | None) -> str:
    """The title of a room."""
    desk = workspace.desks.get(room.desk)
    language = (desk.language if desk else None) or workspace.default_language
    return workspace.texts.label(
        "desk.title",
        language,
        number=room.ticket,
        name=client.name if client else "",
        topic=subject(workspace, ticket, language) if ticket else "",
    )[:_TITLE_LIMIT]


def subject(workspace: Workspace, ticket: Ticket, language: str) -> str:
    """What the ticket is about: its topic, or the client's first words."""
    topic = workspace.topics.get(ticket.topic or "")
    return topic.title.in_language(language) if topic else ticket.subject


# ---------------------------------------------------------------------- posting and changing


def show(turn: Turn, ticket: Ticket, room: Room, *, front: bool = False) -> None:
    """Post and pin the card in a room."""
    say = Say(
        content=content(turn, ticket, room),
        keyboard=keyboard(turn, ticket, room),
        handle=card_handle(room),
        pin=True,
    )
    turn.send(room, say, audience="desk", front=front)


def refresh(turn: Turn, ticket: Ticket) -> None:
    """Bring the card up to date in the ticket's live rooms."""
    for room in live_rooms(turn, ticket):
        refresh_at(turn, ticket, room)


def refresh_at(turn: Turn, ticket: Ticket, room: Room) -> None:
    """Bring the card up to date in one room."""
    turn.rewrite(
        room,
        audience="desk",
        handle=card_handle(room),
        content=content(turn, ticket, room),
        keyboard=keyboard(turn, ticket, room),
        pinned=True,
    )


def retire(turn: Turn, ticket: Ticket, room: Room) -> None:
    """Take the buttons off the card of a room the ticket left, and close the room."""
    turn.rewrite(
        room,
        audience="desk",
        handle=card_handle(room),
        content=content(turn, ticket, room),
        keyboard=Buttons(),
        pinned=True,
    )
    turn.rename(room, closed=True)


# ---------------------------------------------------------------------- what it says


def content(turn: Turn, ticket: Ticket, room: Room) -> Content:
    """The card as it reads in a room."""
    language = turn.desk_language(room.desk)
    here = room in live_rooms(turn, ticket)
    blocks = [
        _head(turn, ticket, language),
        _state(turn, ticket, language),
        _answers(turn, ticket, language),
        _tried(turn, ticket, language),
        _outside(turn, ticket, language),
        _outcome(turn, ticket, language),
        _how_to_speak(turn, ticket, turn.desk(room.desk), language) if here else FormattedText(),
    ]
    return Content(text=join("\n\n", [block for block in blocks if block]))


def _head(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    conversation, client = dialogues.opened_in(turn, ticket), dialogues.client_of(turn, ticket)
    lines = [
        turn.words(
            "desk.card.head",
            language,
            number=ticket.number,
            topic=subject(turn.workspace, ticket, language),
        ),
        turn.words(
            "desk.card.client_username" if client.username else "desk.card.client",
            language,
            name=client.name,
            username=client.username or "",
            channel=conversation.address.channel,
            language=turn.workspace.texts.languages().get(
                conversation.language, conversation.language
            ),
        ),
    ]
    lines += _by_letters(turn, conversation, language)
    lines += _elsewhere(turn, ticket, conversation, client, language)
    if conversation.unreachable_since is not None:
        key = "desk.card.unreachable" + (".letters" if conversation.letters else "")
        lines.append(turn.words(key, language, since=conversation.unreachable_since))
    if ticket.continues is not None:
        lines.append(turn.words("desk.card.continues", language, number=ticket.continues))
    if ticket.reopened:
        lines.append(turn.words("desk.card.reopened", language, n=ticket.reopened))
    return join("\n", lines)


def _elsewhere(
    turn: Turn, ticket: Ticket, opened: Conversation, client: Client, language: str
) -> list[FormattedText]:
    """The client's addresses on all channels, and where answers go if not where it began."""
    if not client.addresses:
        return []
    chat = opened if opened.letters is None else turn.parties.chat_of(client)
    places = [turn.words("desk.card.proven", language, address=a.chat) for a in client.addresses]
    if chat is not None:
        name = f" @{client.username}" if client.username else ""
        places.insert(0, FormattedText(chat.address.channel + name))
    lines = [turn.words("desk.card.addresses", language, places=join(" · ", places))]
    place = dialogues.current(turn, ticket)
    if place.id != opened.id:
        to = turn.render(dialogues.name_of(place), language)
        lines.append(turn.words("desk.card.goes_on", language, place=to))
    return lines


def _by_letters(turn: Turn, opened: Conversation, language: str) -> list[FormattedText]:
    """Where letters go, and how far their sender can be believed."""
    letters = opened.letters
    if letters is None:
        return []
    address = opened.address.chat
    lines = [turn.words("desk.card.letters", language, address=address)]
    if letters.suspicious:
        lines.append(turn.words("desk.card.suspicious", language))
    if letters.looks_like is not None:
        lines.append(turn.words("desk.card.looks_like", language, number=letters.looks_like))
    return lines


def _state(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    desks = turn.workspace.desks
    path = [
        turn.words(
            "desk.card.step",
            language,
            line=desks[name].line,
            desk=desks[name].title.in_language(language),
        )
        for name in ticket.path or (ticket.desk,)
        if name in desks
    ]
    lines = [
        turn.words(
            "desk.card.state",
            language,
            status=turn.words(f"desk.status.{ticket.status}", language),
            priority=turn.words(f"desk.priority.{ticket.priority}", language),
        ),
        turn.words("desk.card.assignee", language, name=ticket.assignee.name)
        if ticket.assignee
        else turn.words("desk.card.nobody", language),
        join(" → ", path),
        turn.words("desk.card.opened", language, at=ticket.opened_at),
        deadlines.line(turn, ticket, language),
    ]
    return join("\n", [line for line in lines if line])


def _answers(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    if not ticket.answers:
        return FormattedText()
    topic = turn.workspace.topics.get(ticket.topic or "")
    asked = {
        question.id: (question.label or question.ask).in_language(language).rstrip(" ?:.")
        for question in (topic.questions if topic else ())
    }
    lines = [
        turn.words(
            "desk.card.answer",
            language,
            question=asked.get(answer.question, answer.question),
            answer=answer.label,
        )
        for answer in ticket.answers
    ]
    return join("\n", [turn.words("desk.card.answers", language), *lines])


def _tried(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    if not ticket.tried:
        return FormattedText()

    def one(tried: Tried) -> FormattedText:
        key = f"desk.card.tried.{tried.outcome}"
        return turn.words(key, language, title=tried.title, step=tried.step or 0)

    lines = [one(tried) for tried in ticket.tried]
    return join("\n", [turn.words("desk.card.tried", language), *lines])


def _outside(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    """Who outside was asked, and since when they are waited for."""
    lines = []
    for thread in turn.side_threads(ticket.number):
        if thread.open:
            key = "desk.card.expert_waiting" if thread.waiting else "desk.card.expert_answered"
            since = thread.waiting_since or thread.opened_at
            lines.append(turn.words(key, language, name=thread.name, since=since))
    return join("\n", [turn.words("desk.card.outside", language), *lines] if lines else [])


def _outcome(turn: Turn, ticket: Ticket, language: str) -> FormattedText:
    lines = []
    if ticket.resolution:
        lines.append(turn.words("desk.card.resolution", language, words=ticket.resolution))
    if ticket.rating is not None:
        lines.append(
            turn.words("desk.card.rating", language, stars="★" * ticket.rating)
            if not ticket.rating_comment
            else turn.words(
                "desk.card.rating_comment",
                language,
                stars="★" * ticket.rating,
                comment=ticket.rating_comment,
            )
        )
    return join("\n", lines)


def _how_to_speak(turn: Turn, ticket: Ticket, desk: Desk, language: str) -> FormattedText:
    if ticket.status is Status.CLOSED:
        return FormattedText()
    if not desk.may_write_to_clients:
        contact = contact_desk(turn, ticket)
        if contact is None:
            return turn.words("desk.card.speak.nobody", language)
        name = turn.desk(contact).title.in_language(language)
        return turn.words("desk.card.speak.no_contact", language, desk=name)
    prefix = desk.note_prefix if desk.speak == "reply" else desk.reply_prefix
    return turn.words(f"desk.card.speak.{desk.speak}", language, prefix=prefix)


# ---------------------------------------------------------------------- buttons


def keyboard(turn: Turn, ticket: Ticket, room: Room) -> Buttons:
    """The card's buttons in a room: only what is possible there now."""
    language, desk = turn.desk_language(room.desk), turn.desk(room.desk)
    if room not in live_rooms(turn, ticket) or ticket.status is Status.CLOSED:
        return Buttons()

    def button(verb: str) -> Button:
        return Button(
            label=turn.label(f"desk.button.{verb}", language),
            action=encode(f"d:{verb}", ticket.number),
        )

    if ticket.status is Status.RESOLVED:
        verbs = [["reopen", "close"]] if desk.may_write_to_clients else [["reopen"]]
    elif ticket.desk != room.desk:  # talks to the client of a ticket a line above is working on
        verbs = [["back", "note"], ["ask", "priority"], ["resolve", "close"]]
    elif desk.may_write_to_clients:
        verbs = [
            ["release" if ticket.assignee else "take", "note"],
            ["ask", "priority"],
            ["pass", *(["up"] if desk.escalates_to else []), *_return(ticket)],
            ["resolve", "close"],
        ]
    else:
        verbs = [
            ["release" if ticket.assignee else "take", "priority"],
            ["ask", *(["up"] if desk.escalates_to else []), *_return(ticket)],
            ["pass", "answer"],
        ]
    if ticket.status.open and turn.workspace.may_forward(desk.id):
        verbs.append(["forward"])
    return Buttons(rows=tuple(tuple(button(verb) for verb in row) for row in verbs))


def _return(ticket: Ticket) -> list[str]:
    return ["return"] if len(ticket.path) > 1 else []
