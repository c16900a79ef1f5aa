"""What delivery needs of storage.

A transaction is a plain function over a :class:`Transaction`: it runs in one piece, without
awaiting anything, so that no network call can ever happen inside one. A store may run it more than
once (after a conflict) and may commit several together; a function therefore changes nothing but
the transaction.

A transaction has a facet for each thing that is stored: ``tx.inbox`` what arrived, ``tx.outbox``
what is to be delivered, ``tx.claims`` who has it in hands, ``tx.chats`` what is known of the chats
themselves, ``tx.timers`` what is to happen later, ``tx.records`` and ``tx.ids`` what the machine
asks while it decides, ``tx.journal`` what was decided and what came of it. What it decided is saved
in one call, ``tx.apply``.

Whoever only asks does so by ``Store.read``, beside all transactions: a report over years holds up
nobody.

Order keys: rows of one key are handled strictly one after another, others never wait for them.
An inbox row's key is ``Address.key``; an outbox row's key is the room's key for a room, else the
``Address.key``. Lanes: a chat takes one act at a time, whatever the order keys; of the order keys
of a lane, one after another has its turn.
"""

from __future__ import annotations

from bot.delivery.ports.chats import Chats
from bot.delivery.ports.claims import Claims
from bot.delivery.ports.inbox import Inbox
from bot.delivery.ports.journal import Entry, Journal, Numbered
from bot.delivery.ports.outbox import Outbox
from bot.delivery.ports.reading import Readable, Reading, Reports, WriteRefused
from bot.delivery.ports.rows import (
    LAST_COPY,
    LEASE,
    Destination,
    Head,
    InboxRow,
    Lane,
    OutboxRow,
    UndeliveredAlarm,
    Unreadable,
)
from bot.delivery.ports.timers import Timers
from bot.delivery.ports.transaction import Store, Transaction, VersionConflict
from channels.protocol import StorageUnavailable

__all__ = [
    "LAST_COPY",
    "LEASE",
    "Chats",
    "Claims",
    "Destination",
    "Entry",
    "Head",
    "Inbox",
    "InboxRow",
    "Journal",
    "Lane",
    "Numbered",
    "Outbox",
    "OutboxRow",
    "Readable",
    "Reading",
    "Reports",
    "StorageUnavailable",
    "Store",
    "Timers",
    "Transaction",
    "UndeliveredAlarm",
    "Unreadable",
    "VersionConflict",
    "WriteRefused",
]
