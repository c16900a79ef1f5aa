"""getUpdates: the long poll, confirmation, allowed_updates, conflicts, ids that start anew."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.telegram import Emulator
from tests.sandbox import Http
from tests.waiting import patience


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_unconfirmed_updates_come_again_and_confirmed_ones_never(
    emulator: Emulator, http: Http
) -> None:
    anna = emulator.user("Anna")
    for text in "abc":
        emulator.tell(anna, text)
    first = await http.result("getUpdates", limit=2)
    assert texts(first) == ["a", "b"]
    assert texts(await http.result("getUpdates")) == ["a", "b", "c"]
    assert texts(await http.result("getUpdates", offset=first[-1]["update_id"] + 1)) == ["c"]
    assert texts(await http.result("getUpdates")) == ["c"]
    await http.result("getUpdates", offset=first[-1]["update_id"] + 2)
    assert await http.result("getUpdates") == []


async def test_a_negative_offset_keeps_only_the_last(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    for text in "abc":
        emulator.tell(anna, text)
    assert texts(await http.result("getUpdates", offset=-1)) == ["c"]
    assert texts(await http.result("getUpdates")) == ["c"]


async def test_a_long_poll_ends_with_the_first_update(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    async with patience(), asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(http.result("getUpdates", timeout=50))
        await emulator.wait_for_poll()
        emulator.tell(anna, "hello")
    assert texts(poll.result()) == ["hello"]


async def test_a_long_poll_ends_empty_at_its_timeout(http: Http) -> None:
    assert await http.result("getUpdates", timeout=0.05) == []


async def test_a_poll_ends_with_its_poller(emulator: Emulator, http: Http) -> None:
    """A bot that was killed listens no more, however long it had wanted to."""
    async with patience():
        with pytest.raises(TimeoutError):
            await http.session.post(
                f"{emulator.url}/bot{emulator.token}/getUpdates",
                json={"timeout": 50},
                timeout=aiohttp.ClientTimeout(total=0.1),
            )
        await emulator.wait_for(lambda: not emulator.world.updates.polled)
    emulator.tell(emulator.user("Anna"), "hello")
    assert texts(await http.result("getUpdates")) == ["hello"]


async def test_a_second_poller_ends_the_first(emulator: Emulator, http: Http) -> None:
    """For A10: 409 for one of two pollers; the other gets the update."""
    anna = emulator.user("Anna")
    async with patience(), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(http.error("getUpdates", timeout=50))
        await emulator.wait_for_poll()
        second = tasks.create_task(http.result("getUpdates", timeout=50))
        await asyncio.wait([first])
        emulator.tell(anna, "hello")
    assert first.result() == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    assert texts(second.result()) == ["hello"]


async def test_polling_conflicts_with_a_webhook(emulator: Emulator, http: Http) -> None:
    async with patience(), asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(http.error("getUpdates", timeout=50))
        await emulator.wait_for_poll()
        await http.result("setWebhook", url="http://127.0.0.1:9/")
    assert poll.result() == "Conflict: terminated by setWebhook request"
    assert (await http.error("getUpdates")).startswith(
        "Conflict: can't use getUpdates method while webhook is active"
    )
    await http.result("deleteWebhook")
    assert await http.result("getUpdates") == []


async def test_kinds_that_were_not_asked_for_do_not_come(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    message = emulator.tell(anna, "hello")
    emulator.react(anna, message, "👍")  # by default reactions are left out
    emulator.edit(message, "hello!")
    assert [set(update) - {"update_id"} for update in await http.result("getUpdates")] == [
        {"message"},
        {"edited_message"},
    ]
    await http.result("getUpdates", allowed_updates=["message_reaction"], offset=-1)
    emulator.tell(anna, "not asked for")
    emulator.react(anna, message, "🔥")
    await http.result("getUpdates", offset=0)  # the choice stays without being repeated
    kinds = [set(update) - {"update_id"} for update in await http.result("getUpdates")]
    assert kinds == [{"edited_message"}, {"message_reaction"}]


async def test_ids_may_start_anew_below_the_old_ones(emulator: Emulator, http: Http) -> None:
    """For B4: a poller that confirms by the last id goes on; one with a maximum hangs for ever."""
    anna = emulator.user("Anna")
    await http.control("updates", {"next_update_id": 900_000})
    emulator.tell(anna, "before")
    before = await http.result("getUpdates")
    assert before[-1]["update_id"] == 900_000
    await http.control("updates", {"next_update_id": 17})
    emulator.tell(anna, "after")
    after = await http.result("getUpdates", offset=900_001)
    assert (texts(after), after[-1]["update_id"]) == (["after"], 17)
    assert texts(await http.result("getUpdates", offset=900_001)) == ["after"]
    assert await http.result("getUpdates", offset=18) == []


async def test_an_update_can_come_twice_and_raw_ones_can_be_made(
    emulator: Emulator, http: Http
) -> None:
    """For B5: the same update_id is served again, even after it was confirmed."""
    anna = emulator.user("Anna")
    emulator.tell(anna, "once")
    (update,) = await http.result("getUpdates")
    await http.control("updates", {"duplicate_of": update["update_id"]})
    assert await http.result("getUpdates", offset=update["update_id"] + 1) == [update]
    made = await http.control("updates", {"poll": {"id": "1"}})
    served = await http.result("getUpdates", offset=update["update_id"] + 1)
    assert served == [{"update_id": made["update_id"], "poll": {"id": "1"}}]
    await http.control("updates", {"duplicate_of": 10**9}, status=400)


@pytest.mark.parametrize("limit", [1, 100, 1000])
async def test_limit_is_at_most_a_hundred(emulator: Emulator, http: Http, limit: int) -> None:
    anna = emulator.user("Anna")
    for number in range(120):
        emulator.tell(anna, str(number))
    assert len(await http.result("getUpdates", limit=limit)) == min(limit, 100)


async def test_waiting_for_the_bot_to_take_everything(emulator: Emulator, http: Http) -> None:
    emulator.tell(emulator.user("Anna"), "hello")
    with pytest.raises(TimeoutError):
        await emulator.consumed(timeout=0.01)
    (update,) = await http.result("getUpdates")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(emulator.consumed())
        await http.result("getUpdates", offset=update["update_id"] + 1)
