"""Letters: which dialogue they belong to, and whether the bot may answer by itself.

What a letter says is dealt with as in a chat (``arrivals``). Letters never reach the desk's side:
no letter commands anything, whoever it claims to be from (acceptance case E3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.conversation import envelopes
from bot.conversation.client import (
    arrivals,
    choices,
    closing,
    commands,
    line0,
    opening,
    people,
    problem,
    smalltalk,
    status,
    writing,
)
from bot.conversation.client.intake import intake, topics
from bot.conversation.client.letters import automatic, evidence, wishes
from bot.conversation.client.letters.evidence import Evidence
from bot.conversation.envelopes import bare, same_subject
from bot.conversation.say.letters import COUNTED, HOUR, written_lately
from bot.conversation.say.screens import ticket_handle
from bot.conversation.state import (
    ChoosingTopic,
    Client,
    Conversation,
    Correspondence,
    Identity,
    Idle,
    Intake,
    Message,
)
from bot.conversation.ticket.rooms import live_rooms, say_in
from bot.conversation.turn import Turn
from channels.letter import NOBODY, Letter
from channels.message import Content, FormattedText, Inbound, Said
from escalation.ticket import Ticket
from faq.text import language_of, normal

ECHOED: Final = 20
"""Letters of the shortest text that makes a machine of whoever sends it twice."""
SPOKEN: Final = 3
"""Words from which on the language of an answer is the client's."""

_STATUS: Final = frozenset({"status", "статус"})


def handle(turn: Turn, inbound: Inbound, said: Said, letter: Letter) -> None:
    """A letter came that is no report about ours and belongs to no exchange of a desk's."""
    found = evidence.weigh(turn, inbound, letter)
    if letter.automatic == "spam" and found.joins is not None:
        letter = replace(letter, automatic=None)  # a filter's guess; they answer a letter of ours
    if letter.automatic is not None:
        automatic.wrote(turn, inbound, said, letter, found)
        return
    _person_wrote(turn, inbound, said, letter, found)


def _person_wrote(
    turn: Turn, inbound: Inbound, said: Said, letter: Letter, found: Evidence
) -> None:
    turn.answers_letter = True
    known = list(
        turn.records.latest_exchanges(
            inbound.channel,
            inbound.address.chat,
            suspicious=letter.suspicious,
            limit=max(evidence.LATEST, turn.workspace.settings.letters.automatic_per_day),
        )
    )
    joins = found.joins
    if joins is not None and joins.letters is not None and joins.id not in {k.id for k in known}:
        known += [joins] if joins.letters.suspicious is letter.suspicious else []
    tripped = _may_not_answer(turn, inbound, known)
    too_many = None if found.joins is not None else _one_of_too_many(turn, inbound, letter, known)
    goes_on = found.joins or too_many
    new_subject = True
    if goes_on is not None:
        new_subject = _go_on(turn, goes_on, said.content.words, letter, signed=found.signed)
    else:
        _begin(turn, inbound, said, letter, found, known)
    answered = writing.replied_to(turn, inbound, said.reply_to)
    repeats = found.signed and _repeats(turn, said)
    message = _keep(turn, inbound, said, letter, new_subject=new_subject, reply_to=answered)
    if turn.client.quarantined:
        return
    if repeats:
        turn.mute = True
        automatic.beside(turn, message)
    elif turn.mute:
        _to_people(turn, message)
    else:
        joined = too_many is not None
        _listen(turn, inbound, message, letter, answered, new_subject=new_subject, joined=joined)
    if tripped or repeats:
        _silence(turn)
        _tell_of_silence(turn)


def _listen(
    turn: Turn,
    inbound: Inbound,
    message: Message,
    letter: Letter,
    answered: str | None,
    *,
    new_subject: bool,
    joined: bool,
) -> None:
    """What a person's letter says.

    Args:
        joined: a fresh letter, kept with an earlier ticket as its sender may have no further one.
    """
    problem.lapse(turn)
    if letter.too_large:
        turn.say("client.letter.too_large", size=max(1, letter.too_large // 1_000_000))
        _to_people(turn, message)
        return
    if letter.encrypted and not message.content.words.strip():
        _cannot_be_read(turn)
        _to_people(turn, message)
        return
    if _asks_status(message, letter):
        status.by_letter(turn)
        return
    if choices.answered(turn, inbound, message, answered) or _wishes(turn, message):
        return
    if joined and turn.tickets():
        _join(turn, message)
        return
    ended = _over(turn, new_subject=new_subject)
    if ended is not None and smalltalk.of(message) is None:
        turn.change(follows=ended.number)
        line0.consider(turn, message)
        return
    arrivals.heard(turn, inbound, message, answered)


def _join(turn: Turn, message: Message) -> None:
    """Put a fresh letter into the ticket its sender has, and say so; what line 0 surely knows of it
    helps meanwhile."""
    ticket = max(turn.tickets(), key=lambda ticket: ticket.number)
    writing.deliver(turn, ticket, message)
    if turn.held:
        return
    number, handle = ticket.number, ticket_handle(turn, ticket.number)
    turn.say("client.letter.joined", number=number, handle=handle, only_unheld=True)
    line0.alongside(turn, message, ticket)


def _wishes(turn: Turn, message: Message) -> bool:
    """A person, or an end of it, asked for in the first line: possible at every step, whatever the
    last letter offered (acceptance case F9). False if nothing of the kind is asked for."""
    first = message.content.text.text.strip().partition("\n")[0]
    waiting = turn.conversation.waiting
    if wishes.to_cancel(turn, first) and not isinstance(waiting, Idle):
        commands.cancel(turn)
        return True
    if not wishes.for_a_person(turn, first):
        return False
    if isinstance(waiting, Intake | ChoosingTopic):
        problem.add(turn, message)
        intake.person_now(turn)
        return True
    tickets = turn.tickets(since=evidence.LONG_AGO)
    if tickets and not turn.conversation.problem:
        return False  # people have it already, or it is opened again
    problem.add(turn, message)
    said = [problem.whole(each).content.words for each in problem.messages(turn)]
    opening.open_problem(turn, topics.named_in(turn, "\n".join(said)))
    return True


def _over(turn: Turn, *, new_subject: bool) -> Ticket | None:
    """The ended ticket that a letter is not the continuation of but follows up: it can be reopened
    no more, or the subject is another one (acceptance case C16)."""
    tickets = turn.tickets(since=evidence.LONG_AGO)
    if not tickets or any(ticket.status.open for ticket in tickets):
        return None
    if turn.conversation.problem or turn.conversation.with_bot:
        return None
    latest = max(tickets, key=lambda ticket: ticket.number)
    return latest if new_subject or not closing.in_grace(turn, latest) else None


def _asks_status(message: Message, letter: Letter) -> bool:
    """``status`` as the whole letter, or as the subject of one that says nothing else."""
    words = message.content.words
    first, _, rest = words.strip().partition("\n")
    subject = normal(bare(letter.subject))
    if letter.suspicious or message.content.parts:
        return False
    if normal(first) in _STATUS:
        return not rest.strip() or smalltalk.kind(Content(text=FormattedText(rest))) is not None
    return subject in _STATUS and (smalltalk.kind(message.content) is not None or not words.strip())


# --------------------------------------------------------------------------- the dialogue


def _go_on(
    turn: Turn, conversation: Conversation, words: str, letter: Letter, *, signed: bool
) -> bool:
    """Make the turn about a known dialogue. Returns whether the letter brings a new subject."""
    if conversation.letters is None:
        raise LookupError(f"{conversation.id} is no dialogue by letters")
    turn.about(conversation, turn.parties.owner(conversation))
    known = conversation.letters
    spoken = people.language_named(turn, language_of(words))
    if spoken and not conversation.language_chosen and len(words.split()) >= SPOKEN:
        turn.change(language=spoken)
    subject = bare(letter.subject)
    ours = [
        turn.label(
            "client.letter.subject",
            code,
            company=turn.workspace.settings.company.in_language(code),
        )
        for code in turn.workspace.texts.languages()
    ]
    same = not subject or _among(subject, (known.subject, *ours))
    turn.change(
        letters=replace(
            known,
            # Our own words over their letter are no subject of theirs.
            subject=subject if subject and not _among(subject, ours) else known.subject,
            mailbox=letter.mailbox or known.mailbox,
            references=letter.references or known.references,
            answered=known.answered or signed,
            vouched=letter.vouched,
            machines_only=False,
        )
    )
    return not same


def _among(subject: str, known: Sequence[str]) -> bool:
    return any(same_subject(subject, one) for one in known)


def _begin(
    turn: Turn,
    inbound: Inbound,
    said: Said,
    letter: Letter,
    found: Evidence,
    known: Sequence[Conversation],
) -> None:
    """Make a new dialogue, of whoever this address is known to be."""
    identity = turn.parties.identity(inbound.address)
    earlier = known[-1] if known else None
    client = _client(turn, inbound, letter, identity, earlier)
    written = people.language_named(turn, language_of(said.content.words or letter.subject))
    chosen = earlier is not None and earlier.language_chosen
    name = turn.ids.new_id()
    turn.about(
        Conversation(
            id=name,
            client=client.id,
            address=replace(inbound.address, thread=name),
            language=(earlier.language if earlier is not None and chosen else written)
            or turn.workspace.default_language,
            language_chosen=chosen,
            letters=Correspondence(
                subject=bare(letter.subject),
                mailbox=letter.mailbox,
                references=letter.references,
                answered=not letter.suspicious
                and (
                    identity is not None
                    or any(talk.letters is not None and talk.letters.answered for talk in known)
                ),
                vouched=letter.vouched,
                suspicious=letter.suspicious,
                looks_like=found.looks_like,
                silent_until=_silent_until(known),
                machines_only=letter.automatic is not None,
            ),
        ),
        client,
    )


def _client(
    turn: Turn,
    inbound: Inbound,
    letter: Letter,
    identity: Identity | None,
    earlier: Conversation | None,
) -> Client:
    """Whose letter it is: the owner of a proven address, else whoever wrote from there before,
    else somebody new. A doubtful sender is nobody we know."""
    proven = identity.client if identity is not None and not letter.suspicious else None
    known = proven or (earlier.client if earlier is not None else None)
    client = turn.records.client(known) if known is not None else None
    return client or Client(id=turn.ids.new_id(), name=inbound.sender.name, created_at=turn.now)


def _one_of_too_many(
    turn: Turn, inbound: Inbound, letter: Letter, known: Sequence[Conversation]
) -> Conversation | None:
    """Where a fresh letter goes if its sender has as many open tickets as they may have, or gets
    no answers by themselves now: letters must not make tickets without end (case E8). An address
    from which no letter of ours was answered yet may be anybody's: it opens one in an hour. What
    claims in vain to answer something joins nothing by that (case E2)."""
    opened = {t.number: (t, talk) for talk in known for t in turn.records.tickets_of(talk.id)}
    if not opened:
        return None
    ticket, talk = opened[max(opened)]
    answered = any(each.letters is not None and each.letters.answered for each in known)
    new = not (answered or letter.answers) and turn.parties.identity(inbound.address) is None
    one = turn.mute or (new and turn.now - ticket.opened_at < HOUR)
    return talk if len(opened) >= (1 if one else turn.workspace.settings.tickets.budget) else None


def _keep(
    turn: Turn,
    inbound: Inbound,
    said: Said,
    letter: Letter,
    *,
    new_subject: bool,
    reply_to: str | None,
) -> Message:
    """Save the letter before anything is made of it."""
    message = people.keep(
        turn,
        inbound,
        replace(said, content=_with_forwarded(said.content, letter)),
        reply_to=reply_to,
        envelope=envelopes.envelope(said, letter, new_subject=new_subject),
    )
    letters = turn.conversation.letters
    if letters is not None:
        turn.change(letters=replace(letters, last=message.id))
    return message


def _with_forwarded(content: Content, letter: Letter) -> Content:
    """A forwarded message belongs to what is said (acceptance case C10)."""
    if not letter.forward or not letter.quoted.strip():
        return content
    quoted = FormattedText(letter.quoted.strip()).wrapped("quote", "expandable")
    return replace(content, text=content.text + "\n\n" + quoted)


# --------------------------------------------------------------------------- loops


def _may_not_answer(turn: Turn, inbound: Inbound, known: Sequence[Conversation]) -> bool:
    """Look whether the bot may answer this address by itself, and be mute if not.

    Returns:
        Whether the number of letters to it has just become too large (acceptance case E1).
    """
    letters = [talk.letters for talk in known if talk.letters is not None]
    policy = turn.workspace.settings.letters
    if inbound.address.chat == NOBODY or any(
        each.silent_until is not None and each.silent_until > turn.now for each in letters
    ):
        turn.mute = True
        return False
    written = [at for each in letters for at in each.automatic if turn.now - at < COUNTED]
    if len(written) >= policy.automatic_per_day:
        turn.mute = True
        return True
    lately = written_lately(turn, inbound.channel)
    if lately.count >= policy.automatic_per_hour:
        turn.mute = True
        _tell_of_limit(turn, inbound.channel, lately.first or turn.now)
    return False


def _tell_of_limit(turn: Turn, channel: str, since: datetime) -> None:
    """The administrators hear once of each time that the limit of all addresses is reached."""
    handle = f"limit:{channel}:{since:%Y%m%d%H}"
    n = turn.workspace.settings.letters.automatic_per_hour
    turn.tell_admins_once(handle, "admin.letters.limit", n=n)


def _silent_until(known: Sequence[Conversation]) -> datetime | None:
    """Until when the bot answers nothing from an address by itself. A new exchange takes that over:
    only the latest ones are looked at."""
    until = (talk.letters.silent_until for talk in known if talk.letters is not None)
    return max((each for each in until if each is not None), default=None)


def _repeats(turn: Turn, said: Said) -> bool:
    """Whether the answer to a letter of ours is word for word the one of a moment ago: a machine
    that does not say it is one."""
    letters = turn.conversation.letters
    last = turn.message(letters.last) if letters is not None and letters.last else None
    words = normal(said.content.words)
    if last is None or turn.now - last.at > COUNTED or len(words) < ECHOED:
        return False
    return words == normal(last.content.words)


def _silence(turn: Turn) -> None:
    letters = turn.conversation.letters
    if letters is not None:
        until = turn.now + turn.workspace.settings.letters.silence
        turn.change(letters=replace(letters, silent_until=until))


def _tell_of_silence(turn: Turn) -> None:
    """The desk that has the ticket, and the administrators, hear of it."""
    until = turn.now + turn.workspace.settings.letters.silence
    for ticket in turn.tickets():
        for room in live_rooms(turn, ticket):
            say_in(turn, room, "desk.line.silenced", silent=True, until=until)
    turn.tell_admins("admin.letters.silenced", address=turn.conversation.address.chat, until=until)


def _cannot_be_read(turn: Turn) -> None:
    """Ask once for letters that need no key."""
    letters = turn.conversation.letters
    if letters is None or letters.told_encrypted:
        return
    turn.change(letters=replace(letters, told_encrypted=True))
    turn.say("client.letter.encrypted")


def _to_people(turn: Turn, message: Message) -> None:
    """Words that the bot does not deal with: into the open ticket, or into one that is opened."""
    tickets = turn.tickets()
    if tickets:
        writing.deliver(turn, writing.current(turn, tickets) or tickets[-1], message)
        return
    ended = closing.latest_in_grace(turn)
    if ended is not None:
        closing.reopen(turn, ended, message)
        return
    problem.add(turn, message)
    opening.open_problem(turn, topics.named_in(turn, problem.whole(message).content.words))
