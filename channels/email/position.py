"""How far a folder has been read, and what of it is to be read at all.

UIDs grow, as long as the folder's UIDVALIDITY stays (RFC 3501 §2.3.1.1). When that changes they
mean nothing any more, and the folder is gone through again: what is known is told apart by its
content, and mail from before the very first look is passed over by when it came.
"""

from __future__ import annotations

import email.utils
import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from channels.email.imap import Facts, Selected

SLACK: Final = timedelta(days=30)
"""How much older than the newest mail we have one may be that we may have missed: servers keep the
time of mail that is moved back from the spam folder."""

_RECEIVED: Final = re.compile(
    rb"^Received:(?:[^\r\n]|\r?\n[ \t])*;((?:[^\r\n;]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Everything with a UID up to ``uid`` is kept, or is none of ours."""

    validity: int
    """The UIDVALIDITY under which the UIDs hold."""
    uid: int
    until: int = 0
    """Mail with a UID up to this was there when we looked for the first time, or when the folder
    had changed its numbers: of it, only some is ours."""
    since: date | None = None
    """Of that, only what came on that day or later."""
    after: datetime | None = None
    """Of that, only what came later than this."""
    begin: date | None = None
    """The day the settings named at the very first look."""
    latest: datetime | None = None
    """When the newest mail came that we have."""
    moving: int = 0
    """The UID of a mail that is kept and may not have been moved away yet."""

    def encoded(self) -> str:
        """For the inbox, which keeps it with what arrived."""
        values = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(values, default=lambda moment: moment.isoformat())

    @classmethod
    def decoded(cls, text: str) -> Position:
        """What :meth:`encoded` made."""
        values = json.loads(text)
        for name, read in (
            ("since", date.fromisoformat),
            ("begin", date.fromisoformat),
            ("after", datetime.fromisoformat),
            ("latest", datetime.fromisoformat),
        ):
            if name in values:
                values[name] = read(values[name])
        return cls(**{"uid": 0, **values})

    @classmethod
    def first(cls, selected: Selected, newest: Facts | None, begin: date | None) -> Position:
        """Where a folder that was never read begins.

        Args:
            selected: the folder now.
            newest: the message with the highest UID in it.
            begin: the day from which mail is ours; None: only what is yet to come.
        """
        last = _last(selected, newest)
        if begin is not None:
            return cls(validity=selected.validity, uid=0, until=last, since=begin, begin=begin)
        return cls(validity=selected.validity, uid=last, after=newest.at if newest else None)

    def renumbered(self, selected: Selected, newest: Facts | None) -> Position:
        """Where to go on when the folder has other numbers now."""
        newest_known = self.latest or self.after
        days = [(newest_known - SLACK).date()] if newest_known else []
        days += [self.begin] if self.begin else []
        return Position(
            validity=selected.validity,
            uid=0,
            until=_last(selected, newest),
            since=max(days, default=None),
            after=self.after,
            begin=self.begin,
            latest=self.latest,
        )

    def fits(self, selected: Selected) -> bool:
        """Whether our UIDs still hold. A server that was set back to an older state and forgot to
        say so shows it by the next UID."""
        behind = selected.next_uid is not None and selected.next_uid <= self.uid
        return selected.validity == self.validity and not behind

    def is_ours(self, uid: int, arrived: datetime) -> bool:
        """Whether a mail is to be taken in."""
        return uid > self.until or self.after is None or arrived > self.after

    def past(self, uid: int) -> Position:
        """The mail with this UID needs nothing more."""
        return replace(self, uid=max(self.uid, uid), moving=0)

    def kept(self, uid: int, arrived: datetime, now: datetime, *, moving: bool) -> Position:
        """The mail with this UID is about to be kept."""
        at = min(arrived, now)  # a clock of the future would hide what comes until then
        latest = max(self.latest, at) if self.latest else at
        return replace(self, uid=max(self.uid, uid), latest=latest, moving=uid if moving else 0)


def _last(selected: Selected, newest: Facts | None) -> int:
    """The highest UID in a folder."""
    known = newest.uid if newest else 0
    return max(known, selected.next_uid - 1) if selected.next_uid else known


def arrived(head: bytes, at: datetime) -> datetime:
    """When a mail came into the company: by the mailbox, or earlier if our own server's mark on it
    says so. Moving to another provider gives all mail of years the day of the move.

    Args:
        head: the mail or its headers.
        at: INTERNALDATE.
    """
    mark = _RECEIVED.search(head[:20_000].partition(b"\r\n\r\n")[0])
    if mark is None:
        return at
    try:
        marked = email.utils.parsedate_to_datetime(mark[1][:100].decode("ascii", "replace").strip())
        return min(at, marked if marked.tzinfo else marked.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError, IndexError):
        return at
