"""Entries of the journal as bytes: small, and readable whenever they were written."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import pytest

from bot.conversation.decision import Decision
from bot.delivery.ports.journal import Decided, Delivered, Taken
from bot.storage import journal_codec
from bot.storage.journal_codec import packed, unpacked
from channels.message import Receipt
from tests.values import NOW, client, conversation, said, say

ENTRY = Decided(
    at=NOW,
    event=said("1", text="как оплатить?"),
    decision=Decision(
        client=client(), conversation=conversation(), outgoing=(say("Картой."), say("Помогло?"))
    ),
    names=("i:06h2ynkatqye6xa19wcg",),
    rows=("06h2ynkavp7a3ecbn678",),
)


def test_the_dictionary_never_changes() -> None:
    """What was written with it is read with it: another one gets another number."""
    words = Path(journal_codec.__file__).with_name("journal_words.txt").read_bytes()
    assert hashlib.sha256(words).hexdigest() == (
        "029d7b6016ab10ee6752860725c3f2f234331dc9a0b5b191b2af4b7a7065cd82"
    )


def test_an_entry_of_before_there_were_dictionaries_is_read() -> None:
    body = zlib.compress(b'{"rows":["r1","r2"]}', 1)
    assert unpacked("Taken", body) == Taken(rows=("r1", "r2"))


def test_an_entry_takes_less_than_half_of_what_it_took() -> None:
    """What stands in each of them is not stored in each of them."""
    text = journal_codec._decompressed(packed(ENTRY))
    assert len(packed(ENTRY)) * 2 < len(zlib.compress(text.encode()))
    assert unpacked("Decided", packed(ENTRY)) == ENTRY


def test_a_receipt_is_small() -> None:
    receipt = Receipt(messages=("123456",), at=NOW)
    assert len(packed(Delivered(row="06h2ynkavp7a3ecbn678", receipt=receipt))) < 70


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x01\xff\xff", b"\x63abc"])
def test_a_damaged_entry_is_told_as_such(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unpacked("Decided", body)
    with pytest.raises(ValueError, match=r".+"):
        unpacked("Taken", packed(Taken(rows=("r1",)))[:-4])
