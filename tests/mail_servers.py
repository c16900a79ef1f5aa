"""Real mail servers on free ports of this machine, for tests.

``imap_server()`` is pymap in this process; ``dovecot()`` is Dovecot where it is installed, with a
configuration, a port and mail of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import psutil
import pytest
from proxyprotocol.reader import ProxyProtocolReader
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, DictBackend, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pysasl.hashing import Cleartext

from channels.email.settings import Server
from tests.clock import START
from tests.waiting import PATIENCE, moment, patience

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"
"""Key and certificate of ``localhost`` and ``127.0.0.1``, signed by itself: made for these tests,
known to everybody. Trusted by who sets the environment variable ``SSL_CERT_FILE`` to it."""
PASSWORD = "secret"

Security = Literal["tls", "starttls", "none"]


def server_context() -> ssl.SSLContext:
    """For a server that shows :data:`CERTIFICATE`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def letter(
    text: str = "Не работает интернет.",
    *,
    sender: str = "Анна <anna@client.example>",
    to: str = "support@example.org",
    subject: str = "Интернет",
    message_id: str | None = "<1@client.example>",
    headers: str = "",
) -> bytes:
    """A plain letter as it travels; ``headers`` are whole lines to put above the others."""
    lines = [
        *headers.splitlines(),
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Mon, 23 Nov 2026 12:00:00 +0000",
        *([f"Message-ID: {message_id}"] if message_id else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        *text.splitlines(),
        "",
    ]
    return "\r\n".join(lines).encode()


# --------------------------------------------------------------------------- pymap


class _Open(Cleartext):
    """Passwords as they are; pysasl's own comparison takes only ASCII."""

    def verify(self, value: str, hash: str) -> bool:  # noqa: A002 - pysasl's name
        return value == hash


class _WithoutIdle(Config):
    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=False, object_id=True, multi_append=True)


@dataclass
class ImapServer:
    """A running pymap with one account, and what can be done to it from behind."""

    port: int
    user: str
    password: str
    security: Security
    config: Config
    mailboxes: MailboxSet
    connections: int = 0
    """How many were made so far."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def settings(self, **changes: Any) -> Server:
        """How to reach it; the password is expected in ``MAIL_PASSWORD``."""
        return Server.model_validate(
            {
                "host": "localhost",
                "port": self.port,
                "security": self.security,
                "user": self.user,
                **changes,
            }
        )

    async def folder(self, name: str = "INBOX") -> MailboxData:
        """A folder, made if it is not there."""
        self.config.apply_context()
        if name not in [entry.name for entry in (await self.mailboxes.list_mailboxes()).list()]:
            await self.mailboxes.add_mailbox(name)
        return await self.mailboxes.get_mailbox(name)

    async def deliver(
        self,
        raw: bytes,
        *,
        folder: str = "INBOX",
        at: datetime | None = None,
        flags: tuple[bytes, ...] = (),
    ) -> int:
        """Put a mail into a folder. Returns its UID.

        Args:
            at: when it arrived; left out: START.
        """
        box = await self.folder(folder)
        when = at or START
        message = await box.append(
            AppendMessage(raw, when, frozenset(Flag(flag) for flag in flags)), recent=True
        )
        return message.uid

    async def uids(self, folder: str = "INBOX") -> list[int]:
        """The UIDs of what is in a folder."""
        return [message.uid async for message in (await self.folder(folder)).messages()]

    async def flags(self, uid: int, folder: str = "INBOX") -> set[bytes]:
        """The flags of a message, without ``\\Recent``."""
        box = await self.folder(folder)
        found = [one async for one in box.messages() if one.uid == uid]
        return {bytes(flag) for flag in found[0].permanent_flags}

    async def expunge(self, *uids: int, folder: str = "INBOX") -> None:
        """Somebody deletes mail."""
        await (await self.folder(folder)).delete(uids)

    async def renumber(self, folder: str = "INBOX") -> None:
        """The folder is restored from a backup, say: another UIDVALIDITY and other UIDs. Breaks
        connections."""
        box = await self.folder(folder)
        kept = [message async for message in box.messages()]
        await box.delete([message.uid for message in kept])
        box._uid_validity += 1
        box._max_uid = 0
        for message in kept:
            content = message._content
            assert content is not None
            await box.append(
                AppendMessage(bytes(content), message.internal_date, message.permanent_flags)
            )
        self.disconnect()

    def disconnect(self) -> None:
        """Every connection breaks, without a word."""
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def imap_server(
    *,
    user: str = "support@example.org",
    password: str = PASSWORD,
    security: Security = "none",
    idle: bool = True,
    port: int = 0,
) -> AsyncIterator[ImapServer]:
    """A pymap with an empty INBOX."""
    args = Namespace(passlib_cfg=None, proxy_protocol=None)
    config = (Config if idle else _WithoutIdle)(
        args,
        host="127.0.0.1",
        port=port,
        demo_data=False,
        demo_user=user,
        demo_password=password,
        tls_enabled=security == "starttls",
        ssl_context=server_context(),
        hash_context=_Open(),
        cpu_subsystem=Subsystem.for_asyncio(),
        invalid_user_sleep=0.0,
    )
    config.apply_context()
    login = Login(config)
    await DictBackend._add_demo_user(config, login)
    mailboxes = MailboxSet()
    config.set_cache[user] = (mailboxes, FilterSet())
    serve = IMAPServer(login, config)

    left = asyncio.Event()

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: SocketInfo
    ) -> None:
        running.connections += 1
        running._writers.add(writer)
        try:
            await serve(reader, writer, client)
        finally:
            running._writers.discard(writer)
            left.set()

    listening = await asyncio.start_server(
        ProxyProtocolReader(config.proxy_protocol).get_callback(connected),
        "127.0.0.1",
        port,
        ssl=server_context() if security == "tls" else None,
    )
    running = ImapServer(
        port=listening.sockets[0].getsockname()[1],
        user=user,
        password=password,
        security=security,
        config=config,
        mailboxes=mailboxes,
    )
    try:
        yield running
    finally:
        listening.close()
        running.disconnect()
        while running._writers:
            left.clear()
            await left.wait()


# --------------------------------------------------------------------------- Dovecot


@dataclass
class Dovecot:
    """A running Dovecot: whoever gives :data:`PASSWORD` gets a mailbox of their own."""

    port: int
    tls_port: int
    home: Path
    account: pwd.struct_passwd
    """Whose process it is."""
    _process: subprocess.Popen[bytes]
    _delivered: int = 0

    def settings(self, user: str = "support@example.org", **changes: Any) -> Server:
        """How to reach it; the password is expected in ``MAIL_PASSWORD``."""
        return Server.model_validate(
            {"host": "localhost", "port": self.port, "security": "none", "user": user, **changes}
        )

    def deliver(
        self,
        raw: bytes,
        *,
        user: str = "support@example.org",
        folder: str = "INBOX",
        at: datetime = START,
    ) -> None:
        """Put a mail into a folder, as a mail server on the same machine would."""
        maildir = self.maildir(user, folder)
        self._delivered += 1
        name = f"{at.timestamp():.0f}.{self._delivered:06}.test"  # the order of mail of one second
        file = maildir / "tmp" / name
        file.write_bytes(raw)
        os.utime(file, (at.timestamp(), at.timestamp()))
        self._give(file)
        file.rename(maildir / "new" / name)

    def maildir(self, user: str = "support@example.org", folder: str = "INBOX") -> Path:
        """Where a folder's mail is; made if it is not there."""
        root = self.home / "mail" / user
        place = root if folder == "INBOX" else root / f".{folder}"
        for each in (root, place, *(place / part for part in ("cur", "new", "tmp"))):
            if not each.exists():
                each.mkdir()
                self._give(each)
        return place

    def _give(self, path: Path) -> None:
        if os.getuid() == 0:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def renumber(self, user: str = "support@example.org", folder: str = "INBOX") -> None:
        """The folder loses its numbers: another UIDVALIDITY and other UIDs. Breaks connections."""
        place = self.maildir(user, folder)
        self.kill_sessions()
        numbers = place / "dovecot-uidlist"
        validity = int(numbers.read_text("ascii").split()[1].removeprefix("V"))
        for file in (*place.glob("dovecot-uid*"), *place.glob("dovecot.index*")):
            file.unlink()
        numbers.write_text(f"3 V{validity + 1} N1\n", encoding="ascii")
        self._give(numbers)

    def sessions(self) -> list[psutil.Process]:
        """The processes that serve who has logged in."""
        parent = psutil.Process(self._process.pid)
        return [one for one in parent.children(recursive=True) if one.name() == "imap"]

    def kill_sessions(self) -> int:
        """Kill them, as a crash does. Returns how many there were."""
        found = self.sessions()
        for one in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(found, timeout=PATIENCE)
        return len(found)

    def kick(self, user: str = "support@example.org") -> None:
        """What an administrator does: ``doveadm kick``."""
        command = ["doveadm", "-c", str(self.home / "dovecot.conf"), "kick", user]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)

    def log(self) -> str:
        """What it has to say."""
        return (self.home / "log").read_text(encoding="utf-8")


_DOVECOT = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


@asynccontextmanager
async def dovecot() -> AsyncIterator[Dovecot]:
    """A Dovecot of our own; the test is skipped where there is none, except in CI."""
    if shutil.which("dovecot") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Dovecot is not installed: apt-get install dovecot-imapd")
        pytest.skip("Dovecot is not installed (apt-get install dovecot-imapd)")
    running = await asyncio.to_thread(_started)
    try:
        await _answers(running.port, running._process)
        yield running
    finally:
        await asyncio.to_thread(_stopped, running)


def _started() -> Dovecot:
    home = Path(tempfile.mkdtemp(prefix="linezero-dovecot-"))
    # It refuses to keep the mail of root.
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, tls_port = one.getsockname()[1], other.getsockname()[1]
    certificate = home / "localhost.pem"
    certificate.write_bytes(CERTIFICATE.read_bytes())
    (home / "mail").mkdir()
    (home / "dovecot.conf").write_text(
        _DOVECOT.format(
            home=home,
            certificate=certificate,
            user=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
            password=PASSWORD,
            port=port,
            tls_port=tls_port,
        )
    )
    who: dict[str, Any] = {}
    if os.getuid() == 0:
        for path in (home, *home.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    process = subprocess.Popen(
        ["dovecot", "-F", "-c", str(home / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **who,
    )
    return Dovecot(port=port, tls_port=tls_port, home=home, account=account, _process=process)


def _stopped(running: Dovecot) -> None:
    running._process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        running._process.wait(PATIENCE)
    running._process.kill()
    running._process.wait()
    shutil.rmtree(running.home, ignore_errors=True)


async def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait for a server's greeting."""
    async with patience():
        while True:
            assert process.poll() is None, "the server did not start"
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                greeting = await reader.readline()
                writer.close()
            except OSError:
                greeting = b""
            if greeting:
                return
            await moment()
