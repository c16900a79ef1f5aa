"""Mail addresses are read whole or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.joining import _domain
from channels.email.render import _recipient
from channels.mail_address import ascii_domain, mail_address, only_address_in

ATEXT = "abcXYZ019!#$%&'*+-/=?^_`{|}~"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("o'neil@client.example", "o'neil@client.example"),
        ("почта o'neil@client.example, пишите", "o'neil@client.example"),
        ("'ann@client.example'", "ann@client.example"),
        ("Ann.B+desk@Client.EXAMPLE.", "Ann.B+desk@client.example"),
        ("<ann@client.example>", "ann@client.example"),
        ("mailto:ann@client.example", "ann@client.example"),
        ("!#$%&'*+-/=?^_`{|}~@client.example", "!#$%&'*+-/=?^_`{|}~@client.example"),
        ("клара@клиент.рф", "клара@клиент.рф"),
        ("info@xn--e1afmkfd.xn--p1ai", "info@xn--e1afmkfd.xn--p1ai"),
        ("я @klara_k, почта klara@client.example", "klara@client.example"),
        ("*ann@client.example*", "ann@client.example"),
        # Half an address is none.
        ("john doe@", None),
        ('"john doe"@client.example', None),
        ("ann@@client.example", None),
        ("ann.@client.example", None),
        ("a..b@client.example", None),
        ("ann@client", None),
        ("ann@-client.example", None),
        ("ann@cli_ent.example", None),
        ("ann@[192.0.2.1]", None),
        ("ann@client.example/bob@client.example", None),
        ("ann@client.example bob@client.example", None),
        ("ann@client.example и ещё bob@", None),
        ("ann@ client.example", None),
        ("klara@сlient.example", None),  # with a Cyrillic с
        ("клaра@клиент.рф", None),  # with a Latin a
        ("@client.example", None),
        ("нет почты", None),
        ("a" * 65 + "@client.example", None),
    ],
)
def test_an_address_in_words(text: str, address: str | None) -> None:
    assert only_address_in(text) == address


@given(
    st.lists(st.text(ATEXT, min_size=1, max_size=12), min_size=1, max_size=4),
    st.sampled_from(["{}", "пишите на {} пожалуйста", "<{}>", "почта: {}, и всё", "{}\nИван"]),
)
def test_an_address_is_whole_or_refused(local: list[str], around: str) -> None:
    address = f"{'.'.join(local)}@client.example"
    # What a pair of quotes or stars stands around may be meant either way.
    assert only_address_in(around.format(address)) in {address, None}
    if address[0] not in "'`*_" and len(address) < 70:
        assert only_address_in(around.format(address)) == address


@given(st.text(max_size=200))
def test_any_text_holds_an_address_or_none(text: str) -> None:
    found = only_address_in(text)
    assert found is None or (found == mail_address(found) and found.rpartition("@")[0] in text)


def test_domains_are_of_idna_2008() -> None:
    assert ascii_domain("faß.de") == "xn--fa-hia.de"
    assert _recipient("user@faß.de") == ("user@xn--fa-hia.de", False)
    assert _domain("user@faß.de") == "xn--fa-hia.de"
    assert ascii_domain("Пример.РФ") == "xn--e1afmkfd.xn--p1ai"
    for wrong in ("", "a..b", "-a.example", "☃.example", "a" * 64 + ".example"):
        with pytest.raises(ValueError, match=r"domain|abel|odepoint"):
            ascii_domain(wrong)
