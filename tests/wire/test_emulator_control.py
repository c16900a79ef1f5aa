"""The control API over HTTP: what the page and tests outside the process use."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.mail import MailWorld, Person
from bot.sandbox.mail.control import MailControl
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.content import sample
from bot.sandbox.telegram.control import Control
from tests.sandbox import Http, http_client
from tests.waiting import patience

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "sandbox-api.md"


async def a_client(http: Http) -> int:
    """A person who has written to the bot."""
    user = await http.control("users", {"first_name": "Anna", "language_code": "en"})
    await http.control("send", {"user_id": user["id"], "chat_id": user["id"], "text": "hello"})
    return int(user["id"])


async def a_desk(http: Http) -> tuple[int, int]:
    """A forum and its one specialist."""
    user = await http.control("users", {"first_name": "Sergey", "username": "sergey"})
    body = {"title": "Desk", "forum": True, "members": [user["id"]], "bot": "administrator"}
    chat = await http.control("groups", body)
    return int(chat["id"]), int(user["id"])


async def test_the_state_shows_people_chats_and_topics(http: Http) -> None:
    anna = await a_client(http)
    desk, sergey = await a_desk(http)
    topic = await http.control("topics/create", {"chat_id": desk, "name": "№ 1"})
    await http.result("setMyCommands", commands=[{"command": "start", "description": "Start"}])
    await http.control("faults", {"kind": "429", "retry_after": 5, "count": 2})
    await http.control("faults", {"kind": "hang", "method": "send*", "lasting": 2.5})
    state = await http.control("state")
    assert state["bot"]["id"] == http.emulator.bot.id
    assert [(user["id"], user["blocked"]) for user in state["users"]] == [
        (anna, False),
        (sergey, False),
    ]
    chats = {chat["id"]: chat for chat in state["chats"]}
    assert chats[anna]["members"] == [anna]
    assert chats[desk]["is_forum"] is True
    assert chats[desk]["members"] == [sergey, http.emulator.bot.id]
    assert chats[desk]["admins"] == [sergey, http.emulator.bot.id]
    assert chats[desk]["topics"] == [
        {
            "message_thread_id": topic["message_thread_id"],
            "name": "№ 1",
            "icon_color": 0x6FB9F0,
            "closed": False,
            "deleted": False,
        }
    ]
    assert state["commands"] == {"default": [{"command": "start", "description": "Start"}]}
    faults = [(fault["kind"], fault["count"], bool(fault["until"])) for fault in state["faults"]]
    assert faults == [("429", 2, False), ("hang", None, True)]


@pytest.mark.parametrize(
    "kind",
    ["contact", "location", "venue", "poll", "dice", "story", "paid_media", "unknown", "sticker"],
)
async def test_people_send_every_kind(http: Http, kind: str) -> None:
    """For B18: each kind can be produced."""
    anna = await a_client(http)
    sent = await http.control("send", {"user_id": anna, "chat_id": anna, "as": kind})
    (message,) = sent["messages"]
    assert (kind in message) is (kind != "unknown")
    shown = await http.control(f"messages?chat_id={anna}&limit=1")
    assert shown["messages"] == [message]
    assert (message["reactions"], message["deleted"], message["edited"]) == ([], False, False)


async def test_people_send_files_and_albums(emulator: Emulator, http: Http) -> None:
    """For B17: an album is several messages and several updates."""
    anna = await a_client(http)
    form = aiohttp.FormData()
    fields = {"user_id": anna, "chat_id": anna, "media_group": "true", "caption": "both"}
    for name, value in fields.items():
        form.add_field(name, str(value))
    for number in (1, 2):
        form.add_field(
            f"file{number}", sample("photo"), filename=f"{number}.png", content_type="image/png"
        )
    async with http.session.post(f"{emulator.url}/sandbox/send", data=form) as response:
        messages = (await response.json())["messages"]
    assert [message.get("caption") for message in messages] == ["both", None]
    assert len({message["media_group_id"] for message in messages}) == 1
    updates = await http.result("getUpdates")
    assert [update["message"]["message_id"] for update in updates[1:]] == [
        message["message_id"] for message in messages
    ]
    file_id = messages[0]["photo"][-1]["file_id"]
    async with http.session.get(f"{emulator.url}/sandbox/files/{file_id}") as response:
        assert response.content_type == "image/png"
        assert await response.read() == sample("photo")
    async with http.session.get(f"{emulator.url}/sandbox/files/none") as response:
        assert response.status == 404


async def test_people_act_on_messages(emulator: Emulator, http: Http) -> None:
    anna = await a_client(http)
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await http.result("sendMessage", chat_id=anna, text="?", reply_markup=markup)
    shown = {"user_id": anna, "chat_id": anna, "message_id": sent["message_id"]}
    pressed = await http.control("press", shown | {"data": "forged"})
    await http.control("react", shown | {"emoji": "🔥"})
    reply = {"user_id": anna, "chat_id": anna, "text": "mine", "reply_to": sent["message_id"]}
    (mine,) = (await http.control("send", reply))["messages"]
    assert mine["reply_to_message"]["text"] == "?"
    where = shown | {"message_id": mine["message_id"]}
    await http.control("edit", where | {"text": "changed"})
    await http.control("edit", where | {"invisible": True})
    await http.control("edit", shown | {"text": "not mine"}, status=400)
    await http.control("remove", where)
    updates = await http.result("getUpdates", offset=2)
    kinds = [next(kind for kind in update if kind != "update_id") for update in updates]
    assert kinds == ["callback_query", "message", "edited_message", "edited_message"]
    assert updates[0]["callback_query"]["id"] == pressed["query_id"]
    assert updates[0]["callback_query"]["data"] == "forged"
    assert [update["edited_message"]["text"] for update in updates[2:]] == ["changed"] * 2
    messages = (await http.control(f"messages?chat_id={anna}"))["messages"]
    assert [message["deleted"] for message in messages] == [False, False, True]
    assert messages[1]["reactions"] == ["🔥"]


async def test_blocking_and_unblocking(http: Http) -> None:
    """For B12: the bot is told, and refused with 403 meanwhile."""
    anna = await a_client(http)
    await http.control("block", {"user_id": anna})
    assert (await http.control("state"))["users"][0]["blocked"] is True
    assert "blocked" in await http.error("sendMessage", chat_id=anna, text="x")
    await http.control("unblock", {"user_id": anna})
    await http.result("sendMessage", chat_id=anna, text="x")
    statuses = [
        update["my_chat_member"]["new_chat_member"]["status"]
        for update in await http.result("getUpdates")
        if "my_chat_member" in update
    ]
    assert statuses == ["kicked", "member"]


async def test_topics_groups_and_members(http: Http) -> None:
    desk, _ = await a_desk(http)
    topic = await http.control("topics/create", {"chat_id": desk, "name": "№ 1"})
    place = {"chat_id": desk, "thread_id": topic["message_thread_id"]}
    send = {"chat_id": desk, "message_thread_id": topic["message_thread_id"], "text": "x"}
    await http.control("topics/close", place | {"for_admins": True})
    assert await http.error("sendMessage", **send) == "Bad Request: TOPIC_CLOSED"
    await http.control("topics/reopen", place)
    await http.control("topics/rename", place | {"name": "№ 2"})
    await http.result("sendMessage", **send)
    await http.control("topics/delete", place)
    assert "not found" in await http.error("sendMessage", **send)
    await http.control("topics/delete", place, status=400)
    await http.control("topics/paint", place, status=400)

    anna = await a_client(http)
    body = {"chat_id": desk, "user_id": anna, "status": "member"}
    await http.control("members", body)
    await http.control("send", {"user_id": anna, "chat_id": desk, "text": "hello"})
    await http.control("members", body | {"user_id": "bot", "status": "left"})
    assert "not a member" in await http.error("sendMessage", chat_id=desk, text="x")
    await http.control("members", body | {"status": "king"}, status=400)

    group = await http.control("groups", {"title": "Small", "members": [anna]})
    moved = await http.control("groups/migrate", {"chat_id": group["id"]})
    answer = await http.call("sendMessage", {"chat_id": group["id"], "text": "x"})
    assert answer["parameters"]["migrate_to_chat_id"] == moved["chat_id"]
    await http.control("groups/forum", {"chat_id": moved["chat_id"], "forum": True})
    created = await http.result("createForumTopic", chat_id=moved["chat_id"], name="x")
    pin = await http.result(
        "sendMessage",
        chat_id=moved["chat_id"],
        message_thread_id=created["message_thread_id"],
        text="card",
    )
    await http.control("pin", {"chat_id": moved["chat_id"], "message_id": pin["message_id"]})


async def test_forwards_and_protected_messages(http: Http) -> None:
    anna = await a_client(http)
    base = {"user_id": anna, "chat_id": anna, "text": "x"}
    hidden = await http.control("send", base | {"forward_from": {"hidden_name": "Somebody"}})
    assert hidden["messages"][0]["forward_origin"]["type"] == "hidden_user"
    known = await http.control("send", base | {"forward_from": {"user_id": anna}})
    assert known["messages"][0]["forward_origin"]["sender_user"]["id"] == anna
    secret = await http.control("send", base | {"protected": True})
    assert secret["messages"][0]["has_protected_content"] is True


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("send", {"user_id": 1, "chat_id": 2, "text": "x"}),
        ("send", {"chat_id": 2}),
        ("send", {"user_id": "one", "chat_id": 2, "text": "x"}),
        ("users", {}),
        ("groups", {"title": "x", "bot": "king"}),
        ("groups", {"title": "x", "members": "["}),
        ("press", {"user_id": 1, "chat_id": 2, "message_id": 3, "data": "x"}),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "500", "lasting": "long"}),
        ("groups/migrate", {"chat_id": 5}),
    ],
)
async def test_mistakes_are_named(http: Http, path: str, body: dict[str, Any]) -> None:
    answer = await http.control(path, body, status=400)
    assert answer["ok"] is False
    assert answer["description"]


async def test_reset_empties_everything(emulator: Emulator, http: Http) -> None:
    anna = await a_client(http)
    await http.control("faults", {"kind": "500"})
    await http.control("reset", {})
    state = await http.control("state")
    assert (state["users"], state["chats"], state["faults"]) == ([], [], [])
    assert await http.result("getUpdates") == []
    assert await a_client(http) != anna
    async with http.session.delete(f"{emulator.url}/sandbox/faults") as response:
        assert response.status == 200


@asynccontextmanager
async def stream(http: Http, after: int) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The page's stream of events."""
    url = f"{http.emulator.url}/sandbox/events?after={after}"
    async with http.session.get(url) as response:
        assert response.content_type == "text/event-stream"

        async def events() -> AsyncIterator[dict[str, Any]]:
            async for line in response.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

        yield events()


async def test_the_event_stream_tells_all_from_a_number_on(emulator: Emulator, http: Http) -> None:
    anna = await a_client(http)
    start = (await http.control("state"))["seq"]
    sent = await http.result("sendMessage", chat_id=anna, text="early")
    wanted: list[str] = []
    async with patience(), stream(http, start) as events:
        await http.result("sendChatAction", chat_id=anna, action="typing")
        where = {"chat_id": anna, "message_id": sent["message_id"]}
        await http.result("editMessageText", text="edited", **where)
        query = emulator.press(anna, emulator.message(anna, sent["message_id"]), data="x")
        await http.result("answerCallbackQuery", callback_query_id=query, text="done")
        keyboard = {"keyboard": [[{"text": "Menu"}]]}
        await http.result("sendMessage", chat_id=anna, text="menu", reply_markup=keyboard)
        await http.result("deleteMessage", **where)
        emulator.block(anna)
        async for event in events:
            wanted.append(event["type"])
            if event["type"] == "message" and "early" in event["message"].get("text", ""):
                assert event["seq"] == start + 1
            if event["type"] == "callback_answer":
                assert (event["query_id"], event["user_id"], event["text"]) == (query, anna, "done")
            if event["type"] == "keyboard":
                assert event["reply_markup"] == keyboard
            if event["type"] == "state":
                break
    assert wanted == [
        "message", "chat_action", "edited", "callback_answer", "keyboard", "message", "deleted",
        "state",
    ]  # fmt: skip


async def test_the_page_is_served_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>Sandbox</title>")
    (tmp_path / "app.js").write_text("let a")
    async with (
        Emulator(page=tmp_path / "none") as bare,
        http_client(bare) as http,
        http.session.get(bare.url) as response,
    ):
        assert response.status == 404
    async with Emulator(page=tmp_path) as emulator, http_client(emulator) as http:
        async with http.session.get(emulator.url) as response:
            assert "Sandbox" in await response.text()
        async with http.session.get(f"{emulator.url}/static/app.js") as response:
            assert await response.text() == "let a"
        for path in ("/static/none.js", "/static/..%2f..%2fetc%2fpasswd"):
            async with http.session.get(f"{emulator.url}{path}") as response:
                assert response.status == 404


async def test_an_error_in_the_block_comes_out_as_it_is() -> None:
    """A failing test must not be wrapped into a group by the emulator's own tasks."""
    with pytest.raises(LookupError):
        async with Emulator():
            raise LookupError


def test_every_call_is_documented() -> None:
    """The page of the control API names each of its routes, and no other."""
    documented = set(
        re.findall(r"`(GET|POST|DELETE) (/sandbox/[\w/{}]+)", DOCUMENTATION.read_text())
    )
    mail = MailControl(MailWorld(Person(address="support@beacon.example", name="Beacon")))
    served = (*Control(Emulator()).routes(), *mail.routes())
    routes = {(route.method, route.path) for route in served}
    assert documented == {(verb, path) for verb, path in routes if path.startswith("/sandbox/")}
