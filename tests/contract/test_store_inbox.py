"""The inbox and cursors of every store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.conversation.decision import Decision
from bot.delivery.ports import InboxRow, Store, Transaction, Unreadable
from channels.message import Address, Inbound, Said
from channels.protocol import Cursor
from tests.damage import NEWER, damaged, healed, kept
from tests.values import ANNA, BORIS, GROUP, NOW, ROOM, SECOND, readable, said, say, sending


async def accept(store: Store, *items: Inbound) -> int:
    return await store.transact(lambda tx: tx.inbox.accept(items, None, NOW))


async def next_rows(store: Store, after: timedelta = timedelta()) -> Sequence[InboxRow]:
    return readable(await store.transact(lambda tx: tx.inbox.next(NOW + after)))


def names(rows: Sequence[InboxRow]) -> list[str]:
    return [row.inbound.external_id for row in rows]


async def finish(store: Store, rows: Sequence[InboxRow]) -> None:
    await store.transact(lambda tx: tx.inbox.finish([row.id for row in rows], NOW))


async def test_an_item_comes_out_as_it_went_in(store: Store) -> None:
    assert await accept(store, said("1", text="Привет 👋")) == 1
    [row] = await next_rows(store)
    assert row.inbound == said("1", text="Привет 👋")
    assert (row.accepted_at, row.attempts) == (NOW, 0)


async def test_what_is_known_is_accepted_once(store: Store) -> None:
    """case A2, case B5: the source repeats itself after a crash."""
    assert await accept(store, said("1"), said("1"), said("2")) == 2
    assert await accept(store, said("1"), said("2")) == 0
    await finish(store, await next_rows(store))
    assert await accept(store, said("1")) == 0
    assert names(await next_rows(store)) == ["2"]


async def test_the_same_id_in_another_channel_is_something_else(store: Store) -> None:
    other = Address(channel="mail", chat="101")
    assert await accept(store, said("1"), said("1", other)) == 2


async def test_order_holds_within_an_address_only(store: Store) -> None:
    await accept(store, said("a1"), said("a2"), said("b1", BORIS))
    first = await next_rows(store)
    assert names(first) == ["a1"]
    await store.transact(lambda tx: tx.inbox.postpone([first[0].id], NOW + SECOND))
    second = await next_rows(store)
    assert names(second) == ["b1"], "a2 waits behind a1, Boris does not"
    await finish(store, second)
    assert not await next_rows(store)
    assert await store.transact(lambda tx: tx.inbox.next_due()) == NOW + SECOND
    again = await next_rows(store, SECOND)
    assert names(again) == ["a1"]
    await finish(store, again)
    assert names(await next_rows(store)) == ["a2"]


async def test_order_is_that_of_acceptance_whatever_the_clock_says(store: Store) -> None:
    """case A9: the clock went back a day between two messages."""
    await store.transact(lambda tx: tx.inbox.accept([said("1")], None, NOW))
    await store.transact(lambda tx: tx.inbox.accept([said("2")], None, NOW - timedelta(days=1)))
    assert names(await next_rows(store)) == ["1"]
    await finish(store, await next_rows(store))
    assert names(await next_rows(store)) == ["2"]


async def test_an_album_waits_a_moment_and_comes_whole(store: Store) -> None:
    await accept(store, said("1", album="x"), said("2", album="x"), said("3"))
    assert not await next_rows(store)
    assert await store.transact(lambda tx: tx.inbox.next_due()) == NOW + timedelta(seconds=0.7)
    album = await next_rows(store, SECOND)
    assert names(album) == ["1", "2"]
    await finish(store, album)
    assert names(await next_rows(store)) == ["3"]


async def test_an_album_part_that_comes_late_goes_alone(store: Store) -> None:
    """case A5: half of the album was decided before the rest came."""
    await accept(store, said("1", album="x"))
    await finish(store, await next_rows(store, SECOND))
    await accept(store, said("2", album="x"))
    assert names(await next_rows(store, SECOND)) == ["2"]


async def test_failed_attempts_are_counted(store: Store) -> None:
    await accept(store, said("1"))
    [row] = await next_rows(store)
    await store.transact(lambda tx: tx.inbox.postpone([row.id], NOW, error="boom"))
    await store.transact(lambda tx: tx.inbox.postpone([row.id], NOW))
    [row] = await next_rows(store)
    assert row.attempts == 1


async def test_poison_is_kept_aside_until_it_is_replayed(store: Store) -> None:
    await accept(store, said("1"), said("2"))
    [row] = await next_rows(store)
    await store.transact(lambda tx: tx.inbox.set_aside([row.id], "Traceback …", NOW))
    assert names(await next_rows(store)) == ["2"]
    [(row_aside, error)] = await store.transact(lambda tx: tx.inbox.aside())
    [poison] = readable([row_aside])
    assert (poison.inbound, error) == (said("1"), "Traceback …")
    await store.transact(lambda tx: tx.inbox.replay([poison.id], NOW))
    assert names(await next_rows(store)) == ["1"]
    assert not await store.transact(lambda tx: tx.inbox.aside())


async def test_replay_leaves_finished_rows_alone(store: Store) -> None:
    await accept(store, said("1"))
    rows = await next_rows(store)
    await finish(store, rows)
    await store.transact(lambda tx: tx.inbox.replay([rows[0].id], NOW))
    assert not await next_rows(store)


async def test_a_row_that_cannot_be_read_comes_out_as_such(store: Store) -> None:
    """Review, fault 3: what a newer version leaves behind after a rollback."""
    await accept(store, said("1"), said("2"), said("3", BORIS))
    await store.transact(damaged("1"))
    [row] = await store.transact(lambda tx: tx.inbox.next(NOW))
    assert isinstance(row, Unreadable)
    assert (row.order, row.raw) == (ANNA.key, NEWER)
    assert "Error" in row.error
    await store.transact(lambda tx: tx.inbox.set_aside([row.row], row.error, NOW))
    assert names(await next_rows(store)) == ["2"], "what is behind it goes on"
    [(aside, error)] = await store.transact(lambda tx: tx.inbox.aside())
    assert isinstance(aside, Unreadable)
    assert (aside.row, aside.raw, error) == (row.row, NEWER, row.error)


@pytest.mark.parametrize("raw", ["", "nonsense", "null", "[" * 100_000, '{"event": {"say": 1}}'])
async def test_whatever_stands_in_a_row_it_is_no_end(store: Store, raw: str) -> None:
    await accept(store, said("1"))
    await store.transact(damaged("1", raw))
    [row] = await store.transact(lambda tx: tx.inbox.next(NOW))
    assert isinstance(row, Unreadable)
    assert row.raw == raw


async def test_what_could_not_be_read_is_replayed_once_it_can_be(store: Store) -> None:
    await accept(store, said("1"))
    await store.transact(damaged("1"))
    [row] = await store.transact(lambda tx: tx.inbox.next(NOW))
    assert isinstance(row, Unreadable)
    await store.transact(lambda tx: tx.inbox.set_aside([row.row], row.error, NOW))
    await store.transact(lambda tx: tx.inbox.replay([row.row], NOW))
    [again] = await store.transact(lambda tx: tx.inbox.next(NOW))
    assert isinstance(again, Unreadable), "not yet"
    await store.transact(healed(said("1")))
    assert names(await next_rows(store)) == ["1"]


async def test_a_part_of_an_album_that_cannot_be_read_comes_with_the_others(store: Store) -> None:
    await accept(store, said("1", album="x"), said("2", album="x"), said("3", album="x"))
    await store.transact(damaged("2"))
    rows = await store.transact(lambda tx: tx.inbox.next(NOW + SECOND))
    assert [isinstance(row, Unreadable) for row in rows] == [False, True, False]


async def test_a_row_that_cannot_be_read_stops_no_chat_from_moving(store: Store) -> None:
    await accept(store, said("1"), said("2"))
    await store.transact(damaged("1"))
    new = Address(channel="telegram", chat="-7")
    await store.transact(lambda tx: tx.apply(Decision(moved=((ANNA, new),)), NOW))
    [first] = await store.transact(lambda tx: tx.inbox.next(NOW))
    assert isinstance(first, Unreadable)
    await store.transact(lambda tx: tx.inbox.set_aside([first.row], "", NOW))
    [row] = await next_rows(store)
    assert row.inbound.address == new


async def test_what_was_finished_keeps_what_it_holds(store: Store) -> None:
    """Fault 1: what was finished by mistake can still be replayed by hand, and days run again."""
    await accept(store, said("1", text="дома темно"))
    await finish(store, await next_rows(store))
    assert await store.transact(lambda tx: kept(tx, "1")) == said("1", text="дома темно")


async def test_a_cursor_is_kept_with_its_items(store: Store) -> None:
    cursor = Cursor(channel="telegram", source="INBOX", position="7:100")
    assert await store.transact(lambda tx: tx.inbox.cursor("telegram", "INBOX")) is None
    await store.transact(lambda tx: tx.inbox.accept([said("1")], cursor, NOW))
    newer = Cursor(channel="telegram", source="INBOX", position="7:101")
    await store.transact(lambda tx: tx.inbox.accept([said("2")], newer, NOW))
    assert await store.transact(lambda tx: tx.inbox.cursor("telegram", "INBOX")) == "7:101"
    assert await store.transact(lambda tx: tx.inbox.cursor("mail", "INBOX")) is None


async def test_a_cursor_may_come_without_items(store: Store) -> None:
    cursor = Cursor(channel="mail", source="INBOX", position="7:100")
    assert await store.transact(lambda tx: tx.inbox.accept([], cursor, NOW)) == 0
    assert await store.transact(lambda tx: tx.inbox.cursor("mail", "INBOX")) == "7:100"


async def test_strange_ids_and_texts_are_kept(store: Store) -> None:
    strange = said("\0<id>\ud800", Address(channel="mail", chat="a\0b"), text="\0 \ud800 ё")
    assert await accept(store, strange) == 1
    assert await accept(store, strange) == 0
    [row] = await next_rows(store)
    assert isinstance(row.inbound.event, Said)
    assert "ё" in row.inbound.event.content.words


async def test_once_settled_no_receipt_is_waited_for(store: Store) -> None:
    """case G4: an event that waited long enough is decided with what is known."""

    def look(tx: Transaction) -> list[bool]:
        seen = []
        for settled in (False, True):
            tx.records.settled = settled
            seen += [tx.records.unconfirmed(chat.channel, chat.chat) for chat in (ANNA, GROUP)]
        tx.records.settled = False
        return seen

    posts = sending(say("hello", handle="m1"), say("card", ROOM))
    await store.transact(lambda tx: tx.apply(posts, NOW))
    assert await store.transact(look) == [True, True, False, False]
    assert not await store.transact(lambda tx: tx.records.settled)
