"""Mailboxes that the server does not let us into."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from channels.email.receive import REFUSALS
from channels.protocol import Misconfigured
from tests.email_channel import channel_for, receiving, settings_for
from tests.inbox import ListInbox
from tests.mail_servers import CERTIFICATE, PASSWORD, imap_server, letter
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    monkeypatch.setenv("WRONG_PASSWORD", f"{PASSWORD}!")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


async def test_a_wrong_password_is_one_sentence_and_not_tried_for_ever(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Issue 8 §2: providers lock accounts that try again and again."""
    async with imap_server() as server:
        imap = server.settings(password_env="WRONG_PASSWORD")
        channel = channel_for(settings_for(imap), tmp_path)
        with caplog.at_level(logging.ERROR):
            async with channel:
                with pytest.raises(Misconfigured) as stopped:
                    await channel.run(ListInbox())
        assert server.connections == REFUSALS
    assert stopped.value.detail.startswith("support@example.org: the server refuses the login")
    assert stopped.value.detail.endswith("correct the password")
    assert PASSWORD not in stopped.value.detail
    assert [record.exc_info for record in caplog.records] == [None], "one line, no traceback"
    assert stopped.value.detail in channel.health().detail


async def test_one_mailbox_with_a_wrong_password_stops_no_other(tmp_path: Path) -> None:
    async with imap_server() as server, imap_server() as other:
        settings = settings_for(server.settings())
        (box,) = settings.mailboxes
        closed = box.model_copy(
            update={
                "address": "sales@example.org",
                "imap": other.settings(password_env="WRONG_PASSWORD"),
            }
        )
        both = settings.model_copy(update={"mailboxes": (closed, box)})
        inbox = ListInbox()
        async with receiving(channel_for(both, tmp_path), inbox) as channel:
            await inbox.until(lambda: inbox.cursors)
            await eventually(lambda: other.connections == REFUSALS)
            await eventually(lambda: "correct the password" in channel.health().detail)
            await server.deliver(letter("Вопрос"))
            await inbox.have(1)
            assert "sales@example.org" in channel.health().detail
            assert "support@example.org" not in channel.health().detail
        assert other.connections == REFUSALS


async def test_a_password_that_was_right_once_is_tried_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that refuses everybody for an hour is no mistake in our settings."""
    async with imap_server() as server:
        inbox = ListInbox()
        settings = settings_for(server.settings())
        async with receiving(channel_for(settings, tmp_path), inbox) as channel:
            await inbox.until(lambda: inbox.cursors)
            monkeypatch.setenv("MAIL_PASSWORD", f"{PASSWORD}!")
            known = server.connections
            server.disconnect()
            await eventually(lambda: server.connections > known + REFUSALS + 2)
            assert "refuses the login" in channel.health().detail
            monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
            await eventually(lambda: channel.health().ok)


async def test_an_access_token_may_be_renewed_any_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a program that may begin after us."""
    async with imap_server() as server:
        monkeypatch.setenv("MAIL_PASSWORD", "old")
        settings = settings_for(server.settings(login="xoauth2"))
        inbox = ListInbox()
        async with receiving(channel_for(settings, tmp_path), inbox) as channel:
            await eventually(lambda: server.connections > REFUSALS + 2)
            assert not channel.health().ok
