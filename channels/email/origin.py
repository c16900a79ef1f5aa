"""Whose letter it is: its sender's, or somebody's on whose behalf a program of ours sent it.

A mailing list that is one of our own addresses (a Google Group, Mailman) and a form of our own
website write in the name of a client. Anybody can claim to be either. A form, and a list that puts
its own address into From, count only if our own mail server says that the letter comes from the
domain it claims to come from (case E2); anything else stays what it is without them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from channels.email import automatic
from channels.email.joining import vouches
from channels.email.mail import Mail, Person
from channels.letter import Automatic

FORM: Final = "came through a form, not vouched for by our mail server: the sender is not known"
MAX_HEAD: Final = 256 * 1024
"""Bytes of the headers that are searched for marks."""

_LIST_ID: Final = re.compile(r"<([^<>\s]{1,250})>")
_VIA: Final = re.compile(r"\s(?:via|через)\s.{0,200}$", re.IGNORECASE)
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Programs of ours that write to a mailbox in the name of clients. All in lower case."""

    forms: frozenset[str] = frozenset()
    """Addresses from which website forms are sent."""
    lists: frozenset[str] = frozenset()
    """Addresses and List-IDs of mailing lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who wrote a letter."""

    person: Person | None
    """None: nobody knows."""
    automatic: Automatic | None
    answers: bool = True
    """Its headers may say what it answers; those of a form say nothing of its writer."""
    warning: str = ""


def of(mail: Mail, *, ours: Sequence[str], sources: Sources, authserv_ids: Sequence[str]) -> Origin:
    """Who wrote a letter, and whether a machine did.

    Args:
        mail: understood.
        ours: our mailboxes, in lower case.
        sources: of the mailbox that received it.
        authserv_ids: the names our own mail server uses for itself.
    """
    sender = mail.sender
    if sender is None:
        return Origin(person=None, automatic=mail.auto)
    vouched = vouches(mail.authentication_results, authserv_ids, sender.address)
    others = (*ours, *sources.forms, *sources.lists)
    if sender.address in sources.forms and mail.auto in (None, "reply", "list"):
        writer = _only(mail.reply_to, others) if vouched else None
        warning = "" if writer is not None else FORM
        return Origin(person=writer, automatic=None, answers=False, warning=warning)
    if mail.auto == "list" and _is_ours(mail.lists, (*ours, *sources.lists)):
        if sender.address not in others:
            return Origin(person=sender, automatic=None)
        writer = _only(mail.original_sender or mail.reply_to, others) if vouched else None
        if writer is not None:
            name = writer.name or _VIA.sub("", sender.name).strip("'\" ")
            return Origin(person=Person(address=writer.address, name=name), automatic=None)
    if mail.auto is None and sender.address in ours:
        # Our own words came back to us: answering them would never end.
        return Origin(person=sender, automatic="reply")
    return Origin(person=sender, automatic=mail.auto)


def _only(people: Sequence[Person], others: Sequence[str]) -> Person | None:
    """The one person named, if there is just one beside our own addresses and it is no machine."""
    named = [one for one in people if one.address not in others]
    if len(named) != 1 or automatic.is_machine(named[0].address):
        return None
    return named[0]


def _is_ours(said: Sequence[str], known: Sequence[str]) -> bool:
    """Whether a List-Id or List-Post names one of our lists: by its address, or by the List-ID that
    servers make of it (``support.example.org``)."""
    names = {name for one in known for name in (one, one.replace("@", ".", 1), f"mailto:{one}")}
    found = (name.lower() for raw in said for name in _LIST_ID.findall(raw))
    return any(name in names for name in found)


def is_marked(raw: bytes, marks: Sequence[str]) -> bool:
    """Whether the headers of a letter hold one of the marks (``Name: beginning of the value``, in
    any case)."""
    if not marks:
        return False
    end = re.search(rb"\r?\n\r?\n", raw[:MAX_HEAD])
    head = _FOLD.sub(b" ", raw[: end.start() if end else MAX_HEAD]).lower()
    lines = [
        (name, value.strip()) for name, _, value in (x.partition(b":") for x in head.split(b"\n"))
    ]
    for mark in marks:
        wanted, _, value = mark.lower().encode("utf-8").partition(b":")
        if any(n.strip() == wanted.strip() and v.startswith(value.strip()) for n, v in lines):
            return True
    return False
