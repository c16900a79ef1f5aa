"""To which conversation a mail belongs (case C15), as pure functions over its headers.

Nothing joins on anything that can be guessed: our addresses and our Message-IDs carry a MAC made
with a secret that rotates, and even with one the sender has to be a participant (case E2). Who is
in Cc or Reply-To never matters.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from channels.email.mail import Mail

SHORTEST_SECRET: Final = 16  # bytes
_MAC_BYTES: Final = 16
_MAC: Final = r"[a-z2-7]{26}"
_CONVERSATION: Final = re.compile(r"[a-z0-9]{1,24}")
_ROW: Final = re.compile(r"[a-z0-9-]{1,40}")
_TAGGED: Final = re.compile(
    rf"(?P<local>.+)\+(?P<conversation>[a-z0-9]{{1,24}})\.(?P<mac>{_MAC})@(?P<domain>.+)"
)
_OWN_ID: Final = re.compile(
    rf"<(?P<row>[a-z0-9-]{{1,40}})\.(?P<conversation>[a-z0-9]{{1,24}})\.(?P<mac>{_MAC})@(?P<domain>[^<>@\s]+)>",
    re.IGNORECASE,
)
_SUBJECT_TAG: Final = re.compile(r"(?:\[|№\s?|#)(\d{1,12})\b")
_DMARC: Final = re.compile(r"(?:^|[;\s])dmarc\s*=\s*([a-z]+)", re.IGNORECASE)
_JUDGED: Final = re.compile(r"(?:^|[;\s])header\.from\s*=\s*\"?@?([^\s;\"]{1,255})", re.IGNORECASE)
_DMARC_ALONE: Final = re.compile(r"\s{0,20}dmarc\s{0,5}=\s{0,5}([a-z]{1,20})\b", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]{0,1000}"')
_COMMENT: Final = re.compile(r"\([^()]{0,500}\)")


@dataclass(frozen=True, slots=True)
class Secrets:
    """The newest secret signs, every one of them is accepted: rotate by adding one in front and
    dropping the last when its mails are old enough.

    Raises:
        ValueError: there is none, or one is shorter than 16 bytes.
    """

    newest_first: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.newest_first or min(map(len, self.newest_first)) < SHORTEST_SECRET:
            raise ValueError(f"a secret of at least {SHORTEST_SECRET} bytes is needed")

    def sign(self, *parts: str) -> str:
        """A MAC of 128 bits over all parts, 26 small letters and digits."""
        return _mac(self.newest_first[0], parts)

    def verify(self, mac: str, *parts: str) -> bool:
        """Whether one of the secrets made this MAC; constant time for each."""
        good = [hmac.compare_digest(_mac(one, parts), mac.lower()) for one in self.newest_first]
        return any(good)


def _mac(secret: bytes, parts: Sequence[str]) -> str:
    # Lengths before contents: no two lists of parts give the same bytes.
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    digest = hmac.digest(secret, message, hashlib.sha256)[:_MAC_BYTES]
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def reply_address(mailbox: str, conversation: str, secrets: Secrets) -> str:
    """``support+<conversation>.<mac>@example.org``: mail to it belongs to the conversation.

    Args:
        mailbox: our address without a tag, lower or upper case.
        conversation: 1 to 24 small letters and digits.
        secrets: the newest signs.

    Raises:
        ValueError: not such a conversation id, or the local part would exceed 64 octets
            (RFC 5321 §4.5.3.1.1).
    """
    local, at, domain = mailbox.lower().rpartition("@")
    if not at or not _CONVERSATION.fullmatch(conversation):
        raise ValueError("not a mailbox or not a conversation id")
    tagged = f"{local}+{conversation}.{secrets.sign('address', mailbox.lower(), conversation)}"
    if len(tagged.encode()) > 64:
        raise ValueError("the mailbox name is too long for a tag")
    return f"{tagged}@{domain}"


def message_id(row: str, conversation: str, domain: str, secrets: Secrets) -> str:
    """The Message-ID of an outbox row: the same for the same row and secret, and proof that we
    wrote it when it comes back in In-Reply-To or References. Store it with the row: a rotated
    secret gives another one.

    Raises:
        ValueError: an id or the domain has characters that do not belong there.
    """
    fits = _ROW.fullmatch(row) and _CONVERSATION.fullmatch(conversation)
    if not fits or not re.fullmatch(r"[A-Za-z0-9.-]{1,200}", domain):
        raise ValueError("not an id or not a domain")
    return f"<{row}.{conversation}.{secrets.sign('message', row, conversation)}@{domain.lower()}>"


def own_message(message: str, secrets: Secrets) -> str | None:
    """The conversation of one of our own letters; None if our signature in its Message-ID is not
    good."""
    own = _OWN_ID.fullmatch(message.lower())
    good = own and secrets.verify(own["mac"], "message", own["row"], own["conversation"])
    return own["conversation"] if own and good else None


How = Literal["address", "reply", "known", "subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A conversation that a mail points to, and by what: a signed ``address``, a ``reply`` to our
    signed Message-ID, a ``known`` incoming Message-ID, or a number in the ``subject``."""

    conversation: str
    by: How


def claims(
    mail: Mail,
    *,
    mailboxes: Collection[str],
    secrets: Secrets,
    known: Callable[[str], str | None],
    ticket: Callable[[str], str | None],
) -> tuple[Claim, ...]:
    """What a mail points to, strongest first.

    Args:
        mail: the mail.
        mailboxes: our own addresses without tags.
        secrets: verify our tokens.
        known: the conversation that holds an incoming mail with this Message-ID.
        ticket: the conversation of a ticket number.
    """
    found: list[Claim] = []
    ours = {one.lower() for one in mailboxes}
    for person in (*mail.to, *mail.cc, *mail.delivered_to):
        tag = _TAGGED.fullmatch(person.address)
        mailbox = f"{tag['local']}@{tag['domain']}" if tag else ""
        if (
            tag
            and mailbox in ours
            and secrets.verify(tag["mac"], "address", mailbox, tag["conversation"])
        ):
            found.append(Claim(conversation=tag["conversation"], by="address"))
    # The mail answered stands in In-Reply-To; References end with it.
    answered = tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))
    found += [
        Claim(conversation=signed, by="reply")
        for one in answered
        if (signed := own_message(one, secrets))
    ]
    found += [Claim(conversation=held, by="known") for one in answered if (held := known(one))]
    tags = _SUBJECT_TAG.findall(mail.subject[:500])
    found += [Claim(conversation=held, by="subject") for tag in tags if (held := ticket(tag))]
    return tuple(dict.fromkeys(found))


Why = Literal["stranger", "dmarc", "hint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The mail goes on in this conversation."""

    conversation: str
    by: How


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksLike:
    """A new conversation that people are told "looks like a continuation of" this one: the sender
    is a ``stranger`` there, failed ``dmarc``, or only a ``hint`` points to it."""

    conversation: str
    why: Why


def join(
    pointed: Iterable[Claim],
    *,
    sender: str | None,
    participants: Callable[[str], Collection[str]],
    dmarc_failed: bool,
) -> Joined | LooksLike | None:
    """Whether a mail joins a conversation; None for a new one without any sign of an older.

    Args:
        pointed: :func:`claims`, strongest first.
        sender: the one address in From (``mail.sender``); None when there is none or several.
        participants: the addresses that take part in a conversation.
        dmarc_failed: see :func:`dmarc`.
    """
    looks_like: LooksLike | None = None
    for claim in pointed:
        takes_part = sender is not None and sender.lower() in {
            one.lower() for one in participants(claim.conversation)
        }
        why: Why
        if claim.by == "subject":
            why = "hint"
        elif not takes_part:
            why = "stranger"
        elif dmarc_failed:
            why = "dmarc"
        else:
            return Joined(conversation=claim.conversation, by=claim.by)
        looks_like = looks_like or LooksLike(conversation=claim.conversation, why=why)
    return looks_like


def dmarc(
    results: Sequence[str], authserv_ids: Collection[str], sender: str | None = None
) -> str | None:
    """The DMARC result of our own server, e.g. ``pass``, ``fail``, ``none``; None when it said
    nothing. What others claim in their Authentication-Results does not count (RFC 8601 §5).

    Args:
        results: the headers, topmost first.
        authserv_ids: the names our server uses for itself.
        sender: whom we take for the author. If the server judged another domain, the letter was
            written to be read in two ways, and that is a ``fail`` (case E2).
    """
    ours = {one.lower() for one in authserv_ids}
    for raw in results:
        said = _COMMENT.sub(" ", raw[:4_000])
        server, _, rest = said.partition(";")
        if not server.split() or server.split()[0].lower() not in ours:
            continue
        said_of_it: list[str] = [found.lower() for found in _DMARC.findall(rest)]
        if not said_of_it:
            continue  # another filter of our server; the one for DMARC stands below
        # A sender's words may stand in it (smtp.mailfrom): they can add a "pass", not take a "fail"
        # away.
        judged = [_domain(found) for found in _JUDGED.findall(rest)]
        if "fail" in said_of_it or (sender and judged and not _is_of(sender, judged)):
            return "fail"
        return said_of_it[0]
    return None


def vouches(results: Sequence[str], authserv_ids: Collection[str], sender: str) -> bool:
    """Whether our own server says that a letter comes from its sender's domain: everything it says
    of DMARC is ``pass``, and of that domain. Stricter than :func:`dmarc`, as something is opened by
    it: only a result that stands by itself counts, not what a sender can write into another one.
    """
    ours = {one.lower() for one in authserv_ids}
    found = []
    for raw in results:
        said = _QUOTED.sub(" ", _COMMENT.sub(" ", raw[:4_000]))
        server, *parts = said.split(";")
        if server.split() and server.split()[0].lower() in ours:
            found += [part for part in parts if _DMARC_ALONE.match(part)]
    return bool(found) and all(_passes(part, sender) for part in found)


def _passes(part: str, sender: str) -> bool:
    how = _DMARC_ALONE.match(part)
    judged = [_domain(one) for one in _JUDGED.findall(part)]
    passed = how is not None and how[1].lower() == "pass"
    return passed and len(judged) == 1 and _is_of(sender, judged)


def _is_of(sender: str, judged: Sequence[str]) -> bool:
    """Whether an address belongs to one of the domains, or to one below it."""
    domain = _domain(sender)
    return any(domain == one or domain.endswith(f".{one}") for one in judged)


def _domain(address: str) -> str:
    """The domain of an address or the domain itself, as servers write it."""
    domain = address.rpartition("@")[2].rstrip(".").lower()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
