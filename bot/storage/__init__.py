"""The durable side of the bot: the ports of ``bot.delivery`` over SQLite, PostgreSQL or memory.

Errors that leave this package::

    StorageUnavailable   (channels.protocol) disk full, database away or locked; nothing was kept
    VersionConflict      (bot.delivery.ports) somebody else saved first
    UnknownUrl           the database URL names nothing this package can open
"""
