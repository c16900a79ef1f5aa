"""Posts that are tried no more: their words, and a button, where people look for them.

Words of a specialist are told to their author (``failures``). Everything else is the bot's own:
what a client said is shown in the ticket's room, an answer of the bot at the desks that follow the
client's tickets, and what has no other place in the administrators' chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.conversation.decision import LINE, TRIAL, Audience, Room, Say, Urgency
from bot.conversation.desk import groups
from bot.conversation.events import DeliveryFailed, Unconfirmed
from bot.conversation.say.actions import encode
from bot.conversation.say.contents import all_words, described
from bot.conversation.ticket import to_client
from bot.conversation.ticket.rooms import say_in
from bot.conversation.turn import Turn
from channels.message import (
    Address,
    Button,
    Buttons,
    Content,
    FormattedText,
    Inbound,
    Media,
    Other,
    Pressed,
    Reason,
    Text,
    join,
)
from escalation.lifecycle import Refused

_NEWS: Final = ":given_up:"
"""In the handle of a line of ours: news of another post. Of a failure of such a line the
administrators hear; of theirs nobody is told, it is in the outbox."""
_TOLD: Final = "given_up:"
"""How the handle begins of what the administrators were shown."""
AGAIN: Final = "a:again"
"""The administrators' button."""


def words_of(turn: Turn, event: DeliveryFailed, language: str) -> FormattedText:
    """What the post said, plainly: its formatting may be what was refused."""
    say = event.post.action if event.post is not None else None
    if not isinstance(say, Say):
        return FormattedText()
    parts = (part for part in say.content.parts if isinstance(part, Media | Other))
    files = [described(turn.workspace.texts, part, language) for part in parts]
    return FormattedText(join("\n", (all_words(say.content), *files)).text.strip())


def why(turn: Turn, event: DeliveryFailed, language: str) -> FormattedText:
    """Why it did not arrive, for those who did not write it; empty if it may have."""
    if event.reason is None:
        return FormattedText()
    key = f"desk.why.{event.reason}"
    if event.reason is Reason.GAVE_UP and not turn.workspace.is_by_letter(event.to):
        key = "desk.why.gave_up.chat"
    return turn.words(key, language, detail=event.detail)


def in_room(turn: Turn, event: DeliveryFailed, room: Room) -> bool:
    """Say in a room what could not be shown there, or may have been shown. False if that would be
    news of news."""
    say = event.post.action if event.post is not None else None
    if isinstance(say, Say) and _NEWS in (say.handle or ""):
        return False
    language = turn.desk_language(room.desk)
    key = "desk.line.not_shown" if event.reason else "desk.line.maybe_shown"
    again = _button(turn, "desk.button.show_again", language, "d:show", room.ticket, event.outgoing)
    _tell(turn, event, room, key, again)
    return True


def at_desks(turn: Turn, event: DeliveryFailed, rooms: Sequence[Room]) -> None:
    """Show an answer of the bot that did not reach a client, or may not have, where their tickets
    are worked on."""
    for room in rooms:
        language = turn.desk_language(room.desk)
        key = "desk.line.notice_failed" if event.reason else "desk.line.notice_unsure"
        again = None
        if turn.desk(room.desk).may_write_to_clients:
            label = "desk.button.again"
            again = _button(turn, label, language, "d:again", room.ticket, event.outgoing)
        _tell(turn, event, room, key, again)


def _tell(turn: Turn, event: DeliveryFailed, room: Room, key: str, again: Buttons | None) -> None:
    language = turn.desk_language(room.desk)
    say_in(
        turn,
        room,
        key,
        keyboard=again,
        handle=_handle(room, event.outgoing),
        why=why(turn, event, language),
        words=words_of(turn, event, language),
    )


def among_administrators(turn: Turn, event: DeliveryFailed, *, to: str) -> None:
    """Show the administrators what did not arrive, or may not have, and let them send it again.

    Args:
        to: whom it was for, in words.
    """
    here = _admin_chat(turn)
    if here is None or here.chat == event.to.chat:
        return
    language = turn.workspace.default_language
    text = turn.words(
        "desk.admin.given_up" if event.reason else "desk.admin.unsure",
        language,
        to=to,
        why=why(turn, event, language),
        words=words_of(turn, event, language),
    )
    again = _button(turn, "desk.button.again", language, AGAIN, event.outgoing)
    told = Say(content=Content(text=text), keyboard=again, handle=_TOLD + event.outgoing)
    turn.send(here, told, audience="admins", alarm=True)


def show_again(turn: Turn, inbound: Inbound, event: Pressed, room: Room, outgoing: str) -> Text:
    """A specialist has something shown again in their room.

    Raises:
        Refused: the button was not under the news of it: forged, or long gone (case E6).
    """
    _must_be_under(turn, inbound, event, _handle(room, outgoing))
    to_client.show_again(turn, outgoing)
    _without_button(turn, inbound.address, event, audience="desk")
    return Text(key="desk.done.again")


def pressed(turn: Turn, inbound: Inbound, event: Pressed, outgoing: str) -> Text:
    """An administrator has something sent again.

    Raises:
        Refused: it is not the administrators' chat, the channel hides who it is, or the button was
            not under the news of it (case E6).
    """
    if not groups.is_admin_chat(turn, inbound):
        raise Refused("desk.refused.old_button")
    if inbound.sender.anonymous:
        raise Refused("desk.refused.anonymous")
    _must_be_under(turn, inbound, event, _TOLD + outgoing)
    to_client.send_again_by_administrator(turn, outgoing)
    _without_button(turn, inbound.address, event, audience="admins")
    return Text(key="desk.done.again")


def _must_be_under(turn: Turn, inbound: Inbound, event: Pressed, handle: str) -> None:
    message = event.message or ""
    if turn.records.handle_at(inbound.channel, inbound.address.chat, message) != handle:
        raise Refused("desk.refused.old_button")


def _without_button(turn: Turn, address: Address, event: Pressed, *, audience: Audience) -> None:
    """The words stay, their button has served."""
    turn.rewrite(address, audience=audience, message=event.message, keyboard=Buttons())


def unconfirmed(turn: Turn, event: Unconfirmed) -> None:
    """Have the administrators read something, and again and again, until it is confirmed: by that
    it is known that a channel takes posts, and no client's words are spent on it."""
    here = _admin_chat(turn)
    if here is None or here.channel != event.channel:
        return
    handle = f"{TRIAL}{event.channel}"
    if turn.records.post_state(handle, here.channel, here.chat) in {"waiting", "sending"}:
        return
    text = turn.words("desk.admin.trial", turn.workspace.default_language)
    turn.send(
        here,
        Say(content=Content(text=text), handle=handle, silent=True),
        audience="admins",
        urgency=Urgency.PEOPLE,
        resend_if_uncertain=False,
        front=True,
    )


def _admin_chat(turn: Turn) -> Address | None:
    admins = turn.workspace.admins
    return None if admins is None else turn.today(admins)


def _handle(room: Room, outgoing: str) -> str:
    return f"{LINE}{room.key}{_NEWS}{outgoing}"


def _button(turn: Turn, label: str, language: str, verb: str, *args: str | int) -> Buttons:
    return Buttons(rows=((Button(label=turn.label(label, language), action=encode(verb, *args)),),))
