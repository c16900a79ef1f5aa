"""Receiving mail from a real IMAP server: nothing is missed, nothing comes twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.email import files
from channels.email.arrival import PROBE, UNKNOWN
from channels.email.bounded import BoundedReader
from channels.email.channel import EmailChannel
from channels.email.joining import message_id, reply_address
from channels.email.wire import Wire
from channels.letter import Pointer
from channels.message import Inbound, Media
from channels.protocol import Cursor, Misconfigured
from tests.clock import START
from tests.email_channel import (
    ADDRESS,
    channel_for,
    letter_of,
    original,
    receiving,
    said,
    settings_for,
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


def numbered(number: int, text: str = "", **how: Any) -> bytes:
    return letter(text or f"Вопрос {number}", message_id=f"<{number}@client.example>", **how)


def texts(inbox: ListInbox) -> list[str]:
    return [said(item).content.text.text for item in inbox.items]


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


async def test_only_what_comes_from_now_on_is_answered(server: ImapServer, tmp_path: Path) -> None:
    """A mailbox of years is not taken for a day's questions."""
    for number in range(5):
        await server.deliver(numbered(number))
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(5))
        await inbox.have(1)
    assert texts(inbox) == ["Вопрос 5"]


async def test_the_first_run_can_begin_on_a_day(server: ImapServer, tmp_path: Path) -> None:
    await server.deliver(numbered(1), at=LONG_AGO)
    await server.deliver(numbered(2), at=LONG_AGO + timedelta(days=5))
    await server.deliver(numbered(3), at=LONG_AGO - timedelta(days=5))
    settings = settings_for(server.settings(), box={"since": "2020-01-01"})
    inbox = ListInbox()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(2)
        await server.deliver(numbered(4), at=LONG_AGO - timedelta(days=9))
        await inbox.have(3)
    assert texts(inbox) == ["Вопрос 1", "Вопрос 2", "Вопрос 4"]


async def test_after_a_restart_it_goes_on_where_it_was(server: ImapServer, tmp_path: Path) -> None:
    """Mail that came while the service was away is taken in, in order."""
    inbox = ListInbox()
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1))
        await inbox.have(1)
    for number in (2, 3, 4):
        await server.deliver(numbered(number))
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(4)
    assert texts(inbox) == [f"Вопрос {number}" for number in (1, 2, 3, 4)]


async def test_read_in_webmail_it_is_still_taken_and_never_marked_by_us(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4, case C2: ``\\Seen`` is people's, and no memory of ours."""
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        read = await server.deliver(numbered(1), flags=(rb"\Seen",))
        unread = await server.deliver(numbered(2))
        await inbox.have(2)
    assert await server.flags(read) == {rb"\Seen"}
    assert await server.flags(unread) == set()


async def test_what_others_delete_meanwhile_shifts_nothing(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4: expunge during fetch."""
    settings = settings_for(server.settings(), box={"since": "2020-01-01"})
    uids = [await server.deliver(numbered(number)) for number in range(6)]

    class Deleting(ListInbox):
        async def accept(self, *args: Any, **kwargs: Any) -> int:
            new = await super().accept(*args, **kwargs)
            if len(self.items) == 2:
                await server.expunge(uids[0], uids[3])
            return new

    inbox = Deleting()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(5)
    assert texts(inbox) == [f"Вопрос {number}" for number in (0, 1, 2, 4, 5)]


async def test_a_folder_with_new_numbers_misses_nothing_and_repeats_nothing(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4: UIDVALIDITY changes while we are away, and mail comes meanwhile. What was there
    before the very first look stays unanswered."""
    for number in range(3):
        await server.deliver(numbered(100 + number, "Старый"), at=START - timedelta(days=2))
    inbox = ListInbox()
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        for number in range(3):
            await server.deliver(numbered(number))
        await inbox.have(3)
    await server.deliver(numbered(3))
    await server.renumber()
    await server.deliver(numbered(4))
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(5)
        await server.deliver(numbered(5))
        await inbox.have(6)
    assert texts(inbox) == [f"Вопрос {number}" for number in range(6)]


async def test_a_folder_renumbered_under_our_connection_is_noticed_at_the_next(
    server: ImapServer, tmp_path: Path
) -> None:
    """case C4"""
    inbox = ListInbox()
    async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1))
        await inbox.have(1)
        server.disconnect()
        await server.renumber()
        await server.deliver(numbered(2))
        await inbox.have(2)
    assert texts(inbox) == ["Вопрос 1", "Вопрос 2"]


async def test_a_broken_connection_is_noticed_at_once(server: ImapServer, tmp_path: Path) -> None:
    """case C3: not after the minutes that an IDLE may last."""
    inbox, pauses = ListInbox(), Pauses()
    settings = settings_for(server.settings(), poll_every=3600)
    async with receiving(channel_for(settings, tmp_path, pause=pauses), inbox) as channel:
        for number in range(3):
            await inbox.until(lambda: inbox.cursors)
            await server.deliver(numbered(number))
            await inbox.have(number + 1)
            server.disconnect()
            await pauses.happen()
        await eventually(lambda: channel.health().ok)
    assert texts(inbox) == [f"Вопрос {number}" for number in range(3)]


async def test_attempts_come_ever_later_and_not_all_at_once(tmp_path: Path) -> None:
    inbox, pauses = ListInbox(), Pauses()
    settings = settings_for()
    async with receiving(
        channel_for(settings, tmp_path, pause=pauses, chance=lambda: 0.5), inbox
    ) as channel:
        while len(pauses.seconds) < 9:
            await pauses.happen()
        assert not channel.health().ok
    assert pauses.seconds[:9] == [0.375, 0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0]


async def test_without_idle_the_folder_is_polled(tmp_path: Path) -> None:
    async with imap_server(idle=False) as server:
        inbox = ListInbox()
        async with receiving(channel_for(settings_for(server.settings()), tmp_path), inbox):
            await inbox.until(lambda: inbox.cursors)
            await server.deliver(numbered(1))
            await inbox.have(1)


async def test_while_nothing_can_be_stored_the_mail_waits_at_the_server(
    server: ImapServer, tmp_path: Path
) -> None:
    """case A7, case A6: no cursor moves, and it goes on by itself."""
    inbox, pauses = ListInbox(), Pauses()
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path, pause=pauses), inbox) as channel:
        await inbox.until(lambda: inbox.cursors)
        before = dict(inbox.cursors)
        inbox.available = False
        await server.deliver(numbered(1))
        await inbox.until(lambda: inbox.asked >= 2)
        await pauses.happen()
        assert "nothing can be stored" in channel.health().detail
        assert inbox.cursors == before
        inbox.available = True
        await inbox.have(1)
    assert inbox.cursors != before
    assert texts(inbox) == ["Вопрос 1"]


async def test_a_full_disk_stops_receiving_until_there_is_room(
    server: ImapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case A6: the letter itself has to be on the disk too."""
    inbox, pauses = ListInbox(), Pauses()
    full = True

    def keep(*args: Any) -> Any:
        if full:
            raise OSError(28, "No space left on device")
        return really(*args)

    really = files.keep
    monkeypatch.setattr(files, "keep", keep)
    settings = settings_for(server.settings())
    async with receiving(channel_for(settings, tmp_path, pause=pauses), inbox) as channel:
        await inbox.until(lambda: inbox.cursors)
        await server.deliver(numbered(1))
        await pauses.happen()
        assert "No space left" in channel.health().detail
        assert not inbox.items
        full = False
        await inbox.have(1)


async def test_two_services_on_one_mailbox_keep_each_letter_once(
    server: ImapServer, tmp_path: Path
) -> None:
    """case A10: each begins where they both stand, and each hands in every letter."""
    inbox = ListInbox()

    class Door:
        """One service's way to the inbox of both."""

        def __init__(self) -> None:
            self.begun = False
            self.brought: set[str] = set()

        async def accept(self, items: Sequence[Inbound], cursor: Cursor | None = None) -> int:
            new = await inbox.accept(items, cursor)
            self.begun = True
            self.brought |= {item.external_id for item in items}
            return new

        async def cursor(self, channel: str, source: str) -> str | None:
            known = await inbox.cursor(channel, source)
            self.begun |= known is not None
            return known

    doors = [Door(), Door()]
    settings = settings_for(server.settings())
    async with (
        receiving(channel_for(settings, tmp_path), doors[0]),
        receiving(channel_for(settings, tmp_path), doors[1]),
    ):
        await eventually(lambda: all(door.begun for door in doors))
        for number in range(10):
            await server.deliver(numbered(number))
        await eventually(lambda: all(len(door.brought) == 10 for door in doors))
    assert sorted(texts(inbox)) == sorted(f"Вопрос {number}" for number in range(10))


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


async def test_handled_mail_is_moved_away_and_only_after_it_is_kept(
    server: ImapServer, tmp_path: Path
) -> None:
    settings = settings_for(server.settings(), box={"handled": "Обработано"})
    inbox = ListInbox()
    old = await server.deliver(numbered(9))
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.until(lambda: inbox.cursors)
        inbox.available = False
        await server.deliver(numbered(1))
        await inbox.until(lambda: inbox.asked >= 2)
        assert len(await server.uids()) == 2
        inbox.available = True
        await server.deliver(numbered(2))
        await inbox.have(2)

        async def moved() -> bool:
            return len(await server.uids("Обработано")) == 2

        await eventually(moved)
    assert await server.uids() == [old]


async def test_what_was_kept_and_not_moved_is_moved_after_a_restart(
    server: ImapServer, tmp_path: Path
) -> None:
    settings = settings_for(server.settings(), box={"handled": "Обработано"})

    class Killed(BaseException):
        pass

    class Dying(ListInbox):
        async def accept(self, *args: Any, **kwargs: Any) -> int:
            new = await super().accept(*args, **kwargs)
            if self.items:
                raise Killed
            return new

    dying = Dying()
    channel = channel_for(settings, tmp_path)

    async def lives_and_dies() -> None:
        async with channel, asyncio.TaskGroup() as group:
            group.create_task(channel.run(dying))
            await dying.until(lambda: dying.cursors)
            await server.deliver(numbered(1))

    with pytest.raises(BaseExceptionGroup) as caught:
        await lives_and_dies()
    assert caught.value.split(Killed)[1] is None
    assert len(await server.uids()) == 1
    inbox = ListInbox()
    inbox.items, inbox.cursors = dying.items, dying.cursors

    async def moved() -> bool:
        return not await server.uids()

    async with receiving(channel_for(settings, tmp_path), inbox):
        await eventually(moved)
    assert len(inbox.items) == 1


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
