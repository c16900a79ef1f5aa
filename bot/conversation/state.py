"""What the machine knows of a client and their dialogue between two events. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from channels.letter import Automatic
from channels.message import Address, Content, FormattedText
from escalation.ticket import Author, IntakeAnswer, Tried

Preference = Literal["last", "chat", "letters"]
"""Where a client wants to be answered: where they last wrote about it, in the chat, by letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The person who asks, over all their channels."""

    id: str
    name: str
    username: str | None = None
    created_at: datetime
    facts: dict[str, str] = field(default_factory=dict)
    """Remembered answers (question id: value) that are never asked again."""
    quarantined: bool = False
    """An administrator silenced a flood: messages are kept, tickets are not opened."""
    named_by_desk: bool = False
    """A specialist corrected the name: what a channel calls the client no longer changes it."""
    addresses: tuple[Address, ...] = ()
    """Addresses they proved to be theirs beside the chat they did it in, the latest last. Whose an
    address is, ``Records.identity`` says; kept here too, so that nothing has to be looked up for
    the many who proved none."""
    chat: str | None = None
    """The dialogue they proved the latest one in."""
    prefers: Preference = "last"
    codes_sent: tuple[datetime, ...] = ()
    """When letters with a code were sent at their wish, within the last hour."""
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An address of a channel that a client proved to be theirs: whatever is said from it, they
    say. Taking it away parts what was joined, as if it had never been."""

    channel: str
    chat: str
    client: str
    proven_at: datetime


# What the bot is waiting for. Everything that can be known from a pressed button itself (which
# entry, which ticket) travels in the button's action and is not kept here.


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing: the next message is a new question."""

    type: Literal["idle"] = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingTopic:
    """Which topic it is, by button or in words."""

    type: Literal["choosing_topic"] = "choosing_topic"
    ticket: int | None = None
    """The ticket it is asked for, if that is open already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The answer to one question of a topic."""

    type: Literal["intake"] = "intake"
    topic: str
    asked: str
    """Id of the question on screen."""
    answers: tuple[IntakeAnswer, ...] = ()
    skipped: tuple[str, ...] = ()
    refused: int = 0
    """Wrong answers to this question so far."""
    form: tuple[str, ...] = ()
    """By letters: the questions of the last letter, numbered from 1 in this order."""
    repeated: tuple[str, ...] = ()
    """By letters: questions that were asked a second time. There is no third."""
    ticket: int | None = None
    """The ticket they are asked for, if that is open already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingTicket:
    """Which of several open tickets the kept messages belong to."""

    type: Literal["choosing_ticket"] = "choosing_ticket"
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commenting:
    """A few words to go with a rating."""

    type: Literal["commenting"] = "commenting"
    ticket: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """The address the client says is theirs, or (once there is a ``code``) the code we sent to
    it."""

    type: Literal["proving"] = "proving"
    address: str = ""
    code: str = ""
    until: datetime | None = None
    """The code is good before."""
    tries: int = 0
    """Wrong codes so far."""


Waiting = Annotated[
    Idle | ChoosingTopic | Intake | ChoosingTicket | Commenting | Proving,
    Field(discriminator="type"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a number in an answer stands for: the action of the button it replaces."""

    label: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The choices a message of ours offered in words, numbered from 1 in this order."""

    handle: str
    """Of that message."""
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """What is remembered of a dialogue that goes on by letters."""

    subject: str
    """Of its first letter, without ``Re:``."""
    mailbox: str | None = None
    """Our address the client wrote to."""
    references: tuple[str, ...] = ()
    """Message-IDs for the next letter, oldest first."""
    last: str | None = None
    """Our id of the client's last letter: quoted below the next answer."""
    answered: bool = False
    """Whoever reads mail at the address has answered a letter of ours, or proved that it is
    theirs. Until then what we write by ourselves repeats no word of what came from there, or
    anybody could send words of theirs to third parties through us (acceptance case E4)."""
    vouched: bool = False
    """Our own mail server says that the letters come from the address's domain (DMARC)."""
    suspicious: bool = False
    """It began with a letter whose sender seems to be forged: it tells nothing of the client who
    lives at the address, and that client is not its client."""
    looks_like: int | None = None
    """The ticket it seems to go on about, without proof (acceptance case C15)."""
    offered: tuple[Offered, ...] = ()
    """What may be answered with a number: the latest letters that asked something."""
    automatic: tuple[datetime, ...] = ()
    """When the bot answered letters by itself, within the last days."""
    silent_until: datetime | None = None
    """The bot answers nothing by itself until then: two machines were writing to each other."""
    machines_only: bool = False
    """No person has written here yet."""
    told_encrypted: bool = False
    """The client was asked for letters that need no key to be read."""
    ticket: int | None = None
    """The ticket we began it for, which has its place in another dialogue of the client."""

    @property
    def proven(self) -> bool:
        """Whether what comes from the address may be repeated to it: whoever reads mail there wrote
        it. Until then our letters hold only words of ours."""
        return self.answered or self.vouched


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Everything one client says in one chat or one exchange of letters; it survives tickets."""

    id: str
    client: str
    address: Address
    language: str
    language_chosen: bool = False
    """The client picked the language; the channel's hint no longer changes it."""
    waiting: Waiting = Idle()
    problem: tuple[str, ...] = ()
    """Our ids of the client's messages about a problem that has no ticket yet, oldest first."""
    tried: tuple[Tried, ...] = ()
    """What line 0 offered for that problem."""
    problem_at: datetime | None = None
    """When the client last said something about it."""
    follows: int | None = None
    """The ended ticket that problem follows up."""
    current_ticket: int | None = None
    """The ticket the client's plain messages go to while several are open."""
    with_bot: bool = False
    """The client left their specialist to ask the bot something."""
    unreachable_since: datetime | None = None
    told_closed_until: datetime | None = None
    """Opening time the client was last told of; said once per closed period."""
    offered: tuple[Offered, ...] = ()
    """What the latest numbered choices stand for, in a chat without buttons; letters remember
    their own."""
    letters: Correspondence | None = None
    """Set if it goes on by letters; then ``address.thread`` is ``id``."""
    version: int = 0

    @property
    def proven(self) -> bool:
        """Whether whoever reads what we write there is its client, for all we know. A chat is its
        person's; letters may be answered under a forged sender, until one of ours was read."""
        return self.letters is None or self.letters.proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What came around the words of a letter, for the desk to look into."""

    subject: str = ""
    """Set if the letter brought a new one; then it belongs to what is said."""
    quoted: str = ""
    """What was cut off, and not more of it than people read."""
    original: str = ""
    """The letter as it came: absolute path of a file of ours."""
    warnings: tuple[str, ...] = ()
    automatic: Automatic | None = None
    """No person wrote it."""
    encrypted: bool = False
    """Some of it can be read with a key only."""


MessageKind = Literal["client", "reply", "note", "bot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing that was said, kept for the history. ``kind``: the client's own, a specialist's
    reply to the client, an internal note, or words of the bot."""

    id: str
    conversation: str
    ticket: int | None
    kind: MessageKind
    author: Author
    content: Content
    at: datetime
    reply_to: str | None = None
    """Our id of the message it answers."""
    quote: FormattedText = field(default_factory=FormattedText)
    """The words of that message that the author picked out."""
    recalled: bool = False
    side_thread: str | None = None
    """The exchange with an outside expert a note belongs to: words to them, or theirs."""
    envelope: Envelope | None = None
    """Set if it came as a letter."""
    thinned: bool = False
    """What it said was kept for a time only (``retention.messages``)."""

    @property
    def gone(self) -> bool:
        """Nothing of what it said is there. What its author corrects afterwards is, for a time."""
        return self.thinned and not self.content
