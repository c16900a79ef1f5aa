"""From the record of contacts to the questions line 0 did not close, for `linezero faq gaps`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.conversation.decision import ContactRecord
from faq.gaps import Unanswered


def unanswered(contacts: Iterable[ContactRecord]) -> Iterator[Unanswered]:
    """Questions that got no answer, only suggestions, or one that did not help.

    Args:
        contacts: in the order they were written down; conversations may be mixed.
    """
    asked: dict[str, ContactRecord] = {}
    for contact in contacts:
        last = asked.get(contact.conversation)
        if contact.text:
            if last is not None and last.outcome == "suggested":
                yield _missed(last)
            asked[contact.conversation] = contact
            if contact.outcome == "none":
                yield _missed(contact)
                del asked[contact.conversation]
        elif last is None:
            continue
        elif contact.outcome == "picked" and last.outcome == "suggested":
            yield replace(_missed(last), pressed=contact.entry)
            asked[contact.conversation] = replace(last, outcome="answered", entry=contact.entry)
        elif _closes(contact, last):
            yield _missed(last)
            del asked[contact.conversation]
    for last in asked.values():
        if last.outcome == "suggested":
            yield _missed(last)


def _closes(contact: ContactRecord, last: ContactRecord) -> bool:
    """Whether the client turned down what they were offered."""
    if contact.outcome == "not_helped":
        return contact.entry == last.entry
    return contact.outcome == "none" and last.outcome == "suggested"


def _missed(contact: ContactRecord) -> Unanswered:
    match contact.outcome:
        case "answered":
            entries = (contact.entry,) if contact.entry else ()
            return Unanswered(text=contact.text, at=contact.at, outcome="answer", suggested=entries)
        case "suggested":
            return Unanswered(
                text=contact.text, at=contact.at, outcome="suggest", suggested=contact.suggested
            )
        case _:
            return Unanswered(text=contact.text, at=contact.at, outcome="none")
