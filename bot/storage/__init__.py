"""The durable side of the bot: the ports of ``bot.delivery`` over SQLite, PostgreSQL or memory.

Errors that leave this package::

    StorageUnavailable   (channels.protocol) disk full, database away or locked; nothing was kept
    VersionConflict      (bot.delivery.ports) somebody else saved first
    UnknownUrl           the database URL names nothing this package can open
    NewerDatabase        a newer version of the program has migrated the database
"""

from bot.storage.migrate import NewerDatabase
from bot.storage.open import UnknownUrl, open_store
from bot.storage.reports import ReportingStore, Reports

__all__ = ["NewerDatabase", "ReportingStore", "Reports", "UnknownUrl", "open_store"]
