"""Letters from a real IMAP server: what they are, who may read them, and what no letter can do."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.email.arrival import PROBE, UNKNOWN
from channels.email.bounded import BoundedReader
from channels.email.channel import EmailChannel
from channels.email.joining import message_id, reply_address
from channels.email.wire import Wire
from channels.letter import Pointer
from channels.message import Inbound, Media
from channels.protocol import Cursor, Misconfigured
from tests.email_channel import (
    ADDRESS,
    channel_for,
    letter_of,
    numbered,
    original,
    receiving,
    said,
    settings_for,
    texts,
)
from tests.inbox import ListInbox
from tests.mail_servers import CERTIFICATE, PASSWORD, ImapServer, imap_server, letter
from tests.waiting import Pauses, eventually

LONG_AGO = datetime(2020, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    async with imap_server() as running:
        yield running


async def test_a_letter_arrives_with_everything_the_core_wants(
    server: ImapServer, tmp_path: Path
) -> None:
    raw = letter(
        "Опять то же самое.\r\n\r\n22.11.2026 10:00, Маяк пишет:\r\n> Перезагрузите роутер.",
        subject="Re: Заявка №7",
        message_id="<b@client.example>",
        headers="In-Reply-To: <a@example.org>\nReferences: <z@client.example> <a@example.org>",
    )
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox) as channel:
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(raw)
        (item,) = await inbox.have(1)
        assert channel.health().ok
    assert item.address.key == "email:anna@client.example:"
    assert (item.sender.id, item.sender.name) == ("anna@client.example", "Анна")
    assert item.private
    assert item.sender.language == "ru"
    assert said(item).message == "<b@client.example>"
    assert said(item).reply_to == "<a@example.org>"
    assert said(item).content.text.text == "Опять то же самое."
    assert letter_of(item).quoted.endswith("Перезагрузите роутер.")
    assert letter_of(item).subject == "Re: Заявка №7"
    assert letter_of(item).mentions == ("7",)
    assert letter_of(item).mailbox == ADDRESS
    assert letter_of(item).references == (
        "<z@client.example>", "<a@example.org>", "<b@client.example>",
    )  # fmt: skip
    assert original(item) == raw


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_connection_can_be_encrypted(tmp_path: Path, security: Any) -> None:
    """case D4"""
    async with imap_server(security=security) as server:
        inbox = ListInbox()
        async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
            await inbox.until(lambda: inbox.cursors)
            await server.deliver(numbered(1))
            await inbox.have(1)


async def test_a_certificate_we_do_not_trust_is_refused_unless_the_settings_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """case D4: and that is said in the log."""
    monkeypatch.delenv("SSL_CERT_FILE")
    async with imap_server(security="tls") as server:
        inbox, pauses = ListInbox(), Pauses()
        strict = channel_for(settings_for(server.settings()), tmp_path, pause=pauses)
        async with receiving(strict, inbox):
            await pauses.happen()
            assert "certificate" in strict.health().detail
        assert not inbox.asked
        lax = channel_for(settings_for(server.settings(verify=False)), tmp_path)
        async with receiving(lax, inbox):
            await inbox.until(lambda: inbox.cursors)
        assert "is not verified" in caplog.text


async def test_one_letter_through_two_folders_and_an_alias_is_one(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C1: the marks of the servers on the way do not make another letter of it."""
    await server.folder("Спам")
    settings = settings_for(server.settings(), box={"folders": ["INBOX", "Спам"]})
    inbox = ListInbox()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: len(inbox.cursors) == 2)
        await server.deliver(numbered(1, headers="Received: from a by b; 1\nDelivered-To: x@y"))
        await server.deliver(
            numbered(1, headers="Received: from c by d; 2\nX-Spam: yes"), folder="Спам"
        )
        await server.deliver(numbered(2))
        await inbox.until(lambda: len(inbox.items) == 2 and inbox.asked >= 5)

        def once() -> bool:
            """The files of the known letter are not kept twice."""
            return len(list((tmp_path / "files").rglob("original.eml"))) == 2

        await eventually(once)
    assert sorted(texts(inbox)) == ["Вопрос 1", "Вопрос 2"]


async def test_the_same_message_id_with_another_body_is_another_letter(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C1: and so are two without any Message-ID."""
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1, "Первое"))
        await server.deliver(numbered(1, "Второе"))
        await server.deliver(letter("Третье", message_id=None))
        await server.deliver(letter("Четвёртое", message_id=None))
        await inbox.have(4)
    assert texts(inbox) == ["Первое", "Второе", "Третье", "Четвёртое"]
    assert said(inbox.items[2]).message != said(inbox.items[3]).message


async def test_a_letter_over_the_limit_is_known_by_its_headers(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C13: its size is asked for first, and its body never fetched."""
    inbox = ListInbox()
    settings = settings_for(server.settings(), max_size_mb=1)
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1, "x" * 60 + "\n" + "word " * 300_000))
        await server.deliver(numbered(2))
        await inbox.have(2)
    big, small = inbox.items
    assert letter_of(big).too_large > 1024**2
    assert letter_of(small).too_large == 0
    assert said(big).content.text.text == ""
    assert letter_of(big).subject == "Интернет"
    assert big.address.chat == "anna@client.example"
    assert any("larger than 1 MB" in each for each in letter_of(big).warnings)
    assert len(original(big)) < 1000


async def test_a_letter_nobody_can_understand_goes_to_people_and_the_loop_goes_on(
    server: ImapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case C5"""
    understood = BoundedReader.read

    def fails(self: BoundedReader, raw: bytes, *, received: datetime) -> Any:
        if b"<1@" in raw:
            raise RuntimeError("unheard of")
        return understood(self, raw, received=received)

    monkeypatch.setattr(BoundedReader, "read", fails)
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        raw = numbered(1, "Не грузится")
        await server.deliver(raw)
        await server.deliver(numbered(2))
        await inbox.have(2)
    assert "Не грузится" in texts(inbox)[0]
    assert any("could not be understood" in each for each in letter_of(inbox.items[0]).warnings)
    assert original(inbox.items[0]) == raw


async def test_a_letter_that_nothing_can_be_made_of_ends_neither_the_service_nor_the_folder(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C5: whatever is raised, the task lives, and people are told of the letter."""

    class Picky(ListInbox):
        async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
            if any("poison" in said(item).content.text.text for item in items):
                raise ValueError("no such row")
            return await super().accept(items, cursor)

    inbox = Picky()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox) as channel:
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1, "poison"))
        await server.deliver(numbered(2))
        await inbox.have(2)
        assert "Вопрос 2" in texts(inbox)
        assert any("in the mailbox" in each for each in letter_of(inbox.items[0]).warnings)
        await eventually(lambda: _well(channel))


async def _well(channel: EmailChannel) -> bool:
    return channel.health().ok


async def test_attachments_are_on_our_disk_under_safe_names(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C11: no path of the sender's, nothing shown that only pretends to be a picture."""
    png = "iVBORw0KGgo="
    parts = [
        ("image/png", "../../отчёт.png", png),
        ("image/png", "отчёт.png", png),
        ("image/png", "page.png", "PGh0bWw+"),
        ("image/svg+xml", "x.svg", "PHN2Zz4="),
        ("application/x-php", "original.eml", "PD9waHA="),
        ("audio/mpeg", "voice.mp3", "SUQz"),
    ]
    body = "".join(
        f'--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{data}\r\n"
        for kind, name, data in parts
    )
    raw = (
        "From: anna@client.example\r\nSubject: =?utf-8?q?files?=\r\nMessage-ID: <f@x>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{body}--b--\r\n"
    ).encode()
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(raw)
        (item,) = await inbox.have(1)
    media = [part for part in said(item).content.parts if isinstance(part, Media)]
    assert [(each.kind, each.name) for each in media] == [
        ("photo", "отчёт.png"),
        ("photo", "отчёт.png"),
        ("document", "page.png"),
        ("document", "x.svg"),
        ("document", "original.eml"),
        ("audio", "voice.mp3"),
    ]
    place = Path(letter_of(item).original).parent
    assert place.is_relative_to(tmp_path / "files" / "mail")
    assert original(item) == raw
    paths = [Path(each.path or "") for each in media]
    assert len(set(paths)) == len(paths)
    assert all(path.parent == place and path.is_file() for path in paths)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (place, *paths))


async def test_signed_addresses_and_messages_point_to_a_place_and_the_doctors_do_not(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C15: forged ones point nowhere. The doctor's letter to itself is none for people."""
    inbox = ListInbox()
    channel = channel_for(settings_for(server.settings()), tmp_path)
    tagged = reply_address(ADDRESS, "place1", channel.secrets)
    forged = tagged.replace(".", ".a", 1)[: len(tagged)]
    probe = message_id("d-1", PROBE, "example.org", channel.secrets)
    async with receiving(channel, inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1, to=tagged))
        await server.deliver(numbered(2, to=forged))
        await server.deliver(letter("Проба", message_id=probe))
        await server.deliver(numbered(4))
        await inbox.have(3)
    assert letter_of(inbox.items[0]).points_to == (Pointer(place="place1", by="address"),)
    assert letter_of(inbox.items[1]).points_to == ()
    assert texts(inbox) == ["Вопрос 1", "Вопрос 2", "Вопрос 4"]


async def test_odd_senders_are_nobody_and_our_own_words_are_no_question(
    server: ImapServer, tmp_path: Path
) -> None:
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1, sender="a@b.example, c@d.example"))
        await server.deliver(numbered(2, sender="Support@Example.org"))
        await inbox.have(2)
    assert inbox.items[0].address.chat == UNKNOWN
    assert letter_of(inbox.items[1]).automatic == "reply"


@pytest.mark.parametrize(
    "password", ['a "quoted" \\ one', "пароль", "päss wörd{3}", "(%*]", "x" * 300]
)
@pytest.mark.parametrize("offers_plain", [True, False])
async def test_passwords_of_any_letters_travel_right_and_reach_no_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    password: str,
    offers_plain: bool,
) -> None:
    """case E9: with everything logged that can be."""
    monkeypatch.setenv("MAIL_PASSWORD", password)
    caplog.set_level(logging.DEBUG)
    if not offers_plain:
        learn = Wire._learn_capabilities

        async def without(self: Wire) -> None:
            await learn(self)
            self.capabilities.discard("AUTH=PLAIN")

        monkeypatch.setattr(Wire, "_learn_capabilities", without)
    async with imap_server(password=password) as server:
        inbox = ListInbox()
        async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
            await inbox.until(lambda: inbox.cursors)
        monkeypatch.setenv("MAIL_PASSWORD", f"{password}!")
        pauses = Pauses()
        wrong = channel_for(settings_for(server.settings()), tmp_path, pause=pauses)
        async with wrong:
            with pytest.raises(Misconfigured, match="refuses the login"):
                await wrong.run(ListInbox())
        assert min(pauses.seconds) >= 60, "or the provider locks the account"
    shown = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("pymap")
    )
    assert password not in shown
