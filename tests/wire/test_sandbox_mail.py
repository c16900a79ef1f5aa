"""The sandbox's mail world over real sockets: SMTP in, IMAP and the control API out."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import aiohttp
import pytest

from bot.sandbox.mail import Draft, MailWorld, Person
from bot.sandbox.mail.control import MailControl
from bot.sandbox.mail.letters import File
from bot.sandbox.mail.smtp import Fault
from bot.sandbox.mail.world import PASSWORD, Unsent
from bot.sandbox.telegram import Emulator
from channels.email.parse import parse

SUPPORT = Person(address="support@beacon.example", name="Beacon", role="company")
ANNA = "anna@client.example"


@pytest.fixture
async def mail() -> AsyncIterator[MailWorld]:
    """A mail world with Anna in it."""
    async with MailWorld(SUPPORT) as world:
        world.add(ANNA, "Анна Ковалёва")
        yield world


def draft(**fields: Any) -> Draft:
    return Draft(
        **{"sender": ANNA, "name": "Анна", "to": (SUPPORT.address,), "text": "Здравствуйте!"}
        | fields
    )


def in_inbox(port: int) -> list[bytes]:
    """What an IMAP client finds in the company's mailbox."""
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.login(SUPPORT.address, PASSWORD)
        client.select("INBOX", readonly=True)
        _, found = client.uid("SEARCH", "ALL")
        letters = []
        for uid in found[0].split():
            _, data = client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            letters.append(data[0][1])
        return letters


async def test_a_letter_to_a_tagged_address_is_read_by_imap(mail: MailWorld) -> None:
    tagged = SUPPORT.address.replace("@", "+abc.def@")
    sent = await mail.send(draft(to=(tagged,), subject="Нет связи", text="Не работает"))
    [raw] = await asyncio.to_thread(in_inbox, mail.imap.port)
    assert raw.replace(b"\r\n", b"\n") == sent.raw.replace(b"\r\n", b"\n")
    read = parse(raw, received=sent.at)
    assert (read.subject, read.text) == ("Нет связи", "Не работает")
    assert read.sender is not None
    assert str(read.sender) == f"Анна <{ANNA}>"


async def test_a_letter_to_a_person_lands_in_their_mailbox(mail: MailWorld) -> None:
    def send() -> None:
        message = EmailMessage()
        message["From"], message["To"] = SUPPORT.address, ANNA
        message["Subject"] = "Ответ"
        message.set_content("Проверьте кабель")
        with smtplib.SMTP("127.0.0.1", mail.smtp.port) as client:
            client.send_message(message)

    await asyncio.to_thread(send)
    [kept] = await mail.wait_for(lambda: mail.letters(ANNA))
    assert (kept.header("Subject"), kept.text.strip()) == ("Ответ", "Проверьте кабель")
    assert not mail.is_read(ANNA, kept)


async def test_an_answer_quotes_and_threads_as_webmail_does(mail: MailWorld) -> None:
    first = await mail.send(draft(subject="Нет связи", text="Не работает\n> уже час"))
    answer = draft(
        answers=first,
        text="Включилось",
        files=(File(name="Отчёт за ноябрь.pdf", type="application/pdf", content=b"%PDF"),),
    )
    sent = await mail.send(answer)
    assert sent.header("Subject") == "Re: Нет связи"
    assert sent.header("In-Reply-To") == first.message_id
    assert sent.thread == first.message_id
    read = parse(sent.raw, received=sent.at)
    assert read.text == "Включилось"
    assert "Не работает" in read.quoted
    assert [(f.name, f.data) for f in read.attachments] == [("Отчёт за ноябрь.pdf", b"%PDF")]
    [file] = sent.files
    assert (file.name, file.content) == ("Отчёт за ноябрь.pdf", b"%PDF")


async def test_a_forward_carries_the_other_letter(mail: MailWorld) -> None:
    first = await mail.send(draft(subject="Нет связи", text="Не работает"))
    sent = await mail.send(draft(forwards=first, text=""))
    assert sent.header("Subject") == "Fwd: Нет связи"
    read = parse(sent.raw, received=sent.at)
    assert "Не работает" in read.text + read.quoted
    assert read.forward


@pytest.mark.parametrize(("kind", "said"), [("refuse", "550"), ("later", "451"), ("drop", "")])
async def test_faults_strike_and_heal(mail: MailWorld, kind: Any, said: str) -> None:
    mail.fail(Fault(kind=kind))
    with pytest.raises(Unsent):
        await mail.send(draft())
    assert not mail.letters(SUPPORT.address)
    await mail.send(draft())
    assert len(mail.letters(SUPPORT.address)) == 1


async def test_a_fault_for_one_address_spares_the_others(mail: MailWorld) -> None:
    mail.fail(Fault(kind="refuse", address="boris@client.example", times=None))
    with pytest.raises(Unsent, match="No such mailbox"):
        await mail.send(draft(to=("boris@client.example",)))
    await mail.send(draft())


async def test_the_control_api(mail: MailWorld) -> None:
    async with (
        Emulator(routes=MailControl(mail).routes()) as telegram,
        aiohttp.ClientSession(f"{telegram.url}/") as http,
    ):
        form = aiohttp.FormData()
        for name, value in {
            "address": ANNA,
            "to": SUPPORT.address,
            "subject": "<b>Нет связи</b>",
            "text": "Не работает",
        }.items():
            form.add_field(name, value)
        form.add_field("file0", b"\x89PNG", filename='../"x.png', content_type="image/png")
        async with http.post("sandbox/mail/send", data=form) as answer:
            assert answer.status == 200, await answer.text()
            number = (await answer.json())["id"]
        where = {"address": ANNA, "id": str(number)}
        async with http.get("sandbox/mail/letter", params=where) as answer:
            letter = await answer.json()
        assert letter["subject"] == "<b>Нет связи</b>"
        assert letter["text"].strip() == "Не работает"
        assert [(f["type"], f["size"]) for f in letter["attachments"]] == [("image/png", 4)]
        async with http.get("sandbox/mail/attachment", params={**where, "index": "0"}) as answer:
            assert await answer.read() == b"\x89PNG"
            assert answer.headers["Content-Disposition"].startswith("attachment;")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        async with http.get("sandbox/mail/source", params=where) as answer:
            assert answer.content_type == "text/plain"
            assert "Message-ID" in await answer.text()
        async with http.get("sandbox/mail/people") as answer:
            people = {each["address"]: each for each in (await answer.json())["people"]}
        assert people[SUPPORT.address]["unread"] == 1
        assert people[ANNA]["unread"] == 0
        async with http.get("sandbox/mail/letters", params={"address": ANNA}) as answer:
            [listed] = (await answer.json())["letters"]
        assert (listed["mine"], listed["attachments"]) == (True, 1)


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("letter", {"address": ANNA, "id": "99"}, 400),
        ("letter", {"address": ANNA}, 400),
        ("source", {"address": ANNA, "id": "99"}, 404),
        ("attachment", {"address": ANNA, "id": "99", "index": "0"}, 404),
    ],
)
async def test_what_is_not_there_is_refused(
    mail: MailWorld, path: str, params: dict[str, str], status: int
) -> None:
    async with (
        Emulator(routes=MailControl(mail).routes()) as telegram,
        aiohttp.ClientSession(f"{telegram.url}/") as http,
        http.get(f"sandbox/mail/{path}", params=params) as answer,
    ):
        assert answer.status == status
        assert (await answer.json())["ok"] is False


@pytest.mark.parametrize(
    "fields",
    [
        {"address": "nobody@here.example", "to": SUPPORT.address},
        {"address": ANNA, "to": "not an address"},
        {"address": ANNA},
    ],
)
async def test_a_letter_that_cannot_be_is_explained(
    mail: MailWorld, fields: dict[str, str]
) -> None:
    async with (
        Emulator(routes=MailControl(mail).routes()) as telegram,
        aiohttp.ClientSession(f"{telegram.url}/") as http,
        http.post("sandbox/mail/send", json=fields) as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["description"]
