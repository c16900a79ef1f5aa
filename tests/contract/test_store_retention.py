"""What is kept for a time only, in every store: it goes, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversation.decision import ContactRecord, Decision, Say
from bot.conversation.state import ChoosingTicket, Correspondence, Envelope, Message
from bot.delivery.ports import InboxRow, Store, Transaction, Unreadable
from bot.delivery.ports.retention import Reached
from bot.storage.memory import MemoryTransaction
from bot.storage.sql import SqlTransaction
from bot.storage.sql.schema import inbox, messages, outbox
from channels.message import Content, Media, Receipt
from escalation.ticket import Status
from tests.values import ANNA, NOW, client, conversation, message, said, say, ticket

DAY = timedelta(days=1)
LATER = NOW + 100 * DAY
FAR = NOW.replace(year=2100)
"""Everything was finished before it by the database's clock, which is nobody's to set."""
EARLY = NOW.replace(year=2020)
ENDED = {"status": Status.CLOSED, "closed_at": NOW, "resolved_at": NOW}


async def save(store: Store, **parts: Any) -> None:
    await store.transact(lambda tx: tx.apply(Decision(**parts), NOW))


async def message_of(store: Store, name: str) -> Message:
    found = await store.transact(lambda tx: tx.records.message(name))
    assert found is not None
    return found


async def thin(store: Store, before: datetime = LATER, limit: int = 100) -> int:
    """How many looks it takes."""
    reached: Reached | None = None
    for number in range(1, 1000):
        at = reached
        reached = await store.transact(
            lambda tx, at=at: tx.retention.thin_messages(before, limit, at)  # type: ignore[misc]  # a default binds it
        )
        if reached is None:
            return number
    raise AssertionError("it has no end")


# ------------------------------------------------------------------ inbox


async def accepted(store: Store, *numbers: str, done: bool = True) -> None:
    def work(tx: Transaction) -> None:
        tx.inbox.accept([said(number) for number in numbers], None, NOW)
        while done and (rows := [_id(row) for row in tx.inbox.next(NOW)]):
            tx.inbox.finish(rows, NOW)

    await store.transact(work)


def _id(row: InboxRow | Unreadable[int]) -> int:
    return row.row if isinstance(row, Unreadable) else row.id


async def test_of_what_arrived_the_key_is_left(store: Store) -> None:
    await accepted(store, "1", "2", "3")
    assert await store.transact(lambda tx: tx.retention.thin_inbox(EARLY, 9)) == 0
    looks = [await store.transact(lambda tx: tx.retention.thin_inbox(FAR, 2)) for _ in range(3)]
    assert looks == [2, 1, 0], "and never again"
    again = await store.transact(lambda tx: tx.inbox.accept([said("2"), said("4")], None, NOW))
    assert again == 1, "the second copy of one is known"

    def bodies(tx: Transaction) -> list[bool]:
        if isinstance(tx, SqlTransaction):
            return [row.body is None for row in tx.session.run(select(inbox.c.body))]
        assert isinstance(tx, MemoryTransaction)
        return [not row.inbound.event.content for row in tx.tables.inbox.rows()]  # type: ignore[union-attr]  # said

    assert sum(await store.transact(bodies)) == 3


async def test_what_waits_or_was_set_aside_arrives_whole(store: Store) -> None:
    await accepted(store, "1", "2", done=False)

    def work(tx: Transaction) -> int:
        [first] = tx.inbox.next(NOW)
        tx.inbox.set_aside([_id(first)], "why", NOW)
        return tx.retention.thin_inbox(FAR, 9)

    assert await store.transact(work) == 0
    [(row, _)] = await store.transact(lambda tx: tx.inbox.aside())
    assert getattr(row, "inbound", None) == said("1")
    [second] = await store.transact(lambda tx: tx.inbox.next(NOW))
    assert getattr(second, "inbound", None) == said("2")


# ------------------------------------------------------------------ outbox


async def ids_of(store: Store) -> set[str]:
    def work(tx: Transaction) -> set[str]:
        if isinstance(tx, SqlTransaction):
            return {row.id for row in tx.session.run(select(outbox.c.id))}
        assert isinstance(tx, MemoryTransaction)
        return {row.id for row in tx.tables.outbox.rows()}

    return await store.transact(work)


async def test_finished_posts_go_and_are_known_as_delivered(store: Store) -> None:
    posts = (
        say("posted", handle="m1"),
        say("nowhere", handle="m2"),
        say("gave up", handle="m3"),
        say("waits", handle="m4"),
        say("poison", handle="m5"),
        replace(say(""), action=Say(content=Content())),
    )
    rows = await store.transact(lambda tx: tx.apply(Decision(outgoing=posts), NOW))

    def settle(tx: Transaction) -> None:
        tx.outbox.delivered(rows[0], Receipt(messages=("9",), at=NOW))
        tx.outbox.delivered(rows[1], Receipt(messages=(), at=NOW))
        tx.outbox.fail(rows[2], "failed", "blocked")
        tx.outbox.set_aside(rows[4], "trace")
        tx.outbox.fail(rows[5], "dropped", "")

    await store.transact(settle)
    assert await store.transact(lambda tx: tx.retention.erase_posts(EARLY, 9)) == 0
    looks = [await store.transact(lambda tx: tx.retention.erase_posts(FAR, 3)) for _ in range(3)]
    assert looks == [3, 1, 0]
    assert await ids_of(store) == {rows[1], rows[2], rows[3], rows[4]}
    names = ("m1", "m2", "m3", "m4", "m5")

    def states(tx: Transaction) -> list[str | None]:
        return [tx.records.post_state(name, ANNA.channel, ANNA.chat) for name in names]

    assert await store.transact(states) == ["delivered", "delivered", "failed", "waiting", "aside"]
    await save(store, resend=(rows[2],))
    assert (await store.transact(states))[2] == "waiting", "a person had it sent again"


# ------------------------------------------------------------------ messages


async def test_words_go_once_their_ticket_ended(store: Store) -> None:
    photo = Content(parts=(Media(kind="photo", path="/x/2026/01/" + "a" * 32 + "/1.jpg"),))
    old = (
        message("m1"),
        message("m2", of=8),
        message("m3", content=photo, envelope=Envelope(subject="s", original="/x.eml")),
        message("m4", of=None),
    )
    tickets = (ticket(7, **ENDED), ticket(8))
    await save(store, client=client(), conversation=conversation(), tickets=tickets, messages=old)
    assert await thin(store, NOW) == 1
    assert [await message_of(store, each.id) for each in old] == list(old), "not yet"
    await thin(store)
    for each, gone in zip(old, (True, False, True, True), strict=True):
        found = await message_of(store, each.id)
        assert found.gone == gone
        expected = replace(each, content=Content(), envelope=None, thinned=True) if gone else each
        assert found == expected
    history = await store.transact(lambda tx: tx.records.history(7))
    assert [each.id for each in history] == ["m1", "m3"], "in their order"
    assert await store.transact(lambda tx: tx.records.last_said(7)) == history[-1]


async def test_words_that_a_dialogue_goes_on_about_stay(store: Store) -> None:
    talks = (
        conversation("k1", problem=("m1",), waiting=ChoosingTicket(messages=("m2",))),
        replace(conversation("k2"), address=replace(ANNA, channel="email"),
                letters=Correspondence(subject="s", last="m3")),
    )  # fmt: skip
    said_so_far = (
        message("m1", of=None),
        message("m2", of=None),
        message("m3", conversation="k2", of=None),
        message("m4", of=None),
    )
    await save(store, client=client(), others=talks, messages=said_so_far)
    await thin(store)
    gone = [(await message_of(store, each.id)).gone for each in said_so_far]
    assert gone == [False, False, False, True]


async def test_the_end_of_the_ticket_counts(store: Store) -> None:
    late = ticket(7, status=Status.RESOLVED, resolved_at=NOW + 9 * DAY)
    await save(store, client=client(), conversation=conversation(), tickets=(late,))
    await save(store, messages=(message("m1"),))
    await thin(store, NOW + 9 * DAY)
    assert not (await message_of(store, "m1")).gone
    await thin(store, NOW + 10 * DAY)
    assert (await message_of(store, "m1")).gone


async def test_it_goes_on_from_where_it_was_and_comes_to_an_end(store: Store) -> None:
    """Killed between any two steps, the next look does what is left."""
    spoken = tuple(message(f"m{n:02}", of=7 if n % 3 else 8) for n in range(20))
    tickets = (ticket(7, **ENDED), ticket(8))
    await save(store, client=client(), conversation=conversation(), tickets=tickets)
    await save(store, messages=spoken)
    first = await store.transact(lambda tx: tx.retention.thin_messages(LATER, 5))
    assert first is not None
    assert await thin(store, limit=5) == 4, "open tickets' messages are passed over, once a look"
    gone = {each.id for each in spoken if (await message_of(store, each.id)).gone}
    assert gone == {each.id for each in spoken if each.ticket == 7}
    assert await thin(store, limit=5) == 2, "what is thinned is not looked at again"


async def test_corrected_words_are_kept_for_as_long_again(store: Store) -> None:
    await save(
        store, client=client(), conversation=conversation(), tickets=(ticket(7, **ENDED),),
        messages=(message("m1"),),
    )  # fmt: skip
    await thin(store)
    corrected = replace(await message_of(store, "m1"), content=message("m2").content)
    await save(store, messages=(corrected,))
    assert not (await message_of(store, "m1")).gone
    await thin(store)
    assert (await message_of(store, "m1")).gone


async def test_one_nobody_can_read_is_left_alone(store: Store) -> None:
    await save(
        store, client=client(), conversation=conversation(), tickets=(ticket(7, **ENDED),),
        messages=(message("m1"), message("m2")),
    )  # fmt: skip

    def damage(tx: Transaction) -> None:
        if not isinstance(tx, SqlTransaction):
            pytest.skip("values are kept as they are")
        newer = update(messages).where(messages.c.id == "m1").values(body='{"newer": 1}')
        tx.session.run(newer)

    await store.transact(damage)
    await thin(store)
    assert (await message_of(store, "m2")).gone


# ------------------------------------------------------------------ contacts and files


async def test_old_contacts_go(store: Store) -> None:
    records = tuple(
        ContactRecord(conversation="k1", at=NOW + n * DAY, outcome="none", text=str(n))
        for n in range(5)
    )
    await save(store, client=client(), conversation=conversation(), contacts=records)
    limit = NOW + 3 * DAY
    looks = [await store.transact(lambda tx: tx.retention.erase_contacts(limit, 2)) for _ in "123"]
    assert looks == [2, 1, 0]
    assert await store.read(lambda r: list(r.reports.contacts(NOW))) == list(records[3:])


async def test_what_names_files_is_found(store: Store) -> None:
    def there(name: str) -> Content:
        return Content(parts=(Media(kind="document", path=f"/x/{name}"),))

    letter = message("m1", envelope=Envelope(original="/x/letter"))
    await save(
        store, client=client(), conversation=conversation(), tickets=(ticket(7, **ENDED),),
        messages=(letter, message("m2", content=there("message"))),
        outgoing=(say(""), replace(say(""), action=Say(content=there("post")))),
    )  # fmt: skip

    def named() -> Any:
        return store.read(lambda r: "\n".join(r.reports.names_of_files()))

    found = await named()
    assert all(f'"/x/{name}"' in found for name in ("letter", "message", "post"))
    await thin(store)
    left = await named()
    assert '"/x/post"' in left, "it is not sent yet"
    assert '"/x/letter"' not in left
    assert '"/x/message"' not in left
