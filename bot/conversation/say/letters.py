"""What is said in a dialogue by letters, made into letters.

Handlers say things as in a chat. Here, and nowhere else, everything said to one client in one turn
becomes one letter with its letterhead; buttons become numbered choices, which the dialogue
remembers for the answer (``client.choices``); and what no letter can do – change or take back what
is in somebody's mailbox, release a button, react – is left out.

A chat that shows less than others is served here, too: where its place is ``batch``, all that is
said there in a turn becomes one message, and where it shows no buttons, numbered choices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Final

from bot.conversation.decision import Outgoing, Say, TakeBack
from bot.conversation.records import Tally
from bot.conversation.state import Choice, Conversation, Correspondence, Offered
from bot.conversation.turn import Turn
from channels.letter import NOBODY, Letterhead, Quotation
from channels.message import Address, Button, Buttons, Content, FormattedText, join

LETTER: Final = "letter:"
"""Begins the handles of letters that nothing else names."""
LETTERS: Final = "letters:"
"""Begins the kinds of marks that count a channel's automatic letters."""
REMEMBERED: Final = 10
"""Letters whose choices can still be answered."""
QUOTED: Final = 4_000
"""Characters of the client's letter that are quoted below ours."""
COUNTED: Final = timedelta(days=1)
"""How far back automatic letters to an address count."""
HOUR: Final = timedelta(hours=1)
CHAT_ONLY: Final = frozenset({"c:bot", "c:new", "c:languages", "c:faq", "c:tickets"})
"""Buttons that are of no use in a letter: whoever wants something new writes a new one."""

_SYMBOLS = re.compile(r"^[^\w\"'«(№#]+")


def make_letters(turn: Turn) -> None:
    """Make what a turn says in dialogues by letters into letters, as the last step of it.

    A letter stands where the last thing it says stood.
    """
    said: dict[str, list[Outgoing]] = {}
    result: list[Outgoing | str] = []
    for each in turn.outgoing:
        conversation = _by_letters(turn, each)
        if conversation is None:
            result.append(each)
        elif isinstance(each.action, Say):
            if conversation.id in said:
                result.remove(conversation.id)
            said.setdefault(conversation.id, []).append(each)
            result.append(conversation.id)
        elif isinstance(each.action, TakeBack) and _waits(turn, conversation, each.action):
            result.append(each)
    letters: list[Outgoing] = []
    for item in result:
        if isinstance(item, Outgoing):
            letters.append(item)
        elif (letter := _letter(turn, item, said[item])) is not None:
            letters.append(letter)
    turn.outgoing = letters


def _by_letters(turn: Turn, outgoing: Outgoing) -> Conversation | None:
    """The dialogue by letters an effect belongs to."""
    if isinstance(outgoing.action, Say) and outgoing.action.letterhead is not None:
        return None
    conversation = turn.parties.addressed(outgoing)
    return conversation if conversation is not None and conversation.letters else None


def _place(address: Address) -> tuple[str, str]:
    return address.channel, address.chat


def _waits(turn: Turn, conversation: Conversation, action: TakeBack) -> bool:
    return turn.records.post_state(action.handle, *_place(conversation.address)) == "waiting"


# --------------------------------------------------------------------------- one letter


def _letter(turn: Turn, name: str, said: Sequence[Outgoing]) -> Outgoing | None:
    conversation = turn.parties.conversation(name)
    if conversation is None or conversation.letters is None:
        raise LookupError(f"{name} is no dialogue by letters")
    automatic = all(each.origin is None for each in said)
    if conversation.address.chat == NOBODY or (automatic and _hushed(turn, conversation)):
        return None
    says = [each.action for each in said if isinstance(each.action, Say)]
    content = gathered([say.content for say in says])
    buttons, choices = _choices(says)
    if not content:
        return None
    handle = _handle(turn, says)
    letters = conversation.letters
    if choices:
        offered = Offered(handle=handle, choices=choices)
        letters = replace(letters, offered=(*letters.offered, offered)[-REMEMBERED:])
    if automatic and turn.answers_letter:
        recent = tuple(at for at in letters.automatic if turn.now - at < COUNTED)
        letters = replace(letters, automatic=(*recent, turn.now))
        _count(turn, conversation.address.channel)
    if letters != conversation.letters:
        turn.parties.put(replace(conversation, letters=letters))
    return Outgoing(
        to=conversation.address,
        action=Say(
            content=content,
            keyboard=buttons,
            handle=handle,
            reply_to=next((say.reply_to for say in says if say.reply_to), None),
            letterhead=_letterhead(
                turn,
                conversation,
                letters,
                automatic=automatic,
                signed=next((say.signed for say in says if say.signed), ""),
            ),
        ),
        urgency=min(each.urgency for each in said),
        audience="client",
        conversation=conversation.id,
        origin=next((each.origin for each in said if each.origin), None),
        # The Message-ID stays the same, so a second copy is recognised (acceptance case A4).
        resend_if_uncertain=True,
        only_unheld=all(each.only_unheld for each in said),
    )


def _hushed(turn: Turn, conversation: Conversation) -> bool:
    """Whether the bot must not write there by itself now."""
    until = conversation.letters.silent_until if conversation.letters else None
    silent = until is not None and until > turn.now
    return turn.mute or silent or conversation.unreachable_since is not None


def gathered(contents: Sequence[Content]) -> Content:
    """What several messages say, as one."""
    if len(contents) == 1:
        return contents[0]
    return Content(
        text=join("\n\n", (content.text for content in contents if content.text)),
        parts=tuple(part for content in contents for part in content.parts),
        source=tuple(ref for content in contents for ref in content.source),
    )


def _choices(says: Sequence[Say]) -> tuple[Buttons | None, tuple[Choice, ...]]:
    """All buttons as one list, each action once, and what their numbers stand for."""
    listed: dict[str, Button] = {}
    for say in says:
        for row in say.keyboard.rows if isinstance(say.keyboard, Buttons) else ():
            for button in row:
                action = button.action or ""
                if action.partition(":")[0] == "c" and _verb(action) in CHAT_ONLY:
                    continue
                plain = replace(button, label=plain_label(button.label))
                listed.setdefault(button.url or action, plain)
    choices = tuple(Choice(label=b.label, action=b.action) for b in listed.values() if b.action)
    buttons = Buttons(rows=tuple((button,) for button in listed.values()))
    return buttons if listed else None, choices


def _verb(action: str) -> str:
    return ":".join(action.split(":")[:2])


def plain_label(label: str) -> str:
    """A button's label without the picture in front of it."""
    return _SYMBOLS.sub("", label) or label


def _handle(turn: Turn, says: Sequence[Say]) -> str:
    """The handle of the letter: a message's own comes first, then that of a letter which asks
    something, then a ticket's."""
    handles = [say.handle for say in says if say.handle is not None]
    named = sorted(handles, key=lambda handle: (":" in handle, not handle.startswith(LETTER)))
    return named[0] if named else letter_handle(turn)


def letter_handle(turn: Turn) -> str:
    """A handle for a letter whose answers are no words for its ticket."""
    return f"{LETTER}{turn.ids.new_id()}"


# --------------------------------------------------------------------------- the day book


def written_lately(turn: Turn, channel: str) -> Tally:
    """How often the bot answered letters by itself, whoever wrote them, within the last hour."""
    return turn.records.tally(f"{LETTERS}{channel}", turn.now - HOUR)


def _count(turn: Turn, channel: str) -> None:
    """One letter more of a channel. They are counted by the minute: whoever counts at the same time
    waits for a moment, and nobody has to decide again."""
    turn.count(f"{LETTERS}{channel}", f"{turn.now.astimezone(UTC):%Y-%m-%dT%H:%M}")


# --------------------------------------------------------------------------- the letterhead


def _letterhead(
    turn: Turn,
    conversation: Conversation,
    letters: Correspondence,
    *,
    automatic: bool,
    signed: str,
) -> Letterhead:
    ours_only = automatic and not letters.proven
    name = "" if ours_only else _name(turn, conversation)
    return Letterhead(
        subject=_own_subject(turn, conversation)
        if ours_only or not letters.subject
        else letters.subject,
        mailbox=letters.mailbox,
        references=letters.references or _last_of_ours(turn, conversation, letters),
        greeting=greeting(turn, conversation.language, name) if automatic else "",
        signature="\n".join(each for each in (signed, signature(turn, conversation)) if each),
        quotation=None if ours_only else _quotation(turn, letters),
        automatic=automatic,
        language=conversation.language,
    )


def greeting(turn: Turn, language: str, name: str = "") -> str:
    """How a letter of the bot's begins. Specialists greet in their own words."""
    if not name:
        return turn.label("client.letter.greeting", language)
    return turn.label("client.letter.greeting_name", language, name=name)


def signature(turn: Turn, conversation: Conversation) -> str:
    """For whom we write."""
    company = turn.seen_in(conversation).settings.company.in_language(conversation.language)
    return turn.label("client.letter.signature", conversation.language, company=company)


def _name(turn: Turn, conversation: Conversation) -> str:
    """The client's name, if it is more than their address."""
    name = turn.parties.owner(conversation).name.strip()
    box = conversation.address.chat.partition("@")[0]
    return "" if "@" in name or name.lower() == box.lower() else name


def _own_subject(turn: Turn, conversation: Conversation) -> str:
    company = turn.seen_in(conversation).settings.company.in_language(conversation.language)
    return turn.label("client.letter.subject", conversation.language, company=company)


def _last_of_ours(
    turn: Turn, conversation: Conversation, letters: Correspondence
) -> tuple[str, ...]:
    """Where the client never wrote, our own last letter is what the next one follows."""
    place = _place(conversation.address)
    for offered in reversed(letters.offered):
        if found := turn.records.places_of(offered.handle, *place):
            return tuple(found)
    return ()


def _quotation(turn: Turn, letters: Correspondence) -> Quotation | None:
    message = turn.message(letters.last) if letters.last is not None else None
    words = message.content.words.strip() if message is not None else ""
    if message is None or not words:
        return None
    return Quotation(author=message.author.name, at=message.at, text=words[:QUOTED])


# --------------------------------------------------------------------------- chats that show less


def join_messages(turn: Turn) -> None:
    """Make one message of all that a turn says in one dialogue, where the place is ``batch``. It
    stands where the last of them stood."""
    numbers: dict[str, list[int]] = {}
    for number, each in enumerate(turn.outgoing):
        if (talk := _chat(turn, each)) is not None and turn.able(talk.address).batch:
            numbers.setdefault(talk.id, []).append(number)
    outgoing = dict(enumerate(turn.outgoing))
    for joined in numbers.values():
        posts = [outgoing.pop(number) for number in joined]
        outgoing[joined[-1]] = _joined(posts)
    turn.outgoing = [outgoing[number] for number in sorted(outgoing)]


def _chat(turn: Turn, outgoing: Outgoing) -> Conversation | None:
    """The dialogue, if not by letters, that a post is said in."""
    if not isinstance(outgoing.action, Say) or not isinstance(outgoing.to, Address):
        return None
    talk = turn.parties.addressed(outgoing)
    return talk if talk is not None and talk.letters is None else None


def _joined(posts: Sequence[Outgoing]) -> Outgoing:
    says = [post.action for post in posts if isinstance(post.action, Say)]
    if len(says) == 1:
        return posts[0]
    handles = [say.handle for say in says if say.handle is not None]
    return replace(
        posts[-1],
        action=replace(
            says[-1],
            content=gathered([say.content for say in says]),
            keyboard=_keyboard(says),
            # A message's own comes first, then a ticket's.
            handle=min(handles, key=lambda handle: ":" in handle, default=None),
            reply_to=next((say.reply_to for say in says if say.reply_to), None),
            silent=all(say.silent for say in says),
        ),
        urgency=min(post.urgency for post in posts),
        origin=next((post.origin for post in posts if post.origin), None),
        resend_if_uncertain=all(post.resend_if_uncertain for post in posts),
        only_unheld=all(post.only_unheld for post in posts),
    )


def _keyboard(says: Sequence[Say]) -> Buttons | None:
    """All buttons, each action once, less those that only lead elsewhere."""
    rows: dict[str, Button] = {}
    for say in says:
        for row in say.keyboard.rows if isinstance(say.keyboard, Buttons) else ():
            for button in row:
                if _verb(button.action or "") not in CHAT_ONLY:
                    rows.setdefault(button.url or button.action or "", button)
    return Buttons(rows=tuple((button,) for button in rows.values())) if rows else None


# --------------------------------------------------------------------------- numbered choices


def number_choices(turn: Turn) -> None:
    """Put numbered choices into what a turn says to clients where no button can be shown."""
    turn.outgoing = [_numbered(turn, each) for each in turn.outgoing]


def _numbered(turn: Turn, outgoing: Outgoing) -> Outgoing:
    say = outgoing.action
    if not isinstance(say, Say) or not isinstance(say.keyboard, Buttons):
        return outgoing
    talk = _chat(turn, outgoing)
    if talk is None or turn.able(talk.address).buttons:
        return outgoing
    buttons = [button for row in say.keyboard.rows for button in row]
    acting = [button for button in buttons if button.action is not None]
    lines = [f"{number} — {plain_label(b.label)}" for number, b in enumerate(acting, 1)]
    lines += [f"{plain_label(button.label)}: {button.url}" for button in buttons if button.url]
    content = replace(say.content, text=_below(say.content.text, "\n".join(lines)))
    handle = say.handle or f"choices:{turn.ids.new_id()}"
    turn.parties.put(_remembering(talk, handle, acting))
    return replace(outgoing, action=replace(say, content=content, keyboard=None, handle=handle))


def _below(text: FormattedText, lines: str) -> FormattedText:
    return text + f"\n\n{lines}" if text else FormattedText(lines)


def _remembering(talk: Conversation, handle: str, buttons: list[Button]) -> Conversation:
    choices = tuple(Choice(label=plain_label(b.label), action=b.action or "") for b in buttons)
    offered = Offered(handle=handle, choices=choices)
    return replace(talk, offered=(*talk.offered, offered)[-REMEMBERED:])
