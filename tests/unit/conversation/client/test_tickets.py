"""Open tickets, several at once, and their end, as the client lives through them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bot.conversation.decision import Decision, Origin, Say
from bot.conversation.events import NotYet
from bot.conversation.machine import begin, conclude
from bot.conversation.state import ChoosingTicket, Idle, Message, Waiting
from bot.conversation.ticket import notices
from channels.message import Content, FormattedText, Media, Other
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
