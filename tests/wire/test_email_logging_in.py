"""Logging in to IMAP servers, honest and other ones: scripted."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import SecretStr

from channels.email.imap import (
    Connection,
    Disconnected,
    Insecure,
    LoginRefused,
    connect,
)
from tests.mail_servers import PASSWORD
from tests.scripted_imap import Dialogue, ScriptedImap, scripted_imap
from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


async def logs_in(server: ScriptedImap, seconds: float = PATIENCE, **how: Any) -> Connection:
    async with connect(
        server.settings(**how), user="me", secret=SecretStr(PASSWORD), seconds=seconds
    ) as connection:
        return connection


async def test_starttls_that_is_not_offered_is_no_reason_to_go_on_without() -> None:
    """case D4: the password never travels."""
    heard: list[str] = []

    async def strips(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1")
        heard.append(await server.line())

    async with scripted_imap(strips) as server:
        with pytest.raises(Insecure):
            await logs_in(server, security="starttls")
    assert heard == [""]


@pytest.mark.parametrize("greeting", ["* PREAUTH hello", "* OK hello"])
async def test_starttls_refused_or_skipped_is_no_reason_either(greeting: str) -> None:
    """case D4"""

    async def refuses(server: Dialogue) -> None:
        await server.say(greeting)
        await server.capabilities("IMAP4rev1 STARTTLS")
        if greeting.startswith("* OK"):
            await server.expect("STARTTLS")
            await server.say("{tag} NO not today")
        assert await server.line() == ""

    async with scripted_imap(refuses) as server:
        with pytest.raises(Insecure):
            await logs_in(server, security="starttls")


async def test_words_put_in_before_the_encryption_are_not_heard() -> None:
    """case D4: CVE-2011-0411"""

    async def injects(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1 STARTTLS")
        await server.expect("STARTTLS")
        await server.say("{tag} OK go on\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL")
        assert await server.line() == ""

    async with scripted_imap(injects) as server:
        with pytest.raises((Disconnected, Insecure)):
            await logs_in(server, security="starttls")


async def test_an_access_token_is_shown_at_once_or_when_asked() -> None:
    """RFC 4959, XOAUTH2"""
    proof = base64.b64encode(f"user=me\1auth=Bearer {PASSWORD}\1\1".encode()).decode()

    async def at_once(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1 SASL-IR AUTH=XOAUTH2")
        await server.expect(f"AUTHENTICATE XOAUTH2 {proof}")
        await server.say("{tag} OK in")
        await server.capabilities("IMAP4rev1")

    async def when_asked(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1 AUTH=XOAUTH2")
        await server.expect("AUTHENTICATE XOAUTH2")
        await server.say("+ ")
        assert await server.line() == proof
        await server.say("{tag} OK in")
        await server.capabilities("IMAP4rev1")

    async def expired(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1 SASL-IR AUTH=XOAUTH2")
        await server.expect("AUTHENTICATE XOAUTH2 .*")
        await server.say("+ " + base64.b64encode(b'{"status":"401"}').decode())
        assert await server.line() == ""
        await server.say("{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")

    async with scripted_imap(at_once, when_asked, expired) as server:
        await logs_in(server, login="xoauth2")
        await logs_in(server, login="xoauth2")
        with pytest.raises(LoginRefused, match="Invalid credentials"):
            await logs_in(server, login="xoauth2")


async def test_a_server_that_wants_encryption_is_given_no_password() -> None:
    async def wants_tls(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1 LOGINDISABLED STARTTLS")
        assert await server.line() == ""

    async with scripted_imap(wants_tls) as server:
        with pytest.raises(LoginRefused, match="security"):
            await logs_in(server)


async def test_a_server_that_quotes_the_password_back_does_not_bring_it_into_our_log() -> None:
    """case E9"""

    async def quotes(server: Dialogue) -> None:
        await server.say("* OK hello")
        await server.capabilities("IMAP4rev1")
        await server.expect("LOGIN .*")
        await server.say(f"{{tag}} NO wrong password {PASSWORD}")

    async with scripted_imap(quotes) as server:
        with pytest.raises(LoginRefused) as caught:
            await logs_in(server)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("greeting", ["* BYE too many connections", "220 smtp.example.org ESMTP"])
async def test_a_server_that_does_not_want_us(greeting: str) -> None:
    async def turns_away(server: Dialogue) -> None:
        await server.say(greeting)

    async with scripted_imap(turns_away) as server:
        with pytest.raises(Disconnected):
            await logs_in(server)


async def test_a_server_that_never_says_a_word_is_not_waited_for() -> None:
    async with scripted_imap(Dialogue.silence) as server:
        with pytest.raises(Disconnected, match="did not answer"):
            await logs_in(server, seconds=0.2)
