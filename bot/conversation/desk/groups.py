"""Groups as such: our standing in them, their ids, and groups that are no desk's."""

from __future__ import annotations

from bot.conversation.decision import Audience, Quit, Say
from bot.conversation.ticket.rooms import desks_at
from bot.conversation.turn import Turn
from channels.message import Address, Content, FormattedText, Inbound, Membership, Moved


def post(turn: Turn, address: Address, text: FormattedText, *, audience: Audience) -> None:
    """Post words of ours in a group."""
    turn.send(address, Say(content=Content(text=text)), audience=audience)


def post_ids(turn: Turn, inbound: Inbound, language: str, *, audience: Audience) -> None:
    """What an administrator writes into the settings: nothing but what the group itself shows."""
    address = inbound.address
    if address.thread is None:
        text = turn.words("desk.id", language, chat=address.chat)
    else:
        text = turn.words("desk.id_thread", language, chat=address.chat, thread=address.thread)
    post(turn, address, text, audience=audience)


def is_admin_chat(turn: Turn, inbound: Inbound) -> bool:
    """Whether something happened in the administrators' chat."""
    admins = turn.workspace.admins
    return admins is not None and turn.today(admins) == _group(inbound)


def stranger(turn: Turn, inbound: Inbound) -> None:
    """Something happened in a group that is no desk's: nothing of ours is said there (case B23).
    The bot leaves, or is silent, by setting."""
    if turn.workspace.settings.strange_groups == "leave":
        turn.send(_group(inbound), Quit(), audience="desk")


def standing(turn: Turn, inbound: Inbound, event: Membership) -> None:
    """Our own standing in a group changed (case B13)."""
    group = _group(inbound)
    here = desks_at(turn, inbound.channel, group.chat)
    if event.status != "absent" and (here or is_admin_chat(turn, inbound)):
        turn.returned(group)
    if not here:
        if event.status != "absent" and not is_admin_chat(turn, inbound):
            _introduced_to_stranger(turn, inbound)
        return
    language = turn.workspace.default_language
    args = {
        "desk": ", ".join(desk.title.in_language(language) for desk in here),
        "chat": group.chat,
        "title": event.title,
    }
    if event.status == "absent":
        turn.tell_admins("desk.admin.removed", **args)
    elif event.status == "member":
        turn.tell_admins("desk.admin.no_administrator", **args)
    elif not event.can_manage_topics:
        turn.tell_admins("desk.admin.no_topics", **args)
    else:
        turn.tell_admins("desk.admin.ready", **args)


def _introduced_to_stranger(turn: Turn, inbound: Inbound) -> None:
    """Added to a group that is no desk's: whoever sets up a desk reads the id they need, which the
    group itself knows anyway, before the bot leaves."""
    if turn.workspace.settings.strange_groups == "leave":
        group = _group(inbound)
        language = turn.workspace.default_language
        text = turn.words("desk.id_and_leave", language, chat=group.chat)
        post(turn, group, text, audience="desk")
        turn.send(group, Quit(), audience="desk")


def moved(turn: Turn, inbound: Inbound, event: Moved) -> None:
    """The group has a new id (case B11): everything follows, the administrators amend the file."""
    old = _group(inbound)
    new = Address(channel=inbound.channel, chat=event.chat)
    here = desks_at(turn, inbound.channel, old.chat)
    turn.moved(old, new)
    if here or is_admin_chat(turn, inbound):
        turn.tell_admins("desk.admin.moved", old=old.chat, new=new.chat)


def _group(inbound: Inbound) -> Address:
    return Address(channel=inbound.channel, chat=inbound.address.chat)
