"""Clients, conversations, tickets and history of every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.decision import Decision
from bot.conversation.state import Commenting
from bot.delivery.ports import Store, Transaction, VersionConflict
from escalation.ticket import Status
from tests.outbox import next_due
from tests.values import (
    ANNA,
    BORIS,
    NOW,
    ROOM,
    SECOND,
    change,
    client,
    conversation,
    message,
    ticket,
)


async def save(store: Store, **parts: Any) -> None:
    decision = Decision(**parts)
    await store.transact(lambda tx: tx.apply(decision, NOW))


async def test_nobody_knows_what_was_never_said(store: Store) -> None:
    def unknown(tx: Transaction) -> list[object]:
        return [
            tx.records.client("x"),
            tx.records.conversation("x"),
            tx.records.conversation_at(ANNA),
            tx.records.ticket(1),
            tx.records.message("x"),
            tx.records.handle_at("telegram", "1", "1"),
            tx.records.post_state("x", "telegram", "1"),
            tx.records.room_at("telegram", "1", "1"),
            tx.records.place_of_room(ROOM),
            *tx.records.tickets_of("x", since=NOW),
            *tx.records.history(1),
            *tx.records.ticket_events(1),
            *tx.records.places_of("x", "telegram", "1"),
        ]

    assert not any(await store.transact(unknown))
    assert not await store.transact(lambda tx: tx.records.unconfirmed("telegram", "1"))
    assert await store.transact(lambda tx: tx.records.current_chat("telegram", "1")) == "1"
    assert await store.transact(lambda tx: tx.inbox.next_due() or tx.timers.next_due()) is None
    assert await store.transact(lambda tx: next_due(tx, NOW)) is None


async def test_state_comes_back_with_the_next_version(store: Store) -> None:
    talk = conversation(waiting=Commenting(ticket=7), problem=("m1",), problem_at=NOW)
    await save(store, client=client(facts={"contract": "42"}), conversation=talk)
    assert await store.transact(lambda tx: tx.records.client("c1")) == client(
        facts={"contract": "42"}, version=1
    )
    saved = replace(talk, version=1)
    assert await store.transact(lambda tx: tx.records.conversation("k1")) == saved
    in_thread = replace(ANNA, thread="5")
    assert await store.transact(lambda tx: tx.records.conversation_at(in_thread)) == saved
    assert await store.transact(lambda tx: tx.records.conversation_at(BORIS)) is None


async def test_saving_what_did_not_change_changes_nothing(store: Store) -> None:
    await save(store, client=client(), conversation=conversation(), tickets=(ticket(),))

    def again(tx: Transaction) -> None:
        tx.apply(
            Decision(
                client=tx.records.client("c1"),
                conversation=tx.records.conversation("k1"),
                tickets=tuple(tx.records.tickets_of("k1")),
            ),
            NOW,
        )

    await store.transact(again)
    assert await store.transact(lambda tx: tx.records.conversation("k1")) == conversation(version=1)
    assert await store.transact(lambda tx: tx.records.ticket(7)) == ticket(version=1)


async def test_changes_follow_each_other_within_a_transaction(store: Store) -> None:
    def work(tx: Transaction) -> None:
        for language in ("en", "ru", "en"):
            talk = tx.records.conversation_at(ANNA) or conversation()
            tx.apply(Decision(conversation=replace(talk, language=language)), NOW)

    await store.transact(work)
    saved = await store.transact(lambda tx: tx.records.conversation("k1"))
    assert saved == conversation(language="en", version=3)


@pytest.mark.parametrize("version", [0, 2])
async def test_a_stale_conversation_is_refused(store: Store, version: int) -> None:
    await save(store, conversation=conversation())
    stale = conversation(language="en", version=version)
    with pytest.raises(VersionConflict):
        await save(store, conversation=stale)
    assert await store.transact(lambda tx: tx.records.conversation("k1")) == conversation(version=1)


@pytest.mark.parametrize("version", [0, 2])
async def test_a_stale_ticket_is_refused(store: Store, version: int) -> None:
    """case G1: two specialists take at once, one wins."""
    await save(store, tickets=(ticket(),))
    with pytest.raises(VersionConflict):
        await save(store, tickets=(ticket(subject="other", version=version),))
    assert await store.transact(lambda tx: tx.records.ticket(7)) == ticket(version=1)


async def test_a_ticket_that_never_was_cannot_be_changed(store: Store) -> None:
    with pytest.raises(VersionConflict):
        await save(store, tickets=(ticket(version=3),))
    with pytest.raises(VersionConflict):
        await save(store, conversation=conversation(version=3))


async def test_a_client_has_one_conversation_in_a_chat(store: Store) -> None:
    """case B22: the first message and an album at once do not make two."""
    await save(store, conversation=conversation())
    with pytest.raises(VersionConflict):
        await save(store, conversation=conversation("k2"))
    assert await store.transact(lambda tx: tx.records.conversation("k2")) is None


async def test_tickets_of_a_conversation(store: Store) -> None:
    hour = timedelta(hours=1)
    closed = {"status": Status.CLOSED, "resolved_at": NOW - 3 * hour, "closed_at": NOW - hour}
    resolved = {"status": Status.RESOLVED, "resolved_at": NOW - 2 * hour}
    await save(
        store,
        tickets=(
            ticket(9),
            ticket(3, **closed),
            ticket(4, **resolved),
            ticket(5, conversation="k2"),
            ticket(6, status=Status.WAITING_VENDOR),
        ),
    )

    async def numbers(since: timedelta | None) -> list[int]:
        moment = None if since is None else NOW - since
        found = await store.transact(lambda tx: tx.records.tickets_of("k1", since=moment))
        return [t.number for t in found]

    assert await numbers(None) == [6, 9]
    assert await numbers(hour) == [3, 6, 9]
    assert await numbers(2 * hour) == [3, 4, 6, 9]
    assert await numbers(hour - SECOND) == [6, 9]


async def test_history_keeps_the_order_of_saying(store: Store) -> None:
    """case A9: ids and times say nothing about order."""
    await save(store, messages=(message("z", at=NOW), message("y", of=None)))
    await save(store, messages=(message("a", at=NOW - timedelta(days=1)), message("y")))
    history = await store.transact(lambda tx: tx.records.history(7))
    assert [m.id for m in history] == ["z", "y", "a"]
    await save(store, messages=(message("z", recalled=True), message("y", of=8)))
    history = await store.transact(lambda tx: tx.records.history(7))
    assert [(m.id, m.recalled) for m in history] == [("z", True), ("a", False)]
    assert await store.transact(lambda tx: tx.records.message("y")) == message("y", of=8)


async def test_the_history_of_changes_only_grows(store: Store) -> None:
    """case G9: every change has author and time; nothing is deleted."""
    first, second = change(kind="opened"), change(kind="taken", extra={"desk": "network"})
    await save(store, events=(first, change(8)))
    await save(store, events=(second, first))
    events = await store.transact(lambda tx: tx.records.ticket_events(7))
    assert list(events) == [first, second, first]


async def test_open_tickets_by_number(store: Store) -> None:
    """case I4: all open ones are looked at, a page in one go."""
    for number in (1, 2, 3, 4):
        ended = {"status": Status.CLOSED, "closed_at": NOW} if number == 2 else {}
        await save(store, tickets=[ticket(number=number, **ended)])
    first = await store.transact(lambda tx: tx.records.open_tickets(after=0, limit=2))
    assert [each.number for each in first] == [1, 3]
    rest = await store.transact(lambda tx: tx.records.open_tickets(after=3, limit=2))
    assert [each.number for each in rest] == [4]


async def test_what_is_overdue(store: Store) -> None:
    """case I5: the longest ago first, of one desk or of all."""
    for number, minutes, desk in ((1, 5, "a"), (2, 9, "b"), (3, -1, "a"), (4, 0, "a")):
        due = NOW - timedelta(minutes=minutes)
        await save(store, tickets=[ticket(number=number, desk=desk, due_next=due)])
    await save(store, tickets=[ticket(number=5)])

    async def late(**more: Any) -> list[int]:
        found = await store.transact(lambda tx: tx.records.overdue_tickets(NOW, limit=9, **more))
        return [each.number for each in found]

    assert await late() == [2, 1, 4]
    assert await late(desk="a") == [1, 4]
    assert len(await store.transact(lambda tx: tx.records.overdue_tickets(NOW, limit=1))) == 1
