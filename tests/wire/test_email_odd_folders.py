"""IMAP servers at their oddest with folders: moves, prefixes, and folders made anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channels.email.imap import Disconnected, Refused
from tests.email_channel import channel_for, receiving, said, settings_for
from tests.inbox import ListInbox
from tests.mail_servers import PASSWORD, letter
from tests.scripted_imap import Dialogue, connected, scripted_imap

HANDLED = re.escape('"&BB4EMQRABDAEMQQ+BEIEMAQ9BD4-"')
"""«Обработано» on the wire."""
PREFIXED = re.escape('"INBOX.&BB4EMQRABDAEMQQ+BEIEMAQ9BD4-"')


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


async def test_without_move_a_message_is_copied_and_only_it_is_removed() -> None:
    async def old(server: Dialogue) -> None:
        await server.greet("IMAP4rev1 UIDPLUS")
        await server.open()
        await server.expect(f"UID COPY 5 {HANDLED}")
        await server.say("{tag} NO [TRYCREATE] no such folder")
        await server.expect(f"CREATE {HANDLED}")
        await server.say("{tag} OK made")
        await server.expect("UID COPY 5 .*")
        await server.say("{tag} OK copied")
        await server.expect(r"UID STORE 5 \+FLAGS.SILENT \(\\Deleted\)")
        await server.say("{tag} OK marked")
        await server.expect("UID EXPUNGE 5")
        await server.say("* 1 EXPUNGE", "{tag} OK gone")
        await server.silence()

    async with scripted_imap(old) as server, connected(server) as connection:
        await connection.select("INBOX", writable=True)
        await connection.move(5, "Обработано")


async def test_without_uidplus_nothing_of_others_is_expunged() -> None:
    async def older(server: Dialogue) -> None:
        await server.greet("IMAP4rev1")
        await server.open()
        await server.expect("UID COPY 5 .*")
        await server.say("{tag} OK copied")
        await server.expect(r"UID STORE 5 \+FLAGS.SILENT \(\\Deleted\)")
        await server.say("{tag} OK marked")
        assert await server.line() == ""

    async with scripted_imap(older) as server, connected(server) as connection:
        await connection.select("INBOX", writable=True)
        await connection.move(5, "Handled")


async def test_a_folder_that_takes_nothing_does_not_stop_receiving(tmp_path: Path) -> None:
    async def full(server: Dialogue) -> None:
        await server.greet()
        await server.open(upcoming=3)
        await server.search("2")
        await server.facts(2)
        await server.search("1 2")
        for uid in (1, 2):
            await server.facts(uid)
            await server.body(uid, letter(f"Вопрос {uid}", message_id=f"<{uid}@x>"))
            for command in ("UID MOVE", "CREATE", "UID MOVE"):
                await server.expect(f"{command} .*")
                await server.say("{tag} NO [OVERQUOTA] full")
        await server.silence()

    async with scripted_imap(full) as server:
        settings = settings_for(
            server.settings(), box={"since": "2020-01-01", "handled": "Handled"}
        )
        inbox = ListInbox()
        async with receiving(channel_for(settings, tmp_path), inbox):
            await inbox.have(2)


async def _namespace(server: Dialogue) -> None:
    await server.expect("NAMESPACE")
    await server.say('* NAMESPACE (("INBOX." ".")) NIL NIL', "{tag} OK")


async def test_where_folders_have_a_prefix_it_is_put_in_front() -> None:
    """Courier, Cyrus and some Dovecots keep one's own folders under ``INBOX.``; the spelling that
    works is remembered."""

    async def prefixed(server: Dialogue) -> None:
        await server.greet("IMAP4rev1 MOVE NAMESPACE")
        await server.open()
        await server.expect(f"UID MOVE 5 {HANDLED}")
        await server.say("{tag} NO Invalid mailbox name.")
        await _namespace(server)
        await server.expect(f"CREATE {PREFIXED}")
        await server.say("{tag} OK made")
        for uid in (5, 6):
            await server.expect(f"UID MOVE {uid} {PREFIXED}")
            await server.say("{tag} OK moved")
        await server.silence()

    async with scripted_imap(prefixed) as server, connected(server) as connection:
        await connection.select("INBOX", writable=True)
        await connection.move(5, "Обработано")
        await connection.move(6, "Обработано")


async def test_a_folder_that_cannot_be_made_says_what_the_server_said() -> None:
    """The answer to CREATE tells more than the second "no such mailbox"."""

    async def strict(server: Dialogue) -> None:
        await server.greet("IMAP4rev1 MOVE")
        await server.open()
        for command, answer in (
            ("UID MOVE", "Mailbox does not exist"),
            ("CREATE", "Permission denied"),
            ("UID MOVE", "Mailbox does not exist"),
        ):
            await server.expect(f"{command} .*")
            await server.say(f"{{tag}} NO {answer}")
        await server.silence()

    async with scripted_imap(strict) as server, connected(server) as connection:
        await connection.select("INBOX", writable=True)
        with pytest.raises(Refused, match="Permission denied"):
            await connection.move(5, "Обработано")


async def test_a_folder_made_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    """case C3: some servers go on with the folder that is gone, and tell of nothing: every look
    opens it again."""

    async def renewed(server: Dialogue) -> None:
        await server.greet("IMAP4rev1 IDLE")
        await server.open(upcoming=1)
        await server.search("")
        await server.search("")
        await server.idle()
        await server.say("* 0 EXISTS")
        await server.done()
        await server.open(validity=2, upcoming=2, exists=1)
        await server.search("1")
        await server.facts(1)
        await server.search("1", "UID 1:1")
        await server.facts(1)
        await server.body(1, letter("Вопрос"))
        await server.silence()

    async with scripted_imap(renewed) as server:
        settings = settings_for(server.settings(), poll_every=3600)
        inbox = ListInbox()
        async with receiving(channel_for(settings, tmp_path), inbox):
            await inbox.have(1)
    assert said(inbox.items[0]).content.text.text == "Вопрос"


@pytest.mark.parametrize("code", ["LIMIT", "UNAVAILABLE", "INUSE"])
async def test_a_server_that_is_full_is_no_wrong_password(code: str) -> None:
    """RFC 5530: the password may be right."""

    async def full(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1")
        await server.expect("LOGIN .*")
        await server.say(f"{{tag}} NO [{code}] Maximum number of connections exceeded")

    async with scripted_imap(full) as server:
        with pytest.raises(Disconnected, match=code):
            async with connected(server):
                pass
