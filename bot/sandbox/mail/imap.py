"""A real IMAP server (pymap) on a local port with one account."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from proxyprotocol.sock import SocketInfo
    from pymap.backend.dict import Config
    from pymap.backend.dict.mailbox import MailboxSet


class ImapServer:
    """The company's mailbox, in memory.

    Args:
        user: the account.
        password: ASCII.
    """

    def __init__(self, *, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.port = 0
        self._server: asyncio.Server | None = None
        self._config: Config | None = None
        self._mailboxes: MailboxSet | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._empty = asyncio.Event()

    async def __aenter__(self) -> Self:
        # Half a second to load: only where there is mail.
        from proxyprotocol.reader import ProxyProtocolReader  # noqa: PLC0415 - see above
        from pymap.backend.dict import Config, DictBackend, Login  # noqa: PLC0415 - see above
        from pymap.backend.dict.filter import FilterSet  # noqa: PLC0415 - see above
        from pymap.backend.dict.mailbox import MailboxSet  # noqa: PLC0415 - see above
        from pymap.concurrent import Subsystem  # noqa: PLC0415 - see above
        from pymap.imap import IMAPServer  # noqa: PLC0415 - see above
        from pysasl.hashing import Cleartext  # noqa: PLC0415 - see above

        config = self._config = Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host="127.0.0.1",
            port=0,
            demo_data=False,
            demo_user=self.user,
            demo_password=self.password,
            tls_enabled=False,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            invalid_user_sleep=0.0,
        )
        config.apply_context()
        login = Login(config)
        await DictBackend._add_demo_user(config, login)  # noqa: SLF001 - its only way to make one
        self._mailboxes = MailboxSet()
        config.set_cache[self.user] = (self._mailboxes, FilterSet())
        serve = IMAPServer(login, config)

        async def connected(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: SocketInfo
        ) -> None:
            self._writers.add(writer)
            try:
                with suppress(ConnectionError):
                    await serve(reader, writer, client)
            finally:
                self._writers.discard(writer)
                if not self._writers:
                    self._empty.set()

        callback = ProxyProtocolReader(config.proxy_protocol).get_callback(connected)
        self._server = await asyncio.start_server(callback, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        while self._writers:
            self._empty.clear()
            for writer in self._writers:
                writer.transport.abort()
            await self._empty.wait()

    async def deliver(self, raw: bytes, at: datetime) -> None:
        """Put a letter into INBOX; whoever waits in IDLE hears of it.

        Raises:
            RuntimeError: the server is not running.
        """
        from pymap.parsing.message import AppendMessage  # noqa: PLC0415 - as above

        if self._config is None or self._mailboxes is None:
            raise RuntimeError("the IMAP server is not running")
        self._config.apply_context()
        inbox = await self._mailboxes.get_mailbox("INBOX")
        await inbox.append(AppendMessage(raw, at, frozenset()), recent=True)
