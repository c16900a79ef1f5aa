"""Open tickets, several at once, and their end, as the client lives through them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.conversation.decision import Decision, Origin, Say
from bot.conversation.events import NotYet
from bot.conversation.machine import begin, conclude
from bot.conversation.state import ChoosingTicket, ChoosingTopic, Commenting, Idle, Message, Waiting
from bot.conversation.ticket import notices
from channels.message import Content, FormattedText, Media, MessageRef, Other
from config.settings import Workspace
from escalation.ticket import Author, Status
from tests.unit.conversation.client.talk import Talk

PHOTO = Media(kind="photo", channel="telegram", file="p")
PETER = Author(kind="specialist", id="telegram:1", name="Пётр")


# Functions, because the type checker takes a property for something that stays as it was.


def is_with_bot(talk: Talk) -> bool:
    return talk.conversation.with_bot


def waiting(talk: Talk) -> Waiting:
    return talk.conversation.waiting


def since(talk: Talk) -> datetime | None:
    return talk.conversation.unreachable_since


def open_tickets(talk: Talk, *subjects: str) -> None:
    """Open a ticket for each subject."""
    for subject in subjects:
        if (
            talk.transact(lambda tx: tx.records.tickets_of(talk.conversation.id))
            if talk.shown
            else ()
        ):
            talk.say("/new")
        talk.say(subject)
        talk.press("Не знаю")
    assert len(talk.tickets()) == len(subjects)


def notify(talk: Talk, notice: Callable[..., None], number: int, *args: Any, **more: Any) -> None:
    """Let the desk tell the client something."""

    def work(tx: Any) -> Decision:
        turn = begin(now=talk.now, workspace=talk.workspace, records=tx.records, ids=tx.ids)
        turn.about(talk.conversation, talk.client)
        ticket = turn.ticket(number)
        assert ticket is not None
        notice(turn, ticket, *args, **more)
        decision = conclude(turn)
        tx.apply(decision, talk.now)
        return decision

    talk.last = talk.transact(work)
    if not talk.hold:
        talk.deliver()


def reply(talk: Talk, number: int, text: str = "", *parts: Any) -> str:
    """A specialist writes; returns the foreign id of it in the client's chat."""
    message = Message(
        id=talk.transact(lambda tx: tx.ids.new_id()),
        conversation=talk.conversation.id,
        ticket=number,
        kind="reply",
        author=PETER,
        content=Content(text=FormattedText(text), parts=parts),
        at=talk.now,
    )
    talk.transact(lambda tx: tx.apply(Decision(messages=(message,)), talk.now))
    origin = Origin(channel="telegram", chat="-100", message="5", room=f"{number}@tech")
    notify(talk, notices.reply, number, message, origin=origin, resend_if_uncertain=False)
    return talk.shown[-1][0]


def resolve(talk: Talk, number: int, words: str = "Заменили кабель.") -> None:
    """A specialist resolves the ticket."""
    talk.change_ticket(
        number, status=Status.RESOLVED, resolution=words, resolved_at=talk.now, assignee=PETER
    )
    notify(talk, notices.resolved, number)


# ------------------------------------------------------------------ words into a ticket


def test_more_words_go_in_whole(talk: Talk) -> None:
    """case B17 case B18: text, albums, and kinds we do not know."""
    open_tickets(talk, "абракадабра")
    talk.take(1)
    talk.say("ещё не работает телевизор")
    talk.say("вот", PHOTO, PHOTO)
    talk.say("", Other(kind="dice", detail="6"))
    talk.say("спасибо")
    assert talk.heard(1) == ["абракадабра", "ещё не работает телевизор", "вот", "", "спасибо"]
    assert [len(m.content.parts) for m in talk.history(1)] == [0, 0, 2, 1, 0]
    assert "ещё не работает телевизор" in talk.desk_heard()
    assert len(talk.tickets()) == 1


def test_line_0_is_silent_while_a_person_holds(talk: Talk) -> None:
    """case F5: the words go to the ticket and the bot says nothing."""
    open_tickets(talk, "абракадабра")
    talk.take(1)
    talk.say("как сменить пароль от вайфай")
    assert talk.screen == ""
    assert talk.heard(1)[-1] == "как сменить пароль от вайфай"


def test_line_0_helps_while_nobody_has_taken_the_ticket(talk: Talk) -> None:
    """case F5: what the FAQ surely knows is shown, unless a person holds by sending time."""
    open_tickets(talk, "абракадабра")
    talk.say("как сменить пароль от вайфай")
    assert "настройки роутера" in talk.screen
    mine = [
        o
        for o in talk.last.outgoing
        if isinstance(o.action, Say) and o.to == talk.conversation.address
    ]
    assert [o.only_unheld for o in mine] == [True]
    assert talk.heard(1)[-1] == "как сменить пароль от вайфай"
    talk.press("Нет, нужен")
    assert "уже у специалистов" in talk.screen
    assert len(talk.tickets()) == 1


def test_to_the_bot_and_back(talk: Talk) -> None:
    """case F5: the client can leave to the bot and come back; the desk knows."""
    open_tickets(talk, "абракадабра")
    talk.take(1)
    talk.press("🤖 Спросить бота")
    assert is_with_bot(talk)
    heard = talk.desk_heard()
    talk.say("как сменить пароль от вайфай")
    assert "настройки роутера" in talk.screen
    assert talk.heard(1) == ["абракадабра"]
    talk.press("↩️ Вернуться")
    assert not is_with_bot(talk)
    assert talk.desk_heard() != heard, "told twice: away, and back"
    talk.say("это снова вам")
    assert talk.heard(1)[-1] == "это снова вам"


def test_a_question_to_the_bot_lapses(talk: Talk) -> None:
    """case F5: the next day plain words are for the specialist again."""
    open_tickets(talk, "абракадабра")
    talk.take(1)
    talk.say("/new")
    talk.say("как сменить пароль от вайфай")
    talk.pass_time(days=1)
    talk.say("ну что там?")
    assert talk.heard(1)[-1] == "ну что там?"


def test_a_specialists_words_bring_the_client_back(talk: Talk) -> None:
    """case F5"""
    open_tickets(talk, "абракадабра")
    talk.take(1)
    talk.say("/new")
    reply(talk, 1, "Какой у вас роутер?")
    talk.say("Кинетик")
    assert talk.heard(1)[-1] == "Кинетик"


def test_corrections_are_passed_on_once(talk: Talk) -> None:
    """case B8: one marked correction with old and new; an invisible edit nothing."""
    open_tickets(talk, "абракадабра")
    foreign = talk.say("улица Лесная 5")
    rooms = len(talk.at_desk)
    talk.edit(foreign, "улица Лесная 7")
    assert len(talk.at_desk) == rooms + 1
    said = talk.at_desk[-1][1].content.text.text
    assert "улица Лесная 5" in said
    assert "улица Лесная 7" in said
    talk.edit(foreign, "улица Лесная 7")
    assert len(talk.at_desk) == rooms + 1
    assert talk.heard(1)[-1] == "улица Лесная 7"


def test_a_corrected_question_is_answered_anew(talk: Talk) -> None:
    """case B8: before there is a ticket, the corrected words are what counts."""
    foreign = talk.say("абракадабра")
    talk.edit(foreign, "как сменить пароль от вайфай")
    assert "настройки роутера" in talk.screen
    assert len(talk.conversation.problem) == 1


def test_an_edit_of_something_we_never_saw_is_taken_as_new(talk: Talk) -> None:
    """case B8 case B18: never dropped."""
    open_tickets(talk, "абракадабра")
    talk.edit("99", "из прошлой жизни")
    assert talk.heard(1)[-1] == "из прошлой жизни"


# ------------------------------------------------------------------ several tickets


def test_several_tickets_by_current_and_by_reply(talk: Talk) -> None:
    """case F7: the newest ticket is current and shown; a reply goes to its own ticket."""
    open_tickets(talk, "первая абракадабра", "вторая абракадабра")
    assert "всё, что напишете дальше, попадёт в эту" in talk.screen
    talk.take(1)
    first = reply(talk, 1, "Я по первой")
    assert "№1 · Пётр" in talk.shown[-1][1].content.text.text
    talk.say("ответ по первой", reply_to=first)
    assert talk.heard(1)[-1] == "ответ по первой"
    assert "№1 · первая абракадабра" in talk.screen
    talk.say("и ещё")
    assert talk.heard(1)[-1] == "и ещё"
    talk.press("№2")
    assert talk.conversation.current_ticket == 2
    talk.say("а это по второй")
    assert talk.heard(2)[-1] == "а это по второй"


def test_when_it_is_not_clear_the_client_is_asked(talk: Talk) -> None:
    """case F7: a reply of another ticket's specialist makes plain words ambiguous."""
    open_tickets(talk, "первая абракадабра", "вторая абракадабра")
    reply(talk, 1, "Я по первой")
    talk.say("да")
    assert "К какой это относится" in talk.screen
    talk.say("", PHOTO)
    assert talk.screen == "", "asked once"
    kept = waiting(talk)
    assert isinstance(kept, ChoosingTicket)
    assert len(kept.messages) == 2
    assert len(talk.heard(1)) == len(talk.heard(2)) == 1
    data = talk.press("№1")
    assert talk.heard(1) == ["первая абракадабра", "да", ""]
    talk.press_data(data)
    assert len(talk.heard(1)) == 3, "pressed twice, sent once (case B16)"


def test_words_nobody_chose_a_ticket_for_are_not_lost(talk: Talk) -> None:
    """case F7: after a while they go to the ticket that moved last."""
    open_tickets(talk, "первая абракадабра", "вторая абракадабра")
    reply(talk, 1, "Я по первой")
    talk.say("да")
    talk.pass_time(minutes=31)
    assert "да" in [*talk.heard(1), *talk.heard(2)]
    assert isinstance(waiting(talk), Idle)


def test_kept_words_can_begin_a_new_question(talk: Talk) -> None:
    """case F7"""
    open_tickets(talk, "первая абракадабра", "вторая абракадабра")
    reply(talk, 1, "Я по первой")
    talk.say("списали деньги дважды")
    talk.press("✏️ Новый вопрос")
    assert talk.ticket(3).topic == "billing"
    assert talk.heard(3) == ["списали деньги дважды"]


def test_a_reply_before_its_receipt_waits(talk: Talk) -> None:
    """case G4 (client part): with several tickets, an unknown reply is looked at again."""
    open_tickets(talk, "первая абракадабра", "вторая абракадабра")
    talk.hold = True
    reply(talk, 1, "Да?")
    with pytest.raises(NotYet):
        talk.say("ответ", reply_to="7777")
    talk.deliver()
    talk.hold = False
    talk.say("ответ", reply_to=talk.shown[-1][0])
    assert talk.heard(1)[-1] == "ответ"


def test_status_shows_tickets_and_what_can_be_done(talk: Talk) -> None:
    talk.say("/status")
    assert "Заявок у вас нет" in talk.screen
    open_tickets(talk, "первая абракадабра", "вторая абракадабра")
    talk.take(1)
    talk.change_ticket(1, status=Status.IN_PROGRESS)
    talk.say("/status")
    assert "№1 · первая абракадабра\nв работе, Техники" in talk.screen
    talk.press("№1 · первая")
    assert "специалист работает над ней" in talk.shown[-1][1].content.text.text
    assert "Пётр" not in talk.screen, "no internal names"
    talk.press("✏️ Написать")
    assert talk.conversation.current_ticket == 1
    talk.say("пишу в первую")
    assert talk.heard(1)[-1] == "пишу в первую"


def test_another_clients_ticket_is_out_of_reach(talk: Talk, workspace: Workspace) -> None:
    """case E6: number, button or reply of somebody else's ticket lead nowhere."""
    open_tickets(talk, "абракадабра")
    resolve(talk, 1)
    stranger = Talk(workspace, chat="8")
    stranger.store = talk.store
    for data in (
        "c:ticket:1", "c:write:1", "c:solved:1:0", "c:unsolved:1:0", "c:reopen:1", "c:rate:1:0:5",
    ):  # fmt: skip
        stranger.press_data(data)
        assert stranger.released[-1].text == "Эта кнопка больше не работает"
        assert stranger.screen == ""
    assert talk.ticket(1).status is Status.RESOLVED
    stranger.say("/status")
    assert "Заявок у вас нет" in stranger.screen


@pytest.mark.parametrize("data", ["d:take:1", "c:nonsense", "", "💣", "c:rate:1:0:9", "c:write:x"])
def test_forged_buttons_are_refused_politely(talk: Talk, data: str) -> None:
    """case E6 case B16: released, with a short word, and nothing happens."""
    open_tickets(talk, "абракадабра")
    before = talk.ticket(1)
    talk.press_data(data)
    assert talk.released[-1].text
    assert talk.ticket(1) == before


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
