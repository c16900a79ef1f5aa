"""Whose letter it is: of our own lists and forms, and of nobody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.joining import vouches
from channels.email.origin import FORM, Origin, Sources, is_marked, of
from channels.email.parse import parse
from tests.unit.channels.email.test_machines import NOW

OURS = ("support@desk.example",)
SOURCES = Sources(
    forms=frozenset({"wordpress@shop.example", "no-reply@shop.example"}),
    lists=frozenset({"help@lists.desk.example", "team.lists.other.example"}),
)
PASS = "Authentication-Results: mx.desk.example; dkim=pass; dmarc=pass header.from="


def came(*lines: str, ours: bool = True) -> Origin:
    """Whose letter with these header lines is."""
    raw = "\r\n".join((*lines, "Subject: Help", "Message-ID: <1@x.example>", "", "No internet"))
    mail = parse(raw.encode(), received=NOW)
    ids = ("mx.desk.example",) if ours else ()
    return of(mail, ours=OURS, sources=SOURCES, authserv_ids=ids)


def writer(found: Origin) -> str:
    return found.person.address if found.person else ""


@pytest.mark.parametrize(
    "headers",
    [
        ("List-ID: <support.desk.example>", "Precedence: list"),
        ("List-Id: Support <support.desk.example>", "List-Post: <mailto:support@desk.example>"),
        ("List-ID: <help.lists.desk.example>",),
        ("List-ID: Team <team.lists.other.example>",),
        ("List-Post: <https://groups.google.com/g/x/post>, <mailto:HELP@lists.desk.example>",),
    ],
)
def test_a_list_of_ours_is_its_writers(headers: tuple[str, ...]) -> None:
    """case C14: who writes to a list that is our own address is a client."""
    found = came("From: Anna <anna@client.example>", *headers)
    assert (writer(found), found.automatic) == ("anna@client.example", None)


@pytest.mark.parametrize(
    "more",
    [
        ("X-Original-Sender: anna@client.example",),
        ("X-Original-From: Anna <anna@client.example>", "Reply-To: support@desk.example"),
        ("Reply-To: Anna <anna@client.example>",),
        ("Reply-To: Anna <anna@client.example>, support@desk.example",),
    ],
)
def test_a_list_that_writes_under_its_own_name(more: tuple[str, ...]) -> None:
    """Google Groups and Mailman put themselves into From; the writer stands beside."""
    head = (PASS + "desk.example", "From: Anna via Support <support@desk.example>")
    found = came(*head, "List-ID: <support.desk.example>", *more)
    assert found.person is not None
    assert (found.person.address, found.person.name) == ("anna@client.example", "Anna")
    assert found.automatic is None
    assert came(*head[1:], "List-ID: <support.desk.example>", *more).automatic == "list"


@pytest.mark.parametrize(
    "headers",
    [
        ("From: a@client.example", "List-ID: <news.shop.example>"),
        ("From: a@client.example", "List-ID: <xsupport.desk.example>"),
        ("From: a@client.example", "List-ID: <support.desk.example.evil.example>"),
        ("From: a@client.example", "List-ID: support.desk.example"),
        ("From: a@client.example", "Precedence: bulk"),
        (PASS + "desk.example", "From: support@desk.example", "List-ID: <support.desk.example>"),
        (
            PASS + "desk.example",
            "From: support@desk.example",
            "List-ID: <support.desk.example>",
            "X-Original-Sender: no-reply@client.example",
        ),
    ],
)
def test_other_lists_stay_lists(headers: tuple[str, ...]) -> None:
    """case C14: lists that are not ours, and ours without a person behind them."""
    assert came(*headers).automatic == "list"


def test_a_machine_behind_a_list_of_ours_stays_one() -> None:
    """An automatic answer through the group is still one: answering it would never end."""
    head = ("From: a@client.example", "List-ID: <support.desk.example>")
    assert came(*head, "Auto-Submitted: auto-replied").automatic == "reply"
    assert came("From: mailer-daemon@x.example", head[1]).automatic == "bounce"


@pytest.mark.parametrize("sender", ["wordpress@shop.example", "No-Reply@shop.example"])
@pytest.mark.parametrize("more", ["X-Mailer: PHPMailer", "Auto-Submitted: auto-generated"])
def test_a_form_is_its_visitors(sender: str, more: str) -> None:
    """A listed form that our server vouches for: Reply-To is the client, and it answers nothing."""
    found = came(
        PASS + "shop.example",
        f"From: Shop <{sender}>",
        "Reply-To: Klara <klara@client.example>",
        "References: <old@x.example>",
        more,
    )
    assert found.person is not None
    assert (found.person.address, found.person.name) == ("klara@client.example", "Klara")
    assert (found.automatic, found.answers, found.warning) == (None, False, "")


_REPLY = "Reply-To: klara@client.example"


@pytest.mark.parametrize(
    "headers",
    [
        ("From: wordpress@shop.example", _REPLY),
        (
            "Authentication-Results: mx.desk.example; dmarc=fail header.from=shop.example",
            "From: wordpress@shop.example", _REPLY,
        ),
        (
            "Authentication-Results: mx.desk.example; dmarc=none header.from=shop.example",
            "From: wordpress@shop.example", _REPLY,
        ),
        (
            "Authentication-Results: mx.evil.example; dmarc=pass header.from=shop.example",
            "From: wordpress@shop.example", _REPLY,
        ),
        (PASS + "evil.example", "From: wordpress@shop.example", _REPLY),
        (PASS + "shop.example", "From: wordpress@shop.example"),
        (PASS + "shop.example", "From: wordpress@shop.example", "Reply-To: support@desk.example"),
        (PASS + "shop.example", "From: wordpress@shop.example", "Reply-To: no-reply@shop.example"),
        (PASS + "shop.example", "From: wordpress@shop.example", "Reply-To: a@x.ru, b@x.ru"),
    ],
)  # fmt: skip
def test_a_form_nobody_vouches_for_is_nobodys(headers: tuple[str, ...]) -> None:
    """case E2: people read it, nobody is answered, and no Reply-To is believed."""
    found = came(*headers)
    assert (found.person, found.automatic, found.answers, found.warning) == (
        None,
        None,
        False,
        FORM,
    )


def test_a_reply_to_of_anybody_else_is_not_believed() -> None:
    """case E2: only listed senders may name another client."""
    found = came(PASS + "evil.example", "From: mallory@evil.example", _REPLY)
    assert writer(found) == "mallory@evil.example"
    bounce = came(
        PASS + "shop.example", "From: wordpress@shop.example", "X-Failed-Recipients: x@y", _REPLY
    )
    assert bounce.automatic == "bounce"


@pytest.mark.parametrize(
    "said",
    [
        'mx.desk.example; spf=pass smtp.mailfrom="; dmarc=pass header.from=shop.example"@x.example',
        "mx.desk.example; spf=pass smtp.mailfrom=dmarc=pass@evil.example",
        "mx.desk.example; spf=pass (dmarc=pass header.from=shop.example)",
        "mx.desk.example; dmarc=pass header.from=evil.example header.from=shop.example",
        "mx.desk.example; dmarc=pass",
        "mx.desk.example; dmarc=pass header.from=shop.example; dmarc=none header.from=shop.example",
    ],
)
def test_what_a_sender_can_write_into_a_result_vouches_for_nobody(said: str) -> None:
    """case E2"""
    assert not vouches((said,), ("mx.desk.example",), "wordpress@shop.example")


@given(st.lists(st.text(max_size=120), max_size=4))
def test_nothing_vouches_without_names_of_ours(results: list[str]) -> None:
    assert not vouches(results, (), "a@b.example")


@pytest.mark.parametrize(
    ("head", "marked"),
    [
        ("X-Spam-Flag: YES", True),
        ("x-spam-flag:yes", True),
        ("X-Spam-Status: Yes, score=9.1\n\trequired=5", True),
        ("X-Spam-Flag: NO", False),
        ("X-Spam-Status: No, score=0.1", False),
        ("Subject: X-Spam-Flag: YES", False),
        ("Subject: a\n X-Spam-Flag: YES", False),
        ("X-Spam-Flag: NO\nX-Spam-Flag: YES", True),
    ],
)
def test_marks_of_spam(head: str, marked: bool) -> None:
    """The headers count, not the words, and not what continues another header."""
    raw = f"From: a@b.example\n{head}\n\nX-Spam-Flag: YES\n".encode()
    assert is_marked(raw, ("X-Spam-Flag: YES", "X-Spam-Status: Yes")) is marked
    assert not is_marked(raw, ())
