"""Deciding inside a transaction: the same few lines for what arrived, timers and failures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.conversation.decision import Decision
from bot.conversation.events import MachineEvent
from bot.conversation.machine import decide
from bot.delivery.ports import Transaction
from config.settings import Workspace

Decide = Callable[[Transaction, MachineEvent, datetime], Decision]
"""Decides about an event and saves the decision in the transaction; see :class:`Decider`."""


class Decider:
    """Runs the machine on a transaction and saves what it decided.

    Args:
        workspace: gives the workspace in force; it is asked anew for every event, so a reload
            counts from the next event on.
    """

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        self._workspace = workspace

    def __call__(self, tx: Transaction, event: MachineEvent, now: datetime) -> Decision:
        """Decide about ``event`` and save the decision in ``tx``.

        Raises:
            NotYet: ask again in a moment.
            VersionConflict: somebody else was first; the transaction has to run again.
        """
        decision = decide(event, records=tx, ids=tx, workspace=self._workspace(), now=now)
        tx.apply(decision, now)
        for room, thread in decision.opened:
            tx.room_opened(room, thread)
        for message in decision.messages:
            for ref in message.content.source:
                tx.link(message.id, ref.channel, ref.chat, [ref.id], thread=None)
        return decision
