"""IMAP servers at their worst: scripted, as no decent one does it."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from channels.email.imap import (
    Connection,
    Disconnected,
    Refused,
)
from channels.email.receive import ATTEMPTS
from tests.email_channel import (
    channel_for,
    letter_of,
    receiving,
    said,
    settings_for,
)
from tests.inbox import ListInbox
from tests.mail_servers import PASSWORD, letter
from tests.scripted_imap import Dialogue, Script, ScriptedImap, connected, scripted_imap
from tests.waiting import PATIENCE, Pauses, hurry

MAIL = letter("Вопрос")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


async def took(tmp_path: Path, server: ScriptedImap, letters: int, **changes: Any) -> ListInbox:
    """Receive from a server, from the first mail in the folder on, until so many are kept."""
    settings = settings_for(server.settings(), box={"since": "2020-01-01"}, **changes)
    inbox = ListInbox()
    async with receiving(channel_for(settings, tmp_path), inbox):
        await inbox.have(letters)
    return inbox


async def test_disconnected_in_the_middle_of_a_letter_it_is_fetched_again(tmp_path: Path) -> None:
    """case C2"""

    async def breaks(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=3)
        await server.search("2", "UID 2:.*")
        await server.facts(2)
        await server.search("1 2", "UID 1:2 SINCE 1-Jan-2020")
        await server.facts(1)
        await server.body(1, letter("Первое", message_id="<1@x>"))
        await server.facts(2)
        await server.expect(r"UID FETCH 2 \(UID BODY.PEEK\[\]\)")
        await server.raw(b"* 2 FETCH (UID 2 BODY[] {%d}\r\n" % len(MAIL) + MAIL[:50])

    async def works(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=3)
        await server.search("2", "UID 2:2 SINCE 1-Jan-2020")
        await server.facts(2)
        await server.body(2, MAIL)
        await server.silence()

    async with scripted_imap(breaks, works) as server:
        inbox = await took(tmp_path, server, 2)
    assert [said(item).content.text.text for item in inbox.items] == ["Первое", "Вопрос"]


async def test_odd_answers_to_fetch_are_understood(tmp_path: Path) -> None:
    """Flags of other messages in between, the same message twice, the UID behind, no literal."""
    raw = letter("Вопрос (со скобкой", message_id="<1@x>")

    async def odd(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=4)
        await server.search("3")
        await server.facts(3)
        await server.search("1 2 3")
        await server.expect(".*FETCH 1 .*SIZE.*")
        await server.say(
            r"* 9 FETCH (FLAGS (\Seen) UID 77)",
            '* 1 FETCH (INTERNALDATE " 7-Jul-2026 10:00:00 -0700" RFC822.SIZE 90 UID 1)',
            r"* 1 FETCH (UID 1 FLAGS (\Seen))",
            "* 3 EXISTS",
            "{tag} OK",
        )
        await server.expect(".*FETCH 1 .*BODY.*")
        await server.raw(
            b"* 8 FETCH (FLAGS ())\r\n* 1 FETCH (BODY[] {%d}\r\n" % len(raw) + raw + b" UID 1)\r\n"
            b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % len(raw) + raw + b")\r\n"
        )
        await server.say("{tag} OK")
        await server.facts(2)
        await server.expect(".*FETCH 2 .*BODY.*")
        await server.say(r'* 2 FETCH (UID 2 BODY[] "Subject: \"short\" (one)")', "{tag} OK")
        await server.facts(3)
        await server.expect(".*FETCH 3 .*BODY.*")
        await server.say("* 3 FETCH (UID 3 BODY[] NIL)", "{tag} OK")
        await server.silence()

    async with scripted_imap(odd) as server:
        inbox = await took(tmp_path, server, 3)
    assert said(inbox.items[0]).content.text.text == "Вопрос (со скобкой"
    assert letter_of(inbox.items[1]).subject == '"short" (one)'
    assert letter_of(inbox.items[2]).subject == ""


async def test_news_that_come_during_another_command_are_not_missed(tmp_path: Path) -> None:
    """A server tells once. What it says while we search must not wait for the next mail."""

    async def tells_early(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=1)
        await server.search("")
        await server.expect("UID SEARCH .*")
        await server.say("* SEARCH", "* 1 EXISTS", "{tag} OK found")
        await server.idle()
        await server.done()
        await server.open(upcoming=2, exists=1)
        await server.search("1")
        await server.facts(1)
        await server.body(1, MAIL)
        await server.silence()

    async with scripted_imap(tells_early) as server:
        settings = settings_for(server.settings(), poll_every=3600)
        inbox = ListInbox()
        async with receiving(channel_for(settings, tmp_path), inbox):
            await inbox.have(1)


async def test_a_server_that_falls_silent_in_idle_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """case C3: even if the connection never breaks, because somebody pulled a plug."""
    silent = asyncio.Event()

    async def falls_silent(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=1)
        await server.search("")
        await server.search("")
        await server.idle()
        await server.line()
        silent.set()
        await server.silence()

    async with scripted_imap(falls_silent) as server, connected(server) as connection:
        await connection.select("INBOX", writable=False)
        await connection.search(1)
        connection.heard()
        await connection.search(1)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(_given_up(connection))
            await silent.wait()
            hurry(monkeypatch, PATIENCE)
        assert "no answer to IDLE" in waiting.result()


async def _given_up(connection: Connection) -> str:
    with pytest.raises(Disconnected) as caught:
        await connection.wait(0.1)
    return str(caught.value)


async def test_a_server_that_says_bye_in_idle_is_left_at_once(tmp_path: Path) -> None:
    """case C3"""

    async def leaves(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=1)
        await server.search("")
        await server.search("")
        await server.idle()
        await server.say("* BYE shutting down")

    async def works(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=2)
        await server.search("1")
        await server.facts(1)
        await server.body(1, MAIL)
        await server.silence()

    async with scripted_imap(leaves, works) as server:
        settings = settings_for(server.settings(), poll_every=3600)
        inbox = ListInbox()
        async with receiving(channel_for(settings, tmp_path), inbox):
            await inbox.have(1)


async def test_idle_that_is_offered_and_refused_becomes_polling() -> None:
    async def refuses(server: Dialogue) -> None:
        await server.greet()
        await server.open()
        await server.expect("IDLE")
        await server.say("{tag} NO not today")
        await server.search("")
        await server.silence()

    async with scripted_imap(refuses) as server, connected(server) as connection:
        await connection.select("INBOX", writable=False)
        connection.heard()
        await connection.wait(0.1)
        assert not connection.idles
        await connection.wait(0.1)
        assert await connection.search(1) == []


async def test_a_message_the_server_does_not_give_holds_up_nobody_for_ever(
    tmp_path: Path,
) -> None:
    """case C5 for servers: its headers go to people, or at last the news that it is there."""

    async def fails(server: Dialogue, *, first: bool = False) -> None:
        await server.greet()
        await server.open(upcoming=3)
        if first:
            await server.search("2")
            await server.facts(2)
        await server.search("1 2")
        await server.facts(1)
        await server.expect(r"UID FETCH 1 \(UID BODY.PEEK\[.*")
        await server.say("{tag} NO [SERVERBUG] its file is broken")

    scripts: list[Script] = [partial(fails, first=True), *[fails] * (2 * ATTEMPTS - 1)]

    async def gives_up(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=3)
        await server.search("1 2")
        await server.facts(1)
        await server.facts(2)
        await server.body(2, MAIL)
        await server.silence()

    async with scripted_imap(*scripts, gives_up) as server:
        inbox = await took(tmp_path, server, 2)
    lost, good = inbox.items
    assert any("cannot be fetched" in each for each in letter_of(lost).warnings)
    assert lost.address.chat == "unknown@sender.invalid"
    assert said(good).content.text.text == "Вопрос"


async def test_a_message_whose_body_is_not_given_comes_with_its_headers(tmp_path: Path) -> None:
    """case C5 for servers"""

    async def refuses(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=2)
        await server.search("1")
        await server.facts(1)
        await server.expect(r"UID FETCH 1 \(UID BODY.PEEK\[\]\)")
        await server.say("{tag} NO [SERVERBUG] its file is broken")

    async def first(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=2)
        await server.search("1")
        await server.facts(1)
        await server.search("1")
        await server.facts(1)
        await server.expect(r"UID FETCH 1 \(UID BODY.PEEK\[\]\)")
        await server.say("{tag} NO [SERVERBUG] its file is broken")

    async def headers(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=2)
        await server.search("1")
        await server.facts(1)
        await server.expect(r"UID FETCH 1 \(UID BODY.PEEK\[HEADER\]<0.262144>\)")
        head = MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        await server.raw(b"* 1 FETCH (UID 1 BODY[HEADER]<0> {%d}\r\n" % len(head) + head + b")\r\n")
        await server.say("{tag} OK")
        await server.silence()

    async with scripted_imap(first, *[refuses] * (ATTEMPTS - 1), headers) as server:
        inbox = await took(tmp_path, server, 1)
    assert letter_of(inbox.items[0]).subject == "Интернет"
    assert any("cannot be fetched whole" in each for each in letter_of(inbox.items[0]).warnings)


@pytest.mark.parametrize(
    "rude",
    [
        "\r\n* GARBAGE",
        "QQ1 OK an answer to nothing",
        "* 1 FETCH (UID \xff",
        "+ a challenge to nothing",
        "* " + "x" * 100_000,
    ],
)
async def test_rubbish_breaks_a_connection_at_worst(rude: str) -> None:
    async def talks_rubbish(server: Dialogue) -> None:
        await server.greet()
        await server.expect("UID SEARCH .*|EXAMINE .*")
        await server.say(rude.encode("latin-1"), "{tag} OK [UIDVALIDITY 5] fine")
        await server.silence()

    async with scripted_imap(talks_rubbish) as server, connected(server, 1.0) as connection:
        try:
            assert (await connection.select("INBOX", writable=False)).validity == 5
        except (Disconnected, Refused):
            with pytest.raises(Disconnected):
                await connection.search(1)


async def test_thousands_of_lines_at_once_are_read() -> None:
    """As when somebody empties a folder of years."""
    draw = random.Random(1)  # noqa: S311 - a repeatable choice, no secret
    kinds = ["{} EXPUNGE", "{} EXISTS", "{} RECENT", "{} FETCH (FLAGS (\\Seen))"]
    told = [f"* {draw.choice(kinds).format(draw.randint(1, 9))}\r\n" for _ in range(20_000)]

    async def floods(server: Dialogue) -> None:
        await server.greet()
        await server.open()
        await server.expect("UID SEARCH .*")
        await server.raw("".join(told).encode())
        await server.say("* SEARCH 7", "{tag} OK found")
        await server.silence()

    async with scripted_imap(floods) as server, connected(server) as connection:
        await connection.select("INBOX", writable=False)
        assert await connection.search(1) == [7]


async def test_folder_names_in_every_form() -> None:
    async def lists(server: Dialogue) -> None:
        await server.greet()
        await server.expect('LIST "" \\*')
        await server.raw(
            b'* LIST (\\HasNoChildren) "/" INBOX\r\n'
            b'* LIST (\\Noselect) "/" "[Gmail]"\r\n'
            b'* LIST () "|" "&BCEEPwQwBDw-"\r\n'
            b'* LIST () NIL {10}\r\nsay "hello\r\n'
            b'* LIST () "/" "a \\"quoted\\" \\\\ one"\r\n'
        )
        await server.say("{tag} OK listed")
        await server.silence()

    async with scripted_imap(lists) as server, connected(server) as connection:
        assert await connection.folders() == [
            "INBOX", "Спам", 'say "hello', 'a "quoted" \\ one',
        ]  # fmt: skip


async def test_the_jitter_of_many_mailboxes_differs(tmp_path: Path) -> None:
    """After an outage of a provider they do not all come back in one moment."""
    pauses = Pauses()
    chances = iter([0.0, 0.25, 0.5, 1.0] * 100)
    channel = channel_for(settings_for(), tmp_path, pause=pauses, chance=lambda: next(chances))
    async with receiving(channel, ListInbox()):
        while len(pauses.seconds) < 4:
            await pauses.happen()
    assert pauses.seconds[:4] == [0.25, 0.625, 1.5, 4.0]
