"""What is tried no more stands with its words and a button where people look for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.decision import TRIAL, Outgoing, Say, Urgency
from bot.conversation.desk import given_up
from bot.conversation.events import Alarm, DeliveryFailed, Unconfirmed
from bot.delivery.ports import OutboxRow
from channels.message import (
    Act,
    Address,
    Content,
    FormattedText,
    Media,
    Post,
    Pressed,
    Reason,
    Sender,
)
from tests.desk_chats import Shown
from tests.desk_world import (
    ADMINS,
    ANONYMOUS,
    CLIENT,
    IVAN,
    NETWORK,
    Failure,
    World,
    workspace,
)

MAILBOX = {
    "address": "a@mayak.example",
    "imap": {"host": "m.example"},
    "smtp": {"host": "m.example"},
}
EMAIL = {"mailboxes": [MAILBOX]}
PICTURE = Media(kind="photo", channel="telegram", file="f1", caption=FormattedText("вот так"))


def losing(fate: Reason | None, words: str) -> Failure:
    """The first post with these words is not answered, or fails for a reason."""
    lost: list[str] = []

    def fails(row: OutboxRow, act: Act) -> Reason | bool | None:
        if lost or not isinstance(act, Post) or words not in act.content.words:
            return True
        lost.append(row.id)
        return fate

    return fails


def admins_see(world: World) -> list[Shown]:
    return list(world.chats.get(ADMINS, {}).values())


def press_in(world: World, who: Sender, chat: str, data: str, message: str | None) -> str:
    """Press a button in a group; what the presser is told."""
    world.decide(world.inbound(who, chat, None, Pressed(press="p", data=data, message=message)))
    world.deliver()
    return world.releases[-1].text


def answered(world: World, text: str = "Заплатить можно на сайте") -> None:
    """The bot answers a question."""
    turn = world.turn()
    turn.post(Content(text=FormattedText(text)))
    world.finish(turn)
    world.deliver()


@pytest.mark.parametrize(
    ("fate", "said"), [(None, "Возможно, это повтор"), (Reason.GAVE_UP, "пробовали целые сутки")]
)
def test_a_clients_words_stay_in_the_topic_and_can_be_shown_again(
    fate: Reason | None, said: str
) -> None:
    """case A3: whole, with their pictures in words; the administrators need not do anything."""
    world = World()
    world.open_ticket()
    world.fails = losing(fate, "вот так")
    world.client_says(1, "Провод перегрызли", parts=(PICTURE,))
    told = world.last("network")
    for words in (said, "Провод перегрызли", "вот так", "[фото]"):
        assert words in told.text
    assert world.admins_see == []

    [again] = told.actions
    assert world.press(IVAN, "network", again, message=told.id) == "Отправляем ещё раз"
    assert world.last("network").content.parts, "the picture itself"
    assert told.actions == []
    assert "Провод перегрызли" in told.text
    assert world.press(IVAN, "network", again, message=told.id) == "Отправляем ещё раз"
    assert sum(bool(m.content.parts) for m in world.seen("network")) == 1, "it is shown once"


def test_a_forged_button_shows_nothing_again() -> None:
    """Cases E6, G7: what is sent again is what the button stands under, nothing else."""
    world = World()
    world.open_ticket()
    world.fails = losing(None, "Перезагрузите")
    world.say(IVAN, "network", "Перезагрузите роутер")
    world.fails = losing(None, "не горит")
    world.client_says(1, "Лампочка не горит")
    world.fails = lambda row, act: True
    told = world.last("network")
    [again] = [a for a in told.actions if a.startswith("d:show")]
    reply = next(a for m in world.seen("network") for a in m.actions if a.startswith("d:again"))
    forged = again.rpartition(":")[0] + ":" + reply.rpartition(":")[2]
    for message in (told.id, world.card("network").id, None):
        assert "не действует" in world.press(IVAN, "network", forged, message=message)
    assert world.client_sees == []


def test_news_of_news_is_for_the_administrators_and_ends_there() -> None:
    """case A3: nothing goes round in circles."""
    world = World()
    world.open_ticket()
    world.fails = lambda row, act: None if isinstance(act, Post) else True
    world.client_says(1, "Лампочка не горит")
    assert world.admins_see == []
    assert len(world.texts("network")) == 2, "the card and what opened the ticket"
    lost = [row.outgoing for row in world.tables.outbox.rows() if row.state == "uncertain"]
    assert [o.alarm for o in lost] == [False, False, True]
    said = [o.action.content.words for o in lost if isinstance(o.action, Say)]
    assert all("Лампочка не горит" in words for words in said)


def test_an_answer_to_a_client_without_a_ticket_is_shown_to_the_administrators() -> None:
    """case A3: with its words, whose it is, and a button."""
    world = World()
    world.fails = losing(None, "Заплатить")
    answered(world)
    world.fails = lambda row, act: True
    [told] = admins_see(world)
    assert "сообщение бота клиенту Анна" in told.text
    assert "Заплатить можно на сайте" in told.text
    assert "не страшно" not in told.text, "that is for a specialist"
    [again] = told.actions
    for who, chat in ((ANONYMOUS, ADMINS), (IVAN, NETWORK)):
        assert press_in(world, who, chat, again, told.id) != "Отправляем ещё раз"
        assert world.client_sees == []
    assert "не действует" in press_in(world, IVAN, ADMINS, "a:again:id999", told.id)
    assert press_in(world, IVAN, ADMINS, again, told.id) == "Отправляем ещё раз"
    assert world.client_sees == ["Заплатить можно на сайте"]
    assert told.actions == []


@pytest.mark.parametrize(
    ("fate", "said"), [(None, "Неизвестно, дошло ли"), (Reason.REFUSED, "не дошло")]
)
def test_an_answer_to_a_client_with_a_ticket_is_shown_to_their_desk(
    fate: Reason | None, said: str
) -> None:
    """case A3."""
    world = World()
    world.open_ticket()
    world.chats[CLIENT] = {}
    world.fails = lambda row, act: fate if row.place.address.chat == CLIENT else True
    answered(world)
    world.fails = lambda row, act: True
    told = world.last("network")
    assert said in told.text
    assert "Заплатить можно на сайте" in told.text
    assert world.admins_see == []
    [again] = told.actions
    assert world.press(IVAN, "network", again, message=told.id) == "Отправляем ещё раз"
    assert world.client_sees == ["Заплатить можно на сайте"]


@pytest.mark.parametrize(("channel", "said"), [("email", "почтовый"), ("telegram", "сутки")])
def test_why_it_was_given_up_is_said_of_the_channel_it_was_for(channel: str, said: str) -> None:
    """case D1: days of a mail server, a day of a chat."""
    turn = World(workspace(email=EMAIL)).turn()
    to = Address(channel=channel, chat="anna")
    failed = DeliveryFailed(
        outgoing="x",
        to=to,
        conversation=None,
        origin=None,
        room=None,
        audience="client",
        reason=Reason.GAVE_UP,
        detail="451 Greylisted",
    )
    why = given_up.why(turn, failed, "ru").text
    assert said in why
    assert "451 Greylisted" in why


def test_what_the_client_does_not_want_to_hear_is_nobodys_news() -> None:
    """case B12: they blocked the bot, and nobody works on anything of theirs."""
    world = World()
    world.fails = losing(Reason.BLOCKED, "Заплатить")
    answered(world)
    assert world.admins_see == []


def test_a_post_for_a_group_is_shown_to_the_administrators() -> None:
    """case A3: what has no ticket's room."""
    world = World()
    said = Say(content=Content(text=FormattedText("Номер группы: -100")))
    to = Address(channel="telegram", chat=NETWORK)
    world.decide(
        DeliveryFailed(
            outgoing="x",
            to=to,
            conversation=None,
            origin=None,
            room=None,
            reason=None,
            detail="",
            post=Outgoing(to=to, action=said, audience="desk"),
            audience="desk",
        )
    )
    world.deliver()
    [told] = admins_see(world)
    assert "Номер группы: -100" in told.text
    assert NETWORK in told.text


def test_what_is_for_the_administrators_is_known_as_such() -> None:
    """Until they have read it, it is kept where ``linezero health`` finds it."""
    world = World()
    world.fails = lambda row, act: None
    world.decide(Alarm(key="admin.chat_moved", args={"old": "-1", "new": "-2"}))
    world.deliver()
    [alarm] = world.tx.outbox.undelivered_alarms()
    assert "-2" in alarm.words
    assert alarm.address.chat == ADMINS
    assert alarm.given_up


def test_a_trial_is_said_to_the_administrators_again_and_again_until_it_arrives() -> None:
    """One at a time, ahead of what waits there, and no copy of any other post."""
    world = World()
    waiting = world.decide(Alarm(key="admin.chat_moved", args={"old": "-1", "new": "-2"}))
    assert waiting.outgoing
    [trial] = world.decide(Unconfirmed(channel="telegram")).outgoing
    assert world.decide(Unconfirmed(channel="telegram")).outgoing == ()
    assert trial.front
    assert trial.urgency is Urgency.PEOPLE
    assert not trial.resend_if_uncertain
    assert not trial.alarm
    assert isinstance(trial.action, Say)
    assert (trial.action.handle or "").startswith(TRIAL)
    world.deliver()
    assert "пробное" in world.admins_see[0]
    assert world.decide(Unconfirmed(channel="telegram")).outgoing
    assert world.decide(Unconfirmed(channel="max")).outgoing == ()


def test_without_administrators_nothing_is_tried_out() -> None:
    world = World()
    settings = world.workspace.settings.model_copy(update={"admin_chat": None})
    world.workspace = replace(world.workspace, settings=settings)
    assert world.decide(Unconfirmed(channel="telegram")).outgoing == ()
