"""What comes back from an outside expert, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.state import Message
from channels.letter import Undelivered
from escalation.ticket import Status
from tests.desk_world import CLIENT, IVAN, OLGA, PETR, World
from tests.unit.conversation.desk.inquiry.test_outside_experts import (
    FILE,
    VENDOR,
    bar,
    exchanges,
    forward,
    label,
    letter,
    letters,
    preview,
    world,
)

# ---------------------------------------------------------------------- what came back


def test_an_answer_is_a_note_until_somebody_sends_it() -> None:
    """case E3: an expert's letter takes no step of its own, whatever it says."""
    made = world()
    forward(made)
    made.chats[CLIENT] = {}
    letter(made, "/resolve all fine\n/close", parts=(FILE,))
    assert made.client_sees == []
    assert made.ticket().status.open
    note = made.tx.records.history(1)[-1]
    assert (note.kind, note.author.kind, note.author.name) == ("note", "expert", "Вендор")
    shown = made.seen("network")[-2]
    assert "Вендор: ответ по почте" in shown.text
    assert "/resolve all fine" in shown.text
    assert shown.content.parts == (FILE,)


def test_sending_an_answer_gives_the_client_the_new_words_once() -> None:
    """case B16, case G2: the quoted question is not in it, nor the sender, and a second press
    does nothing."""
    made = world()
    forward(made)
    letter(made, parts=(FILE,))
    made.chats[CLIENT] = {}
    send = label(bar(made), ":send")
    assert made.press(IVAN, "network", send) == "Отправляем клиенту"
    (to_client,) = made.chats[CLIENT].values()
    assert to_client.text == "E17 is a broken port."
    assert to_client.content.parts == (FILE,)
    assert "уже всё решил" in made.press(OLGA, "network", send)
    assert len(made.chats[CLIENT]) == 1
    said = made.tx.records.history(1)[-1]
    assert (said.kind, said.author.name) == ("reply", "Иван")
    assert any("Ответ у клиента (Иван)" in text for text in made.texts("network"))


def test_an_answer_can_be_put_in_other_words() -> None:
    made = world()
    forward(made)
    letter(made, "Сломан порт, дешёвое железо", parts=(FILE,))
    made.chats[CLIENT] = {}
    edit = label(bar(made), ":edit")
    made.press(IVAN, "network", edit)
    made.say(IVAN, "network", "Порт неисправен, заменим завтра")
    assert made.client_sees == ["Порт неисправен, заменим завтра"]
    assert "уже всё решил" in made.press(IVAN, "network", edit)
    assert made.chats[CLIENT]


def test_an_answer_can_stay_a_note() -> None:
    made = world()
    forward(made)
    letter(made)
    made.chats[CLIENT] = {}
    send, keep = label(bar(made), ":send"), label(bar(made), ":keep")
    made.press(IVAN, "network", keep)
    assert "Осталось заметкой (Иван)" in made.last("network").text
    assert "уже всё решил" in made.press(IVAN, "network", send)
    assert made.client_sees == []


def test_the_exchange_goes_on_in_both_directions() -> None:
    made = world()
    forward(made)
    letter(made)
    note = made.seen("network")[-2]
    made.say(IVAN, "network", "/forward And E18?", reply_to=note.id)
    shown = preview(made)
    assert "A-17" not in shown.text, "they know the case"
    assert "Hello!" not in shown.text
    made.press(IVAN, "network", label(shown, ":send"))
    (thread,) = exchanges(made)
    head = letters(made)[1].letterhead
    assert head is not None
    assert head.subject == "[#1] No internet"
    assert head.references[:2] == ("<q@mayak.example>", "<a@vendor.example>")
    assert head.quotation is not None
    assert (head.quotation.author, head.quotation.text) == ("Вендор", "E17 is a broken port.")
    assert thread.waiting


def test_an_answer_to_an_experts_note_is_a_note() -> None:
    """case G2: it is neither for the client nor, without the command, for the expert."""
    made = world()
    forward(made)
    letter(made)
    made.chats[CLIENT] = {}
    made.say(IVAN, "network", "я так и думал", reply_to=made.seen("network")[-2].id)
    assert made.client_sees == []
    assert len(letters(made)) == 1


@pytest.mark.parametrize(
    ("sender", "suspicious", "warning"),
    [("eve@evil.example", False, "пришло с eve@evil.example"), (VENDOR, True, "поддельным")],
)
def test_a_letter_of_somebody_else_is_shown_and_trusted_for_nothing(
    sender: str, suspicious: bool, warning: str
) -> None:
    """case E2: a valid token from another sender, or a forged one. It neither ends the waiting nor
    can be sent on by a button, and later letters go where they went before."""
    made = world()
    forward(made)
    before = exchanges(made)
    letter(made, "Send me the contract", sender=sender, suspicious=suspicious)
    note, warned = made.seen("network")[-2:]
    assert "письмо от постороннего" in note.text
    assert "Send me the contract" in note.text
    assert warning in warned.text
    assert warned.actions == []
    assert made.ticket().status is Status.WAITING_VENDOR
    assert exchanges(made) == before
    message = made.tx.records.history(1)[-1]
    assert isinstance(message, Message)
    press = f"d:heard:1:{message.id}:send"
    assert made.press(IVAN, "network", press) == "Эта кнопка больше не действует"


def test_machines_are_shown_quietly_and_end_nothing() -> None:
    """case C14 of an expert: out of office, and a report that the letter did not arrive."""
    made = world()
    forward(made)
    (thread,) = exchanges(made)
    letter(made, "I am out of office", automatic="reply")
    assert "автоматическое письмо" in made.last("network").text
    assert "I am out of office" in made.last("network").text
    report = Undelivered(
        message="<q@mayak.example>",
        place=thread.id,
        recipient=VENDOR,
        permanent=True,
        detail="550 no such user",
    )
    letter(made, "", sender="mailer-daemon@vendor.example", automatic="bounce",
           undelivered=(report,))  # fmt: skip
    assert (
        "Письмо не дошло: Вендор, help@vendor.example. 550 no such user"
        in made.last("network").text
    )
    late = replace(report, permanent=False)
    letter(made, "", sender="mailer-daemon@vendor.example", automatic="bounce",
           undelivered=(late,))  # fmt: skip
    assert "пока не дошло" in made.last("network").text
    assert exchanges(made) == [thread]
    assert made.ticket().status is Status.WAITING_VENDOR


# ---------------------------------------------------------------------- desks and rooms


def escalated(**changes: Any) -> World:
    """A ticket of the experts' desk, which never writes to clients."""
    made = world(**changes)
    made.say(IVAN, "network", "/up не видно порта")
    made.chats[CLIENT] = {}
    return made


def test_a_desk_without_clients_hands_the_answer_to_the_desk_below() -> None:
    """case G7: it may ask outside, but the client hears nothing of it by any button."""
    made = escalated()
    forward(made, desk="experts")
    assert made.client_sees == []
    assert made.ticket().status is Status.WAITING_VENDOR
    assert any("Иван → Вендор, по почте" in text for text in made.texts("network"))
    letter(made)
    assert not any("E17 is a broken" in text for text in made.texts("network"))
    send, edit = label(bar(made, "experts"), ":send"), label(bar(made, "experts"), ":edit")
    assert made.press(PETR, "experts", send) == "Отдано: Сеть"
    assert made.client_sees == []
    assert any(
        "Вендор: ответ по почте (от группы «Эксперты»" in text for text in made.texts("network")
    )
    assert "уже всё решил" in made.press(PETR, "experts", send)
    made.press(PETR, "experts", edit)
    assert made.press(OLGA, "network", label(bar(made), ":send")) == "Отправляем клиенту"
    assert made.client_sees == ["E17 is a broken port."]


def test_other_words_of_a_desk_without_clients_go_to_the_desk_below() -> None:
    """case G7."""
    made = escalated()
    forward(made, desk="experts")
    letter(made)
    made.press(PETR, "experts", label(bar(made, "experts"), ":edit"))
    made.say(PETR, "experts", "Скажите, что меняем порт")
    assert made.client_sees == []
    assert "Скажите, что меняем порт" in made.last("network").text


def test_only_the_desks_of_a_ticket_use_its_buttons() -> None:
    """case E6: a button of another ticket or desk, or years old, does nothing."""
    made = world()
    forward(made)
    letter(made)
    made.open_ticket("Другая беда")
    for data in (
        label(bar(made), ":send"),
        f"d:letter:1:{exchanges(made)[0].id}:reply",
        f"d:letter:1:{exchanges(made)[0].id}:send",
    ):
        foreign = data.replace(":1:", ":2:", 1)
        assert made.press(IVAN, "network", foreign, ticket=2) == "Эта кнопка больше не действует"
        assert "не у вашей группы" in made.press(OLGA, "billing", data)
    for garbage in ("d:letter:1", "d:letter:1:x:send", "d:heard:1::send", "d:expert:1"):
        assert made.press(IVAN, "network", garbage) == "Эта кнопка больше не действует"


def test_the_answer_follows_a_ticket_that_was_passed_on() -> None:
    made = world()
    forward(made)
    made.say(IVAN, "network", "/pass billing разберитесь")
    letter(made)
    assert "E17 is a broken port." in made.texts("billing")[-2]
    assert "d:heard" in bar(made, "billing").actions[0]
    other = world()
    forward(other)
    letter(other)
    other.say(IVAN, "network", "/pass billing разберитесь")
    other.chats[CLIENT] = {}
    other.press(OLGA, "billing", label(bar(other, "billing"), ":send"))
    assert other.client_sees == ["E17 is a broken port."]


def test_a_room_that_was_deleted_gets_letters_and_open_questions_back() -> None:
    """case B9 with experts: the history tells what was asked and answered."""
    made = world()
    forward(made)
    letter(made)
    made.delete_thread("network")
    made.client_says(1, "Ну что?")
    told = "\n".join(made.texts("network"))
    assert "📨 Иван → Вендор, 23 нояб. 12:00: What does E17 mean?" in told
    assert "📝 Вендор, 23 нояб. 12:00: E17 is a broken port." in told
    made.chats[CLIENT] = {}
    made.press(IVAN, "network", label(bar(made), ":send"))
    assert made.client_sees == ["E17 is a broken port."]


def test_what_happened_is_written_down() -> None:
    """case G9: who asked and who answered, with the time."""
    made = world()
    forward(made)
    letter(made)
    told = [(e.kind, e.author.name, e.after, e.detail) for e in made.tx.records.ticket_events(1)]
    assert ("forwarded", "Иван", "Вендор", "What does E17 mean?") in told
    assert ("answered", "Вендор", "", "E17 is a broken port.") in told
