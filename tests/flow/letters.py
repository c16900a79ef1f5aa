"""Letters on stage: an in-process post office, and people who write and read letters.

The office does what an e-mail adapter does, without servers: it signs its Message-IDs and reply
addresses, so that an answer points to its dialogue, and reads what people hand in.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from channels.letter import Letter, Letterhead, Pointer, Undelivered
from channels.message import (
    Address,
    Buttons,
    Content,
    FormattedText,
    Inbound,
    Outbound,
    Part,
    Permanent,
    Post,
    Reason,
    Receipt,
    Said,
    Sender,
    Transient,
)
from channels.protocol import LETTERS, Abilities, Channel, Health, Inbox, StorageUnavailable
from tests.waiting import moment, patience

if TYPE_CHECKING:
    from tests.flow.stage import Stage

CHANNEL = "email"
MAILBOX = "support@example.com"
SECRET = "a secret of the tests"
_OWN = re.compile(
    r"<(?P<row>[a-z0-9-]+)\.(?P<place>[a-z0-9]+)\.(?P<mac>[0-9a-f]{12})@example\.com>"
)


def _mac(*parts: str) -> str:
    return hashlib.sha256("\0".join((SECRET, *parts)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A letter of ours, as its reader has it."""

    id: str
    """Message-ID."""
    to: str
    place: str
    head: Letterhead
    content: Content
    choices: tuple[str, ...]
    """Labels of the numbered choices, in order; links are not numbered."""
    links: tuple[str, ...]

    @property
    def subject(self) -> str:
        return self.head.subject

    @property
    def text(self) -> str:
        """The words and the choices, as a plain-text reader sees them; no quotation."""
        listed = [f"{number} — {label}" for number, label in enumerate(self.choices, 1)]
        return "\n".join((self.content.words, *listed))


class PostOffice(Channel):
    """The channel of letters on stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._waiting: list[Inbound] = []
        self._something = asyncio.Event()
        self.changed = asyncio.Condition()
        self._health = Health(ok=True)
        self.numbers = count(1)
        self.delivered: list[Received] = []
        """Every letter we sent, in order."""
        self.refused: dict[str, Reason] = {}
        """Addresses that take nothing."""
        self.closed = False
        """Nothing can be handed over now."""
        self.turned_away = 0
        """How often that was tried."""

    @property
    def name(self) -> str:
        return CHANNEL

    def abilities(self, place: Address) -> Abilities:
        return LETTERS

    def health(self) -> Health:
        return self._health

    async def run(self, inbox: Inbox) -> None:
        while True:
            items = list(self._waiting)
            if items:
                try:
                    await inbox.accept(items)
                except StorageUnavailable:
                    await moment()
                    continue
                del self._waiting[: len(items)]
            if not self._waiting:
                self._something.clear()
                await self._something.wait()

    @property
    def empty(self) -> bool:
        """Whether everything handed in was accepted."""
        return not self._waiting

    async def send(self, outbound: Outbound) -> Receipt:
        address, act = outbound.address, outbound.act
        if not isinstance(act, Post) or act.letterhead is None or not act.content:
            raise Permanent(Reason.REFUSED, f"no letter can be made of {type(act).__name__}")
        if self.closed:
            async with self.changed:
                self.turned_away += 1
                self.changed.notify_all()
            raise Transient("421 try again later")
        if address.chat in self.refused:
            raise Permanent(self.refused[address.chat], "550 no such mailbox")
        place = address.thread or ""
        row = outbound.id.lower()
        mid = f"<{row}.{place}.{_mac(row, place)}@example.com>"
        rows = act.keyboard.rows if isinstance(act.keyboard, Buttons) else ()
        buttons = [button for each in rows for button in each]
        letter = Received(
            id=mid,
            to=address.chat,
            place=place,
            head=act.letterhead,
            content=act.content,
            choices=tuple(b.label for b in buttons if b.action is not None),
            links=tuple(b.url for b in buttons if b.url is not None),
        )
        async with self.changed:
            self.delivered.append(letter)
            self.changed.notify_all()
        return Receipt(at=self._stage.clock.now(), messages=(mid,))

    async def tried(self) -> None:
        """Wait until something was turned away."""
        async with patience(), self.changed:
            while not self.turned_away:
                await self.changed.wait()

    # ---------------------------------------------------------------- what people do

    def hand_in(self, item: Inbound) -> Inbound:
        """A letter arrives, also for the second time."""
        self._waiting.append(item)
        self._something.set()
        return item

    def pointers(self, answers: Sequence[str], to: Sequence[str]) -> tuple[Pointer, ...]:
        """What the headers of a letter prove, as an adapter finds out."""
        found: list[Pointer] = []
        for address in to:
            tag = re.fullmatch(r"support\+([a-z0-9]+)\.([0-9a-f]{12})@example\.com", address)
            if tag and tag[2] == _mac("address", tag[1]):
                found.append(Pointer(place=tag[1], by="address"))
        for each in answers:
            own = _OWN.fullmatch(each)
            if own and own["mac"] == _mac(own["row"], own["place"]):
                found.append(Pointer(place=own["place"], by="reply"))
        return tuple(found)

    @staticmethod
    def reply_address(place: str) -> str:
        """Where an answer goes: our mailbox with a signed tag."""
        return f"support+{place}.{_mac('address', place)}@example.com"

    def bounce(
        self, of: Received, *, permanent: bool | None = True, detail: str = "550 no such user"
    ) -> Inbound:
        """A mail server reports that a letter of ours did not arrive."""
        report = Undelivered(
            message=of.id, place=of.place, recipient=of.to, permanent=permanent, detail=detail
        )
        robot = Writer(self._stage, "mailer-daemon@example.net", "Mail Delivery System")
        return robot.writes(
            "This is the mail system.",
            subject="Undelivered Mail Returned to Sender",
            undelivered=(report,),
            automatic="bounce",
        )


@dataclass(eq=False)
class Writer:
    """Somebody who writes letters to us and reads ours."""

    stage: Stage
    address: str
    person: str = "Мария"
    seen: int = 0
    """Letters of ours looked at so far."""
    sent: list[Inbound] = field(default_factory=list)

    @property
    def office(self) -> PostOffice:
        return self.stage.post

    @property
    def mailbox(self) -> list[Received]:
        """Every letter of ours to this address, oldest first."""
        return [letter for letter in self.office.delivered if letter.to == self.address]

    def writes(
        self,
        text: str,
        *parts: Part,
        subject: str = "",
        answers: Received | Sequence[str] = (),
        to: Sequence[str] = (MAILBOX,),
        mid: str | None = None,
        at: datetime | None = None,
        **letter: object,
    ) -> Inbound:
        """Write a letter.

        Args:
            answers: a letter of ours (its subject is taken over), or Message-IDs.
            to: addresses it was sent to.
            letter: further fields of :class:`Letter`, as an adapter would fill them in.
        """
        number = next(self.office.numbers)
        mid = mid or f"<{number}.{self.address}>"
        ids: tuple[str, ...] = ()
        if isinstance(answers, Received):
            ids = (answers.id, *reversed(answers.head.references))
            subject = subject or f"Re: {answers.subject}"
        else:
            ids = tuple(answers)
        known = Letter(
            mailbox=MAILBOX,
            subject=subject,
            points_to=self.office.pointers(ids, to),
            answers=ids,
            references=(*reversed(ids), mid),
            mentions=tuple(re.findall(r"№\s?(\d+)", subject)),
        )
        said = Said(
            message=mid,
            content=Content(text=FormattedText(text), parts=parts),
            reply_to=ids[0] if ids else None,
            letter=replace(known, **letter),  # type: ignore[arg-type]  # its own fields by name
        )
        item = Inbound(
            channel=CHANNEL,
            external_id=mid,
            address=Address(channel=CHANNEL, chat=self.address),
            private=True,
            sender=Sender(id=self.address, name=self.person),
            at=at or self.stage.clock.now(),
            event=said,
        )
        self.sent.append(item)
        return self.office.hand_in(item)

    async def reads(self, *words: str) -> Received:
        """Wait for a letter not looked at before that has all the words.

        Raises:
            AssertionError: it does not come.
        """

        def look() -> Received | None:
            new = self.mailbox[self.seen :]
            return next((x for x in new if all(w in x.text + x.subject for w in words)), None)

        try:
            async with patience(), self.office.changed:
                while (found := look()) is None:
                    await self.office.changed.wait()
        except TimeoutError:
            shown = "\n---\n".join(f"{x.subject}\n{x.text}" for x in self.mailbox)
            raise AssertionError(f"no letter with {words}\n{shown}") from None
        self.seen = self.mailbox.index(found) + 1
        return found

    async def reads_nothing(self) -> None:
        """Make sure that nothing new came once everything was done."""
        await self.stage.settled()
        new = self.mailbox[self.seen :]
        assert not new, "\n---\n".join(letter.text for letter in new)
