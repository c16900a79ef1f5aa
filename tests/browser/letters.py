"""Letters of the company, as they come to the people of the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Final

import aiosmtplib

from bot.sandbox.mail import Draft, Kept, MailWorld, Person

COMPANY: Final = Person(address="support@beacon.example", name="Маяк", role="company")
ANNA: Final = Person(address="anna@client.example", name="Анна Ковалёва")
TAGGED: Final = "support+c7.secret@beacon.example"
"""Where the company wants its answers."""
ANSWER: Final = """\
Перезагрузите роутер: выключите его
на 30 секунд. Подробнее: https://beacon.example/help.

1 — Да, помогло
2 — Не помогло

22.11.2026, 08:02, Анна пишет:
> Не работает
> интернет
"""


async def anna_asks(mail: MailWorld, text: str = "Не работает интернет") -> Kept:
    """Anna's first letter."""
    mail.add(ANNA.address, ANNA.name)
    to = (COMPANY.address,)
    draft = Draft(sender=ANNA.address, name=ANNA.name, to=to, subject="Нет связи", text=text)
    return await mail.send(draft)


async def company_writes(
    mail: MailWorld,
    *,
    answers: Kept | None = None,
    to: str = ANNA.address,
    cc: str = "",
    sender: str = "Маяк",
    subject: str = "Re: Нет связи",
    text: str = ANSWER,
    html: str | None = None,
    flowed: bool = False,
    files: Sequence[tuple[str, str, bytes]] = (),
) -> Kept:
    """A letter of the company by real SMTP; ``files`` are name, type and content."""
    message = EmailMessage()
    message["From"] = f'"{sender}" <{COMPANY.address}>'
    message["Reply-To"] = TAGGED
    message["To"] = to
    if cc:
        message["Cc"] = cc
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain="beacon.example")
    if answers is not None:
        message["In-Reply-To"] = message["References"] = answers.message_id
    message.set_content(text)
    if flowed:
        message.set_param("format", "flowed")
    if html is not None:
        message.add_alternative(html, subtype="html")
    for name, kind, content in files:
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    await aiosmtplib.send(message, hostname="127.0.0.1", port=mail.smtp.port, start_tls=False)
    return mail.letters(to)[-1]
