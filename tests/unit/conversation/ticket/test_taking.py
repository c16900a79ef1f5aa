"""Who has a ticket, who may say so, and buttons that are pressed too often or too late."""

from __future__ import annotations

import pytest

from bot.conversation.knowledge import held_by_person
from escalation.ticket import Status
from tests.desk_world import ANONYMOUS, EXPERTS, IVAN, NETWORK, OLGA, World, workspace


def test_case_g1_two_take_at_once_and_one_wins() -> None:
    """Acceptance case G1."""
    world = World()
    world.open_ticket()

    first = world.press(IVAN, "network", "d:take:1", deliver=False)
    second = world.press(OLGA, "network", "d:take:1", deliver=False)
    world.deliver()

    told = {release.press: release.text for release in world.releases}
    assert told[first] == "Заявка №1 ваша"
    assert told[second] == "Заявку №1 уже взял(а) Иван"
    assignee = world.ticket().assignee
    assert assignee is not None
    assert assignee.name == "Иван"
    assert "Исполнитель: Иван" in world.card("network").text
    assert world.events().count("taken") == 1


def test_case_f5_the_bot_is_silent_as_long_as_somebody_has_the_ticket() -> None:
    """Acceptance case F5."""
    world = World()
    world.open_ticket()
    assert not held_by_person(world.tx.records, "k1", world.now)

    world.say(IVAN, "network", "Здравствуйте, смотрю.")
    assert held_by_person(world.tx.records, "k1", world.now)

    world.press(OLGA, "network", "d:release:1")
    assert not held_by_person(world.tx.records, "k1", world.now)


def test_the_first_reply_takes_a_ticket_nobody_has() -> None:
    world = World()
    world.open_ticket()

    world.say(IVAN, "network", "Здравствуйте!")
    world.say(OLGA, "network", "И я с вами.")

    ticket = world.ticket()
    assert ticket.assignee is not None
    assert ticket.assignee.name == "Иван"
    assert ticket.status is Status.IN_PROGRESS
    assert ticket.first_reply_at == world.now
    assert world.events() == ["opened", "taken", "status"]


def test_a_taken_ticket_can_be_released_and_taken_by_another() -> None:
    world = World()
    world.open_ticket()
    world.press(IVAN, "network", "d:take:1")
    assert "d:release:1" in world.card("network").actions

    world.press(OLGA, "network", "d:release:1")
    assert "d:take:1" in world.card("network").actions
    assert world.press(OLGA, "network", "d:take:1") == "Заявка №1 ваша"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("d:take:99", "Заявки №99 нет"),
        ("d:take:2", "Заявка №2 сейчас не у вашей группы: отсюда с ней ничего сделать нельзя"),
        ("d:take", "Эта кнопка больше не действует"),
        ("d:set:1:enormous", "Эта кнопка больше не действует"),
        ("d:skip:1", "Эта кнопка больше не действует"),
        ("d:again:1", "Эта кнопка больше не действует"),
        ("d:to:1:nowhere", "Группы «nowhere» нет среди тех, кому можно передать"),
        ("c:solved:1", "Эта кнопка больше не действует"),
        ("d:take:1:" + "x" * 80, "Эта кнопка больше не действует"),
        ("\x00мусор", "Эта кнопка больше не действует"),
    ],
)
def test_case_e6_forged_buttons_and_other_desks_tickets_do_nothing(data: str, told: str) -> None:
    """Acceptance case E6."""
    world = World()
    world.open_ticket()
    world.open_ticket(topic="money")

    assert world.press(IVAN, "network", data) == told
    assert world.ticket(1).assignee is None
    assert world.ticket(2).assignee is None
    assert world.events(1) == world.events(2) == ["opened"]


def test_case_e6_a_removed_specialist_and_an_anonymous_one_are_refused_when_they_act() -> None:
    """Acceptance case E6."""
    world = World()
    world.open_ticket()
    card = world.card("network").id
    desks = [
        desk.model_dump(mode="json", exclude_none=True) | {"members": ["12"]}
        for desk in world.workspace.settings.desks
    ]
    for desk in desks:
        desk["title"] = desk["id"]
    world.workspace = workspace(desks=desks)

    assert "нет среди сотрудников" in world.press(IVAN, "network", "d:take:1", message=card)
    assert "анонимно" in world.press(ANONYMOUS, "network", "d:take:1", message=card)
    assert world.press(OLGA, "network", "d:take:1", message=card) == "Заявка №1 ваша"

    for _ in range(2):
        message = world.say(IVAN, "network", "Это никому не уйдёт")
        assert world.chats[NETWORK][message].marks == ["unheard"]
    said = [text for text in world.texts("network") if "нет среди сотрудников" in text]
    assert len(said) == 1, "said once, the marks say the rest"
    assert not any("не уйдёт" in text for text in world.client_sees)


def test_an_anonymous_administrator_is_told_once_and_never_heard() -> None:
    world = World()
    world.open_ticket()

    first = world.say(ANONYMOUS, "network", "Кто я?")
    second = world.say(ANONYMOUS, "network", "/close")

    assert [world.chats[NETWORK][m].marks for m in (first, second)] == [["unheard"], ["unheard"]]
    assert sum("анонимно" in text for text in world.texts("network")) == 1
    assert world.client_sees == []
    assert world.ticket().status is Status.NEW


def test_case_b16_a_double_press_has_one_effect_and_both_are_released() -> None:
    """Acceptance case B16."""
    world = World()
    world.open_ticket()

    presses = [world.press(IVAN, "network", "d:take:1", deliver=False) for _ in range(2)]
    world.deliver()

    assert sorted(r.press for r in world.releases) == sorted(presses)
    assert world.events() == ["opened", "taken", "status"]
    assert len(world.client_sees) == 1, "the client hears once that it was taken"


def test_case_b16_a_button_of_a_former_room_does_nothing_after_a_week() -> None:
    """Acceptance case B16."""
    world = World()
    world.open_ticket()
    card = world.card("network").id
    world.say(IVAN, "network", "/pass billing")
    world.advance(days=7)

    told = world.press(IVAN, "network", "d:resolve:1", message=card)

    assert told == "Заявка №1 сейчас не у вашей группы: отсюда с ней ничего сделать нельзя"
    assert world.card("network").actions == []
    assert world.ticket().prompts == ()


def test_every_button_of_every_card_fits_into_64_bytes() -> None:
    """Case B16: opaque data, 64 bytes at most, even with the longest desk id."""
    long = "n" + "-long" * 7 + "abcd"
    desks = [
        {"id": "network", "title": "Сеть", "chat": NETWORK},
        {"id": long, "title": "Длинная", "chat": EXPERTS},
    ]
    world = World(workspace(desks=desks, routing={"fallback": "network"}))
    world.open_ticket()
    world.press(IVAN, "network", "d:pass:1")
    actions = [action for shown in world.seen("network") for action in shown.actions]
    assert f"d:to:1:{long}" in actions
    assert all(len(action.encode()) <= 64 for action in actions)
