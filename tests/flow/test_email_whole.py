"""The application as `linezero run` builds it, with real mail servers around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bot import status
from bot.app import App, build
from channels.email.mail import Mail
from channels.email.parse import parse
from config.workspace import load
from tests.clock import START
from tests.email_channel import ADDRESS
from tests.flow.stage import Stage, stage_in
from tests.flow.test_commands import linezero
from tests.mail_servers import PASSWORD, ImapServer, imap_server, letter
from tests.smtp_server import SmtpServer, smtp_server
from tests.waiting import eventually, moment


@dataclass
class Town:
    """A desk, its mailbox, and everybody else's mail."""

    stage: Stage
    imap: ImapServer
    smtp: SmtpServer
    read: set[str] = field(default_factory=set)

    async def gets(self, *words: str, to: str = "anna@client.example") -> Mail:
        """Wait for a letter of the desk with these words."""
        found: list[Mail] = []

        def came() -> bool:
            letters = (parse(each.data, received=START) for each in self.smtp.taken
                       if each.recipient == to)  # fmt: skip
            found[:] = [
                each
                for each in letters
                if each.message_id not in self.read and all(word in each.text for word in words)
            ]
            return bool(found)

        await eventually(came)
        self.read.add(found[0].message_id)
        return found[0]


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    async with imap_server() as imap, smtp_server() as smtp:
        open_line = "host: localhost, security: none"
        section = (
            "email:\n  poll_every: 1\n  mailboxes:\n"
            f"    - address: {ADDRESS}\n"
            f"      imap: {{ {open_line}, port: {imap.port} }}\n"
            f"      smtp: {{ {open_line}, port: {smtp.port}, login: none }}\n"
        )
        async with stage_in(folder, memory=False, more=section) as stage:
            yield Town(stage, imap, smtp)


@asynccontextmanager
async def open_for_business(place: Town) -> AsyncIterator[App]:
    """The service runs, and what it sends to its own mailbox arrives there."""
    app = build(load(place.stage.folder, secrets=True), clock=place.stage.clock)
    assert list(app.channels) == ["telegram", "email"]

    async def post_office() -> None:
        done = 0
        while True:
            for taken in place.smtp.taken[done:]:
                done += 1
                if taken.recipient.endswith("@example.org"):
                    await place.imap.deliver(taken.data)
            await moment()

    place.stage.app = app
    async with asyncio.TaskGroup() as group:
        office = group.create_task(post_office())
        async with app.running():
            await eventually(lambda: app.channels["email"].health().ok)
            yield app
        office.cancel()
    place.stage.app = None


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


async def test_a_question_by_mail_is_answered_by_mail(tmp_path: Path) -> None:
    """And the answer to the answer finds its way back; old mail in the box stays unanswered."""
    async with town(tmp_path) as place:
        await place.imap.deliver(letter("В какие часы вы работаете?", sender="old@client.example"))
        async with open_for_business(place):
            await place.imap.deliver(letter("Добрый день! В какие часы вы работаете?"))
            answer = await place.gets("с 9 до 18")
            assert answer.in_reply_to == ("<1@client.example>",)
            assert answer.reply_to[0].address.startswith("support+")
            await place.imap.deliver(
                letter(
                    "Не работает интернет, позовите человека",
                    to=answer.reply_to[0].address,
                    subject=f"Re: {answer.subject}",
                    message_id="<2@client.example>",
                    headers=f"In-Reply-To: {answer.message_id}",
                )
            )
            again = await place.gets()
            assert again.in_reply_to == ("<2@client.example>",)
        assert all(each.recipient != "old@client.example" for each in place.smtp.taken)
        kept = (tmp_path / "workspace" / "files" / "mail").rglob("original.eml")
        assert len(list(kept)) == 2


def _beats(place: Town) -> bool:
    """Let time pass until the service says that all is well."""
    place.stage.clock.advance(1)
    found = status.read(status.path_in(place.stage.folder))
    return not status.troubles(found, place.stage.clock.now())


async def test_the_doctor_looks_at_mail_in_a_chat_and_from_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running service passes the doctor's letter over: nobody is troubled by it."""
    monkeypatch.setattr("channels.telegram.doctor.PROBE_SECONDS", 0)
    async with town(tmp_path) as place:
        async with open_for_business(place):
            admins = place.stage.admins.whole()
            await place.stage.boris.writes(admins, "/doctor")
            report = await admins.sees("✅", ADDRESS)
            assert "письмо самим себе пришло" in report.text
            await eventually(partial(_beats, place))
            done = await asyncio.to_thread(linezero, "doctor", place.stage.folder, "--json")
        findings = {each["key"]: each for each in json.loads(done.stdout)}
        assert findings["doctor.mail.arrived"]["level"] == "ok"
        assert done.exit_code == 0
        assert {each.recipient.partition("+")[0] for each in place.smtp.taken} == {"support"}
        assert await place.imap.uids() == []
