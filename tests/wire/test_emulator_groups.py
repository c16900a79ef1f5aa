"""Groups: topics, privacy mode, rights, membership, migration."""

from __future__ import annotations

import pytest

from bot.sandbox.telegram import Chat, ControlError, Emulator, Topic, User
from tests.sandbox import Http


@pytest.fixture
def sergey(emulator: Emulator) -> User:
    """A specialist."""
    return emulator.user("Sergey")


@pytest.fixture
def desk(emulator: Emulator, sergey: User) -> Chat:
    """A forum with the bot as administrator."""
    return emulator.group("Desk", members=[sergey], forum=True)


@pytest.fixture
def topic(emulator: Emulator, desk: Chat) -> Topic:
    """A topic of the forum."""
    return emulator.create_topic(desk, "№ 1")


async def seen(http: Http) -> list[str]:
    """The texts the bot is served, confirmed at once."""
    updates = await http.result("getUpdates")
    if updates:
        await http.result("getUpdates", offset=updates[-1]["update_id"] + 1, limit=1)
    messages = [update.get("message") or update.get("edited_message") for update in updates]
    return [message["text"] for message in messages if message and "text" in message]


async def test_messages_land_in_their_topic(
    emulator: Emulator, http: Http, sergey: User, desk: Chat, topic: Topic
) -> None:
    sent = await http.result(
        "sendMessage", chat_id=desk.id, text="card", message_thread_id=topic.id
    )
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (topic.id, True)
    assert sent["reply_to_message"]["forum_topic_created"]["name"] == "№ 1"
    general = await http.result("sendMessage", chat_id=desk.id, text="to all")
    assert "message_thread_id" not in general
    said = emulator.say(sergey, desk, "hello", thread=topic)
    assert said.reply_to_id is None
    assert said.json["reply_to_message"]["message_id"] == topic.id
    emulator.say(sergey, desk, "in general")
    answer = emulator.say(sergey, desk, "an answer", thread=topic, reply_to=said)
    assert answer.reply_to_id == said.id
    in_topic = [message.text for message in emulator.messages(desk, topic)]
    assert in_topic == ["", "card", "hello", "an answer"]
    assert [message.text for message in emulator.messages(desk, 1)][-2:] == [
        "to all",
        "in general",
    ]


async def test_an_answer_without_a_thread_goes_where_the_question_is(
    emulator: Emulator, http: Http, sergey: User, desk: Chat, topic: Topic
) -> None:
    said = emulator.say(sergey, desk, "hello", thread=topic)
    reply = {"message_id": said.id}
    sent = await http.result("sendMessage", chat_id=desk.id, text="a", reply_parameters=reply)
    assert sent["message_thread_id"] == topic.id
    other = await http.result("createForumTopic", chat_id=desk.id, name="№ 2")
    sent = await http.result(
        "sendMessage",
        chat_id=desk.id,
        text="b",
        message_thread_id=other["message_thread_id"],
        reply_parameters=reply,
    )
    assert sent["message_thread_id"] == other["message_thread_id"]
    assert sent["external_reply"]["message_id"] == said.id


async def test_threads_that_are_not_there(
    emulator: Emulator, http: Http, desk: Chat, topic: Topic
) -> None:
    """For B9: unknown, General by its id, deleted, topics switched off."""

    async def refused(thread: int) -> str:
        return await http.error("sendMessage", chat_id=desk.id, text="x", message_thread_id=thread)

    missing = "Bad Request: message thread not found"
    assert await refused(999) == missing
    assert await refused(1) == missing
    other = emulator.create_topic(desk, "№ 2")
    emulator.say(desk.present[0].user, desk, "hello", thread=other)
    emulator.delete_topic(desk, other)
    assert await refused(other.id) == missing
    assert emulator.messages(desk, other) == []
    place = {"chat_id": desk.id, "message_thread_id": other.id}
    for method in ("closeForumTopic", "reopenForumTopic", "deleteForumTopic"):
        assert await http.error(method, **place) == "Bad Request: TOPIC_ID_INVALID"
    emulator.set_forum(desk, False)
    assert await refused(topic.id) == missing
    assert await http.error("createForumTopic", chat_id=desk.id, name="x") == (
        "Bad Request: the chat is not a forum"
    )
    sent = await http.result("sendMessage", chat_id=desk.id, text="x")
    assert "message_thread_id" not in sent
    emulator.set_forum(desk, True)
    await http.result("sendMessage", chat_id=desk.id, text="x", message_thread_id=topic.id)


async def test_closed_topics(
    emulator: Emulator, http: Http, sergey: User, desk: Chat, topic: Topic
) -> None:
    """For B9: closed to those who do not manage topics, and to all when a test says so."""
    place = {"chat_id": desk.id, "message_thread_id": topic.id}
    emulator.close_topic(desk, topic)
    await http.result("sendMessage", text="an administrator may", **place)
    anna = emulator.user("Anna")
    emulator.join(anna, desk)
    with pytest.raises(ControlError, match="closed"):
        emulator.say(anna, desk, "may I?", thread=topic)
    emulator.set_member(desk, None, "administrator", {"can_manage_topics": False})
    assert await http.error("sendMessage", text="x", **place) == "Bad Request: TOPIC_CLOSED"
    assert await http.error("reopenForumTopic", **place) == (
        "Bad Request: not enough rights to manage topics"
    )
    emulator.set_member(desk, None, "administrator")
    emulator.reopen_topic(desk, topic)
    emulator.close_topic(desk, topic, for_admins=True)
    assert await http.error("sendMessage", text="x", **place) == "Bad Request: TOPIC_CLOSED"
    await http.result("reopenForumTopic", **place)
    await http.result("sendMessage", text="open again", **place)
    assert await http.error("reopenForumTopic", **place) == "Bad Request: TOPIC_NOT_MODIFIED"


async def test_changing_topics(http: Http, desk: Chat, topic: Topic) -> None:
    place = {"chat_id": desk.id, "message_thread_id": topic.id}
    assert await http.error("editForumTopic", name="№ 1", **place) == (
        "Bad Request: TOPIC_NOT_MODIFIED"
    )
    await http.result("editForumTopic", name="№ 1 ✅", **place)
    assert topic.name == "№ 1 ✅"
    assert await http.error("createForumTopic", chat_id=desk.id, name=" ") == (
        "Bad Request: TOPIC_TITLE_EMPTY"
    )
    assert await http.error("createForumTopic", chat_id=desk.id, name="x", icon_color=1) == (
        "Bad Request: invalid forum topic icon color specified"
    )


async def test_a_bot_hears_its_own_service_messages_only(
    emulator: Emulator, http: Http, desk: Chat
) -> None:
    """For B20: nobody's words, but updates all the same."""
    await seen(http)
    created = await http.result("createForumTopic", chat_id=desk.id, name="№ 7")
    thread = created["message_thread_id"]
    card = await http.result("sendMessage", chat_id=desk.id, text="card", message_thread_id=thread)
    await http.result("pinChatMessage", chat_id=desk.id, message_id=card["message_id"])
    updates = await http.result("getUpdates")
    assert [set(update["message"]) & {"text", "forum_topic_created", "pinned_message"}
            for update in updates] == [{"forum_topic_created"}, {"pinned_message"}]  # fmt: skip
    assert desk.pinned == [card["message_id"]]


async def test_privacy_mode(emulator: Emulator, http: Http, sergey: User) -> None:
    """For B24: a bot that is no administrator sees commands, replies to it, and service only."""
    group = emulator.group("Group", members=[sergey], supergroup=True, bot="member")
    mine = await http.result("sendMessage", chat_id=group.id, text="hello")
    await seen(http)
    emulator.say(sergey, group, "just talking")
    emulator.say(sergey, group, "/status")
    emulator.say(sergey, group, f"/status@{emulator.bot.username}")
    emulator.say(sergey, group, "/status@other_bot")
    emulator.say(sergey, group, "to you", reply_to=mine["message_id"])
    assert await seen(http) == ["/status", f"/status@{emulator.bot.username}", "to you"]
    emulator.set_member(group, None, "administrator")
    emulator.say(sergey, group, "now you hear me")
    assert await seen(http) == ["now you hear me"]
    emulator.set_member(group, None, "left")
    emulator.say(sergey, group, "now you do not")
    assert await seen(http) == []
    assert (await http.result("getMe"))["can_read_all_group_messages"] is False


async def test_without_privacy_mode_a_member_hears_all() -> None:
    async with Emulator(privacy=False) as emulator:
        sergey = emulator.user("Sergey")
        group = emulator.group("Group", members=[sergey], bot="member")
        before = len(emulator.world.updates)
        emulator.say(sergey, group, "just talking")
        assert len(emulator.world.updates) == before + 1


async def test_reply_threads_of_a_plain_supergroup(
    emulator: Emulator, http: Http, sergey: User
) -> None:
    group = emulator.group("Group", members=[sergey], supergroup=True)
    card = await http.result("sendMessage", chat_id=group.id, text="card")
    first = emulator.say(sergey, group, "take", reply_to=card["message_id"])
    second = emulator.say(sergey, group, "and", reply_to=first)
    for message in (first, second):
        assert message.json["message_thread_id"] == card["message_id"]
        assert "is_topic_message" not in message.json


async def test_migration(emulator: Emulator, http: Http, sergey: User) -> None:
    """For B11: the old id answers with the new one; both chats say so."""
    group = emulator.group("Group", members=[sergey])
    assert group.type == "group"
    await seen(http)
    new = emulator.migrate(group)
    answer = await http.call("sendMessage", {"chat_id": group.id, "text": "x"})
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new.id}
    updates = await http.result("getUpdates")
    moved = [update["message"] for update in updates if "message" in update]
    assert (moved[0]["chat"]["id"], moved[0]["migrate_to_chat_id"]) == (group.id, new.id)
    assert (moved[1]["chat"]["id"], moved[1]["migrate_from_chat_id"]) == (new.id, group.id)
    await http.result("sendMessage", chat_id=new.id, text="x")
    assert (await http.result("getChat", chat_id=group.id))["type"] == "group"
    with pytest.raises(ControlError, match="supergroup"):
        emulator.say(sergey, group, "x")
    with pytest.raises(ControlError, match="once"):
        emulator.migrate(group)
    forum = emulator.set_forum(emulator.group("Other", members=[sergey]), True)
    assert (forum.type, forum.is_forum) == ("supergroup", True)
    await http.result("createForumTopic", chat_id=forum.id, name="works")


async def test_membership_is_told(emulator: Emulator, http: Http, sergey: User, desk: Chat) -> None:
    """For B13 and E6: who is in, with which rights, and that the bot itself was removed."""
    await http.result("getUpdates", allowed_updates=["my_chat_member", "chat_member"], offset=-1)
    anna = emulator.user("Anna")
    emulator.join(anna, desk)
    member = {"chat_id": desk.id, "user_id": anna.id}
    assert (await http.result("getChatMember", **member))["status"] == "member"
    emulator.set_member(desk, anna, "administrator", {"can_pin_messages": False})
    status = await http.result("getChatMember", **member)
    assert (status["can_pin_messages"], status["can_manage_topics"]) == (False, True)
    emulator.set_member(desk, anna, "kicked")
    assert (await http.result("getChatMember", **member))["status"] == "kicked"
    assert (await http.result("getChatMember", chat_id=desk.id, user_id=sergey.id)) == {
        "user": sergey.json(),
        "status": "creator",
        "is_anonymous": False,
    }
    assert await http.error("getChatMember", chat_id=desk.id, user_id=5) == (
        "Bad Request: user not found"
    )
    stranger = emulator.user("Stranger")
    status = await http.result("getChatMember", chat_id=desk.id, user_id=stranger.id)
    assert status["status"] == "left"
    with pytest.raises(ControlError, match="not in"):
        emulator.say(anna, desk, "let me in")
    emulator.set_member(desk, None, "kicked")
    assert await http.error("getChatMember", **member) == (
        "Forbidden: bot was kicked from the supergroup chat"
    )
    updates = await http.result("getUpdates")
    told = [update.get("chat_member") or update.get("my_chat_member") for update in updates]
    statuses = [(t["old_chat_member"]["status"], t["new_chat_member"]["status"]) for t in told if t]
    assert statuses[-4:] == [
        ("left", "member"),
        ("member", "administrator"),
        ("administrator", "kicked"),
        ("administrator", "kicked"),
    ]


async def test_rights_of_the_bot_count(emulator: Emulator, http: Http, sergey: User) -> None:
    """For B24: what is missing is named by Telegram's own words."""
    group = emulator.group("Group", members=[sergey], forum=True, bot="member")
    sent = await http.result("sendMessage", chat_id=group.id, text="x")
    refusals = {
        "pinChatMessage": "not enough rights to manage pinned messages in the chat",
        "unpinChatMessage": "not enough rights to manage pinned messages in the chat",
        "createForumTopic": "not enough rights to create a topic",
        "setChatTitle": "not enough rights to change chat title",
    }
    params = {
        "pinChatMessage": {"message_id": sent["message_id"]},
        "createForumTopic": {"name": "x"},
        "setChatTitle": {"title": "x"},
    }
    for method, words in refusals.items():
        error = await http.error(method, chat_id=group.id, **params.get(method, {}))
        assert error == f"Bad Request: {words}"


async def test_anonymous_administrators_write_as_the_group(
    emulator: Emulator, http: Http, sergey: User, desk: Chat
) -> None:
    """For E6: `from` is Telegram's fake user, `sender_chat` the group."""
    await seen(http)
    emulator.say(sergey, desk, "who am I?", anonymous=True)
    (update,) = await http.result("getUpdates")
    assert update["message"]["sender_chat"]["id"] == desk.id
    assert update["message"]["from"]["username"] == "GroupAnonymousBot"


async def test_supergroups_number_their_own_messages(
    emulator: Emulator, http: Http, sergey: User, desk: Chat
) -> None:
    """The same message_id in two chats is two messages: dedupe by chat and id (for B4)."""
    anna = emulator.user("Anna")
    first = emulator.tell(anna, "one")
    other = emulator.tell(sergey, "two")
    assert other.id == first.id + 1
    assert first.id in desk.messages


async def test_leaving(emulator: Emulator, http: Http, desk: Chat) -> None:
    """For B23: once gone, the bot cannot leave again."""
    await http.result("leaveChat", chat_id=desk.id)
    assert await http.error("leaveChat", chat_id=desk.id) == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
