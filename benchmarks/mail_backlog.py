"""A mailbox with a backlog: how fast it is taken in, and what that costs in memory.

    make bench-mail-backlog        (needs Dovecot: apt-get install dovecot-imapd)

Two runs against a Dovecot of its own, with the channel and the durable inbox on SQLite that the
service uses. First the folder holds mail of years and the service starts for the first time: none
of it may be taken in. Then as many letters arrive while the service is away: every one must be
taken in, once. A quarter of the letters are HTML, every tenth carries a file of 200 KB. Memory is
that of the service's process; its reader of mail, a process of its own, is told beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bot.coordination.local import LocalWakeUps
from bot.delivery.clock import SystemClock
from bot.delivery.inbox import DurableInbox
from bot.storage import open_store
from channels.email.channel import EmailChannel
from channels.message import Inbound
from channels.protocol import Cursor
from tests.dovecot import Dovecot, dovecot
from tests.email_channel import channel_for, settings_for
from tests.mail_servers import PASSWORD

MEGABYTE = 1024 * 1024
WORDS = "не работает интернет второй день подряд роутер моргает красным что делать"


def letter(number: int, draw: random.Random) -> bytes:
    """One of the letters; the same for the same number."""
    text = " ".join(draw.choices(WORDS.split(), k=draw.randint(20, 400)))
    kind, body = "plain", f"Здравствуйте!\r\n\r\n{text}\r\n"
    if number % 4 == 0:
        kind, body = "html", f"<html><body><p>Здравствуйте!</p><p>{text}</p></body></html>\r\n"
    head = (
        f"Received: from mx.client.example by mx.example.org; {number}\r\n"
        f"From: Client {number} <client{number % 700}@client.example>\r\n"
        "To: support@example.org\r\n"
        f"Subject: Question {number}\r\nMessage-ID: <{number}@client.example>\r\n"
        "MIME-Version: 1.0\r\n"
    )
    part = (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    )
    if number % 10:
        return (head + part).encode()
    data = base64.encodebytes(draw.randbytes(200_000)).decode().replace("\n", "\r\n")
    return (
        f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{part}"
        "--b\r\nContent-Type: image/jpeg\r\n"
        'Content-Disposition: attachment; filename="foto.jpg"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{data}--b--\r\n"
    ).encode()


def fill(server: Dovecot, first: int, mails: int, *, at: datetime) -> int:
    """Deliver letters; returns their bytes."""
    size = 0
    for number in range(first, first + mails):
        raw = letter(number, random.Random(number))
        size += len(raw)
        server.deliver(raw, at=at + timedelta(seconds=number % 1000))
    return size


class Counting:
    """The durable inbox, with what passes through it counted."""

    def __init__(self, inbox: DurableInbox, wanted: int, every: int) -> None:
        self.inbox, self.wanted, self.every = inbox, wanted, every
        self.taken = 0
        self.looked = asyncio.Event()
        self.full = asyncio.Event()
        self.began: float | None = None
        """When the first letter was in; the start of the reader is not counted."""

    async def accept(self, items: list[Inbound], cursor: Cursor | None = None) -> int:
        new = await self.inbox.accept(items, cursor)
        self.began = self.began or time.perf_counter()
        self.taken += new
        if new and self.taken % self.every == 0:
            self.told()
        if self.taken >= self.wanted:
            self.full.set()
        self.looked.set()
        return new

    async def cursor(self, channel: str, source: str) -> str | None:
        return await self.inbox.cursor(channel, source)

    def told(self) -> None:
        spent = time.perf_counter() - (self.began or 0)
        print(
            f"{self.taken:>6} letters  {self.taken / spent:6.1f}/s"
            f"  service {rss():6.1f} MB  reader {readers():6.1f} MB",
            flush=True,
        )


def rss() -> float:
    """Megabytes of this process."""
    return float(psutil.Process().memory_info().rss) / MEGABYTE


def readers() -> float:
    """Megabytes of the processes that understand mail."""
    children = psutil.Process().children()
    ours = [one for one in children if "channels.email.bounded" in " ".join(one.cmdline())]
    return sum(float(one.memory_info().rss) for one in ours) / MEGABYTE


async def run(channel: EmailChannel, inbox: Counting, until: asyncio.Event) -> None:
    async with channel, asyncio.TaskGroup() as group:
        receiving = group.create_task(channel.run(inbox))
        await until.wait()
        receiving.cancel()


async def main(mails: int) -> None:
    os.environ["MAIL_PASSWORD"] = PASSWORD
    folder = Path(tempfile.mkdtemp(prefix="linezero-backlog-"))
    store = open_store("sqlite:///linezero.db", folder=folder)
    inbox = DurableInbox(store, SystemClock(), LocalWakeUps())
    async with dovecot() as server:
        settings = settings_for(server.settings())
        old = await asyncio.to_thread(fill, server, 0, mails, at=datetime(2020, 1, 1, tzinfo=UTC))
        print(f"{mails} old letters ({old / MEGABYTE:.0f} MB) in the folder; the first start")
        counting = Counting(inbox, 1, mails)
        await run(channel_for(settings, folder), counting, counting.looked)
        assert counting.taken == 0, "old mail was taken in"
        print("none of them taken in\n")
        new = await asyncio.to_thread(fill, server, mails, mails, at=datetime.now(UTC))
        print(f"{mails} letters ({new / MEGABYTE:.0f} MB) came while the service was away")
        counting = Counting(inbox, mails, max(1, mails // 10))
        print(f"     0 letters          service {rss():6.1f} MB")
        await run(channel_for(settings, folder), counting, counting.full)
        spent = time.perf_counter() - (counting.began or 0)
        assert counting.taken == mails
        kept = await asyncio.to_thread(lambda: len(list(folder.rglob("original.eml"))))
        assert kept == mails
        print(f"\n{mails} letters in {spent:.0f} s: {mails / spent:.0f} a second, each once")
    await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=5_000)
    asyncio.run(main(parser.parse_args().mails))
