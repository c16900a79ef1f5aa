"""Resolved, confirmed, reopened, closed, rated; and the history of it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.conversation.ticket import life
from bot.conversation.ticket.rooms import client_author
from channels.message import FormattedText, Media
from escalation.ticket import IntakeAnswer, Priority, Status, Tried
from tests.desk_world import CLIENT, IVAN, NETWORK, OLGA, World


def resolved() -> World:
    world = World()
    world.open_ticket()
    world.press(IVAN, "network", "d:resolve:1")
    world.say(IVAN, "network", "Заменили кабель")
    return world


def test_resolving_with_words_tells_the_client_and_sets_the_clock() -> None:
    world = resolved()
    ticket = world.ticket()
    assert ticket.status is Status.RESOLVED
    assert ticket.resolution == "Заменили кабель"
    assert ticket.assignee is not None
    assert "Заменили кабель" in world.client_sees[-1]
    assert "Решение: Заменили кабель" in world.card("network").text
    assert world.card("network").actions == ["d:reopen:1", "d:close:1"]
    (timer,) = world.tx.timers.due(world.now + timedelta(days=9), 9)
    assert (timer.kind, timer.subject) == ("close", "1")
    assert timer.due == world.now + world.workspace.settings.tickets.close_after


def test_resolving_needs_words() -> None:
    world = World()
    world.open_ticket()
    world.say(IVAN, "network", "/resolve")
    assert world.ticket().status is Status.NEW
    assert "напишите, что решило проблему" in world.last("network").text


def test_confirmed_by_the_client_it_is_closed() -> None:
    world = resolved()
    for _ in range(2):
        turn = world.turn()
        life.confirm_solved(turn, world.ticket())
        world.finish(turn)
        world.deliver()
    assert world.ticket().status is Status.CLOSED
    assert world.events()[-2:] == ["resolved", "closed"]
    assert world.closed[NETWORK, "t1"] is True
    assert world.card("network").actions == []
    assert not world.tx.timers.due(world.now + timedelta(days=9), 9)


def test_not_solved_reopens_at_the_same_desk_with_the_same_specialist() -> None:
    world = resolved()
    turn = world.turn()
    life.reopen(turn, world.ticket(), client_author(turn))
    world.finish(turn)
    world.deliver()
    ticket = world.ticket()
    assert (ticket.status, ticket.desk, ticket.reopened) == (Status.IN_PROGRESS, "network", 1)
    assert ticket.assignee is not None
    assert ticket.assignee.name == "Иван"
    assert world.last("network").text == "🔁 Не решено: заявка снова открыта (Анна)"
    assert "Открывалась повторно: 1 раз" in world.card("network").text
    assert not world.tx.timers.due(world.now + timedelta(days=9), 9)


def test_silence_closes_a_resolved_ticket_and_only_a_resolved_one() -> None:
    world = resolved()
    before = len(world.client_sees)
    world.fire("close", 1)
    assert world.ticket().status is Status.CLOSED
    assert len(world.client_sees) > before
    world.fire("close", 1)
    assert world.events().count("closed") == 1

    world.say(IVAN, "network", "/reopen")
    world.fire("close", 1)
    assert world.ticket().status is Status.IN_PROGRESS
    assert world.closed[NETWORK, "t1"] is False


def test_a_closed_ticket_takes_no_replies() -> None:
    world = resolved()
    world.say(IVAN, "network", "/close")
    sees = list(world.client_sees)
    world.say(OLGA, "network", "Кстати…")
    assert world.client_sees == sees
    assert "Заявка №1 закрыта" in world.last("network").text


def test_a_rating_and_its_comment_are_shown_to_the_desk() -> None:
    world = resolved()
    turn = world.turn()
    ticket = life.rate(turn, world.ticket(), 4)
    life.rating_comment(turn, ticket, "Долго")
    world.finish(turn)
    world.deliver()
    assert world.ticket().rating == 4
    assert "★★★★☆" in world.texts("network")[-2]
    assert "Долго" in world.last("network").text


def test_leaving_to_the_bot_and_coming_back_is_told() -> None:
    world = World()
    world.open_ticket()
    turn = world.turn()
    life.client_away(turn, world.ticket(), away=True)
    life.client_away(turn, world.ticket(), away=False)
    world.finish(turn)
    world.deliver()
    assert world.texts("network")[-2:] == [
        "🤖 Клиент отошёл спросить бота",
        "👤 Клиент вернулся к разговору с вами",
    ]


def test_the_card_says_everything_known() -> None:
    world = World()
    world.open_ticket(
        answers=[IntakeAnswer(question="contract", value="vip", label="Ж-42")],
        tried=[
            Tried(entry="a", title="Роутер", outcome="step_not_helped", step=2),
            Tried(entry="b", title="Кабель", outcome="not_helped"),
        ],
    )
    card = world.card("network")
    assert card.pinned
    for words in (
        "№1 · Нет интернета",
        "Анна · @anna · telegram · Русский",
        "новая · приоритет: срочный",
        "Исполнителя нет",
        "линия 2, Сеть",
        "Какой договор: Ж-42",
        "Роутер, шаг 2 – не помогло",
        "Кабель – не помогло",
        "начинается с //",
    ):
        assert words in card.text
    assert world.titles["t1"] == "№1 · Анна · Нет интернета"


def test_the_priority_is_a_persons_choice_and_is_written_down() -> None:
    world = World()
    world.open_ticket()
    world.press(IVAN, "network", "d:priority:1")
    menu = world.last("network")
    assert "d:set:1:normal" not in menu.actions
    world.press(OLGA, "network", "d:set:1:urgent", message=menu.id)
    assert world.ticket().priority is Priority.URGENT
    assert menu.id not in world.chats[NETWORK]
    world.say(IVAN, "network", "/приоритет низкий")
    assert world.ticket().priority is Priority.LOW
    world.say(IVAN, "network", "/priority ужасный")
    assert "Приоритета «ужасный» нет" in world.last("network").text


def test_case_g9_every_change_has_author_and_time_and_can_be_read() -> None:
    """Acceptance case G9."""
    world = World()
    world.open_ticket()
    world.advance(minutes=5)
    world.say(IVAN, "network", "/take")
    world.advance(minutes=5)
    world.say(OLGA, "network", "/priority high")
    world.say(IVAN, "network", "/note тёмная история")
    world.say(IVAN, "network", "/pass billing")
    world.say(OLGA, "billing", "/resolve Вернули деньги")
    world.say(OLGA, "billing", "/history")

    told = world.texts("billing")[-1]
    assert "12:00 · Анна · открыта: новая" in told
    assert "12:05 · Иван · взята: Иван" in told
    assert "12:05 · Иван · статус: новая → в работе" in told
    assert "12:10 · Ольга · приоритет: обычный → высокий" in told
    assert "12:10 · Иван · передана: Сеть → Расчёты" in told
    assert "12:10 · Ольга · решена: новая → решена — Вернули деньги" in told
    assert [e.at for e in world.tx.records.ticket_events(1)] == sorted(
        e.at for e in world.tx.records.ticket_events(1)
    )
    assert "тёмная история" in world.texts("billing")[-2]


def test_a_ticket_that_follows_another_says_so() -> None:
    world = resolved()
    turn = world.turn()
    life.open_ticket(
        turn, topic=None, subject="Опять", answers=(), tried=(), messages=(), continues=1
    )
    world.finish(turn)
    world.deliver()
    assert "Продолжение заявки №1" in world.card("network", 2).text
    assert world.titles["t2"] == "№2 · Анна · Опять"


def test_files_that_come_with_the_resolution_reach_the_client_and_its_words_once() -> None:
    world = World()
    world.open_ticket()
    photo = Media(
        kind="photo", channel="telegram", file="f", caption=FormattedText("/resolve Новый кабель")
    )
    world.say(IVAN, "network", parts=(photo,))
    assert world.ticket().resolution == "Новый кабель"
    assert sum("Новый кабель" in text for text in world.client_sees) == 1
    assert next(m.content.parts for m in world.chats[CLIENT].values()) == (
        replace(photo, caption=FormattedText()),
    )
