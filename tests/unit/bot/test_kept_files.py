"""Letters on disk go once nothing names them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import letters_in
from bot.conversation.decision import Decision
from bot.conversation.state import Envelope
from bot.delivery.ports import StorageUnavailable
from bot.kept_files import KeptFiles
from bot.storage.memory import MemoryStore
from channels.email import files
from channels.email.channel import KEPT
from channels.email.parse import parse
from tests.values import NOW, client, conversation, message

OLD = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = OLD + timedelta(days=1)


def letter(folder: Path, name: str, *, touched: datetime = OLD) -> Path:
    """A letter's folder, with the letter and a file in it."""
    place = folder / "2025" / "12" / (name * 32)
    place.mkdir(parents=True)
    (place / "original.eml").write_bytes(b"words")
    (place / "a.pdf").write_bytes(b"%PDF")
    at = touched.timestamp()
    os.utime(place, (at, at))
    return place


async def store_naming(*places: Path) -> MemoryStore:
    store = MemoryStore()
    said = tuple(
        message(f"m{n}", envelope=Envelope(original=str(place / "original.eml")))
        for n, place in enumerate(places)
    )
    people = Decision(client=client(), conversation=conversation(), messages=said)
    await store.transact(lambda tx: tx.apply(people, NOW))
    return store


async def test_only_what_nothing_names_goes(tmp_path: Path) -> None:
    orphan, named, young = (letter(tmp_path, name) for name in "abc")
    os.utime(young)
    elsewhere = Path("/where/the/workspace/was") / named.relative_to(tmp_path)
    other = tmp_path / "notes" / "12" / ("d" * 32)
    other.mkdir(parents=True)
    store = await store_naming(elsewhere)
    for _ in range(2):
        await KeptFiles(tmp_path).erase(store, LIMIT)
        assert [p.exists() for p in (orphan, named, young, other)] == [False, True, True, True]


async def test_what_was_half_erased_goes_the_next_time(tmp_path: Path) -> None:
    half = letter(tmp_path, "a")
    (half / "original.eml").unlink()
    os.utime(half, (OLD.timestamp(), OLD.timestamp()))
    await KeptFiles(tmp_path).erase(await store_naming(), LIMIT)
    assert not half.exists()


async def test_storage_that_is_away_keeps_everything(tmp_path: Path) -> None:
    place = letter(tmp_path, "a")
    store = MemoryStore()
    await store.close()
    with pytest.raises(StorageUnavailable):
        await KeptFiles(tmp_path).erase(store, LIMIT)
    assert place.exists()


async def test_no_folder_is_nothing_to_do(tmp_path: Path) -> None:
    await KeptFiles(tmp_path / "none").erase(await store_naming(), LIMIT)


async def test_a_letter_that_came_in_just_now_is_young(tmp_path: Path) -> None:
    """However old it says it is, and though its folder was there before."""
    raw = b"From: a@client.example\r\nDate: Mon, 1 Jan 2001 10:00:00 +0000\r\n\r\nhi"
    for _ in range(2):
        kept = files.keep(tmp_path, raw, parse(raw, received=OLD))
        await KeptFiles(tmp_path).erase(await store_naming(), LIMIT)
        assert kept.original.exists()
        os.utime(kept.original.parent, (OLD.timestamp(), OLD.timestamp()))
    await KeptFiles(tmp_path).erase(await store_naming(), LIMIT)
    assert not kept.original.exists()


def test_the_folder_is_that_of_the_mail_channel(tmp_path: Path) -> None:
    assert letters_in(tmp_path) == tmp_path / KEPT
