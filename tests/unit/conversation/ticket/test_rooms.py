"""Groups and topics that vanish, move, refuse us or are none of our business."""

from __future__ import annotations

from typing import Literal

import pytest

from bot.conversation.decision import Diagnose
from bot.conversation.events import DeliveryFailed
from bot.conversation.ticket import life, relay
from channels.message import (
    Address,
    Media,
    Membership,
    Post,
    Pressed,
    Reachability,
    Reason,
    Unreadable,
)
from tests.desk_world import ADMINS, CLIENT, IVAN, NETWORK, World, workspace

STRANGE = "-777"
PHOTO = Media(kind="photo", channel="telegram", file="f1")


def membership(
    world: World,
    chat: str,
    status: Literal["administrator", "member", "absent"],
    *,
    topics: bool = True,
) -> None:
    event = Membership(status=status, can_manage_topics=topics, title="Группа")
    world.decide(world.inbound(IVAN, chat, None, event))
    world.deliver()


def test_case_b9_a_deleted_topic_comes_back_with_card_and_history_before_what_waits() -> None:
    """Acceptance case B9."""
    world = World()
    world.open_ticket("Не работает")
    world.client_says(1, "Вот фото", parts=(PHOTO,))
    world.say(IVAN, "network", "Вижу")
    message = world.client_message("Ну?")
    turn = world.turn()
    relay.client_said(turn, world.ticket(), message)
    world.finish(turn)

    world.delete_thread("network")
    world.deliver()

    assert world.thread(1, "network") == "t2"
    card, history, files, last = world.seen("network")
    assert card.pinned
    assert card.text.startswith("№1 · Нет интернета")
    assert "Не работает" in history.text
    assert "💬 Иван" in history.text
    assert files.content.parts == (PHOTO,)
    assert last.text == "Анна\nНу?"
    assert "Ну?" not in history.text, "what still waits is not told twice"
    assert world.titles["t2"] == "№1 · Анна · Нет интернета"
    world.press(IVAN, "network", "d:priority:1")
    world.press(IVAN, "network", "d:set:1:high")
    assert "приоритет: высокий" in world.card("network").text, "the new card is the one kept"


def test_case_b11_a_group_with_a_new_id_is_followed_and_the_administrators_told() -> None:
    """Acceptance case B11."""
    world = World()
    world.open_ticket()
    world.move_group(NETWORK, "-1009")
    assert "-1009" in world.admins_see[-1]

    world.write(IVAN, "-1009", "t1", "Я здесь")
    assert world.client_sees == ["Я здесь"]


def test_case_b12_a_client_who_blocked_the_bot_is_told_of_and_comes_back() -> None:
    """Acceptance case B12."""
    world = World()
    world.open_ticket()
    world.fails = lambda row, act: Reason.BLOCKED if row.outgoing.conversation else True
    message = world.say(IVAN, "network", "Алло")

    conversation = world.tx.records.conversation("k1")
    assert conversation is not None
    assert conversation.unreachable_since == world.now
    assert "Клиент заблокировал бота" in world.card("network").text
    told = world.last("network")
    assert told.text == "⚠️ Не доставлено: клиент заблокировал бота"
    assert told.reply_to == message

    world.fails = lambda row, act: True
    turn = world.turn()
    life.reachability(turn, turn.conversation, reachable=True)
    world.finish(turn)
    world.deliver()
    assert "заблокировал" not in world.card("network").text
    assert world.last("network").text == "✅ Клиент снова доступен"
    world.press(IVAN, "network", told.actions[0], message=told.id)
    assert world.client_sees == ["Алло"]


def test_case_b12_a_notice_that_bounces_tells_the_desk_too() -> None:
    """Acceptance case B12."""
    world = World()
    world.open_ticket()
    world.fails = lambda row, act: Reason.BLOCKED if row.outgoing.conversation else True
    world.press(IVAN, "network", "d:take:1")
    assert "Клиент заблокировал бота" in world.card("network").text
    assert sum("заблокировал" in text for text in world.texts("network")) == 2


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        (Reason.CHAT_GONE, "Верните меня в группу"),
        (Reason.NO_RIGHTS, "Дайте мне права администратора"),
        (Reason.REFUSED, "не дошло"),
    ],
)
def test_case_b13_a_group_that_cannot_be_written_to_is_told_to_the_administrators(
    reason: Reason, fix: str
) -> None:
    """Acceptance case B13."""
    world = World()
    world.open_ticket(deliver=False)
    world.decide(
        DeliveryFailed(
            outgoing="x",
            to=Address(channel="telegram", chat=NETWORK),
            reason=reason,
            detail="Forbidden",
            conversation=None,
            origin=None,
            room="1@network",
            audience="desk",
        )
    )
    world.deliver()
    assert fix in world.admins_see[0]
    assert "Сеть" in world.admins_see[0]


def test_failures_of_the_administrators_own_chat_do_not_go_round_in_circles() -> None:
    world = World()
    decision = world.decide(
        DeliveryFailed(
            outgoing="x",
            to=Address(channel="telegram", chat=ADMINS),
            reason=Reason.CHAT_GONE,
            detail="",
            conversation=None,
            origin=None,
            room=None,
            audience="admins",
        )
    )
    assert decision.outgoing == ()


def test_a_message_that_cannot_be_shown_leaves_a_line_and_never_a_loop() -> None:
    world = World()
    world.open_ticket()
    world.fails = lambda row, act: (
        Reason.REFUSED if isinstance(act, Post) and act.content.parts else True
    )
    world.client_says(1, parts=(PHOTO,))
    assert "показать не удалось" in world.last("network").text
    assert len(world.admins_see) == 1

    world.fails = lambda row, act: (
        Reason.REFUSED if row.place.room and isinstance(act, Post) else True
    )
    world.client_says(1, parts=(PHOTO,))
    assert len(world.admins_see) == 3, "the photo and the line about it, no more"


def test_case_b13_standing_in_a_desks_group_is_watched() -> None:
    """Acceptance case B13."""
    world = World()
    world.open_ticket()
    membership(world, NETWORK, "absent")
    assert "Меня больше нет" in world.admins_see[-1]
    membership(world, NETWORK, "member")
    assert "не администратор" in world.admins_see[-1]
    membership(world, NETWORK, "administrator", topics=False)
    assert "Управление темами" in world.admins_see[-1]
    membership(world, NETWORK, "administrator")
    assert "готова" in world.admins_see[-1]
    assert world.decisions[-1].returned == (Address(channel="telegram", chat=NETWORK),)


def test_case_b23_a_strangers_group_gets_its_own_id_and_nothing_else() -> None:
    """Acceptance case B23."""
    world = World()
    world.open_ticket()
    membership(world, STRANGE, "member")
    (told,) = world.chats[STRANGE].values()
    assert STRANGE in told.text
    assert "Маяк" not in told.text
    assert world.left == [STRANGE]

    for text in ("/card 1", "/history", "привет", "/help"):
        world.write(IVAN, STRANGE, None, text)
    event = Pressed(press="x", data="d:take:1", message="1")
    world.decide(world.inbound(IVAN, STRANGE, None, event))
    world.deliver()
    assert [m.text for m in world.chats[STRANGE].values()][1:] == [
        "/card 1", "/history", "привет", "/help"
    ]  # fmt: skip
    assert world.releases[-1].press == "x"
    assert world.ticket().assignee is None


def test_case_b23_by_setting_the_bot_stays_and_is_silent() -> None:
    """Acceptance case B23."""
    world = World(workspace(strange_groups="silent"))
    membership(world, STRANGE, "administrator")
    world.write(IVAN, STRANGE, None, "привет")
    assert world.left == []
    assert [m.text for m in world.chats[STRANGE].values()] == ["привет"]
    world.write(IVAN, STRANGE, "t9", "/id")
    assert list(world.chats[STRANGE].values())[-1].text == (
        f"Идентификатор этой группы: {STRANGE}, темы: t9"
    )


def test_the_administrators_chat_is_no_strangers_group() -> None:
    world = World()
    membership(world, ADMINS, "member")
    world.write(IVAN, ADMINS, None, "обсудим")
    assert world.left == []
    world.write(IVAN, ADMINS, None, "/doctor", deliver=False)
    (out,) = world.decisions[-1].outgoing
    assert out.action == Diagnose(language="ru")
    world.write(IVAN, NETWORK, None, "/doctor", deliver=False)
    (out,) = world.decisions[-1].outgoing
    assert out.action == Diagnose(language="ru")


def test_what_cannot_be_read_in_a_desks_group_is_told_to_the_administrators() -> None:
    world = World()
    for event in (Unreadable(raw="{}", error="KeyError: chat"), Reachability(reachable=False)):
        world.decide(world.inbound(IVAN, NETWORK, None, event))
    world.deliver()
    assert len(world.admins_see) == 1
    assert "KeyError" in world.admins_see[0]
    assert CLIENT not in world.chats
