"""A mail, understood and on disk, as something that happened: ``Mail`` into ``Inbound``.

Signatures, DMARC and automatic mail are judged here, where the secrets are. Whether the sender
takes part in what the letter points to is for the conversation core to check.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.email import origin
from channels.email.files import Kept
from channels.email.joining import Secrets, claims, dmarc, own_message, vouches
from channels.email.mail import Attachment, Mail
from channels.email.origin import Sources
from channels.letter import Letter, Pointer, Undelivered
from channels.message import (
    Address,
    Content,
    FormattedText,
    Inbound,
    Media,
    MediaKind,
    Said,
    Sender,
)

UNKNOWN: Final = "unknown@sender.invalid"
"""Who writes when From names nobody or several people. Never answered."""
PROBE: Final = "doctor"
"""The place of a letter to ourselves, by which the doctor sees that mail arrives. Conversations
have longer ids."""
LONGEST_NAME: Final = 100

_DELIVERED: Final = ("delivered", "relayed", "expanded")
_SHOWN: Final = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
"""Pictures every channel can show, and how they begin. Anything else is a document: an SVG or a
mislabelled page must not be shown (case C11)."""
_NEW_LINE: Final = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What all mailboxes of the channel have in common."""

    channel: str
    mailboxes: tuple[str, ...]
    """Our addresses, without tags, in lower case."""
    secrets: Secrets
    authserv_ids: tuple[str, ...] = ()
    sources: Mapping[str, Sources] = field(default_factory=dict)
    """By mailbox: programs of ours that write to it in the name of clients."""
    spam_marks: tuple[str, ...] = ()
    """Headers by which our mail server marks spam."""


def is_probe(mail: Mail, post: Post) -> bool:
    """Whether the doctor wrote it, to see whether it arrives."""
    return own_message(mail.message_id, post.secrets) == PROBE


def inbound(
    mail: Mail,
    raw: bytes,
    kept: Kept,
    *,
    post: Post,
    mailbox: str,
    too_large: int = 0,
    warnings: Sequence[str] = (),
) -> Inbound:
    """What the inbox keeps of a letter.

    Args:
        mail: understood.
        raw: as it came.
        kept: where it is on our disk.
        post: what belongs to the channel.
        mailbox: our address that received it.
        too_large: its size in bytes, if only its headers were fetched.
        warnings: beside those of ``mail``.
    """
    came = origin.of(
        mail,
        ours=post.mailboxes,
        sources=post.sources.get(mailbox.lower(), Sources()),
        authserv_ids=post.authserv_ids,
    )
    sender = came.person.address if came.person else UNKNOWN
    name = came.person.name if came.person else ", ".join(map(str, mail.senders))
    points_to, mentions = _pointers(mail, post)
    answers = _usable(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))
    references = _usable((*(mail.references or mail.in_reply_to), mail.message_id))
    if not came.answers:
        points_to, mentions, answers, references = (), (), (), ()
    automatic = came.automatic
    if automatic is None and origin.is_marked(raw, post.spam_marks):
        automatic = "spam"
    forged = dmarc(mail.authentication_results, post.authserv_ids, _from(mail)) == "fail"
    said = (*mail.warnings, came.warning, *warnings)
    letter = Letter(
        mailbox=mailbox,
        subject=mail.subject,
        points_to=points_to,
        answers=answers,
        references=references,
        mentions=mentions,
        automatic=automatic,
        reaction=mail.reaction,
        invitation=mail.invitation,
        encrypted=mail.encrypted,
        suspicious=forged,
        vouched=vouches(mail.authentication_results, post.authserv_ids, sender),
        undelivered=_undelivered(mail, points_to, post),
        quoted=mail.quoted,
        signature=mail.signature,
        forward=mail.forward,
        original=str(kept.original),
        too_large=too_large,
        warnings=tuple(dict.fromkeys(each for each in said if each)),
    )
    content = Content(text=FormattedText(mail.text), parts=tuple(_media(kept)))
    return Inbound(
        channel=post.channel,
        external_id=external_id(mail, raw),
        address=Address(channel=post.channel, chat=sender),
        private=True,
        sender=Sender(
            id=sender,
            name=name[:LONGEST_NAME].strip() or sender.rpartition("@")[0] or sender,
            language=mail.language,
        ),
        at=mail.date,
        event=Said(
            message=mail.message_id,
            content=content,
            reply_to=answers[0] if answers else None,
            letter=letter,
        ),
    )


def _from(mail: Mail) -> str:
    return mail.sender.address if mail.sender else UNKNOWN


def external_id(mail: Mail, raw: bytes) -> str:
    """The same for one letter on whatever way it came, and another for another letter even with
    the same Message-ID (case C1).

    The servers on the way write into the headers, so only what the sender wrote counts: Message-ID,
    From, Subject, and the body with its line ends made equal. A letter without Message-ID is known
    by all its bytes: machines send the same words again and mean it.
    """
    if "no usable Message-ID" in mail.warnings:
        return mail.fingerprint
    end = re.search(rb"\r?\n\r?\n", raw)
    body = _NEW_LINE.sub(b"\n", raw[end.end() :]).strip() if end else b""
    digest = hashlib.sha256()
    for part in (
        mail.message_id.encode(),
        " ".join(person.address for person in mail.senders).encode("utf-8", "replace"),
        mail.subject.encode("utf-8", "replace"),
        body,
    ):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _usable(ids: Iterable[str]) -> tuple[str, ...]:
    """Those that may stand in a header of ours."""
    return tuple(one for one in ids if one.isprintable())


def _pointers(mail: Mail, post: Post) -> tuple[tuple[Pointer, ...], tuple[str, ...]]:
    """The places a letter points to by our signatures, and the numbers in its subject."""
    pointers: list[Pointer] = []
    mentions: list[str] = []
    for claim in claims(
        mail,
        mailboxes=post.mailboxes,
        secrets=post.secrets,
        known=lambda _: None,
        ticket=lambda number: number,
    ):
        if claim.by == "subject":
            mentions.append(claim.conversation)
        elif claim.by != "known":
            pointers.append(Pointer(place=claim.conversation, by=claim.by))
    return tuple(pointers), tuple(mentions)


def _undelivered(mail: Mail, points_to: Sequence[Pointer], post: Post) -> tuple[Undelivered, ...]:
    """What a delivery report says of our letters. Anybody can write one: it is about a letter of
    ours only if that one's signature is in it, or it came to the signed address."""
    if mail.bounce is None:
        return ()
    original = mail.bounce.original_id
    place = own_message(original, post.secrets) if original else None
    message = original if place else None
    if place is None:
        place = next((each.place for each in points_to), None)
    named = [one for one in mail.bounce.recipients if one.action not in _DELIVERED]
    if mail.bounce.recipients and not named:
        return ()  # it arrived, they say
    found = [
        Undelivered(
            message=message,
            place=place,
            recipient=one.address,
            permanent=one.permanent,
            detail=" ".join(part for part in (one.status, one.reason) if part),
        )
        for one in named
    ]
    late = False if mail.bounce.late else None
    return tuple(found) or (
        Undelivered(message=message, place=place, recipient="", permanent=late),
    )


def _media(kept: Kept) -> list[Media]:
    return [
        Media(
            kind=_kind(attachment),
            path=str(path),
            name=attachment.name,
            mime=attachment.type,
            size=attachment.size,
        )
        for attachment, path in kept.attachments
    ]


def _kind(attachment: Attachment) -> MediaKind:
    beginning = _SHOWN.get(attachment.type)
    if beginning is not None and attachment.data.startswith(beginning):
        return "photo"
    if attachment.type.startswith("audio/"):
        return "audio"
    return "video" if attachment.type == "video/mp4" else "document"
