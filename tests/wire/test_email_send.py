"""Letters over real sockets: what servers answer, and what becomes of a letter then."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path

import pytest

from channels.email.joining import reply_address
from channels.email.parse import parse
from channels.email.smtp import AT_ONCE, Timeouts
from channels.letter import Letterhead
from channels.message import (
    Edit,
    Media,
    Outbound,
    Permanent,
    Reason,
    Transient,
    Uncertain,
)
from tests.letters import BOX, NOW, SECRETS, outbound, post, sender
from tests.smtp_server import PASSWORD, TOKEN, self_signed, smtp_server
from tests.waiting import hurry, turns


async def test_a_letter_arrives_and_its_receipt_names_it() -> None:
    async with smtp_server() as server, sender(server) as out:
        receipt = await out.send(outbound())
    (letter,) = server.taken
    mail = parse(letter.data, received=NOW)
    assert (mail.text, mail.subject) == ("Hello.", "No internet")
    assert receipt.messages == (mail.message_id,)
    assert receipt.thread == "01place"
    assert receipt.at == NOW


async def test_reports_of_failure_come_back_to_a_signed_address() -> None:
    async with smtp_server() as server, sender(server) as out:
        await out.send(outbound())
    assert server.taken[0].sender == reply_address(BOX, "01place", SECRETS)


async def test_a_server_that_takes_no_tag_gets_the_plain_address() -> None:
    async with smtp_server() as server, sender(server) as out:
        server.refuses_tags = True
        await out.send(outbound())
    assert server.taken[0].sender == BOX
    mail = parse(server.taken[0].data, received=NOW)
    assert mail.reply_to[0].address == reply_address(BOX, "01place", SECRETS)


async def test_letters_share_a_connection_and_several_go_at_once() -> None:
    async with smtp_server() as server, sender(server) as out:
        for number in range(3):
            await out.send(outbound(row=f"row{number}"))
        assert server.connections == 1
        server.hold, server.crowd = asyncio.Event(), AT_ONCE
        async with asyncio.TaskGroup() as group:
            for number in range(3 * AT_ONCE):
                group.create_task(out.send(outbound(row=f"more{number}")))
            await server.crowded.wait()
            server.hold.set()
    assert len(server.taken) == 3 + 3 * AT_ONCE
    assert server.connections == server.busiest == AT_ONCE


async def test_a_connection_the_server_closed_is_opened_again() -> None:
    async with smtp_server() as server, sender(server) as out:
        await out.send(outbound())
        server.drops.append("before the answer")
        with pytest.raises(Uncertain):
            await out.send(outbound(row="02row"))
        await out.send(outbound(row="02row"))
    assert [parse(one.data, received=NOW).text for one in server.taken] == ["Hello."] * 2
    assert server.connections == 2


async def test_a_kept_connection_is_given_up_after_a_while() -> None:
    timeouts = Timeouts(connect=5.0, command=5.0, message=5.0, idle=0.0)
    async with smtp_server() as server, sender(server, timeouts=timeouts) as out:
        await out.send(outbound())
        for _ in range(3):
            await asyncio.sleep(0)  # one turn of the loop is all a pause of no length takes
        await out.send(outbound(row="02row"))
    assert server.connections == 2


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("MAIL", "421 4.3.2 Shutting down"),
        ("MAIL", "451 4.3.0 Try later"),
        ("RCPT", "450 4.2.0 Greylisted, come back in 300 seconds"),
        ("RCPT", "451 4.7.1 Greylisting in action"),
        ("RCPT", "452 4.2.2 Mailbox full"),
        ("DATA", "421 4.7.0 Too many letters"),
        ("DATA", "452 4.3.1 Insufficient storage"),
        ("MAIL", "550 5.7.1 This account may not send"),
    ],
)
async def test_what_may_pass_later_is_tried_later(verb: str, reply: str) -> None:
    """case D1: also what a server says of us before it has heard of the recipient."""
    async with smtp_server() as server, sender(server) as out:
        server.answer(verb, reply, *([reply] if reply.startswith("550") else []))
        with pytest.raises(Transient) as raised:
            await out.send(outbound())
        assert reply[:3] in raised.value.detail
        await out.send(outbound())
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("verb", "reply", "reason"),
    [
        ("RCPT", "550 5.1.1 User unknown", Reason.NO_ADDRESS),
        ("RCPT", "550 No such user", Reason.NO_ADDRESS),
        ("RCPT", "553 Mailbox name not allowed", Reason.NO_ADDRESS),
        ("RCPT", "556 5.1.10 Null MX", Reason.NO_ADDRESS),
        ("RCPT", "550 5.7.1 Blocked: spam", Reason.REFUSED),
        ("RCPT", "552 5.2.2 Over quota", Reason.REFUSED),
        ("DATA", "554 5.7.1 Looks like spam", Reason.REFUSED),
        ("DATA", "552 5.3.4 Too big", Reason.TOO_LARGE),
        ("DATA", "550 5.6.0 Content rejected", Reason.REFUSED),
    ],
)
async def test_what_never_passes_is_not_tried_again(verb: str, reply: str, reason: Reason) -> None:
    """case D1"""
    async with smtp_server() as server, sender(server) as out:
        # A recipient that is refused for another reason is tried as our plain address too.
        server.answer(verb, *[reply] * (2 if verb == "RCPT" and reason is Reason.REFUSED else 1))
        with pytest.raises(Permanent) as raised:
            await out.send(outbound())
        assert raised.value.reason is reason
        assert reply[4:] in raised.value.detail
        await out.send(outbound(to="boris@example.org"))
        assert server.connections == 1  # the refusal did not cost the connection
    assert server.taken[0].recipient == "boris@example.org"


async def test_a_sender_that_is_refused_at_the_recipient_is_the_plain_one_from_then_on() -> None:
    """Postfix says only at RCPT what it thinks of the sender; doctor's letter would pass."""
    refusal = "553 5.7.1 Sender address rejected: not owned by user support@example.org"
    async with smtp_server() as server, sender(server) as out:
        server.answer("RCPT", refusal)
        await out.send(outbound(row="row1"))
        await out.send(outbound(row="row2"))
        assert server.connections == 1
    assert [one.sender for one in server.taken] == [BOX, BOX]
    mail = parse(server.taken[1].data, received=NOW)
    assert mail.reply_to[0].address == reply_address(BOX, "01place", SECRETS)


async def test_each_recipient_has_an_outcome_of_their_own() -> None:
    """case D1: a letter has one recipient, so a refused one takes nobody along."""
    async with smtp_server() as server, sender(server) as out:
        server.answer("RCPT", "550 5.1.1 User unknown")
        with pytest.raises(Permanent):
            await out.send(outbound(to="gone@example.org", row="row1"))
        receipt = await out.send(outbound(to="expert@example.org", row="row2"))
    assert [one.recipient for one in server.taken] == ["expert@example.org"]
    assert receipt.messages[0].startswith("<row2.")


async def test_a_server_that_is_not_there_is_tried_later() -> None:
    async with smtp_server() as server:
        pass
    async with sender(server) as out:
        with pytest.raises(Transient):
            await out.send(outbound())
        assert not out.health()[BOX].ok
    async with sender(server, host="no-such-host.invalid") as out:
        with pytest.raises(Transient):
            await out.send(outbound())


async def test_other_acts_are_not_for_letters() -> None:
    async with smtp_server() as server, sender(server) as out:
        act = Outbound(id="1", address=outbound().address, act=Edit(message="<1@x>"))
        with pytest.raises(Permanent) as raised:
            await out.send(act)
    assert raised.value.reason is Reason.REFUSED
    assert server.connections == 0


async def test_a_mailbox_that_is_gone_leaves_its_letters_to_the_first(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with smtp_server() as server, sender(server) as out:
        await out.send(outbound(post(head=Letterhead(subject="x", mailbox="BILLING@example.com"))))
        await out.send(outbound(post(head=Letterhead(subject="x", mailbox="old@example.com"))))
    froms = [parse(one.data, received=NOW).senders[0].address for one in server.taken]
    assert froms == ["billing@example.com", BOX]
    assert "old@example.com" in caplog.text


# --------------------------------------------------------------------------- the final dot


async def test_a_slow_answer_after_the_final_dot_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """case D2: ten minutes, whatever the patience with other commands."""
    assert Timeouts().message >= 600
    timeouts = Timeouts(connect=60.0, command=60.0)
    async with smtp_server() as server, sender(server, timeouts=timeouts) as out:
        server.hold, server.crowd = asyncio.Event(), 1
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(out.send(outbound()))
            await server.crowded.wait()
            hurry(monkeypatch, 250)  # the server of the tests gives up after 300 itself
            await turns()
            assert not sending.done()
            server.hold.set()
        assert sending.result().messages
    assert len(server.taken) == 1


async def test_no_answer_after_the_final_dot_is_uncertain() -> None:
    timeouts = Timeouts(connect=5.0, command=5.0, message=0.1)
    async with smtp_server() as server, sender(server, timeouts=timeouts) as out:
        server.hold = asyncio.Event()
        with pytest.raises(Uncertain):
            await out.send(outbound())
        server.hold = None
        await out.send(outbound(row="02row"))
        assert server.connections == 2


async def test_a_letter_whose_answer_was_lost_goes_again_as_the_same_letter() -> None:
    """case A4: the server took it, we did not learn it; the second copy has the same Message-ID."""
    async with smtp_server() as server, sender(server) as out:
        server.drops.append("after taking it")
        with pytest.raises(Uncertain):
            await out.send(outbound())
        receipt = await out.send(outbound())
    first, second = (parse(one.data, received=NOW) for one in server.taken)
    assert first.message_id == second.message_id == receipt.messages[0]


# --------------------------------------------------------------------------- encryption and login


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return self_signed(tmp_path_factory.mktemp("certificate"))


async def test_a_certificate_nobody_vouches_for_is_refused(certificate: ssl.SSLContext) -> None:
    """case D4"""
    async with smtp_server(tls=certificate) as server, sender(server, security="tls") as out:
        with pytest.raises(Transient) as raised:
            await out.send(outbound())
        assert "certificate" in raised.value.detail.lower()
    async with (
        smtp_server(starttls=certificate) as server,
        sender(server, security="starttls") as out,
    ):
        with pytest.raises(Transient):
            await out.send(outbound())
    assert server.taken == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_self_signed_certificate_is_a_setting_with_a_warning(
    certificate: ssl.SSLContext, security: str, caplog: pytest.LogCaptureFixture
) -> None:
    """case D4"""
    async with (
        smtp_server(
            tls=certificate if security == "tls" else None,
            starttls=certificate if security == "starttls" else None,
        ) as server,
        sender(server, security=security, verify=False) as out,
    ):
        assert "not verified" in caplog.text
        await out.send(outbound())
    assert security == "tls" or server.taken[0].encrypted


async def test_a_server_that_hides_starttls_gets_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """case D4: never a silent downgrade, and never the password."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    async with (
        smtp_server() as server,
        sender(server, security="starttls", login="password") as out,
    ):
        with pytest.raises(Transient) as raised:
            await out.send(outbound())
        assert "STARTTLS" in raised.value.detail
    assert server.verbs == []


async def test_no_encryption_is_a_setting_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """case D4: but for a server on this very machine."""
    async with smtp_server() as server:
        async with sender(server):
            assert caplog.text == ""
        async with sender(server, host="mail.example.com"):
            assert "unencrypted" in caplog.text


async def test_a_login_by_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    async with smtp_server() as server, sender(server, login="password") as out:
        server.login_wanted = True
        await out.send(outbound())
    assert server.taken[0].user == BOX


async def test_a_login_by_token_reads_it_anew(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("stale")
    async with (
        smtp_server() as server,
        sender(server, login="xoauth2", password_file=token, user="us@example.com") as out,
    ):
        server.login_wanted = True
        with pytest.raises(Transient):
            await out.send(outbound())
        token.write_text(TOKEN)
        for mailbox in out._mailboxes.values():
            mailbox._resting_until = 0.0
        await out.send(outbound())
    assert server.taken[0].user == "us@example.com"


async def test_a_refused_login_waits_for_the_administrator(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is lost, the account is not locked by trying, and no password is told (case E9)."""
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2-secret")
    caplog.set_level(logging.DEBUG)
    async with smtp_server() as server, sender(server, login="password") as out:
        for _ in range(3):
            with pytest.raises(Transient) as raised:
                await out.send(outbound())
            assert raised.value.retry_after is not None
            assert raised.value.retry_after > 200
        assert server.connections == 1
        health = out.health()[BOX]
    assert not health.ok
    assert "535" in health.detail
    told = caplog.text + str(raised.value) + health.detail
    assert "hunter2" not in told
    assert "aHVudGVyMi1zZWNyZXQ" not in told


async def test_a_missing_password_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    async with smtp_server() as server, sender(server, login="password") as out:
        with pytest.raises(Transient) as raised:
            await out.send(outbound())
    assert "MAIL_PASSWORD" in raised.value.detail


# --------------------------------------------------------------------------- addresses and sizes


async def test_addresses_in_other_letters() -> None:
    async with smtp_server() as server, sender(server) as out:
        await out.send(outbound(to="anna@пример.рф"))
        await out.send(outbound(to="анна@пример.рф", row="02row"))
    first, second = server.taken
    assert first.recipient == "anna@xn--e1afmkfd.xn--p1ai"
    assert second.recipient == "анна@xn--e1afmkfd.xn--p1ai"
    assert "SMTPUTF8" in server.verbs[2]
    assert parse(second.data, received=NOW).to[0].address == "анна@xn--e1afmkfd.xn--p1ai"


async def test_a_server_without_other_letters_is_not_asked() -> None:
    async with smtp_server(utf8=False) as server, sender(server) as out:
        with pytest.raises(Permanent) as raised:
            await out.send(outbound(to="анна@пример.рф"))
    assert raised.value.reason is Reason.REFUSED


@pytest.fixture
def report(tmp_path: Path) -> Media:
    path = tmp_path / "0001"
    path.write_bytes(b"x" * 2_000_000)
    return Media(kind="document", path=str(path), name="Отчёт.pdf", mime="application/pdf")


async def test_a_file_over_the_servers_limit_stays_out_and_the_words_say_so(report: Media) -> None:
    """case B15: the text passes, the size is explained."""
    async with smtp_server(size=2_100_000) as server, sender(server) as out:
        receipt = await out.send(outbound(post("Here is the report.", report)))
    mail = parse(server.taken[0].data, received=NOW)
    assert mail.attachments == ()
    assert mail.text.startswith("Here is the report.")
    assert "Отчёт.pdf" in mail.text
    assert "2 MB" in mail.text
    assert receipt.left_out == ("Отчёт.pdf",)


async def test_a_server_that_says_too_late_that_it_is_too_large(report: Media) -> None:
    """case B15: refused with the file, it goes without."""
    async with smtp_server() as server, sender(server) as out:
        server.answer("DATA", "552 5.3.4 Message too big")
        receipt = await out.send(outbound(post("Here is the report.", report)))
    assert receipt.left_out == ("Отчёт.pdf",)
    assert parse(server.taken[0].data, received=NOW).text.startswith("Here is the report.")


async def test_a_file_arrives_byte_for_byte(report: Media) -> None:
    async with smtp_server() as server, sender(server) as out:
        receipt = await out.send(outbound(post("Here is the report.", report)))
    (file,) = parse(server.taken[0].data, received=NOW).attachments
    assert (file.name, file.type, file.data) == ("Отчёт.pdf", "application/pdf", b"x" * 2_000_000)
    assert receipt.left_out == ()
