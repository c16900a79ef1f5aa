"""An outside expert is asked over real SMTP and answers over real IMAP by pressing "reply"."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.flow.stage import Stage, stage_in
from tests.mail_servers import PASSWORD, ImapServer, imap_server
from tests.smtp_server import SmtpServer, Taken, smtp_server
from tests.waiting import eventually

ADDRESS = "support@example.org"
VENDOR = "help@vendor.example"
QUESTION = "What does E17 mean?"


def settings(smtp: SmtpServer, imap: ImapServer) -> str:
    return f"""
email:
  poll_every: 1
  mailboxes:
    - address: {ADDRESS}
      imap: {{ host: localhost, port: {imap.port}, security: none }}
      smtp: {{ host: 127.0.0.1, port: {smtp.port}, security: none, login: none }}
experts:
  - {{ id: vendor, title: Вендор, address: {VENDOR}, language: en, hold: true }}
"""


async def taken(smtp: SmtpServer, number: int) -> Taken:
    """The letter with a number, counted from 1."""

    async def there() -> bool:
        return len(smtp.taken) >= number

    await eventually(there)
    return smtp.taken[number - 1]


def parsed(letter: Taken) -> EmailMessage:
    made = email.message_from_bytes(letter.data, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    return made


def reply(to: EmailMessage, words: str, *, sender: str, number: int) -> bytes:
    """What a mail program makes of "reply": headers taken over, the letter quoted below."""
    answer = EmailMessage()
    answer["From"] = f"John Smith <{sender}>"
    answer["To"] = str(to["Reply-To"])
    answer["Subject"] = f"Re: {to['Subject']}"
    answer["In-Reply-To"] = str(to["Message-ID"])
    answer["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    answer["Message-ID"] = f"<{number}@vendor.example>"
    answer["Date"] = "Mon, 23 Nov 2026 12:30:00 +0000"
    body = to.get_body(("plain",))
    assert body is not None
    quoted = "\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
    answer.set_content(
        f"{words}\n\nOn Mon, 23 Nov 2026 at 12:00, Daisy <{ADDRESS}> wrote:\n{quoted}"
    )
    answer.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="guide.pdf")
    return answer.as_bytes(policy=email.policy.SMTP.clone(max_line_length=None))


async def test_an_expert_is_asked_and_answers_by_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed address and Message-ID go out and come back; only new words reach the client, once
    (case E2, case E3, case G2); the next letter continues the thread (case D3)."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    async with (
        smtp_server() as smtp,
        imap_server() as imap,
        stage_in(tmp_path, more=settings(smtp, imap)) as stage,
    ):
        monkeypatch.setattr(stage, "_channels", lambda workspace: None)  # those of the settings
        async with stage.service():
            await _story(stage, smtp, imap)


async def _story(stage: Stage, smtp: SmtpServer, imap: ImapServer) -> None:
    room = await stage.ticket()
    await stage.boris.writes(room, f"/forward vendor {QUESTION}")
    await room.sees("ещё не отправлено", QUESTION)
    await stage.boris.presses(room, "📨 Отправить")
    first = await taken(smtp, 1)
    letter = parsed(first)
    assert first.recipient == VENDOR
    assert letter["Subject"] == "[#1] Internet"
    assert letter["Auto-Submitted"] is None
    for hidden in ("Анна", "Борис", "Техники"):
        assert hidden not in str(letter)
    await room.reads(room.card, "Вендор: ждём ответа")

    await imap.deliver(reply(letter, "Send me the contract", sender="eve@evil.example", number=1))
    await room.sees("eve@evil.example", "письмо от постороннего", "Send me the contract")
    await imap.deliver(reply(letter, "It is a broken port.", sender=VENDOR, number=2))
    note = await room.sees("Вендор: ответ по почте", "It is a broken port.")
    assert QUESTION not in note.text
    bar = await room.sees("Что сделать с этим ответом?")
    await room.reads(room.card, "теперь наш черёд")
    await stage.boris.presses(room, "💬 Отправить клиенту", bar)
    shown = await stage.anna.sees("It is a broken port.", kind="document")
    assert QUESTION not in shown.text

    await stage.boris.presses(room, "↩️ Ответить: Вендор", bar)
    prompt = await room.sees("напишите вопрос")
    await stage.boris.writes(room, "And E18?", reply_to=prompt)
    await room.sees("ещё не отправлено", "And E18?")
    await stage.boris.presses(room, "📨 Отправить")
    second = parsed(await taken(smtp, 2))
    assert str(second["In-Reply-To"]) == "<2@vendor.example>"
    assert str(letter["Message-ID"]) in str(second["References"])
    assert str(second["Reply-To"]) == str(letter["Reply-To"])
    assert second["Subject"] == "Re: [#1] Internet"
    body = second.get_body(("plain",))
    assert body is not None
    assert "> It is a broken port." in str(body.get_content())
    await stage.settled()
    assert not [m for m in stage.anna.screen if "E18" in m.text or "contract" in m.text]
