"""What specialists say to a client, and the end of a ticket as the client lives through it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.conversation.decision import Decision, Say
from bot.conversation.state import ChoosingTopic, Commenting, Idle, Message
from bot.conversation.ticket import notices
from channels.message import Content, FormattedText, MessageRef
from config.settings import Workspace
from escalation.ticket import Status
from tests.unit.conversation.client.talk import Talk
from tests.unit.conversation.client.test_tickets import (
    PETER,
    PHOTO,
    notify,
    open_tickets,
    reply,
    resolve,
    since,
    waiting,
)

# ------------------------------------------------------------------ what specialists say


def test_replies_are_signed_as_the_desk_wishes(talk: Talk) -> None:
    open_tickets(talk, "абракадабра")
    reply(talk, 1, "Здравствуйте")
    assert talk.shown[-1][1].content.text.text == "Пётр\nЗдравствуйте"
    sent = next(o for o in talk.last.outgoing if isinstance(o.action, Say))
    assert sent.resend_if_uncertain is False
    assert sent.origin is not None
    assert sent.conversation == talk.conversation.id
    reply(talk, 1, "", PHOTO, PHOTO)
    content = talk.shown[-1][1].content
    assert [p.type for p in content.parts] == ["media", "media"]
    assert content.words == "Пётр"


def test_unsigned_replies_are_untouched(talk: Talk) -> None:
    talk.say("списали деньги дважды")
    reply(talk, 1, "Здравствуйте")
    assert talk.shown[-1][1].content.text.text == "Здравствуйте"


def test_a_reply_answers_the_clients_message(talk: Talk) -> None:
    open_tickets(talk, "абракадабра")
    foreign = reply(talk, 1, "Да?")
    talk.say("вот так", reply_to=foreign)
    history = talk.history(1)
    assert history[-1].reply_to == history[-2].id


def test_the_desks_correction_is_marked(talk: Talk) -> None:
    """case B8: from the desk to the client."""
    open_tickets(talk, "абракадабра")
    reply(talk, 1, "Приедем в 9")
    message = talk.history(1)[-1]
    old = message.content
    new = Message(
        id=message.id, conversation=message.conversation, ticket=1, kind="reply", author=PETER,
        content=Content(text=FormattedText("Приедем в 10")), at=talk.now,
    )  # fmt: skip
    notify(talk, notices.correction, 1, new, old)
    assert "Приедем в 10" in talk.screen
    assert "Приедем в 9" in talk.screen
    say = talk.last.outgoing[0].action
    assert isinstance(say, Say)
    assert say.reply_to == message.id


def test_notices_name_the_ticket_and_the_desk(talk: Talk) -> None:
    open_tickets(talk, "абракадабра")
    talk.take(1)
    notify(talk, notices.taken, 1)
    assert talk.screen == "Заявкой №1 занимается Пётр."
    talk.change_ticket(1, desk="money")
    notify(talk, notices.passed, 1)
    assert "«Бухгалтерия»" in talk.screen
    notify(talk, notices.taken, 1)
    assert "Пётр" not in talk.screen, "that desk does not sign"


# ------------------------------------------------------------------ the end


def test_solved_rated_and_commented(talk: Talk) -> None:
    """case B16 case F6: each once; a rating is not a message and opens nothing."""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    assert "Заменили кабель." in talk.screen
    yes = talk.press("✅ Да, решено")
    assert talk.ticket(1).status is Status.CLOSED
    assert "Оцените" in talk.screen
    talk.press_data(yes)
    assert talk.released[-1].text.startswith("Уже сделано")
    rate = talk.press("4 ⭐")
    assert talk.ticket(1).rating == 4
    assert isinstance(waiting(talk), Commenting)
    talk.press_data(rate.replace(":4", ":1"))
    assert talk.ticket(1).rating == 4, "once per resolution"
    talk.say("Быстро и вежливо")
    assert talk.ticket(1).rating_comment == "Быстро и вежливо"
    assert talk.ticket(1).status is Status.CLOSED
    assert len(talk.tickets()) == 1
    assert isinstance(waiting(talk), Idle)


def test_no_comment(talk: Talk) -> None:
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    talk.press("✅ Да, решено")
    talk.press("5 ⭐")
    talk.press("Без комментария")
    assert isinstance(waiting(talk), Idle)


def test_the_comment_is_waited_for_only_a_while(talk: Talk) -> None:
    """case F6: words an hour after the rating are no comment."""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    talk.press("✅ Да, решено")
    talk.press("5 ⭐")
    talk.pass_time(hours=1)
    assert isinstance(waiting(talk), Idle)
    talk.say("как сменить пароль от вайфай")
    assert "настройки роутера" in talk.screen
    assert talk.ticket(1).status is Status.CLOSED
    talk.press("Открыть снова")
    assert talk.ticket(1).status.open, "if it was about the ticket after all"


def test_not_solved_reopens_with_the_history(talk: Talk) -> None:
    """case G6"""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    no = talk.press("Нет, не решено")
    ticket = talk.ticket(1)
    assert (ticket.status, ticket.reopened, ticket.desk) == (Status.IN_PROGRESS, 1, "tech")
    talk.press_data(no)
    assert talk.ticket(1).reopened == 1, "pressed twice, reopened once (case B16)"
    talk.say("провод опять выпал")
    assert talk.heard(1)[-1] == "провод опять выпал"


def test_an_old_button_says_nothing_about_a_newer_resolution(talk: Talk) -> None:
    """case B16: a button of the first resolution, pressed after the second one."""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    talk.say("не помогло, провод опять выпал")
    resolve(talk, 1, "Заменили розетку.")
    talk.press_data("c:solved:1:0")
    assert talk.ticket(1).status is Status.RESOLVED
    talk.press_data("c:solved:1:1")
    assert talk.ticket(1).status is Status.CLOSED
    talk.press_data("c:rate:1:1:3")
    talk.press_data("c:rate:1:0:5")
    assert talk.ticket(1).rating == 3


def test_each_resolution_can_be_rated(talk: Talk) -> None:
    """case F6: once per resolution."""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    talk.press("✅ Да, решено")
    talk.press("2 ⭐")
    talk.press("Без комментария")
    talk.say("провод опять выпал")
    assert talk.ticket(1).status.open
    resolve(talk, 1)
    talk.press("✅ Да, решено")
    talk.press("5 ⭐")
    assert talk.ticket(1).rating == 5


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_words_within_grace_reopen(talk: Talk, status: Status) -> None:
    """case G6: within grace the ticket is reopened, with the words in it."""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    closed = talk.now if status is Status.CLOSED else None
    talk.change_ticket(1, status=status, closed_at=closed)
    talk.now += timedelta(days=1)
    talk.say("снова сломалось")
    assert talk.ticket(1).status.open
    assert talk.heard(1)[-1] == "снова сломалось"
    assert "снова открыта" in talk.screen
    assert len(talk.tickets()) == 1


@pytest.mark.parametrize("words", ["спасибо!", "ок", "👍", "Здравствуйте"])
def test_thanks_reopen_nothing(talk: Talk, words: str) -> None:
    """case F6: thanks after the resolution, plain or as a reply."""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    talk.say(words)
    talk.say(words, reply_to=talk.shown[-1][0])
    assert talk.ticket(1).status is Status.RESOLVED
    assert len(talk.tickets()) == 1


def test_words_after_grace_begin_a_linked_ticket(talk: Talk) -> None:
    """case G6: later a new one, linked, through line 0 first; never into the void."""
    talk.say("списали деньги дважды")
    resolve(talk, 1)
    foreign = talk.shown[-1][0]
    talk.now += timedelta(days=4)
    talk.say("снова то же самое", reply_to=foreign)
    assert talk.ticket(1).status is Status.RESOLVED
    assert isinstance(waiting(talk), ChoosingTopic)
    talk.press("Не знаю")
    assert talk.ticket(2).continues == 1
    assert "продолжение заявки №1" in talk.screen


def test_the_same_topic_again_is_linked(talk: Talk) -> None:
    """case G6: without a reply, the topic tells."""
    talk.say("списали деньги дважды")
    resolve(talk, 1)
    talk.now += timedelta(days=4)
    talk.say("списали деньги дважды")
    assert talk.ticket(2).continues == 1


def test_an_ended_ticket_is_taken_up_from_the_status(talk: Talk) -> None:
    """case G6: by button after the grace period."""
    talk.say("списали деньги дважды")
    resolve(talk, 1)
    talk.change_ticket(1, status=Status.CLOSED, closed_at=talk.now)
    talk.now += timedelta(days=4)
    talk.say("/status")
    talk.press("Написать об этом снова")
    assert "заведу новую" in talk.screen
    talk.say("абракадабра")
    talk.press("Не знаю")
    assert talk.ticket(2).continues == 1


def test_ratings_are_asked_of_a_share(workspace_with: Callable[..., Workspace]) -> None:
    """case F6: the configured share, the same for the same ticket."""
    talk = Talk(workspace_with(tickets__rating=0.0))
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    talk.press("✅ Да, решено")
    assert "Оцените" not in talk.screen


def test_silence_closes_and_asks_for_a_rating(talk: Talk) -> None:
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    talk.change_ticket(1, status=Status.CLOSED, closed_at=talk.now)
    notify(talk, notices.closed, 1)
    assert "закрыта" in talk.screen
    assert "Оцените" in talk.screen


def test_blocked_and_back(talk: Talk) -> None:
    """case B12 (client part): kept as unreachable, told to the desk, cleared on return."""
    open_tickets(talk, "абракадабра")
    rooms = len(talk.at_desk)
    talk.reach(False)
    assert since(talk) is not None
    assert len(talk.at_desk) > rooms
    talk.say("я вернулась")
    assert since(talk) is None
    assert talk.heard(1)[-1] == "я вернулась"


def test_a_stranger_who_blocks_leaves_no_trace(workspace: Workspace) -> None:
    """case E8"""
    talk = Talk(workspace)
    talk.reach(False)
    assert talk.last == Decision()


def test_every_message_keeps_its_source(talk: Talk) -> None:
    """case B17: the channel can copy what it cannot rebuild."""
    open_tickets(talk, "абракадабра")
    foreign = talk.say("вот", PHOTO)
    ref = MessageRef(channel="telegram", chat="7", id=foreign)
    assert talk.history(1)[-1].content.source == (ref,)


def test_a_guide_beside_an_open_ticket_opens_no_second_one(talk: Talk) -> None:
    """case F5: when no step helps, the people who have the ticket have it."""
    open_tickets(talk, "абракадабра")
    talk.say("почему мигает роутер")
    talk.press("Не помогло")
    talk.press("Не помогло")
    assert "уже у специалистов" in talk.screen
    assert len(talk.tickets()) == 1


def said_nothing(talk: Talk) -> bool:
    """Whether the last event posted nothing."""
    return not any(isinstance(each.action, Say) for each in talk.last.outgoing)


def test_a_second_press_says_nothing(talk: Talk) -> None:
    """case B16: whatever the button, pressed twice at once it has one effect."""

    def twice(label: str) -> None:
        talk.hold = True
        data = talk.press(label)
        assert not said_nothing(talk)
        talk.press_data(data)
        assert said_nothing(talk), label
        talk.deliver()
        talk.hold = False

    talk.say("/faq")
    talk.press("Дом")
    twice("Как сменить пароль")
    twice("Про роутер")
    twice("Не помогло")
    twice("👍 Помогло")
    talk.say("/language")
    twice("Русский")
    open_tickets(talk, "абракадабра")
    twice("🤖 Спросить бота")
    twice("↩️ Вернуться")
    resolve(talk, 1)
    twice("Нет, не решено")
    resolve(talk, 1)
    talk.now += timedelta(days=4)
    talk.say("/status")
    talk.change_ticket(1, status=Status.CLOSED, closed_at=talk.now - timedelta(days=4))
    talk.say("/status")
    twice("Написать об этом снова")


def test_links_stay_under_an_answer_that_helped(talk: Talk) -> None:
    talk.say("как сменить пароль от вайфай")
    talk.press("👍 Да")
    labels = talk.labels()
    assert "Сайт" in labels
    assert "👍 Да" not in labels
