"""Telegram's refusals and fine print around messages, word for word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.telegram import Attachment, Chat, ControlError, Emulator, User
from bot.sandbox.telegram.methods.editing import NOT_MODIFIED, QUERY_TOO_OLD
from tests.sandbox import Http, http_client


@pytest.fixture
def anna(emulator: Emulator) -> User:
    """A client who has written to the bot."""
    user = emulator.user("Anna")
    emulator.tell(user, "hello")
    return user


@pytest.fixture
def desk(emulator: Emulator) -> Chat:
    """A forum with the bot as administrator."""
    return emulator.group("Desk", members=[emulator.user("Sergey")], forum=True)


async def test_who_can_be_written_to(emulator: Emulator, http: Http, anna: User) -> None:
    """For B12: and the wording of each 403."""

    async def refused(chat: Chat | User | int) -> str:
        number = chat if isinstance(chat, int) else chat.id
        return await http.error("sendMessage", chat_id=number, text="hi")

    assert await refused(77) == "Bad Request: chat not found"
    assert await http.error("sendMessage", text="hi") == "Bad Request: chat_id is empty"
    assert await http.error("sendMessage", chat_id="@desk", text="x") == (
        "Bad Request: chat not found"
    )
    stranger = emulator.user("Stranger")
    assert await refused(stranger) == "Bad Request: chat not found"
    group = emulator.group("Group", members=[stranger])
    assert await refused(stranger) == "Forbidden: bot can't initiate conversation with a user"
    emulator.block(anna)
    assert await refused(anna) == "Forbidden: bot was blocked by the user"
    with pytest.raises(ControlError, match="unblock"):
        emulator.tell(anna, "hello?")
    emulator.unblock(anna)
    await http.result("sendMessage", chat_id=anna.id, text="hi")

    emulator.set_member(group, None, "kicked")
    assert await refused(group) == "Forbidden: bot was kicked from the group chat"
    absent = emulator.group("Absent", members=[stranger], supergroup=True, bot="absent")
    assert await refused(absent) == "Forbidden: bot is not a member of the supergroup chat"
    emulator.set_member(absent, None, "restricted", {"can_send_photos": True})
    assert await refused(absent) == (
        "Bad Request: not enough rights to send text messages to the chat"
    )


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "x" * 4095 + "😀"}, "message is too long"),
        ({"text": "a", "parse_mode": "XML"}, "unsupported parse_mode"),
        (
            {"text": "<b>a", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "a", "reply_markup": "[]"}, "object expected as reply markup"),
        ({"text": "a", "entities": "{}"}, "expected an Array of entities"),
        ({"text": "a", "entities": "["}, "can't parse entities JSON object"),
        ({"text": "a", "reply_to_message_id": 99}, "message to be replied not found"),
        ({"text": "a", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"text": "a", "reply_parameters": {"id": 1}}, 'unknown field "id" in reply parameters'),
        ({"text": "a", "message_thread_id": 5}, "message thread not found"),
    ],
)
async def test_texts_that_are_refused(
    http: Http, anna: User, params: dict[str, Any], words: str
) -> None:
    """For B6 and B7: limits count UTF-16 units after parsing."""
    assert await http.error("sendMessage", chat_id=anna.id, **params) == f"Bad Request: {words}"


async def test_texts_that_just_fit(http: Http, anna: User) -> None:
    """For B6: markup does not count; white space around does not either."""
    text = "x" * 4094 + "😀"
    sent = await http.result(
        "sendMessage", chat_id=anna.id, text=f" <b>{text}</b>\n", parse_mode="HTML"
    )
    assert sent["text"] == text
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 4096}]


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": "ы" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "", "callback_data": "x"}, "text must be non-empty"),
        ({"text": "a"}, "text buttons are unallowed in the inline keyboard"),
        ({"text": "a", "data": "x"}, 'unknown field "data"'),
        ("a", "inline keyboard button must be an Object"),
    ],
)
async def test_buttons_that_are_refused(http: Http, anna: User, button: object, words: str) -> None:
    """For B16: callback_data is 1 to 64 bytes, not characters."""
    markup = {"inline_keyboard": [[button]]}
    error = await http.error("sendMessage", chat_id=anna.id, text="a", reply_markup=markup)
    assert error.startswith("Bad Request: ")
    assert words in error


async def test_a_missing_reply_target_can_be_forgiven(
    emulator: Emulator, http: Http, anna: User
) -> None:
    """For B14: unless the flag is set, and never across chats."""
    question = emulator.tell(anna, "a question")
    emulator.remove(question)
    lost = {"message_id": question.id}
    error = await http.error("sendMessage", chat_id=anna.id, text="a", reply_parameters=lost)
    assert error == "Bad Request: message to be replied not found"
    forgiven = lost | {"allow_sending_without_reply": True}
    sent = await http.result("sendMessage", chat_id=anna.id, text="a", reply_parameters=forgiven)
    assert "reply_to_message" not in sent
    across = forgiven | {"chat_id": emulator.group("G", members=[anna]).id}
    error = await http.error("sendMessage", chat_id=anna.id, text="a", reply_parameters=across)
    assert error == "Bad Request: message to be replied not found"


async def test_replies_quote_one_level(emulator: Emulator, http: Http, anna: User) -> None:
    first = emulator.tell(anna, "one")
    second = emulator.tell(anna, "two", reply_to=first)
    params = {"message_id": second.id, "quote": "tw"}
    third = await http.result("sendMessage", chat_id=anna.id, text="3", reply_parameters=params)
    assert third["reply_to_message"]["text"] == "two"
    assert "reply_to_message" not in third["reply_to_message"]
    assert third["quote"]["text"] == "tw"
    params["quote"] = "zzz"
    error = await http.error("sendMessage", chat_id=anna.id, text="3", reply_parameters=params)
    assert error == "Bad Request: QUOTE_TEXT_INVALID"


async def test_edits_that_are_refused(emulator: Emulator, http: Http, anna: User) -> None:
    mine = await http.result("sendMessage", chat_id=anna.id, text="<i>a</i>", parse_mode="HTML")
    where = {"chat_id": anna.id, "message_id": mine["message_id"]}
    same = {"text": "a", "entities": [{"type": "italic", "offset": 0, "length": 1}]}
    assert await http.error("editMessageText", **where, **same) == f"Bad Request: {NOT_MODIFIED}"
    await http.result("editMessageText", **where, text="a")
    assert await http.error("editMessageText", **where, text="x" * 4097) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    assert await http.error("editMessageReplyMarkup", **where) == f"Bad Request: {NOT_MODIFIED}"
    assert await http.error("editMessageCaption", **where, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )
    theirs = emulator.tell(anna, "b")
    assert await http.error("editMessageText", chat_id=anna.id, message_id=theirs.id, text="x") == (
        "Bad Request: message can't be edited"
    )
    assert await http.error("editMessageText", chat_id=anna.id, message_id=999, text="x") == (
        "Bad Request: message to edit not found"
    )
    keyboard = {"keyboard": [[{"text": "Menu"}]]}
    menu = await http.result("sendMessage", chat_id=anna.id, text="?", reply_markup=keyboard)
    assert emulator.message(anna, menu["message_id"]).keyboard == ["Menu"]
    assert "reply_markup" not in menu
    assert await http.error(
        "editMessageText", chat_id=anna.id, message_id=menu["message_id"], text="x"
    ) == ("Bad Request: message can't be edited")
    photo = emulator.send(anna, anna, Attachment(kind="photo"))
    sent = await http.result("sendPhoto", chat_id=anna.id, photo=photo.file_id)
    where = {"chat_id": anna.id, "message_id": sent["message_id"]}
    assert await http.error("editMessageText", **where, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    assert await http.error("editMessageCaption", **where, caption="x" * 1025) == (
        "Bad Request: message caption is too long"
    )


async def test_deleting(http: Http, emulator: Emulator, anna: User) -> None:
    first = emulator.tell(anna, "hello")
    where = {"chat_id": anna.id, "message_id": first.id}
    await http.result("deleteMessage", **where)
    assert await http.error("deleteMessage", **where) == (
        "Bad Request: message to delete not found"
    )
    group = emulator.group("Group", members=[anna], bot="member")
    theirs = emulator.say(anna, group, "mine")
    assert await http.error("deleteMessage", chat_id=group.id, message_id=theirs.id) == (
        "Bad Request: message can't be deleted"
    )


async def test_only_messages_of_the_last_two_days_can_be_deleted() -> None:
    clock = [datetime(2026, 11, 22, tzinfo=UTC)]
    async with Emulator(now=lambda: clock[0]) as emulator, http_client(emulator) as http:
        anna = emulator.user("Anna")
        old = emulator.tell(anna, "old")
        clock[0] += timedelta(hours=49)
        error = await http.error("deleteMessage", chat_id=anna.id, message_id=old.id)
        assert error == "Bad Request: message can't be deleted"
        assert not old.deleted


async def test_reactions(emulator: Emulator, http: Http, anna: User) -> None:
    message = emulator.tell(anna, "hello")
    where = {"chat_id": anna.id, "message_id": message.id}

    def emoji(symbol: str) -> dict[str, str]:
        return {"type": "emoji", "emoji": symbol}

    await http.result("setMessageReaction", **where, reaction=[emoji("❤️")])
    assert message.emoji == ["❤"]
    await http.result("setMessageReaction", **where, reaction=[])
    assert message.emoji == []
    wrong = await http.error("setMessageReaction", **where, reaction=[emoji("✅")])
    assert wrong == "Bad Request: REACTION_INVALID"
    many = await http.error("setMessageReaction", **where, reaction=[emoji("👍"), emoji("👎")])
    assert many == "Bad Request: REACTIONS_TOO_MANY"


async def test_a_pressed_button_can_be_answered_once_and_in_time() -> None:
    """For B16: a press after a week is answered with Telegram's own refusal."""
    clock = [datetime(2026, 11, 22, tzinfo=UTC)]
    async with Emulator(now=lambda: clock[0]) as emulator, http_client(emulator) as http:
        anna = emulator.user("Anna")
        emulator.tell(anna, "hello")
        markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
        sent = await http.result("sendMessage", chat_id=anna.id, text="?", reply_markup=markup)
        message = emulator.message(anna, sent["message_id"])
        query = emulator.press(anna, message, "yes")
        assert emulator.answer_to(query) is None
        await http.result("answerCallbackQuery", callback_query_id=query, text="ok")
        answer = {"text": "ok", "show_alert": False, "url": None}
        assert await emulator.answered(query) == answer
        late = emulator.press(anna, message, "yes")
        clock[0] += timedelta(days=7)
        for old in (query, late, "77"):
            error = await http.error("answerCallbackQuery", callback_query_id=old)
            assert error == f"Bad Request: {QUERY_TOO_OLD}"
        with pytest.raises(ControlError, match="0 buttons match 'No'"):
            emulator.press(anna, message, "No")


async def test_copies_and_forwards(emulator: Emulator, http: Http, anna: User, desk: Chat) -> None:
    """For B17 and B18: albums stay together, what cannot be copied is left out or refused."""
    album = emulator.album(
        anna, anna, [Attachment(kind="photo", caption="both"), Attachment(kind="photo")]
    )
    secret = emulator.say(anna, anna, "secret", protected=True)
    poll = emulator.send(anna, anna, emulator.content("poll"))
    route = {"chat_id": desk.id, "from_chat_id": anna.id}
    ids = [*(message.id for message in album), secret.id, poll.id, poll.id + 1]
    copies = await http.result("copyMessages", **route, message_ids=ids)
    copied = [emulator.message(desk, copy["message_id"]) for copy in copies]
    assert [message.kind for message in copied] == ["photo", "photo", "poll"]
    assert copied[0].json["media_group_id"] == copied[1].json["media_group_id"]
    assert copied[0].json["media_group_id"] != album[0].json["media_group_id"]
    assert copied[0].text == "both"
    assert "forward_origin" not in copied[0].json

    errors = {
        "copyMessage": ("message can't be copied", "message to copy not found"),
        "forwardMessage": ("message can't be forwarded", "message to forward not found"),
    }
    for method, (protected, missing) in errors.items():
        assert await http.error(method, **route, message_id=secret.id) == (
            f"Bad Request: {protected}"
        )
        assert await http.error(method, **route, message_id=10**6) == f"Bad Request: {missing}"
    assert await http.error("copyMessages", **route, message_ids=[10**6]) == (
        "Bad Request: there are no messages to copy"
    )
    assert "strictly increasing" in await http.error("copyMessages", **route, message_ids=[3, 2])


async def test_hidden_senders_stay_hidden(emulator: Emulator, http: Http, anna: User) -> None:
    """For B19: a forward names whom it says it is from; `from` is who sent it."""
    emulator.say(anna, anna, "theirs", forward_from="Somebody Hidden")
    (_, update) = await http.result("getUpdates")
    assert update["message"]["forward_origin"] == {
        "type": "hidden_user",
        "date": update["message"]["forward_origin"]["date"],
        "sender_user_name": "Somebody Hidden",
    }
    assert update["message"]["from"]["id"] == anna.id


async def test_wrong_files(emulator: Emulator, http: Http, anna: User) -> None:
    document = emulator.send(anna, anna, Attachment(name="a.txt", content=b"1"))
    cases = {
        "nonsense": "wrong file identifier/HTTP URL specified",
        "https://example.org/a.png": "failed to get HTTP URL content",
        document.file_id: "can't use file of type Document as Photo",
        "": "there is no photo in the request",
    }
    for value, words in cases.items():
        error = await http.error("sendPhoto", chat_id=anna.id, photo=value)
        assert error == f"Bad Request: {words}"
    assert await http.error("getFile", file_id="nonsense") == "Bad Request: invalid file_id"


async def test_people_see_the_reply_keyboard_of_the_bot(
    emulator: Emulator, http: Http, anna: User
) -> None:
    keyboard = {"keyboard": [[{"text": "My tickets"}], ["FAQ"]], "resize_keyboard": True}
    await http.result("sendMessage", chat_id=anna.id, text="menu", reply_markup=keyboard)
    assert emulator.world.chat(anna.id).keyboard == keyboard
    assert emulator.messages(anna)[-1].keyboard == ["My tickets", "FAQ"]
    await http.result(
        "sendMessage", chat_id=anna.id, text="bye", reply_markup={"remove_keyboard": True}
    )
    assert emulator.world.chat(anna.id).keyboard is None


async def test_waiting_for_what_the_bot_says(emulator: Emulator, http: Http, anna: User) -> None:
    await http.result("sendMessage", chat_id=anna.id, text="before")
    emulator.tell(anna, "question")
    await http.result("sendMessage", chat_id=anna.id, text="Answer one")
    await http.result("sendMessage", chat_id=anna.id, text="Answer TWO")
    assert (await emulator.reply_in(anna)).text == "Answer one"
    assert (await emulator.reply_in(anna, contains="two")).text == "Answer TWO"
    with pytest.raises(TimeoutError, match="Answer one"):
        await emulator.reply_in(anna, contains="three", timeout=0.01)
