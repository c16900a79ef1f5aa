"""Clients, conversations, tickets and history of every store; chats that move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.decision import ContactRecord, Decision
from bot.conversation.state import Commenting
from bot.delivery.ports import Store, Transaction, VersionConflict
from bot.storage.reports import ReportingStore
from channels.message import Address
from escalation.ticket import Status
from tests.outbox import due, next_due
from tests.values import (
    ANNA,
    BORIS,
    GROUP,
    NOW,
    ROOM,
    SECOND,
    change,
    client,
    conversation,
    message,
    readable,
    said,
    say,
    ticket,
)


async def save(store: Store, **parts: Any) -> None:
    decision = Decision(**parts)
    await store.transact(lambda tx: tx.apply(decision, NOW))


async def test_nobody_knows_what_was_never_said(store: Store) -> None:
    def unknown(tx: Transaction) -> list[object]:
        return [
            tx.client("x"),
            tx.conversation("x"),
            tx.conversation_at(ANNA),
            tx.ticket(1),
            tx.message("x"),
            tx.handle_at("telegram", "1", "1"),
            tx.post_state("x", "telegram", "1"),
            tx.room_at("telegram", "1", "1"),
            tx.place_of_room(ROOM),
            *tx.tickets_of("x", since=NOW),
            *tx.history(1),
            *tx.ticket_events(1),
            *tx.places_of("x", "telegram", "1"),
        ]

    assert not any(await store.transact(unknown))
    assert not await store.transact(lambda tx: tx.unconfirmed("telegram", "1"))
    assert await store.transact(lambda tx: tx.current_chat("telegram", "1")) == "1"
    assert await store.transact(lambda tx: tx.inbox_due() or tx.timer_due()) is None
    assert await store.transact(lambda tx: next_due(tx, NOW)) is None


async def test_state_comes_back_with_the_next_version(store: Store) -> None:
    talk = conversation(waiting=Commenting(ticket=7), problem=("m1",), problem_at=NOW)
    await save(store, client=client(facts={"contract": "42"}), conversation=talk)
    assert await store.transact(lambda tx: tx.client("c1")) == client(
        facts={"contract": "42"}, version=1
    )
    saved = replace(talk, version=1)
    assert await store.transact(lambda tx: tx.conversation("k1")) == saved
    in_thread = replace(ANNA, thread="5")
    assert await store.transact(lambda tx: tx.conversation_at(in_thread)) == saved
    assert await store.transact(lambda tx: tx.conversation_at(BORIS)) is None


async def test_saving_what_did_not_change_changes_nothing(store: Store) -> None:
    await save(store, client=client(), conversation=conversation(), tickets=(ticket(),))

    def again(tx: Transaction) -> None:
        tx.apply(
            Decision(
                client=tx.client("c1"),
                conversation=tx.conversation("k1"),
                tickets=tuple(tx.tickets_of("k1")),
            ),
            NOW,
        )

    await store.transact(again)
    assert await store.transact(lambda tx: tx.conversation("k1")) == conversation(version=1)
    assert await store.transact(lambda tx: tx.ticket(7)) == ticket(version=1)


async def test_changes_follow_each_other_within_a_transaction(store: Store) -> None:
    def work(tx: Transaction) -> None:
        for language in ("en", "ru", "en"):
            talk = tx.conversation_at(ANNA) or conversation()
            tx.apply(Decision(conversation=replace(talk, language=language)), NOW)

    await store.transact(work)
    saved = await store.transact(lambda tx: tx.conversation("k1"))
    assert saved == conversation(language="en", version=3)


@pytest.mark.parametrize("version", [0, 2])
async def test_a_stale_conversation_is_refused(store: Store, version: int) -> None:
    await save(store, conversation=conversation())
    stale = conversation(language="en", version=version)
    with pytest.raises(VersionConflict):
        await save(store, conversation=stale)
    assert await store.transact(lambda tx: tx.conversation("k1")) == conversation(version=1)


@pytest.mark.parametrize("version", [0, 2])
async def test_a_stale_ticket_is_refused(store: Store, version: int) -> None:
    """case G1: two specialists take at once, one wins."""
    await save(store, tickets=(ticket(),))
    with pytest.raises(VersionConflict):
        await save(store, tickets=(ticket(subject="other", version=version),))
    assert await store.transact(lambda tx: tx.ticket(7)) == ticket(version=1)


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
    assert await store.transact(lambda tx: tx.conversation("k2")) is None


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
        found = await store.transact(lambda tx: tx.tickets_of("k1", since=moment))
        return [t.number for t in found]

    assert await numbers(None) == [6, 9]
    assert await numbers(hour) == [3, 6, 9]
    assert await numbers(2 * hour) == [3, 4, 6, 9]
    assert await numbers(hour - SECOND) == [6, 9]


async def test_history_keeps_the_order_of_saying(store: Store) -> None:
    """case A9: ids and times say nothing about order."""
    await save(store, messages=(message("z", at=NOW), message("y", of=None)))
    await save(store, messages=(message("a", at=NOW - timedelta(days=1)), message("y")))
    history = await store.transact(lambda tx: tx.history(7))
    assert [m.id for m in history] == ["z", "y", "a"]
    await save(store, messages=(message("z", recalled=True), message("y", of=8)))
    history = await store.transact(lambda tx: tx.history(7))
    assert [(m.id, m.recalled) for m in history] == [("z", True), ("a", False)]
    assert await store.transact(lambda tx: tx.message("y")) == message("y", of=8)


async def test_the_history_of_changes_only_grows(store: Store) -> None:
    """case G9: every change has author and time; nothing is deleted."""
    first, second = change(kind="opened"), change(kind="taken", extra={"desk": "network"})
    await save(store, events=(first, change(8)))
    await save(store, events=(second, first))
    events = await store.transact(lambda tx: tx.ticket_events(7))
    assert list(events) == [first, second, first]


async def test_names_are_new(store: Store) -> None:
    def names(tx: Transaction) -> tuple[list[str], list[int]]:
        return [tx.new_id() for _ in range(50)], [tx.new_ticket_number() for _ in range(3)]

    ids, numbers = await store.transact(names)
    more_ids, more_numbers = await store.transact(names)
    assert len({*ids, *more_ids}) == 100
    assert all(len(i) <= 20 and i.isalnum() and i.isascii() for i in ids)
    assert [*numbers, *more_numbers] == sorted({*numbers, *more_numbers})


async def test_reports(store: ReportingStore) -> None:
    old = ContactRecord(conversation="k1", at=NOW - timedelta(days=2), outcome="none", text="a")
    new = ContactRecord(conversation="k1", at=NOW, outcome="answered", entry="e", suggested=("f",))
    closed = {"status": Status.CLOSED, "closed_at": NOW, "opened_at": NOW - timedelta(days=9)}
    await save(store, contacts=(new, old), tickets=(ticket(2), ticket(1, **closed)))
    assert await store.report(lambda r: list(r.contacts(NOW))) == [new]
    assert await store.report(lambda r: list(r.contacts(old.at))) == [new, old]

    async def numbers(**wanted: Any) -> list[int]:
        found = await store.report(lambda r: r.tickets(**wanted))
        return [t.number for t in found]

    assert await numbers() == [1, 2]
    assert await numbers(open_only=True) == [2]
    assert await numbers(since=NOW) == [1, 2]
    assert await numbers(since=NOW + SECOND) == [2]


# ---------------------------------------------------------------- moves

NEW_GROUP = Address(channel="telegram", chat="-1009")


async def test_everything_follows_a_chat_that_moved(store: Store) -> None:
    """case B11: a group becomes a supergroup."""
    thread = replace(GROUP, thread="31")

    def before(tx: Transaction) -> None:
        tx.accept([said("1", thread), said("2", GROUP), said("3", ANNA)], None, NOW)
        tx.room_opened(ROOM, thread)
        talk = conversation(at=GROUP)
        tx.apply(
            Decision(conversation=talk, outgoing=(say("room", ROOM), say("group", GROUP))), NOW
        )
        tx.pause("telegram", "-500", NOW + SECOND)

    await store.transact(before)
    await save(store, moved=((GROUP, NEW_GROUP),))

    def after(tx: Transaction) -> None:
        assert tx.current_chat("telegram", "-500") == "-1009"
        assert tx.room_at("telegram", "-1009", "31") == ROOM
        assert tx.room_at("telegram", "-500", "31") is None
        moved = tx.conversation_at(NEW_GROUP)
        assert moved is not None
        assert (moved.id, moved.address, moved.version) == ("k1", NEW_GROUP, 2)
        assert tx.conversation_at(GROUP) is None
        assert not due(tx, NOW)
        room, group = due(tx, NOW + SECOND)
        assert room.place.address == replace(NEW_GROUP, thread="31")
        assert group.place.address == group.outgoing.to == NEW_GROUP
        assert group.order == NEW_GROUP.key
        [first] = readable(tx.next_inbox(NOW))
        assert first.inbound.address == replace(NEW_GROUP, thread="31")
        tx.finish_inbox([first.id], NOW)
        [second] = readable(tx.next_inbox(NOW))
        assert second.inbound.address == NEW_GROUP

    await store.transact(after)


async def test_what_is_said_to_the_old_chat_goes_to_the_new_one(store: Store) -> None:
    await save(store, moved=((GROUP, NEW_GROUP),))
    await save(store, outgoing=(say("group", GROUP), say("room", ROOM)))
    rows = await store.transact(lambda tx: due(tx, NOW))
    assert [row.place.address for row in rows] == [NEW_GROUP, NEW_GROUP]
    assert rows[0].order == NEW_GROUP.key


async def test_a_chat_may_move_again_and_back(store: Store) -> None:
    newest = Address(channel="telegram", chat="-1010")
    await save(store, moved=((GROUP, NEW_GROUP), (NEW_GROUP, newest)))
    assert await store.transact(lambda tx: tx.current_chat("telegram", "-500")) == "-1010"
    assert await store.transact(lambda tx: tx.current_chat("telegram", "-1009")) == "-1010"
    await save(store, moved=((newest, GROUP), (GROUP, GROUP)))
    chats = ("-500", "-1009", "-1010")
    now = await store.transact(lambda tx: [tx.current_chat("telegram", chat) for chat in chats])
    assert now == ["-500"] * 3


async def test_a_moved_chat_is_not_parked_any_more(store: Store) -> None:
    await save(store, outgoing=(say("room", ROOM),))
    await store.transact(lambda tx: tx.park("telegram", "-500", "gone"))
    await save(store, moved=((GROUP, NEW_GROUP),))
    assert len(await store.transact(lambda tx: due(tx, NOW))) == 1


async def test_message_ids_of_the_old_chat_mean_nothing_in_the_new_one(store: Store) -> None:
    """A supergroup counts its messages from 1: a link that moved along would take somebody's
    words to another client's ticket."""
    await store.transact(lambda tx: tx.link("m1", "telegram", "-500", ["5"], thread=None))
    await save(store, moved=((GROUP, NEW_GROUP),))
    assert await store.transact(lambda tx: tx.handle_at("telegram", "-1009", "5")) is None
    assert await store.transact(lambda tx: tx.handle_at("telegram", "-500", "5")) == "m1"


async def test_a_conversation_stays_where_another_one_lives_already(store: Store) -> None:
    await save(store, conversation=conversation(at=GROUP))
    await save(store, conversation=conversation("k2", at=NEW_GROUP))
    await save(store, moved=((GROUP, NEW_GROUP),))
    stayed = await store.transact(lambda tx: tx.conversation("k1"))
    assert stayed is not None
    assert stayed.address == GROUP
    found = await store.transact(lambda tx: tx.conversation_at(NEW_GROUP))
    assert found is not None
    assert found.id == "k2"


async def test_a_move_and_words_for_the_old_chat_in_one_decision(store: Store) -> None:
    await save(store, outgoing=(say("early", GROUP),), moved=((GROUP, NEW_GROUP),))
    [row] = await store.transact(lambda tx: due(tx, NOW))
    assert row.place.address == NEW_GROUP
