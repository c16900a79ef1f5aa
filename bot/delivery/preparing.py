"""From an outbox row to an act of a channel: handles become foreign ids, lines are joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.conversation.decision import (
    GROUPS,
    Action,
    Diagnose,
    Mark,
    Quit,
    Release,
    Rename,
    Rewrite,
    Room,
    Say,
    TakeBack,
)
from bot.conversation.knowledge import held_by_person
from bot.conversation.say.contents import footed, headed
from bot.delivery import noted
from bot.delivery.ports import OutboxRow, Transaction
from channels.message import (
    Act,
    Address,
    AnswerPress,
    Buttons,
    ChangeThread,
    Content,
    Delete,
    Edit,
    FormattedText,
    Leave,
    Media,
    OpenThread,
    Outbound,
    Post,
    React,
    join,
)
from channels.protocol import Abilities

MERGED_LENGTH = 3000
"""Characters of joined lines at most."""
MERGED_LINES = 100
"""So many lines of a flood make one message; with fewer, it goes on for minutes after its end."""
MESSAGE_LENGTH = 4000
"""Characters after which a text surely takes one more message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What to send for a row, and for the rows joined to it."""

    rows: tuple[OutboxRow, ...]
    outbound: Outbound
    cost: int
    """Messages it counts for in the chat's budget."""
    left_out: tuple[str, ...] = ()
    """Names of files that the place cannot show; the act says so in words in their place."""
    diagnose: Diagnose | None = None
    """The post's content is still to be made by looking at the channel."""

    @property
    def row(self) -> OutboxRow:
        return self.rows[0]

    @property
    def opens(self) -> Room | None:
        """The room this act opens; the row itself goes in a later round."""
        return self.row.place.room if isinstance(self.outbound.act, OpenThread) else None


def prepare(
    tx: Transaction,
    row: OutboxRow,
    now: datetime,
    *,
    title: str,
    merge: bool,
    able: Abilities,
    repeated: Callable[[OutboxRow], FormattedText] | None,
    in_words: Callable[[Transaction, OutboxRow, Content], Content],
) -> Prepared | str:
    """Make the act for a row.

    Args:
        tx: the claiming transaction.
        title: name of the row's room, should it have to be opened.
        merge: whether the lines behind it may be joined to it.
        able: what can be shown at the row's address.
        repeated: says of a post that it may be a repetition; None: the channel sees to it that
            none is shown twice.
        in_words: tells a row's content in words alone, for a place that shows no files.

    Returns:
        What to send, or in words why there is nothing to send any more.
    """
    outgoing, place = row.outgoing, row.place
    asking = outgoing.conversation if outgoing.only_unheld else None
    if asking and held_by_person(tx.records, asking, now):
        return "a specialist holds the conversation"
    address = place.address
    if place.room is not None and not place.open:
        if able.threads:
            outbound = Outbound(id=row.id, address=address, act=OpenThread(title=title))
            return Prepared(rows=(row,), outbound=outbound, cost=1)
        noted.room_opened(tx, place.room, address)
    rows = (row, *_followers(tx, row)) if merge else (row,)
    if beyond := _beyond(outgoing.action, able):
        return beyond
    act = _act(tx, [_flagged(each, repeated) for each in rows], address, place.room)
    if isinstance(act, str):
        return act
    diagnose = outgoing.action if isinstance(outgoing.action, Diagnose) else None
    left_out: tuple[str, ...] = ()
    if not able.files and isinstance(act, Post | Edit) and act.content and act.content.parts:
        files = [part for part in act.content.parts if isinstance(part, Media)]
        left_out = tuple(file.name or file.kind for file in files)
        act = replace(act, content=in_words(tx, row, act.content))
    return Prepared(
        rows=rows,
        left_out=left_out,
        outbound=Outbound(id=row.id, address=address, act=act, arrived=row.arrived),
        cost=_cost(act),
        diagnose=diagnose,
    )


def _beyond(action: Action, able: Abilities) -> str:
    """Why nothing of an action can be shown at a place; empty if something can."""
    if isinstance(action, Rewrite | TakeBack) and not able.edits:
        return "nothing can be changed there"
    if isinstance(action, Mark) and not able.reactions:
        return "there are no reactions"
    if isinstance(action, Release) and not able.buttons:
        return "there are no buttons"
    return ""


def _flagged(row: OutboxRow, repeated: Callable[[OutboxRow], FormattedText] | None) -> OutboxRow:
    """A post that may have arrived before says so at a desk and among the administrators (case
    A3). For what the bot says to clients and to people outside a repetition does no harm."""
    say = row.outgoing.action
    if repeated is None or not row.copies or not isinstance(say, Say):
        return row
    if row.outgoing.audience not in GROUPS:
        return row
    # Of a post that is gone on with, the first messages must stay as they were.
    put = footed if row.arrived else headed
    return replace(
        row,
        outgoing=replace(
            row.outgoing, action=replace(say, content=put(repeated(row), say.content))
        ),
    )


def _act(
    tx: Transaction, rows: Sequence[OutboxRow], address: Address, room: Room | None
) -> Act | str:
    match rows[0].outgoing.action:
        case Say() as say:
            content = say.content
            if len(rows) > 1:
                content = Content(text=join("\n", [_text(row) for row in rows]))
            return _post(tx, replace(say, content=content), address, room)
        case Rewrite() as rewrite:
            return _edit(tx, rewrite, address, room)
        case TakeBack(handle=handle):
            messages = tuple(tx.records.places_of(handle, address.channel, address.chat))
            return Delete(messages=messages) if messages else "it was never posted"
        case Mark() as mark:
            return React(message=mark.message, state=mark.state)
        case Release() as release:
            return AnswerPress(press=release.press, text=release.text, alert=release.alert)
        case Rename() as rename:
            if address.thread is None:
                return "a plain group has no threads"
            return ChangeThread(title=rename.title, closed=rename.closed)
        case Quit():
            return Leave()
        case Diagnose():
            return Post(content=Content())
        case action:
            assert_never(action)


def _post(tx: Transaction, say: Say, address: Address, room: Room | None) -> Post:
    return Post(
        content=say.content,
        keyboard=say.keyboard,
        reply_to=_reply_to(tx, say, address, room),
        silent=say.silent,
        pin=say.pin,
        letterhead=say.letterhead,
    )


def _edit(tx: Transaction, rewrite: Rewrite, address: Address, room: Room | None) -> Act | str:
    message = rewrite.message or _first(tx, rewrite.handle, address)
    if message is None:
        anew = posted_anew(rewrite) if rewrite.pinned else None
        if anew is None:
            return "what should be changed was never posted"
        return _post(tx, anew, address, room)
    keyboard = rewrite.keyboard if isinstance(rewrite.keyboard, Buttons) else None
    return Edit(message=message, content=rewrite.content, keyboard=keyboard)


def posted_anew(rewrite: Rewrite) -> Say | None:
    """The post a rewrite changes, as it would read now, in case it is not there; None if the
    rewrite only takes buttons off or puts them on."""
    if rewrite.content is None:
        return None
    buttons = rewrite.keyboard
    return Say(
        content=rewrite.content,
        keyboard=None if isinstance(buttons, Buttons) and not buttons.rows else buttons,
        handle=rewrite.handle,
        pin=rewrite.pinned,
    )


def _reply_to(tx: Transaction, say: Say, address: Address, room: Room | None) -> str | None:
    message = say.answers or _first(tx, say.reply_to, address)
    if message is None and room is not None and address.thread is None:
        message = _first(tx, f"card:{room.key}", address)
    return message


def _first(tx: Transaction, handle: str | None, address: Address) -> str | None:
    places = tx.records.places_of(handle, address.channel, address.chat) if handle else ()
    return places[0] if places else None


def _followers(tx: Transaction, row: OutboxRow) -> list[OutboxRow]:
    """Plain lines right behind a plain line, as many as fit in one message."""
    if not _joinable(row):
        return []
    length = len(_text(row).text)
    followers: list[OutboxRow] = []
    for other in tx.outbox.unsent_after(row, MERGED_LINES):
        length += 1 + len(_text(other).text) if _joinable(other) else 0
        if not _joinable(other) or length > MERGED_LENGTH or _replies(other):
            break
        followers.append(other)
    return followers


def _joinable(row: OutboxRow) -> bool:
    say = row.outgoing.action
    return (
        isinstance(say, Say)
        and say.merge
        and not say.content.parts
        and say.keyboard is None
        and not say.pin
        and not row.arrived  # it is gone on with as it was begun
    )


def _replies(row: OutboxRow) -> bool:
    say = row.outgoing.action
    return isinstance(say, Say) and (say.reply_to or say.answers) is not None


def _text(row: OutboxRow) -> FormattedText:
    action = row.outgoing.action
    return action.content.text if isinstance(action, Say) else FormattedText()


def _cost(act: Act) -> int:
    match act:
        case Post(content=content, pin=pin):
            words = -(-len(content.text.text) // MESSAGE_LENGTH)
            return max(1, len(content.parts), words) + int(pin)
        case Edit() | OpenThread() | ChangeThread():
            return 1
        case Delete() | React() | AnswerPress() | Leave():
            return 0
        case _:
            assert_never(act)


def reopening(prepared: Prepared) -> Outbound:
    """The act that opens a closed thread again."""
    return replace(prepared.outbound, act=ChangeThread(closed=False))
