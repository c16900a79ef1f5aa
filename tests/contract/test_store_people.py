"""Dialogues by letters, addresses that clients proved to be theirs, exchanges with experts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.decision import Decision
from bot.conversation.state import Correspondence, Identity
from bot.delivery.ports import Store, Transaction, VersionConflict
from bot.storage.postgres import PostgresStore
from channels.message import Address
from escalation.experts import SideThread
from escalation.ticket import Status
from tests.values import (
    ANNA,
    BORIS,
    NOW,
    SECOND,
    client,
    conversation,
    say,
    sending,
    ticket,
)

LETTERS = Correspondence(subject="Нет связи")


def exchange(key: str, chat: str = "anna@example.org", owner: str = "c2") -> Decision:
    at = Address(channel="email", chat=chat, thread=key)
    return Decision(conversation=conversation(key, at, client=owner, letters=LETTERS))


async def save(store: Store, *decisions: Decision) -> None:
    def work(tx: Transaction) -> None:
        for decision in decisions:
            tx.apply(decision, NOW)

    await store.transact(work)


async def of(store: Store, owner: str) -> list[str]:
    found = await store.transact(lambda tx: tx.records.conversations_of(owner))
    return [each.id for each in found]


async def test_many_exchanges_of_letters_live_at_one_address(store: Store) -> None:
    await save(store, exchange("k2"), exchange("k3"), exchange("k4", chat="boris@example.org"))
    found = await store.transact(
        lambda tx: tx.records.conversations_at("email", "anna@example.org")
    )
    assert [each.id for each in found] == ["k2", "k3"]
    assert found[0].letters == LETTERS
    place = Address(channel="email", chat="anna@example.org", thread="k2")
    assert await store.transact(lambda tx: tx.records.conversation_at(place)) is None


async def test_a_proven_address_makes_its_dialogues_the_clients(store: Store) -> None:
    await save(store, Decision(client=client(), conversation=conversation()), exchange("k2"))
    assert await of(store, "c1") == ["k1"]
    assert await of(store, "c2") == ["k2"]
    mine = Identity(channel="email", chat="anna@example.org", client="c1", proven_at=NOW)
    await save(store, Decision(identities=(mine,)))
    assert await store.transact(lambda tx: tx.records.identity("email", "anna@example.org")) == mine
    assert await of(store, "c1") == ["k1", "k2"]
    assert await of(store, "c2") == []
    await save(store, Decision(disowned=(("email", "anna@example.org"),)))
    assert await store.transact(lambda tx: tx.records.identity("email", "anna@example.org")) is None
    assert await of(store, "c1") == ["k1"]
    assert await of(store, "c2") == ["k2"]


async def test_several_dialogues_change_in_one_decision(store: Store) -> None:
    await save(store, Decision(conversation=conversation()), exchange("k2"))

    second = await store.transact(lambda tx: tx.records.conversation("k2"))
    assert second is not None
    first = conversation(version=1, language="en")
    await save(store, Decision(conversation=first, others=(replace(second, language="en"),)))
    saved = await store.transact(lambda tx: [tx.records.conversation(key) for key in ("k1", "k2")])
    assert [(each.language, each.version) for each in saved if each] == [("en", 2)] * 2


async def test_side_threads_come_back_by_id_and_by_ticket(store: Store) -> None:
    thread = SideThread(
        id="s1",
        ticket=7,
        desk="network",
        expert="vendor",
        name="Поставщик",
        address=Address(channel="email", chat="help@vendor.example", thread="s1"),
        subject="№7: обрыв",
        opened_at=NOW,
    )
    await save(store, Decision(side_threads=(thread, replace(thread, id="s2", ticket=8))))
    waiting = replace(thread, waiting_since=NOW, references=("<a@b>",))
    await save(store, Decision(side_threads=(waiting,)))
    assert await store.transact(lambda tx: tx.records.side_thread("s1")) == waiting
    assert await store.transact(lambda tx: tx.records.side_threads_of(7)) == [waiting]
    assert await store.transact(lambda tx: tx.records.side_thread("nobody")) is None


async def test_a_chat_still_belongs_to_one_dialogue(store: Store) -> None:
    await save(store, Decision(conversation=conversation()))
    assert (await store.transact(lambda tx: tx.records.conversation_at(ANNA))) is not None
    assert [
        c.id
        for c in await store.transact(lambda tx: tx.records.conversations_at("telegram", "101"))
    ]


async def test_several_clients_change_in_one_decision(store: Store) -> None:
    mine = Address(channel="email", chat="anna@example.org")
    boris = replace(client("c2"), name="Борис")
    await save(store, Decision(client=client(), clients=(boris,)))
    letters = replace(boris, addresses=(mine,), prefers="letters", version=1)
    await save(store, Decision(clients=(letters,)))
    first, second = await store.transact(
        lambda tx: [tx.records.client(key) for key in ("c1", "c2")]
    )
    assert first == client(version=1)
    assert second is not None
    assert (second.name, second.addresses, second.prefers) == ("Борис", (mine,), "letters")


@pytest.mark.parametrize("version", [0, 2])
async def test_a_stale_client_is_refused(store: Store, version: int) -> None:
    await save(store, Decision(client=client()))
    with pytest.raises(VersionConflict):
        await save(store, Decision(client=client(name="Anna", version=version)))
    assert await store.transact(lambda tx: tx.records.client("c1")) == client(version=1)


async def test_a_client_that_never_was_cannot_be_changed(store: Store) -> None:
    with pytest.raises(VersionConflict):
        await save(store, Decision(client=client(version=3)))


async def test_of_two_changes_of_a_client_none_is_lost(store: Store) -> None:
    """Two transactions read a client, one silences them, one renames them: the second to commit
    decides again, on what the first has saved."""
    await save(store, Decision(client=client()))
    both_read = threading.Barrier(2)  # elsewhere one transaction ends before the next begins
    runs: list[str] = []

    def changing(fields: dict[str, Any]) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            known = tx.records.client("c1")
            assert known is not None
            if isinstance(store, PostgresStore) and runs.count(str(fields)) == 0:
                runs.append(str(fields))
                both_read.wait(timeout=30)
            tx.apply(Decision(client=replace(known, **fields)), NOW)

        return work

    await asyncio.gather(
        store.transact(changing({"quarantined": True})), store.transact(changing({"name": "Anna"}))
    )
    saved = await store.transact(lambda tx: tx.records.client("c1"))
    assert saved == client(quarantined=True, name="Anna", version=3)


async def test_posts_with_a_handle_are_counted(store: Store) -> None:
    """case E4: letters with codes are counted, to one address and to all."""
    await save(store, sending(say("1", handle="code"), say("2", BORIS, handle="code")))
    await save(store, sending(say("3", handle="code"), say("4", handle="other"), say("5")))

    def counted(tx: Transaction) -> list[int]:
        anna = replace(ANNA, thread="k1")
        return [
            tx.records.posts_since("code", NOW),
            tx.records.posts_since("code", NOW, to=anna),
            tx.records.posts_since("code", NOW, to=BORIS),
            tx.records.posts_since("code", NOW + SECOND, to=ANNA),
            tx.records.posts_since("nobody", NOW),
        ]

    assert await store.transact(counted) == [3, 2, 1, 0, 0]


async def test_tickets_of_a_client_over_all_their_dialogues(store: Store) -> None:
    """case F7 over channels: a proof joins the tickets, and taking it away parts them."""
    chat = Decision(client=client(), conversation=conversation(), tickets=(ticket(1),))
    letters = replace(exchange("k2"), tickets=(ticket(2, conversation="k2"),))
    ended = ticket(3, conversation="k2", status=Status.CLOSED, closed_at=NOW)
    await save(store, chat, letters, Decision(tickets=(ended,)))

    def numbers(tx: Transaction) -> list[list[int]]:
        ago = NOW - SECOND
        return [
            [t.number for t in tx.records.tickets_of_client("c1")],
            [t.number for t in tx.records.tickets_of_client("c1", since=ago)],
            [t.number for t in tx.records.tickets_of_client("c2", since=ago)],
        ]

    assert await store.transact(numbers) == [[1], [1], [2, 3]]
    mine = Identity(channel="email", chat="anna@example.org", client="c1", proven_at=NOW)
    await save(store, Decision(identities=(mine,)))
    assert await store.transact(numbers) == [[1, 2], [1, 2, 3], []]
    await save(store, Decision(disowned=(("email", "anna@example.org"),)))
    assert await store.transact(numbers) == [[1], [1], [2, 3]]
