"""The durable side of the bot: the ports of ``bot.delivery`` over SQLite, PostgreSQL or memory.

Errors that leave this package::

    StorageUnavailable   (channels.protocol) disk full, database away or locked; nothing was kept
    VersionConflict      (bot.delivery.ports) somebody else saved first
    UnusableDatabase     it will not work like this: a person has to do something
    AlreadyServed        another service works on the same SQLite file
    UnknownUrl           the database URL names nothing this package can open
    NewerDatabase        a newer version of the program has migrated the database
"""

from bot.storage.lock import AlreadyServed
from bot.storage.migrate import NewerDatabase
from bot.storage.open import UnknownUrl, open_reading, open_store
from bot.storage.opening import UnusableDatabase

__all__ = [
    "AlreadyServed",
    "NewerDatabase",
    "UnknownUrl",
    "UnusableDatabase",
    "open_reading",
    "open_store",
]
