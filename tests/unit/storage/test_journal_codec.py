"""Entries of the journal as text and bytes: small, and readable whenever they were written."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.decision import Decision
from bot.delivery.ports import Entry
from bot.delivery.ports.journal import Decided, Delivered, Ended, Taken
from bot.storage import journal_stream
from bot.storage.journal_codec import joined, packed, unpacked
from bot.storage.journal_stream import LENGTH, LONGEST, StreamReader, StreamWriter, begins
from channels.message import Inbound, Receipt
from tests.values import NOW, client, conversation, said, say

EVENT = said("1", text="как оплатить?")
ENTRY = Decided(
    at=NOW,
    event=EVENT,
    decision=Decision(
        client=client(), conversation=conversation(), outgoing=(say("Картой."), say("Помогло?"))
    ),
    names=("i:06h2ynkatqye6xa19wcg",),
    rows=("06h2ynkavp7a3ecbn678",),
)


def arrived(channel: str, external_id: str) -> Inbound | None:
    return EVENT if (channel, external_id) == (EVENT.channel, EVENT.external_id) else None


def test_the_dictionary_never_changes() -> None:
    """What was written with it is read with it."""
    words = Path(journal_stream.__file__).with_name("journal_words.txt").read_bytes()
    assert hashlib.sha256(words).hexdigest() == (
        "029d7b6016ab10ee6752860725c3f2f234331dc9a0b5b191b2af4b7a7065cd82"
    )


def test_several_entries_are_one_text() -> None:
    entries: list[Entry] = [ENTRY, Taken(rows=("r1", "r2")), Ended(row="r1\n\x1e", state="failed")]
    assert unpacked(joined([packed(entry) for entry in entries]), arrived) == entries


@pytest.mark.parametrize("text", ["", "Nothing\n{}", "Taken", "Decided\n\n\n", 'Taken\n{"rows":'])
def test_a_damaged_entry_is_told_as_such(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unpacked(text, arrived)


def test_a_row_takes_a_quarter_of_what_stands_in_it() -> None:
    """What stands in each of them is not stored in each of them."""
    text = packed(ENTRY)
    assert len(StreamWriter().row(text, NOW)) * 4 < len(text.encode())


def test_a_row_like_the_one_before_is_small() -> None:
    stream = StreamWriter()
    for number in (1, 2):
        receipt = Receipt(messages=(f"12345{number}",), at=NOW)
        row = stream.row(
            packed(Delivered(row=f"06h2ynkavp7a3ecbn67{number}", receipt=receipt)), NOW
        )
    assert len(row) < 25


def test_rows_are_read_in_order_from_the_beginning_of_a_stream() -> None:
    stream, reader = StreamWriter(), StreamReader()
    texts = [f"row {number}, and more of it" for number in range(LENGTH + 2)]
    rows = [stream.row(text, NOW) for text in texts]
    assert [place for place, row in enumerate(rows) if begins(row)] == [0, LENGTH]
    assert [reader.text(row) for row in rows] == texts
    assert StreamReader().text(rows[LENGTH]) == texts[LENGTH]


def test_a_stream_is_not_of_many_days() -> None:
    """It is erased as a whole."""
    stream = StreamWriter()
    assert begins(stream.row("", NOW))
    assert not begins(stream.row("", NOW + LONGEST))
    assert begins(stream.row("", NOW + LONGEST + timedelta(seconds=1)))


def test_whoever_wrote_in_between_is_noticed() -> None:
    stream = StreamWriter()
    stream.row("one", NOW)
    assert stream.follows(7), "the beginning of a stream may stand anywhere"
    stream.row("two", NOW)
    assert stream.follows(8)
    stream.row("three", NOW)
    assert not stream.follows(10)


def test_a_row_that_is_missing_is_told() -> None:
    stream, reader = StreamWriter(), StreamReader()
    first, _, third = (stream.row(text, NOW) for text in ("one", "two", "three"))
    reader.text(first)
    with pytest.raises(ValueError, match="missing"):
        reader.text(third)
    with pytest.raises(ValueError, match="missing"):
        StreamReader().text(third)


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x00\xff\xff", b"\x63abc"])
def test_a_damaged_row_is_told_as_such(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        StreamReader().text(body)
