"""What the doctor says of mailboxes, asked of real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import words
from channels.email.doctor import diagnose
from channels.email.joining import Secrets
from channels.email.settings import EmailSettings, Server
from channels.finding import Finding
from config import workspace
from config.settings import Workspace
from tests.email_channel import settings_for
from tests.mail_servers import CERTIFICATE, PASSWORD, ImapServer, imap_server, server_context
from tests.smtp_server import SmtpServer, smtp_server
from tests.waiting import eventually, moment
from tests.workspaces import small_workspace

SECRETS = Secrets((b"0123456789abcdef",))


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


@pytest.fixture
async def imap() -> AsyncIterator[ImapServer]:
    async with imap_server() as running:
        yield running


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    async with smtp_server() as running:
        yield running


def outgoing(smtp: SmtpServer, **changes: Any) -> Server:
    return Server.model_validate(
        {"host": "localhost", "port": smtp.port, "security": "none", "login": "none", **changes}
    )


@asynccontextmanager
async def delivering(
    smtp: SmtpServer, imap: ImapServer, folder: str = "INBOX"
) -> AsyncIterator[None]:
    """What the SMTP server takes lands in a folder, as long as this lasts."""

    async def deliver() -> None:
        done = 0
        while True:
            for taken in smtp.taken[done:]:
                await imap.deliver(taken.data, folder=folder)
                done += 1
            await moment()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(deliver())
        yield
        task.cancel()


async def found(settings: EmailSettings, patience: float = 3.0) -> dict[str, Finding]:
    findings = await diagnose(settings, SECRETS, patience=patience)
    return {finding.key.removeprefix("doctor.mail."): finding for finding in findings}


def levels(findings: dict[str, Finding]) -> dict[str, str]:
    return {key: finding.level for key, finding in findings.items()}


async def test_a_mailbox_that_works(imap: ImapServer, smtp: SmtpServer) -> None:
    """The letter to ourselves goes to a signed address, and leaves nothing behind."""
    settings = settings_for(imap.settings(), outgoing(smtp))
    async with delivering(smtp, imap):
        findings = await found(settings)
    assert levels(findings) == dict.fromkeys(("readable", "idle", "sending", "arrived"), "ok")
    assert smtp.taken[0].recipient.startswith("support+doctor.")
    assert await imap.uids() == []


async def test_without_idle_it_says_how_often_we_look(smtp: SmtpServer) -> None:
    async with imap_server(idle=False) as imap, delivering(smtp, imap):
        settings = settings_for(imap.settings(), outgoing(smtp), poll_every=45)
        findings = await found(settings)
    assert findings["polling"].args["n"] == 45


async def test_a_folder_that_is_not_there(imap: ImapServer, smtp: SmtpServer) -> None:
    await imap.folder("Заявки")
    box = {"folders": ["inbox", "Завки", "Archive"], "handled": "Обработано"}
    findings = await found(settings_for(imap.settings(), outgoing(smtp), box=box))
    assert findings["folder_near"].args["near"] == "Заявки"
    assert "INBOX" in str(findings["no_folder"].args["known"])
    assert findings["handled_new"].level == "ok"
    assert not smtp.taken


async def test_refused_logins(imap: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wrong")
    async with smtp_server(starttls=server_context()) as smtp:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        sending = outgoing(smtp, login="password", security="starttls")
        findings = await diagnose(settings_for(imap.settings(), sending), SECRETS)
    refused = [f for f in findings if f.key == "doctor.mail.login_refused"]
    assert len(refused) == 2
    assert all("wrong" not in str(finding.args) for finding in findings)


async def test_a_missing_password(
    imap: ImapServer, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case H2"""
    monkeypatch.delenv("MAIL_PASSWORD")
    findings = await found(settings_for(imap.settings(), outgoing(smtp)))
    assert "MAIL_PASSWORD" in str(findings["no_password"].args["detail"])


async def test_servers_that_are_not_there(imap: ImapServer) -> None:
    findings = await diagnose(settings_for(), SECRETS)
    assert [finding.args["kind"] for finding in findings if finding.level == "error"] == [
        "imap",
        "smtp",
    ]
    assert {finding.key for finding in findings} == {"doctor.mail.unreachable"}


async def test_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """case D4: untrusted is an error, unverified a warning."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    context = server_context()
    async with imap_server(security="tls") as imap, smtp_server(tls=context) as smtp:
        strict = settings_for(imap.settings(), outgoing(smtp, security="tls"))
        findings = await diagnose(strict, SECRETS)
        assert [(f.key, f.args["kind"]) for f in findings] == [
            ("doctor.mail.untrusted", "imap"),
            ("doctor.mail.untrusted", "smtp"),
        ]
        lax = settings_for(
            imap.settings(verify=False), outgoing(smtp, security="tls", verify=False)
        )
        async with delivering(smtp, imap):
            assert levels(await found(lax))["unverified"] == "warning"


async def test_starttls_that_is_not_offered(imap: ImapServer, smtp: SmtpServer) -> None:
    """case D4: no silent downgrade."""
    settings = settings_for(imap.settings(security="starttls"), outgoing(smtp, security="starttls"))
    findings = await diagnose(settings, SECRETS)
    assert [finding.key for finding in findings] == ["doctor.mail.no_starttls"] * 2


@pytest.mark.parametrize("how", ["refused", "swallowed"])
async def test_tagged_addresses_that_lead_nowhere(
    imap: ImapServer, smtp: SmtpServer, how: str
) -> None:
    settings = settings_for(imap.settings(), outgoing(smtp))
    if how == "refused":
        smtp.answer("RCPT", "550 5.1.1 no such user")
        async with delivering(smtp, imap):
            findings = await found(settings)
    else:

        async def deliver() -> None:
            async def both_sent() -> bool:
                return len(smtp.taken) == 2

            await eventually(both_sent)
            await imap.deliver(smtp.taken[1].data)

        async with asyncio.TaskGroup() as group:
            group.create_task(deliver())
            findings = await found(settings, patience=0.5)
    assert "no_tags" in findings
    assert "arrived" not in findings
    untagged = settings_for(imap.settings(), outgoing(smtp), box={"sub_addressing": False})
    smtp.taken.clear()
    async with delivering(smtp, imap):
        assert levels(await found(untagged))["arrived"] == "ok"
    assert smtp.taken[0].recipient == "support@example.org"


async def test_a_letter_that_lands_elsewhere_or_nowhere(imap: ImapServer, smtp: SmtpServer) -> None:
    settings = settings_for(imap.settings(), outgoing(smtp))
    async with delivering(smtp, imap, folder="Спам"):
        findings = await found(settings, patience=0.5)
    assert findings["elsewhere"].args["folder"] == "Спам"
    assert await imap.uids("Спам") == []
    assert "lost" in await found(settings, patience=0.1)


async def test_a_server_that_takes_nothing(imap: ImapServer, smtp: SmtpServer) -> None:
    smtp.answer("MAIL", *["451 4.3.0 later"] * 2)
    findings = await found(settings_for(imap.settings(), outgoing(smtp)))
    assert "later" in str(findings["not_taken"].args["detail"])


EVERY = [
    ("secret", {"detail": "d"}), ("no_password", {"kind": "imap", "detail": "d"}),
    ("unreachable", {"kind": "imap", "server": "s", "detail": "d"}),
    ("arrived", {"n": 1}), ("arrived", {"n": 3}), ("lost", {"n": 30}), ("polling", {"n": 60}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "args"), EVERY)
def test_findings_read_as_sentences(
    key: str, args: dict[str, str | int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = small(tmp_path_factory.mktemp("desk"))
    finding = Finding(level="ok", key=f"doctor.mail.{key}", args={"box": "a@b", **args})
    said: Sequence[str] = [words(desk, finding, language).text for language in ("ru", "en")]
    assert said[0] != said[1]
    assert all("{" not in each for each in said)


def small(folder: Path) -> Workspace:
    return workspace.load(small_workspace(folder / "desk"))
