"""Dovecot, where it is installed, with a configuration, a port and mail of its own, for tests."""

from __future__ import annotations

import asyncio
import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from channels.email.settings import Server
from tests.clock import START
from tests.mail_servers import CERTIFICATE, PASSWORD
from tests.waiting import PATIENCE, moment, patience


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
