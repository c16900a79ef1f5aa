"""Names of IMAP folders on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.folders import decoded, encoded


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", "INBOX"),
        ("Входящие", "&BBIERQQ+BDQETwRJBDgENQ-"),
        ("Спам", "&BCEEPwQwBDw-"),
        ("A & B", "A &- B"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 §5.1.3
        ("Hi Mom -☺-!", "Hi Mom -&Jjo--!"),
        ("&-", "&--"),
        ("😀", "&2D3eAA-"),
    ],
)
def test_known_names(name: str, wire: str) -> None:
    assert encoded(name) == wire
    assert decoded(wire) == name


@given(st.text())
def test_every_name_comes_back(name: str) -> None:
    wire = encoded(name)
    assert wire.isascii()
    assert wire.isprintable()
    assert decoded(wire) == name


@given(st.text(alphabet="&-,+ABZaz09бяё\x00"))
def test_whatever_a_server_sends_is_shown_somehow(wire: str) -> None:
    decoded(wire)


@pytest.mark.parametrize("wire", ["&AAA", "&a-", "Входящие", "100% &"])
def test_what_is_no_modified_utf7_stays(wire: str) -> None:
    assert decoded(wire) == wire
