"""Deciding inside a transaction: the same few lines for what arrived, timers and failures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from bot.conversation.decision import Decision
from bot.conversation.events import Alarm, MachineEvent
from bot.conversation.machine import decide
from bot.conversation.turn import Asks
from bot.delivery import noted
from bot.delivery.ports import StorageUnavailable, Transaction, VersionConflict
from bot.delivery.wakeups import Queue
from channels.message import Address
from channels.protocol import Abilities, everything
from config.settings import Workspace
from faq import Faq

log = logging.getLogger(__name__)

AT_ONCE: Final = 3
"""How often a work is done at once when somebody saved first each time."""

Decide = Callable[[Transaction, MachineEvent, datetime], Decision]
"""Decides about an event and saves the decision in the transaction; see :class:`Decider`."""

T = TypeVar("T")


class Fault(Exception):
    """A decision broke in an unusual way."""


class Decider:
    """Runs the machine on a transaction and saves what it decided.

    Args:
        workspace: gives the workspace in force; it is asked anew for every event, so a reload
            counts from the next event on.
        able: what can be shown in a place.
        ask: asks a FAQ; ``Matches`` may raise ``Unmatched``, which whoever decides about arrivals
            knows what to do about.
    """

    def __init__(
        self,
        workspace: Callable[[], Workspace],
        able: Callable[[Address], Abilities] = everything,
        ask: Asks = Faq.match,
    ) -> None:
        self._workspace = workspace
        self._able = able
        self._ask = ask

    def __call__(self, tx: Transaction, event: MachineEvent, now: datetime) -> Decision:
        """Decide about ``event`` and save the decision in ``tx``.

        Raises:
            NotYet: ask again in a moment.
            Unmatched: the FAQ has to be asked first.
            VersionConflict: somebody else was first; the transaction has to run again.
            Fault: a library broke in a way that no ``except Exception`` catches.
        """
        workspace, ids = self._workspace(), noted.Named(tx.ids)
        try:
            decision = decide(
                event,
                records=tx.records,
                ids=ids,
                workspace=workspace,
                now=now,
                able=self._able,
                ask=self._ask,
            )
        except (Exception, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            # A panic of a library in Rust, say: what one person wrote would end the service.
            raise Fault(f"{type(error).__name__}: {error}") from error
        noted.decide(tx, event, decision, ids.names, now)
        return decision


def in_savepoint(tx: Transaction, work: Callable[[], T]) -> T:
    """Do ``work`` so that nothing of it stays if it fails. When somebody else saved first it is
    done again, a few times: what they saved is seen then.

    Raises:
        VersionConflict: somebody was in the way each time.
    """
    for _ in range(AT_ONCE - 1):
        try:
            with tx.savepoint():
                return work()
        except VersionConflict:
            continue
    with tx.savepoint():
        return work()


def tell_admins(decide: Decide, tx: Transaction, alarm: Alarm, now: datetime) -> set[Queue]:
    """Give an alarm. One that cannot be given is logged, and is nobody's end.

    Returns:
        The queues that have something new.

    Raises:
        StorageUnavailable: the database failed.
    """
    try:
        return rung_by(in_savepoint(tx, lambda: decide(tx, alarm, now)))
    except StorageUnavailable:
        raise
    except Exception:
        log.exception("an alarm could not be given: %s %s", alarm.key, alarm.args)
        return set()


def rung_by(decision: Decision) -> set[Queue]:
    """The queues that have something new after a decision."""
    queues: set[Queue] = set()
    if decision.outgoing or decision.resend or decision.moved or decision.returned:
        queues.add("outbox")
    if decision.timers:
        queues.add("timers")
    return queues
