"""Proving that an e-mail address is the client's: a code goes there by letter and is typed in the
chat.

The letter holds nothing the client wrote, and there are few of them, so that nobody can use us to
write to third parties (acceptance case E4).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.client.intake.answers import email
from bot.conversation.decision import Say, Urgency
from bot.conversation.events import DeliveryFailed
from bot.conversation.say.actions import token
from bot.conversation.say.screens import Row, button, keyboard, named
from bot.conversation.state import Commenting, Idle, Message, Proving
from bot.conversation.ticket import dialogues, identities
from bot.conversation.turn import Turn
from channels.letter import Letterhead
from channels.message import Address, Content
from escalation.ticket import Ticket

VALID: Final = timedelta(minutes=30)
"""How long a code is good."""
TRIES: Final = 5
"""Wrong codes after which it no longer is."""
SPAN: Final = timedelta(hours=1)
TO_ONE_ADDRESS: Final = 3
"""Letters with codes to one address within the span, whoever asks for them."""
FOR_ONE_CLIENT: Final = 5
"""Those one client may ask for, to whatever addresses."""
IN_ALL: Final = 100
MOST: Final = 3
"""Addresses one client may have."""
LONGEST: Final = 254
"""Characters of an address (RFC 5321 §4.5.3.1.3, less the brackets)."""

_LOOKS_LIKE_A_CODE: Final = re.compile(r"[\d\s\-–]{1,20}")


def possible(turn: Turn) -> bool:
    """Whether there is mail at all, and this is a chat: letters prove nothing in a chat."""
    return turn.workspace.own_mailbox is not None and turn.conversation.letters is None


def at(turn: Turn, address: str) -> Address:
    """An e-mail address as the channel of letters knows it."""
    letters = turn.workspace.settings.letter_channel
    return Address(channel=letters.name if letters else "", chat=address.lower())


# --------------------------------------------------------------------------- which address


def ask(turn: Turn) -> None:
    """Ask which address is the client's; those they gave us before are one tap away."""
    if not _free(turn):
        turn.say("client.email.later")
        return
    turn.change(waiting=Proving())
    rows = tuple(_offer(turn, known) for known in candidates(turn))
    turn.say(
        "client.email.ask",
        keyboard=keyboard(*rows, (button(turn, "client.button.cancel", "c:cancel"),)),
    )


def candidates(turn: Turn) -> list[str]:
    """Addresses the client gave as answers and has not proved."""
    topics, facts = turn.workspace.topics, turn.client.facts
    asked = {q.id for t in topics.values() for q in t.questions if q.type == "email"}
    given = [facts[question] for question in asked & facts.keys()]
    given += [each for ticket in turn.tickets() for each in emails_in(turn, ticket)]
    proven = {address.chat for address in turn.client.addresses}
    return [each for each in dict.fromkeys(map(str.lower, given)) if each not in proven]


def emails_in(turn: Turn, ticket: Ticket) -> list[str]:
    """The e-mail addresses among a ticket's answers."""
    topic = turn.workspace.topics.get(ticket.topic or "")
    asked = {q.id for q in topic.questions if q.type == "email"} if topic else set()
    return [answer.value for answer in ticket.answers if answer.question in asked]


def _offer(turn: Turn, address: str) -> Row:
    label = turn.label("client.button.prove", turn.language, address=address)
    return (named(label, "c:prove", token(address)),)


def invitation(turn: Turn, ticket: Ticket) -> tuple[Row, ...]:
    """A button under the news that a ticket is open, for a client with no proven address."""
    if not possible(turn) or turn.client.addresses:
        return ()
    given = emails_in(turn, ticket)
    if given:
        return (_offer(turn, given[0].lower()),)
    return ((button(turn, "client.button.email", "c:email"),),)


def pick(turn: Turn, picked: str) -> bool:
    """One of the addresses on offer; False if it is on offer no more."""
    waiting = turn.conversation.waiting
    known = [waiting.address] if isinstance(waiting, Proving) and waiting.address else []
    found = next((each for each in (*known, *candidates(turn)) if token(each) == picked), None)
    if found is None:
        return False
    begin(turn, found)
    return True


# --------------------------------------------------------------------------- the letter


def begin(turn: Turn, written: str) -> None:
    """Send a code to an address, if that may be."""
    if not _free(turn):
        turn.say("client.email.later")
        return
    address = email(written)
    if address is None or len(address) > LONGEST:
        turn.say("client.wrong.email")
        return
    to = at(turn, address)
    if _is_ours(turn, to.chat):
        turn.say("client.email.ours")
    elif to in turn.client.addresses:
        turn.say("client.email.yours", address=to.chat)
        turn.change(waiting=Idle())
    elif len(turn.client.addresses) >= MOST:
        turn.say("client.email.enough")
    elif not _within_limits(turn, to):
        turn.say("client.email.too_often")
    else:
        _send(turn, to)


def _free(turn: Turn) -> bool:
    """Whether nothing else is waited for that a code would push aside."""
    return isinstance(turn.conversation.waiting, Idle | Commenting | Proving)


def _is_ours(turn: Turn, address: str) -> bool:
    """Whether letters to an address would come back to us."""
    local, _, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return turn.workspace.is_ours(plain)


def _recent(turn: Turn) -> tuple[datetime, ...]:
    return tuple(at for at in turn.client.codes_sent if turn.now - at < SPAN)


def _within_limits(turn: Turn, to: Address) -> bool:
    """Whether one more letter with a code may be written (acceptance case E4)."""
    since, posts = turn.now - SPAN, turn.records.posts_since
    handles = {_handle(turn.now), _handle(since)}
    return (
        len(_recent(turn)) < FOR_ONE_CLIENT
        and sum(posts(handle, since, to=to) for handle in handles) < TO_ONE_ADDRESS
        and sum(posts(handle, since) for handle in handles) < IN_ALL
    )


def _handle(at: datetime) -> str:
    """Names the letters of one hour, so that counting them looks at no older ones."""
    return f"code:{at:%Y%m%d%H}"


def _send(turn: Turn, to: Address) -> None:
    code, language = turn.ids.new_code(), turn.language
    company = turn.workspace.settings.company.in_language(language)
    if isinstance(turn.conversation.waiting, Commenting):
        turn.wake("rating", turn.conversation.waiting.ticket, None)
    turn.change(waiting=Proving(address=to.chat, code=code, until=turn.now + VALID))
    turn.change_client(codes_sent=(*_recent(turn), turn.now))
    turn.send(
        to,
        Say(
            content=Content(
                text=turn.words(
                    "client.code.letter", language, code=code, company=company, wait=VALID
                )
            ),
            handle=_handle(turn.now),
            letterhead=Letterhead(
                subject=turn.label("client.code.subject", language, company=company),
                mailbox=turn.workspace.own_mailbox,
                language=language,
            ),
        ),
        audience="client",
        urgency=Urgency.PEOPLE,
        conversation=turn.conversation.id,
    )
    turn.say(
        "client.email.sent",
        address=to.chat,
        wait=VALID,
        keyboard=keyboard((button(turn, "client.button.cancel", "c:cancel"),)),
    )


def undelivered(turn: Turn, event: DeliveryFailed) -> bool:
    """A letter with a code did not get there; False if it was another post.

    It is the one post of a dialogue that goes elsewhere than the dialogue's own address.
    """
    conversation = turn.parties.addressed(event)
    if conversation is None or dialogues.is_at(conversation, event.to):
        return False
    turn.about(conversation, turn.parties.owner(conversation))
    waiting = turn.conversation.waiting
    # Nobody else waits for it, and the client may have given up or named another address.
    if isinstance(waiting, Proving) and at(turn, waiting.address).chat == event.to.chat:
        turn.change(waiting=Idle())
        turn.say("client.email.failed", address=event.to.chat)
    return True


# --------------------------------------------------------------------------- the code


def heard(turn: Turn, message: Message) -> bool:
    """What the client wrote while an address or a code is waited for; False if it is neither:
    then it is for the bot or a specialist as ever."""
    waiting, words = turn.conversation.waiting, message.content.words.strip()
    if not isinstance(waiting, Proving) or message.content.parts:
        return False
    if not waiting.code:
        if "@" in words:
            begin(turn, words)
            return True
        turn.change(waiting=Idle())
        return False
    if not _LOOKS_LIKE_A_CODE.fullmatch(words):
        return False
    _try(turn, waiting, re.sub(r"\D", "", words))
    return True


def _try(turn: Turn, waiting: Proving, typed: str) -> None:
    again = (button(turn, "client.button.code_again", "c:prove", token(waiting.address)),)
    if waiting.until is None or turn.now >= waiting.until:
        turn.say("client.email.expired", keyboard=keyboard(again))
        return
    if hmac.compare_digest(typed, waiting.code):
        turn.change(waiting=Idle())
        _proven(turn, at(turn, waiting.address))
        return
    tries = waiting.tries + 1
    if tries < TRIES:
        turn.change(waiting=replace(waiting, tries=tries))
        turn.say("client.email.wrong", n=TRIES - tries)
        return
    turn.change(waiting=replace(waiting, tries=tries, until=None))
    turn.say("client.email.spent", keyboard=keyboard(again))


def _proven(turn: Turn, address: Address) -> None:
    identities.join(turn, address)
    turn.say(
        "client.email.proven",
        address=address.chat,
        keyboard=keyboard(
            (button(turn, "client.button.tickets", "c:tickets"),),
            (button(turn, "client.button.email", "c:email"),),
        ),
    )


def cancel(turn: Turn) -> None:
    """No address after all."""
    turn.change(waiting=Idle())
    turn.say("client.email.cancelled")
