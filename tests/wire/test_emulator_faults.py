"""Failures on demand, and the sending limits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiogram
import aiohttp
import pytest
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError

from bot.sandbox.telegram import ControlError, Emulator, User
from tests.sandbox import Http, http_client
from tests.waiting import patience


@pytest.fixture
def anna(emulator: Emulator) -> User:
    """A client who has written to the bot."""
    user = emulator.user("Anna")
    emulator.tell(user, "hello")
    return user


def said(emulator: Emulator, anna: User) -> list[str]:
    return [message.text for message in emulator.messages(anna) if message.by_bot]


async def test_a_lost_reply_was_processed(
    emulator: Emulator, aiogram_bot: aiogram.Bot, anna: User
) -> None:
    """For A3: the message is there, the client only knows that the connection broke."""
    emulator.fail("lost", "sendMessage")
    with pytest.raises(TelegramNetworkError):
        await aiogram_bot.send_message(anna.id, "first")
    await aiogram_bot.send_message(anna.id, "second")
    assert said(emulator, anna) == ["first", "second"]
    assert [call["ok"] for call in emulator.calls("sendMessage")] == [True, True]


async def test_a_dropped_connection_did_nothing(
    emulator: Emulator, aiogram_bot: aiogram.Bot, anna: User
) -> None:
    emulator.fail("drop", "sendMessage")
    with pytest.raises(TelegramNetworkError):
        await aiogram_bot.send_message(anna.id, "first")
    await aiogram_bot.send_message(anna.id, "second")
    assert said(emulator, anna) == ["second"]
    assert [call["ok"] for call in emulator.calls("sendMessage")] == [False, True]


async def test_refusals_by_method_chat_and_count(
    emulator: Emulator, aiogram_bot: aiogram.Bot, anna: User
) -> None:
    """For B1: 429 for one chat only, as often as asked."""
    boris = emulator.user("Boris")
    emulator.tell(boris, "hello")
    emulator.fail("429", "sendMessage", chat=anna, count=2, retry_after=3)
    await aiogram_bot.send_message(boris.id, "fine")
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as slow:
            await aiogram_bot.send_message(anna.id, "x")
        assert slow.value.retry_after == 3
    await aiogram_bot.send_message(anna.id, "x")
    emulator.fail("500", count=None)
    for _ in range(3):
        with pytest.raises(TelegramServerError):
            await aiogram_bot.get_me()
    emulator.heal()
    await aiogram_bot.get_me()
    assert said(emulator, anna) == ["x"]


async def test_polling_is_hit_only_when_named(emulator: Emulator, http: Http) -> None:
    emulator.fail("500")
    await http.result("getUpdates")
    emulator.fail("500", "getUpdates")
    assert await http.error("getUpdates") == "Internal Server Error"
    with pytest.raises(ControlError, match="no fault"):
        emulator.fail("earthquake")
    with pytest.raises(ControlError, match="time"):
        emulator.fail("500", lasting=-1)


async def test_a_slow_answer_outlasts_the_client_s_patience(
    emulator: Emulator, http: Http, anna: User
) -> None:
    emulator.fail("slow", "sendMessage", seconds=600)
    url = f"{emulator.url}/bot{emulator.token}/sendMessage"
    with pytest.raises(TimeoutError):
        await http.session.post(
            url,
            json={"chat_id": anna.id, "text": "slow"},
            timeout=aiohttp.ClientTimeout(total=1.0),
        )
    assert said(emulator, anna) == ["slow"]


async def test_a_pattern_names_a_group_of_methods(
    emulator: Emulator, http: Http, anna: User
) -> None:
    """`send*` is every kind of send, `*` everything, the long poll and files too."""
    emulator.fail("500", "SEND*", count=None)
    await http.error("sendMessage", chat_id=anna.id, text="x")
    await http.error("sendChatAction", chat_id=anna.id, action="typing")
    await http.result("getMe")
    await http.result("getUpdates")
    emulator.heal()
    file = emulator.world.files.add("document", b"words", name="words.txt")
    path = (await http.result("getFile", file_id=file.file_id))["file_path"]
    url = f"{emulator.url}/file/bot{emulator.token}/{path}"
    for pattern, status in ((None, 200), ("*", 500), ("download", 500)):
        emulator.fail("500", pattern, count=None)
        async with http.session.get(url) as response:
            assert response.status == status
        if pattern == "*":
            await http.error("getUpdates")
        emulator.heal()


async def test_a_fault_lasts_for_a_time(anna_s_clock: list[datetime]) -> None:
    """However many calls meet it, until the emulator's clock has moved on."""
    async with Emulator(now=lambda: anna_s_clock[0]) as emulator, http_client(emulator) as http:
        emulator.fail("500", "*", lasting=20)
        for _ in range(3):
            await http.error("getMe")
        assert [fault.kind for fault in emulator.bot_api.faults.pending] == ["500"]
        anna_s_clock[0] += timedelta(seconds=19.9)
        await http.error("getUpdates")
        anna_s_clock[0] += timedelta(seconds=0.1)
        await http.result("getUpdates")
        assert emulator.bot_api.faults.pending == []


@pytest.fixture
def anna_s_clock() -> list[datetime]:
    """The time, to be moved."""
    return [datetime(2026, 11, 22, tzinfo=UTC)]


async def test_a_gateway_answers_with_a_page(emulator: Emulator, http: Http) -> None:
    """502 is no answer of the Bot API: HTML, which a client has to survive."""
    emulator.fail("502", "getMe")
    async with http.session.get(f"{emulator.url}/bot{emulator.token}/getMe") as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "Bad Gateway" in await response.text()
    assert [call["done"] for call in emulator.calls("getMe")] == [False]


@pytest.mark.parametrize("ending", ["healed", "over", "seconds"])
async def test_a_call_hangs_until_the_fault_is_over(
    emulator: Emulator, http: Http, anna: User, ending: str
) -> None:
    """Nothing is done, nothing is said, and then the connection closes."""
    times = {"healed": {}, "over": {"lasting": 0.05}, "seconds": {"seconds": 0.05}}[ending]
    emulator.fail("hang", "send*", **times)  # type: ignore[arg-type]  # as the table says
    async with patience(), asyncio.TaskGroup() as tasks:
        call = tasks.create_task(gives_up(http, anna))
        await emulator.wait_for(lambda: emulator.calls("sendMessage"))
        if ending == "healed":
            emulator.heal()
    assert isinstance(call.result(), aiohttp.ServerDisconnectedError)
    assert said(emulator, anna) == []


async def gives_up(http: Http, anna: User) -> Exception:
    """The error a send ends with."""
    with pytest.raises(aiohttp.ClientError) as failed:
        await http.call("sendMessage", {"chat_id": anna.id, "text": "x"})
    return failed.value


async def test_the_record_tells_what_was_done_and_whether_that_was_answered(
    emulator: Emulator, http: Http, anna: User
) -> None:
    """For A3: from it one can count the sends Telegram had taken and nobody was told of."""
    sent = await http.result("sendMessage", chat_id=anna.id, text="x")
    for kind in ("500", "drop", "lost"):
        emulator.fail(kind, "sendMessage")
        with suppress(aiohttp.ClientError):
            await http.call("sendMessage", {"chat_id": anna.id, "text": kind})
    emulator.fail("slow", "sendMessage", seconds=60)
    with pytest.raises(TimeoutError):  # the bot dies before the answer
        await http.session.post(
            f"{emulator.url}/bot{emulator.token}/sendMessage",
            json={"chat_id": anna.id, "text": "slow"},
            timeout=aiohttp.ClientTimeout(total=0.1),
        )
    record = emulator.calls("sendMessage")
    await emulator.wait_for(lambda: record[-1]["answered"] is False)
    assert [(call["fault"], call["done"], call["answered"]) for call in record] == [
        (None, True, True),
        ("500", False, True),
        ("drop", False, False),
        ("lost", True, False),
        ("slow", True, False),
    ]
    assert record[0]["messages"] == [sent["message_id"]]
    taken = [message.id for message in emulator.messages(anna) if message.by_bot]
    assert [each for call in record for each in call["messages"]] == taken


async def test_limits_of_a_group_count_all_its_topics() -> None:
    """For B3: 20 a minute to a group with all its topics, then 429 that says how long."""
    clock = [datetime(2026, 11, 22, tzinfo=UTC)]
    async with (
        Emulator(limits=True, now=lambda: clock[0]) as emulator,
        http_client(emulator) as http,
    ):
        desk = emulator.group("Desk", members=[emulator.user("Sergey")], forum=True)
        topics = [emulator.create_topic(desk, name).id for name in ("1", "2")]
        for number in range(20):
            await http.result(
                "sendMessage", chat_id=desk.id, text="x", message_thread_id=topics[number % 2]
            )
            clock[0] += timedelta(seconds=1)
        answer = await http.call("sendMessage", {"chat_id": desk.id, "text": "x"})
        assert answer == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 40",
            "parameters": {"retry_after": 40},
        }
        clock[0] += timedelta(seconds=39)
        assert "retry after 1" in await http.error("sendMessage", chat_id=desk.id, text="x")
        clock[0] += timedelta(seconds=1)
        await http.result("sendMessage", chat_id=desk.id, text="x")


async def test_limits_of_a_chat_and_of_the_bot() -> None:
    """For B3: one a second to a person, thirty a second in all."""
    clock = [datetime(2026, 11, 22, tzinfo=UTC)]
    async with (
        Emulator(limits=True, now=lambda: clock[0]) as emulator,
        http_client(emulator) as http,
    ):
        people = [emulator.user(str(number)) for number in range(31)]
        for person in people:
            emulator.tell(person, "hello")
        for person in people[:30]:
            await http.result("sendMessage", chat_id=person.id, text="x")
        for person in (people[0], people[30]):
            error = await http.error("sendMessage", chat_id=person.id, text="x")
            assert error == "Too Many Requests: retry after 1"
        clock[0] += timedelta(seconds=1)
        async with asyncio.TaskGroup() as tasks:
            for person in people[:30]:
                tasks.create_task(http.result("sendMessage", chat_id=person.id, text="y"))
