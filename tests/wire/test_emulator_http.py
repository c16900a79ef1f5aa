"""The outside of the Bot API: bodies, tokens, files, unknown methods and parameters."""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from bot.sandbox.telegram import Attachment, Emulator, schema
from bot.sandbox.telegram.content import sample
from bot.sandbox.telegram.methods import HANDLERS
from tests.sandbox import Http

PNG = sample("photo")
SHARED = Path(os.environ.get("LINEZERO_SHARED", Path(__file__).parents[3] / "shared"))
FACTS = SHARED / "data" / "telegram" / "bot-api-10.3.json"


async def test_a_wrong_token_is_unauthorized(emulator: Emulator, http: Http) -> None:
    for token in ("1:wrong", emulator.token[:-1], "nonsense"):
        async with http.session.get(f"{emulator.url}/bot{token}/getMe") as response:
            assert response.status == 401
            assert await response.json() == {
                "ok": False,
                "error_code": 401,
                "description": "Unauthorized",
            }


async def test_every_body_encoding(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    emulator.tell(anna, "hello")
    url = f"{emulator.url}/bot{emulator.token}/sendMessage"
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    as_text = {"chat_id": str(anna.id), "text": "Привет 😀", "reply_markup": json.dumps(markup)}
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in as_text.items():
        form.add_field(name, value)
    bodies: list[dict[str, Any]] = [
        {"json": {"chat_id": anna.id, "text": "Привет 😀", "reply_markup": markup}},
        {"data": as_text},
        {"data": form},
        {"params": as_text},
    ]
    for body in bodies:
        async with http.session.post(url, **body) as response:
            sent = (await response.json())["result"]
            assert (sent["text"], sent["reply_markup"]) == ("Привет 😀", markup)


async def test_methods_ignore_case_and_http_verb(emulator: Emulator, http: Http) -> None:
    async with http.session.get(f"{emulator.url}/bot{emulator.token}/GETME") as response:
        assert (await response.json())["result"]["id"] == emulator.bot.id
    assert emulator.calls("getMe")


async def test_attached_files_are_found_by_their_name(emulator: Emulator, http: Http) -> None:
    anna = emulator.user("Anna")
    emulator.tell(anna, "hello")
    form = aiohttp.FormData()
    form.add_field("chat_id", str(anna.id))
    media = [
        {"type": "photo", "media": "attach://one", "caption": "<b>first</b>", "parse_mode": "HTML"},
        {"type": "photo", "media": "attach://two"},
    ]
    form.add_field("media", json.dumps(media))
    form.add_field("one", PNG, filename="1.png")
    form.add_field("two", PNG, filename="2.png")
    url = f"{emulator.url}/bot{emulator.token}/sendMediaGroup"
    async with http.session.post(url, data=form) as response:
        album = (await response.json())["result"]
    assert [message.get("caption") for message in album] == ["first", None]
    assert album[0]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    missing = await http.error("sendPhoto", chat_id=anna.id, photo="attach://none")
    assert missing == 'Bad Request: file "none" to attach not found'


async def test_files_are_served_also_under_a_percent_encoded_token(
    emulator: Emulator, http: Http
) -> None:
    anna = emulator.user("Anna")
    photo = emulator.send(anna, anna, Attachment(kind="photo", content=PNG))
    file = await http.result("getFile", file_id=photo.file_id)
    for token in (emulator.token, quote(emulator.token, safe="")):
        async with http.session.get(
            f"{emulator.url}/file/bot{token}/{file['file_path']}"
        ) as response:
            assert await response.read() == PNG
        encoded = f"{emulator.url}/bot{token}/getMe"
        async with http.session.get(encoded) as response:
            assert response.status == 200
    for path in (f"bot1:no/{file['file_path']}", f"bot{emulator.token}/photos/none.png"):
        async with http.session.get(f"{emulator.url}/file/{path}") as response:
            assert response.status in {401, 404}


async def test_big_files_have_no_path(emulator: Emulator, http: Http) -> None:
    """For B15: over 20 MB a bot cannot download, but can pass the file on by its id."""
    anna = emulator.user("Anna")
    big = emulator.send(anna, anna, Attachment(name="a.zip", size=20 * 1024 * 1024 + 1))
    assert await http.error("getFile", file_id=big.file_id) == "Bad Request: file is too big"
    passed = await http.result("sendDocument", chat_id=anna.id, document=big.file_id)
    assert passed["document"]["file_size"] == 20 * 1024 * 1024 + 1


async def test_uploads_over_fifty_megabytes_are_refused(emulator: Emulator, http: Http) -> None:
    """For B15: the other direction."""
    anna = emulator.user("Anna")
    emulator.tell(anna, "hello")
    form = aiohttp.FormData()
    form.add_field("chat_id", str(anna.id))
    form.add_field("document", BytesIO(bytes(50 * 1024 * 1024 + 1)), filename="big.bin")
    url = f"{emulator.url}/bot{emulator.token}/sendDocument"
    async with http.session.post(url, data=form) as response:
        assert response.status == 413
        assert (await response.json())["description"] == "Request Entity Too Large"


@pytest.mark.parametrize(
    ("method", "params", "code", "words"),
    [
        ("sendTelegram", {}, 404, "Not Found: method not found"),
        ("", {}, 404, "Not Found: method not found"),
        ("sendMessage", {"chatid": 1}, 400, 'method sendMessage has no parameter "chatid"'),
        ("sendInvoice", {}, 501, "Not Implemented: the sandbox does not model sendInvoice"),
        ("getUpdates", {"offset": "a"}, 400, 'parameter "offset" must be an integer'),
        ("getUpdates", {"allowed_updates": "{"}, 400, "can't parse allowed updates JSON object"),
        ("getUpdates", {"allowed_updates": {}}, 400, "expected an Array of allowed updates"),
        ("getMe", {"x": 1}, 400, 'method getMe has no parameter "x"'),
    ],
)
async def test_what_the_bot_api_does_not_have_is_refused(
    http: Http, method: str, params: dict[str, Any], code: int, words: str
) -> None:
    answer = await http.call(method, params)
    assert answer["error_code"] == code
    assert words in answer["description"]


async def test_broken_bodies(emulator: Emulator, http: Http) -> None:
    url = f"{emulator.url}/bot{emulator.token}/getMe"
    headers = {"Content-Type": "application/json"}
    for body in ("{", "[]", "\ud800".encode("utf-8", "surrogatepass")):
        async with http.session.post(url, data=body, headers=headers) as response:
            assert (await response.json())["error_code"] == 400


async def test_the_log_of_calls_holds_no_token(emulator: Emulator, http: Http) -> None:
    """For E9: whatever the sandbox shows of calls, the token is not in it."""
    await http.result("getMe")
    await http.error("sendMessage", chat_id=5, text="x")
    shown = await http.control("calls")
    assert [call["method"] for call in shown["calls"]] == ["getMe", "sendMessage"]
    assert shown["calls"][1]["description"] == "Bad Request: chat not found"
    assert emulator.token not in json.dumps(shown)
    only = await http.control(f"calls?method=sendMessage&after={shown['calls'][0]['seq']}")
    assert [call["params"] for call in only["calls"]] == [{"chat_id": 5, "text": "x"}]


def test_every_emulated_method_exists() -> None:
    assert HANDLERS.keys() | {"getupdates"} <= schema.methods().keys()


def test_parameters_agree_with_the_bot_api_s_own_list() -> None:
    """aiogram's types name at least all parameters of Bot API 10.3, and no method is missing."""
    if not FACTS.exists():
        pytest.skip(f"no {FACTS.name} beside the project")
    facts = json.loads(FACTS.read_text("utf-8"))["methods"]
    assert {name.lower() for name in facts} == schema.methods().keys()
    for name, params in facts.items():
        assert params.keys() <= schema.methods()[name.lower()], name
