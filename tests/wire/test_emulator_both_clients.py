"""Everything the emulator answers is read by aiogram and by python-telegram-bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiogram
import aiogram.types
import pytest
import telegram as ptb

from bot.sandbox.telegram import Attachment, Emulator
from bot.sandbox.telegram.content import sample
from bot.sandbox.telegram.methods import HANDLERS
from tests.sandbox import aiogram_client, ptb_client

PNG = sample("photo")


class Client:
    """Either library behind the names they share."""

    def __init__(self, library: str, bot: Any) -> None:
        self.library = library
        self.bot = bot

    async def call(self, name: str, /, **params: Any) -> Any:
        return await getattr(self.bot, name)(**params)

    def file(self, content: bytes, name: str) -> Any:
        if self.library == "aiogram":
            return aiogram.types.BufferedInputFile(content, name)
        return ptb.InputFile(content, name)

    def attached(self, content: bytes, name: str) -> Any:
        """A file inside a media object, where python-telegram-bot wants to be told `attach://`."""
        if self.library == "aiogram":
            return self.file(content, name)
        return ptb.InputFile(content, name, attach=True)

    def make(self, kind: str, **fields: Any) -> Any:
        return getattr(aiogram.types if self.library == "aiogram" else ptb, kind)(**fields)

    async def download(self, file_id: str) -> bytes:
        file = await self.call("get_file", file_id=file_id)
        if self.library == "aiogram":
            stream = await self.bot.download_file(file.file_path)
            return bytes(stream.read())
        return bytes(await file.download_as_bytearray())


@pytest.fixture(params=["aiogram", "python-telegram-bot"])
async def client(request: pytest.FixtureRequest, emulator: Emulator) -> AsyncIterator[Client]:
    open_client: Callable[[Emulator], Any] = (
        aiogram_client if request.param == "aiogram" else ptb_client
    )
    async with open_client(emulator) as bot:
        yield Client(request.param, bot)


async def test_every_emulated_method_is_read_by_both(emulator: Emulator, client: Client) -> None:
    """No method answers something a client library cannot parse, and none is left out here."""
    call = client.call
    anna, sergey = emulator.user("Anna", username="anna"), emulator.user("Sergey")
    desk = emulator.group("Desk", members=[sergey], forum=True)
    asked = emulator.tell(anna, "hello")
    keyboard = client.make(
        "InlineKeyboardMarkup",
        inline_keyboard=[[client.make("InlineKeyboardButton", text="Yes", callback_data="y")]],
    )

    await call("get_me")
    message = await call(
        "send_message",
        chat_id=anna.id,
        text="<b>Hi</b>, 😀 <a href='https://ya.ru'>you</a>",
        parse_mode="HTML",
        reply_markup=keyboard,
        reply_parameters=client.make("ReplyParameters", message_id=asked.id),
    )
    assert message.text == "Hi, 😀 you"
    assert [entity.type for entity in message.entities] == ["bold", "text_link"]
    assert message.reply_to_message.text == "hello"

    await _media(emulator, client, anna.id)
    await _other_content(client, anna.id)
    await _edits(emulator, client, anna.id, message.message_id)
    await _copies(emulator, client, anna.id, desk.id)
    await _topics(emulator, client, desk.id)
    await _chats(client, desk.id, sergey.id)
    await _about_the_bot(client, sergey.id)

    used = {entry["method"].lower() for entry in emulator.calls() if entry["ok"]}
    assert HANDLERS.keys() - used == set()


async def _media(emulator: Emulator, client: Client, chat: int) -> None:
    call, file = client.call, client.file
    photo = await call("send_photo", chat_id=chat, photo=file(PNG, "a.png"), caption="one")
    assert (photo.photo[-1].width, photo.photo[-1].height) == (64, 48)
    again = await call("send_photo", chat_id=chat, photo=photo.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == photo.photo[-1].file_unique_id
    assert await client.download(photo.photo[-1].file_id) == PNG
    assert await client.download(photo.photo[0].file_id) == PNG

    bill = await call("send_document", chat_id=chat, document=file(b"%PDF-", "bill.pdf"))
    assert (bill.document.file_name, bill.document.mime_type) == ("bill.pdf", "application/pdf")
    assert await client.download(bill.document.file_id) == b"%PDF-"
    clip = await call("send_video", chat_id=chat, video=file(b"v", "a.mp4"), width=10, height=20)
    assert (clip.video.width, clip.video.height) == (10, 20)
    assert (await call("send_voice", chat_id=chat, voice=file(b"o", "a.ogg"))).voice
    audio = await call("send_audio", chat_id=chat, audio=file(b"m", "a.mp3"), title="Song")
    assert audio.audio.title == "Song"
    assert (await call("send_animation", chat_id=chat, animation=file(b"g", "a.mp4"))).animation
    assert (await call("send_video_note", chat_id=chat, video_note=file(b"n", "a.mp4"))).video_note
    assert (await call("send_sticker", chat_id=chat, sticker=file(b"s", "a.webp"))).sticker

    album = await call(
        "send_media_group",
        chat_id=chat,
        media=[
            client.make("InputMediaPhoto", media=client.attached(PNG, "1.png"), caption="first"),
            client.make("InputMediaPhoto", media=photo.photo[-1].file_id),
        ],
    )
    assert len({item.media_group_id for item in album}) == 1
    assert album[0].caption == "first"
    assert emulator.message(chat, album[1].message_id).file_id == photo.photo[-1].file_id


async def _other_content(client: Client, chat: int) -> None:
    call = client.call
    location = await call("send_location", chat_id=chat, latitude=55.5, longitude=37.5)
    assert location.location.latitude == 55.5
    venue = await call(
        "send_venue", chat_id=chat, latitude=1.0, longitude=2.0, title="Office", address="Street"
    )
    assert venue.venue.title == "Office"
    contact = await call("send_contact", chat_id=chat, phone_number="+7", first_name="Ivan")
    assert contact.contact.first_name == "Ivan"
    poll = await call("send_poll", chat_id=chat, question="Well?", options=["Yes", "No"])
    assert [option.text for option in poll.poll.options] == ["Yes", "No"]
    dice = await call("send_dice", chat_id=chat, emoji="🎯")
    assert 1 <= dice.dice.value <= 6
    assert await call("send_chat_action", chat_id=chat, action="typing") is True


async def _edits(emulator: Emulator, client: Client, chat: int, message: int) -> None:
    call = client.call
    target = {"chat_id": chat, "message_id": message}
    edited = await call("edit_message_text", text="*new*", parse_mode="MarkdownV2", **target)
    assert (edited.text, edited.edit_date is not None, edited.reply_markup) == ("new", True, None)
    button = client.make("InlineKeyboardButton", text="Open", url="https://ya.ru")
    markup = client.make("InlineKeyboardMarkup", inline_keyboard=[[button]])
    await call("edit_message_reply_markup", reply_markup=markup, **target)
    photo = await call("send_photo", chat_id=chat, photo=client.file(PNG, "a.png"))
    picture = {"chat_id": chat, "message_id": photo.message_id}
    assert (await call("edit_message_caption", caption="what", **picture)).caption == "what"
    media = client.make("InputMediaDocument", media=client.attached(b"1", "a.txt"), caption="file")
    edited = await call("edit_message_media", media=media, **picture)
    assert (edited.document.file_name, edited.caption) == ("a.txt", "file")

    reaction = client.make("ReactionTypeEmoji", emoji="👍")
    assert await call("set_message_reaction", reaction=[reaction], **target)
    assert emulator.message(chat, message).emoji == ["👍"]
    query = emulator.press(emulator.world.user(chat), emulator.message(chat, message), data="x")
    assert await call("answer_callback_query", callback_query_id=query, text="ok", show_alert=True)
    assert emulator.answer_to(query) == {"text": "ok", "show_alert": True, "url": None}

    assert await call("pin_chat_message", **target)
    assert (await call("get_chat", chat_id=chat)).pinned_message.message_id == message
    assert await call("unpin_chat_message", **target)
    assert await call("unpin_all_chat_messages", chat_id=chat)
    assert await call("delete_message", **target)
    assert await call("delete_messages", chat_id=chat, message_ids=[message, photo.message_id])


async def _copies(emulator: Emulator, client: Client, chat: int, desk: int) -> None:
    call = client.call
    person = emulator.world.user(chat)
    album = emulator.album(
        person, person, [Attachment(kind="photo", caption="a"), Attachment(kind="photo")]
    )
    ids = [message.id for message in album]
    route = {"chat_id": desk, "from_chat_id": chat}
    copied = await call("copy_message", message_id=ids[0], caption="other", **route)
    assert emulator.message(desk, copied.message_id).text == "other"
    forwarded = await call("forward_message", message_id=ids[0], **route)
    assert forwarded.forward_origin.sender_user.id == chat
    copies = await call("copy_messages", message_ids=[*ids, 10**6], **route)
    groups = {emulator.message(desk, c.message_id).json["media_group_id"] for c in copies}
    assert (len(copies), len(groups)) == (2, 1)
    assert len(await call("forward_messages", message_ids=ids, **route)) == 2


async def _topics(emulator: Emulator, client: Client, desk: int) -> None:
    call = client.call
    topic = await call("create_forum_topic", chat_id=desk, name="№ 1", icon_color=7322096)
    place = {"chat_id": desk, "message_thread_id": topic.message_thread_id}
    card = await call("send_message", text="card", **place)
    assert (card.message_thread_id, card.is_topic_message) == (topic.message_thread_id, True)
    assert await call("edit_forum_topic", name="№ 1 ✅", **place)
    assert await call("close_forum_topic", **place)
    assert await call("reopen_forum_topic", **place)
    assert await call("unpin_all_forum_topic_messages", **place)
    assert await call("close_general_forum_topic", chat_id=desk)
    assert await call("reopen_general_forum_topic", chat_id=desk)
    assert await call("get_forum_topic_icon_stickers") in ([], ())
    assert await call("delete_forum_topic", **place)
    assert emulator.topics(desk) == []


async def _chats(client: Client, desk: int, person: int) -> None:
    call = client.call
    full = await call("get_chat", chat_id=desk)
    assert (full.title, full.is_forum) == ("Desk", True)
    member = await call("get_chat_member", chat_id=desk, user_id=person)
    assert str(getattr(member.status, "value", member.status)) == "creator"
    admins = await call("get_chat_administrators", chat_id=desk)
    assert {admin.user.id for admin in admins} == {person, int(client.bot.token.split(":")[0])}
    assert await call("get_chat_member_count", chat_id=desk) == 2
    assert await call("set_chat_title", chat_id=desk, title="Line 2")
    assert await call("set_chat_description", chat_id=desk, description="for us")
    assert await call("leave_chat", chat_id=desk)


async def _about_the_bot(client: Client, person: int) -> None:
    call = client.call
    commands = [client.make("BotCommand", command="status", description="My tickets")]
    assert await call("set_my_commands", commands=commands, language_code="en")
    kept = await call("get_my_commands", language_code="en")
    assert [command.command for command in kept] == ["status"]
    assert await call("delete_my_commands", language_code="en")
    assert await call("set_my_name", name="Desk")
    assert (await call("get_my_name")).name == "Desk"
    assert await call("set_my_description", description="What I do")
    assert (await call("get_my_description")).description == "What I do"
    assert await call("set_my_short_description", short_description="Short")
    assert (await call("get_my_short_description")).short_description == "Short"
    assert (await call("get_user_profile_photos", user_id=person)).total_count == 0
    hook = "http://127.0.0.1:9/hook"
    assert await call("set_webhook", url=hook, secret_token="s3", allowed_updates=["message"])
    info = await call("get_webhook_info")
    assert (info.url, list(info.allowed_updates)) == (hook, ["message"])
    assert await call("delete_webhook", drop_pending_updates=True)


async def test_every_update_is_read_by_both(emulator: Emulator, client: Client) -> None:
    """All a person can do arrives as an update both libraries parse."""
    anna, sergey = emulator.user("Anna"), emulator.user("Sergey")
    desk = emulator.group("Desk", members=[sergey], forum=True)
    everything = ["message", "edited_message", "callback_query", "my_chat_member"]
    everything += ["chat_member", "message_reaction"]
    before = await client.call("get_updates", allowed_updates=everything, timeout=0)

    first = emulator.tell(anna, "hello @somebody, see https://ya.ru")
    answer = emulator.world.post(
        emulator.world.chat(anna.id),
        emulator.bot,
        {"text": "?"},
        reply_markup={"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]},
    )
    emulator.edit(first, "hello again")
    emulator.edit(first, invisible=True)
    emulator.press(anna, answer, "Yes")
    emulator.react(anna, answer, "🔥")
    kinds = ("photo", "document", "video", "voice", "audio", "video_note", "animation", "sticker")
    for kind in kinds:
        emulator.send(anna, anna, Attachment(kind=kind))
    emulator.album(anna, anna, [Attachment(kind="photo"), Attachment(kind="video")])
    others = ("contact", "location", "venue", "poll", "dice", "story", "paid_media", "unknown")
    for kind in others:
        emulator.send(anna, anna, emulator.content(kind))
    emulator.say(anna, anna, "not mine", forward_from="Hidden Name")
    emulator.say(anna, anna, "not mine", forward_from=sergey)
    emulator.say(anna, anna, "secret", protected=True)
    topic = emulator.create_topic(desk, "T")
    answered = emulator.say(sergey, desk, "in the topic", thread=topic)
    emulator.say(sergey, desk, "a reply", thread=topic, reply_to=answered)
    emulator.say(sergey, desk, "as the group", anonymous=True)
    emulator.pin(answered)
    emulator.rename_topic(desk, topic, "T2")
    emulator.close_topic(desk, topic)
    emulator.reopen_topic(desk, topic)
    emulator.join(anna, desk)
    emulator.leave(anna, desk)
    emulator.set_member(desk, None, "member")
    emulator.set_member(desk, None, "restricted", {"can_send_messages": True})
    emulator.set_member(desk, None, "kicked")
    emulator.block(anna)
    emulator.unblock(anna)
    small = emulator.group("Small", members=[sergey])
    emulator.migrate(small)

    offset = before[-1].update_id + 1 if before else 0
    updates = await client.call("get_updates", offset=offset, limit=100)
    assert len(updates) == len(emulator.world.updates) > 40
    messages = [update.message for update in updates if update.message]
    contents = {
        name
        for message in messages
        for name in (*kinds, *others, "pinned_message", "forum_topic_closed", "migrate_to_chat_id")
        if getattr(message, name, None)
    }
    assert contents == {
        *kinds,
        *(kind for kind in others if kind != "unknown"),
        "pinned_message",
        "forum_topic_closed",
        "migrate_to_chat_id",
    }
    for kind in everything:
        assert any(getattr(update, kind, None) for update in updates), kind


async def test_callback_of_a_deleted_message_is_read_by_both(
    emulator: Emulator, client: Client
) -> None:
    anna = emulator.user("Anna")
    emulator.tell(anna, "hello")
    shown = await client.call("send_message", chat_id=anna.id, text="?")
    message = emulator.message(anna, shown.message_id)
    emulator.remove(message)
    emulator.press(anna, message, data="old")
    update = (await client.call("get_updates"))[-1]
    assert update.callback_query.data == "old"
    gone = update.callback_query.message
    if client.library == "aiogram":
        assert isinstance(gone, aiogram.types.InaccessibleMessage)
    else:
        assert not gone.is_accessible


async def test_errors_become_each_library_s_own(
    emulator: Emulator, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # its older form of retry_after warns
    anna = emulator.user("Anna")
    emulator.tell(anna, "hello")
    emulator.block(anna)
    expected = "Forbidden: bot was blocked by the user"
    with pytest.raises(Exception, match=expected) as blocked:
        await client.call("send_message", chat_id=anna.id, text="hi")
    assert type(blocked.value).__name__ in {"TelegramForbiddenError", "Forbidden"}

    emulator.unblock(anna)
    emulator.fail("429", "sendMessage", retry_after=7)
    with pytest.raises(Exception, match=r"(?i)retry (after|in).* (7|0:00:07)") as slow:
        await client.call("send_message", chat_id=anna.id, text="hi")
    assert type(slow.value).__name__ in {"TelegramRetryAfter", "RetryAfter"}

    sergey = emulator.user("Sergey")
    small = emulator.group("Small", members=[sergey])
    new = emulator.migrate(small)
    with pytest.raises(Exception, match=r"(?i)migrat|upgraded") as moved:
        await client.call("send_message", chat_id=small.id, text="hi")
    names = {"TelegramMigrateToChat": "migrate_to_chat_id", "ChatMigrated": "new_chat_id"}
    assert getattr(moved.value, names[type(moved.value).__name__]) == new.id
