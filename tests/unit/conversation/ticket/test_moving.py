"""Tickets between desks, up to the experts who never meet the client, and back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.conversation import desk, ticket
from bot.conversation.ticket import notices, to_client
from channels.message import Media, Reason
from escalation.ticket import Status
from tests.desk_world import BILLING, CLIENT, EXPERTS, IVAN, NETWORK, OLGA, PETR, World, workspace

PHOTO = Media(kind="photo", channel="telegram", file="f1")


def escalated() -> World:
    """A ticket of the network desk that its experts are looking at; the client has read all."""
    world = World()
    world.open_ticket("Не работает интернет")
    world.say(IVAN, "network", "Смотрим")
    world.say(IVAN, "network", "/up не видно порта")
    world.chats[CLIENT] = {}
    return world


def seen_by_client(world: World) -> list[object]:
    return [act for address, act in world.sent if address.chat == CLIENT]


def test_passing_moves_card_history_and_files_and_closes_the_old_room() -> None:
    world = World()
    world.open_ticket("Списали дважды")
    world.client_says(1, "Вот чек", parts=(PHOTO,))
    world.say(IVAN, "network", "// похоже на ошибку кассы")
    world.press(IVAN, "network", "d:pass:1")
    menu = world.last("network")
    assert menu.actions == ["d:to:1:billing", "d:to:1:experts", "d:cancel:1"]
    world.press(IVAN, "network", "d:to:1:billing", message=menu.id)
    world.say(IVAN, "network", "вопрос по оплате")

    ticket = world.ticket()
    assert (ticket.desk, ticket.line, ticket.assignee) == ("billing", 2, None)
    assert ticket.path == ("network", "billing")
    card, history, files, reason = world.seen("billing")
    assert card.pinned
    assert "линия 2, Сеть → линия 2, Расчёты" in card.text
    assert "Анна, 23 нояб. 12:00: Списали дважды" in history.text
    assert "📝 Иван, 23 нояб. 12:00: похоже на ошибку кассы" in history.text
    assert "[фото]" in history.text
    assert files.content.parts == (PHOTO,)
    assert reason.text == "➡️ Передано к вам: вопрос по оплате"
    assert world.card("network").actions == []
    assert "вопрос по оплате" in world.last("network").text
    assert world.closed[NETWORK, "t1"] is True
    passed = [e for e in world.tx.records.ticket_events(1) if e.kind == "passed"]
    assert [(e.author.name, e.before, e.after, e.detail) for e in passed] == [
        ("Иван", "network", "billing", "вопрос по оплате")
    ]
    assert not any("вопрос по оплате" in text for text in world.client_sees)


def test_returning_reopens_the_former_room_and_tells_what_was_said_meanwhile() -> None:
    world = World()
    world.open_ticket("Списали дважды")
    world.advance(minutes=1)
    world.say(IVAN, "network", "/передать Расчёты")
    world.advance(minutes=1)
    world.client_says(1, "Алло?")
    world.advance(minutes=1)
    world.say(OLGA, "billing", "/return это обрыв, а не оплата")

    assert world.ticket().desk == "network"
    assert world.closed == {(NETWORK, "t1"): False, (BILLING, "t2"): True}
    assert world.thread(1, "network") == "t1"
    assert "d:take:1" in world.card("network").actions
    texts = world.texts("network")
    assert texts[-1] == "⬇️ Возвращено к вам: это обрыв, а не оплата"
    assert "Алло?" in texts[-2]
    assert "Списали дважды" not in texts[-2], "they have read that already"


def test_a_return_needs_a_reason_and_a_place() -> None:
    world = World()
    world.open_ticket()
    assert "возвращать некуда" in world.press(IVAN, "network", "d:return:1")
    world.say(IVAN, "network", "/pass billing")
    world.say(OLGA, "billing", "/return")
    assert world.ticket().desk == "billing"
    assert "почему заявка возвращается" in world.last("billing").text
    world.say(OLGA, "billing", "не наше")
    assert world.ticket().desk == "network"


def test_escalating_keeps_the_desk_below_talking_to_the_client() -> None:
    world = escalated()
    ticket = world.ticket()
    assert (ticket.desk, ticket.line) == ("experts", 3)
    assert (NETWORK, "t1") not in world.closed
    assert world.card("network").actions == [
        "d:back:1", "d:note:1", "d:ask:1", "d:priority:1", "d:resolve:1", "d:close:1"
    ]  # fmt: skip
    assert "d:close:1" not in world.card("experts").actions
    assert "Ваши слова читает группа «Сеть»" in world.card("experts").text

    world.client_says(1, "Ну что там?")
    assert world.last("network").text == world.last("experts").text == "Анна\nНу что там?"
    world.say(IVAN, "network", "Ещё смотрим")
    assert world.client_sees == ["Ещё смотрим"]
    assert world.last("experts").text == "💬 Иван, Сеть: клиенту\nЕщё смотрим"
    assert world.ticket().assignee is None, "the experts' ticket stays the experts'"


def test_case_g7_what_experts_say_goes_to_the_desk_below() -> None:
    """Acceptance case G7."""
    world = escalated()
    note = world.say(PETR, "experts", "Порт выключен, включите")
    assert (
        world.last("network").text
        == "🧠 Пётр, Эксперты: для вас, клиент этого не видит\nПорт выключен, включите"
    )
    assert world.chats[EXPERTS][note].marks == ["noted"]
    world.say(PETR, "experts", "/ask модель роутера?")
    assert world.last("network").text.startswith("❓ Пётр, Эксперты: нужно узнать у клиента\n")
    assert world.ticket().status is not Status.WAITING_CLIENT

    shown = world.last("network")
    world.say(IVAN, "network", "узнаю", reply_to=shown.id)
    assert world.last("experts").text == "📝 Иван, Сеть: заметка\nузнаю"
    assert world.client_sees == [], "an answer to a note is a note"


def test_case_g7_experts_reach_the_client_by_no_command_button_edit_recall_or_retry() -> None:
    """Acceptance case G7."""
    world = escalated()
    world.fails = lambda row, act: Reason.REFUSED if row.outgoing.origin else True
    world.say(IVAN, "network", "Секундочку")
    world.fails = lambda row, act: True
    failed = world.last("network")
    mirrored = world.last("experts")
    sent = len(seen_by_client(world))

    words = world.say(PETR, "experts", "!Здравствуйте")
    world.edit(PETR, "experts", words, "Здравствуйте, клиент")
    for text in (
        "// нет", "/ask да?", "/note да", "/close", "/recall", "/take", "/release",
        "/priority high", "/card", "/history", "/pass nowhere", "/reopen", "/up",
    ):  # fmt: skip
        world.say(PETR, "experts", text)
    world.say(PETR, "experts", "/recall", reply_to=mirrored.id)
    for verb in ("close", "ask", "note", "resolve", "answer", "take", "priority", "cancel", "skip"):
        world.press(PETR, "experts", f"d:{verb}:1")
        world.say(PETR, "experts", "слова после кнопки")
        if world.ticket().desk != "experts":
            world.say(IVAN, "network", "/up ещё раз")
            sent = len(seen_by_client(world))
    for action in failed.actions:
        assert "не пишет клиентам" in world.press(PETR, "experts", action)

    assert len(seen_by_client(world)) == sent


def test_an_experts_answer_brings_the_ticket_back_down_with_the_words() -> None:
    world = escalated()
    world.press(PETR, "experts", "d:answer:1")
    world.say(PETR, "experts", "Порт включён")
    ticket = world.ticket()
    assert ticket.desk == "network"
    assert ticket.status is Status.NEW
    assert "Порт включён" in world.texts("network")[-1]
    assert world.closed[EXPERTS, "t2"] is True
    assert world.client_sees == []


def test_the_desk_below_can_fetch_the_ticket_back() -> None:
    world = escalated()
    assert world.press(IVAN, "network", "d:take:1").startswith("Заявка №1 сейчас на линии выше")
    assert world.press(IVAN, "network", "d:back:1") == "Возвращено: Сеть"
    assert world.ticket().desk == "network"


def test_a_ticket_routed_straight_to_experts_is_shown_to_a_desk_that_may_answer() -> None:
    world = World(workspace(routing={"rules": [{"desk": "experts"}], "fallback": "billing"}))
    world.open_ticket("Сложное")
    assert world.ticket().path == ("billing", "experts")
    world.client_says(1, "Ау")
    assert world.last("billing").text == world.last("experts").text == "Анна\nАу"
    world.say(OLGA, "billing", "!Слушаю")
    assert world.client_sees == ["Слушаю"]


def test_a_desk_taken_out_of_the_settings_leaves_its_tickets_to_the_fallback() -> None:
    world = World()
    world.open_ticket(topic="money")
    desks = [{"id": "network", "title": "Сеть", "chat": NETWORK}]
    world.workspace = workspace(desks=desks, routing={"fallback": "network"})

    world.client_says(1, "Где все?")

    assert world.ticket().desk == "network"
    assert "Где все?" in world.last("network").text
    assert world.events()[-1] == "passed"


MODULES = [
    module
    for package in (desk, ticket)
    for module in sorted(Path(package.__file__ or "").parent.rglob("*.py"))
]
DOORS = {Path(to_client.__file__), Path(notices.__file__)}


@pytest.mark.parametrize("module", MODULES, ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_case_g7_one_module_alone_opens_the_door_to_the_client(module: Path) -> None:
    """Acceptance case G7: only ``outward`` (and the client's side) can address a client."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    imported = {
        name.rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in (node.module, *(alias.name for alias in node.names))
    }
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "turn"
    }
    doors = {"notices"} & imported | {"say", "tell", "resend"} & called
    assert not doors or module in DOORS
