"""Clocks of a ticket: how much working time its promises have used, as values. Pure.

A clock counts the working time of one desk while it runs and nothing while it stands still. When
it is due follows from what it has counted and from the desk's hours, so hours that are edited
change only what is asked next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from escalation.calendar import WorkingTime

ClockKind = Literal["first_answer", "next_answer", "resolution"]
"""What was promised: a person's first words, the next ones after the client's, the solution."""

CLOCKS: Final[tuple[ClockKind, ...]] = get_args(ClockKind)

Calendars = Callable[[str], WorkingTime]
"""The working time of a desk by its id; all the time for one that is no longer there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promise about one ticket, and how much of it is used up."""

    kind: ClockKind
    target: timedelta
    """Working time that was promised."""
    desk: str
    """Whose working time it counts."""
    spent: timedelta = timedelta()
    """Counted before ``since``."""
    since: datetime | None = None
    """Runs since then; None while it stands still."""
    done: tuple[str, ...] = ()
    """Names of the steps that were carried out for it, each once."""

    def worked(self, now: datetime, calendars: Calendars) -> timedelta:
        """Working time it has counted until now."""
        if self.since is None:
            return self.spent
        return self.spent + calendars(self.desk).worked(self.since, now)

    def started(self, now: datetime) -> Clock:
        """The same clock, running."""
        return self if self.since is not None else replace(self, since=now)

    def stopped(self, now: datetime, calendars: Calendars) -> Clock:
        """The same clock, standing still."""
        if self.since is None:
            return self
        return replace(self, spent=self.worked(now, calendars), since=None)

    def at_desk(self, desk: str, now: datetime, calendars: Calendars) -> Clock:
        """The same clock, counting the working time of another desk from now on."""
        if desk == self.desk:
            return self
        stopped = replace(self.stopped(now, calendars), desk=desk)
        return stopped if self.since is None else stopped.started(now)

    def due(self, calendars: Calendars, share: float = 1.0) -> datetime | None:
        """When it will have counted so much of its target, as long as nothing stops it.

        Args:
            share: of the target; 1 is the promise itself, 2 twice as long.

        Returns:
            None while it stands still, and when that is more than five years ahead. A moment in
            the past, not before it was started, if so much is counted already.
        """
        if self.since is None:
            return None
        return calendars(self.desk).after(self.since, self.target * share - self.spent)
