"""Asking somebody outside by mail, step by step: the letter, its answer, and who may do what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.decision import Decision
from bot.conversation.say.actions import token
from channels.letter import Letter, Letterhead, Pointer
from channels.message import (
    Address,
    Content,
    FormattedText,
    Inbound,
    Media,
    Post,
    Said,
    Sender,
)
from escalation.experts import SideThread
from escalation.ticket import IntakeAnswer, Status
from tests.desk_chats import Shown
from tests.desk_world import CLIENT, IVAN, World, workspace

VENDOR = "help@vendor.example"
FILE = Media(kind="document", path="/files/guide.pdf", name="guide.pdf")
EMAIL = {
    "mailboxes": [
        {
            "address": "support@mayak.example",
            "imap": {"host": "mail.mayak.example"},
            "smtp": {"host": "mail.mayak.example"},
        }
    ]
}
EXPERT = {
    "id": "vendor",
    "title": {"ru": "Вендор", "en": "Vendor"},
    "address": VENDOR,
    "vendor": True,
    "language": "en",
    "remind_after": "8h",
    "hold": True,
}
SECOND = {"id": "lab", "title": "Лаборатория", "address": "lab@lab.example", "desks": ["billing"]}
ANSWERS = (IntakeAnswer(question="contract", value="A-17", label="A-17"),)


def world(*more: dict[str, Any], **changes: Any) -> World:
    """A ticket of the network desk, and a vendor who can be asked."""
    settings = {"email": EMAIL, "experts": [EXPERT, SECOND, *more], **changes}
    made = World(workspace(**settings))
    made.open_ticket("Не работает интернет", answers=ANSWERS)
    return made


def exchanges(made: World) -> list[SideThread]:
    return list(made.tx.records.side_threads_of(1))


def letters(made: World) -> list[Post]:
    """What was sent by mail."""
    return [act for place, act in made.sent if place.channel == "email" and isinstance(act, Post)]


def label(shown: Shown, action: str) -> str:
    """The button of a kind under a message: its action."""
    found = [each for each in shown.actions if each.endswith(action) or f"{action}:" in each]
    assert len(found) == 1, shown.actions
    return found[0]


def preview(made: World, desk: str = "network") -> Shown:
    return next(m for m in reversed(made.seen(desk)) if "ещё не отправлено" in m.text)


def bar(made: World, desk: str = "network") -> Shown:
    return next(m for m in reversed(made.seen(desk)) if any("d:heard" in a for a in m.actions))


def forward(made: World, question: str = "What does E17 mean?", desk: str = "network") -> str:
    """Write a letter to the vendor and send it; the message that held the question."""
    made.press(IVAN, desk, f"d:expert:1:{token('vendor')}:")
    message = made.say(IVAN, desk, question)
    assert made.press(IVAN, desk, label(preview(made, desk), ":send")) == "Отправляем: Вендор"
    return message


def letter(
    made: World,
    words: str = "E17 is a broken port.",
    *,
    sender: str = VENDOR,
    parts: tuple[Media, ...] = (),
    **more: Any,
) -> None:
    """A letter that points to the only exchange by its signed address."""
    thread = exchanges(made)[-1]
    came = Letter(
        mailbox="support@mayak.example",
        points_to=(Pointer(place=thread.id, by="address"),),
        references=("<q@mayak.example>", "<a@vendor.example>"),
        quoted="> Клиент: Не работает интернет",
        **more,
    )
    said = Said(
        message="<a@vendor.example>",
        content=Content(text=FormattedText(words), parts=parts),
        letter=came,
    )
    inbound = Inbound(
        channel="email",
        external_id="a",
        address=Address(channel="email", chat=sender),
        private=True,
        sender=Sender(id=sender, name="John Smith"),
        at=made.now,
        event=said,
    )
    made.decide(inbound)
    made.deliver()


# ---------------------------------------------------------------------- whom


def test_the_card_offers_to_forward_where_somebody_can_be_asked() -> None:
    assert "d:forward:1" in world().card("network").actions
    for changes in ({"email": None}, {"experts": [SECOND]}):
        made = world(**changes)
        assert "d:forward:1" not in made.card("network").actions
        assert made.press(IVAN, "network", "d:forward:1") != "Выберите ниже"
    anyone = world(experts=[], forward="anyone")
    assert "d:forward:1" in anyone.card("network").actions


def test_only_the_experts_of_the_desk_are_offered() -> None:
    made = world()
    made.press(IVAN, "network", "d:forward:1")
    assert made.last("network").actions == [f"d:expert:1:{token('vendor')}:", "d:cancel:1"]
    assert "больше не действует" in made.press(IVAN, "network", f"d:expert:1:{token('lab')}:")
    assert exchanges(made) == []


def test_a_typed_address_is_asked_where_the_settings_allow_it() -> None:
    made = world(forward="anyone")
    made.press(IVAN, "network", "d:forward:1")
    made.press(IVAN, "network", "d:address:1:")
    made.say(IVAN, "network", "спросите у них")
    assert "Напишите адрес почты" in made.last("network").text, "asked again"
    made.say(IVAN, "network", "Lab of Light <Light@lab.example>")
    made.say(IVAN, "network", "Что это?")
    assert "Письмо: Lab of Light (light@lab.example)" in preview(made).text
    assert letters(made) == []
    closed = world()
    assert "Спросить можно только тех" in closed.press(IVAN, "network", "d:address:1:")
    closed.say(IVAN, "network", "/forward light@lab.example Что это?")
    assert "Спросить можно только тех" in closed.last("network").text


@pytest.mark.parametrize("address", ["support@mayak.example", "Support <SUPPORT@mayak.example>"])
def test_nobody_asks_ourselves(address: str) -> None:
    made = world(forward="anyone")
    made.press(IVAN, "network", "d:address:1:")
    made.say(IVAN, "network", address)
    assert "наш собственный ящик" in made.last("network").text
    assert exchanges(made) == []


def test_the_client_is_never_asked_as_an_expert() -> None:
    made = world(forward="anyone")
    conversation = made.tx.records.conversation("k1")
    assert conversation is not None
    there = Address(channel="email", chat="anna@client.example")
    made.tx.apply(Decision(conversation=replace(conversation, address=there)), made.now)
    made.press(IVAN, "network", "d:address:1:")
    made.say(IVAN, "network", "anna@client.example")
    assert "адрес клиента" in made.last("network").text


def test_a_command_names_whom_and_what() -> None:
    for words in (
        "/forward vendor What is E17?",
        "/переслать Вендор What is E17?",
        "/forward help@vendor.example What is E17?",
        "/forward What is E17?",  # there is one expert only
    ):
        made = world()
        made.say(IVAN, "network", words)
        assert "Письмо: Вендор" in preview(made).text, words
        assert "What is E17?" in preview(made).text
        assert "vendor What" not in preview(made).text
    made = world({"id": "other", "title": "Другой", "address": "o@other.example"})
    made.say(IVAN, "network", "/forward What is E17?")
    assert "нет «What»" in made.last("network").text


# ---------------------------------------------------------------------- the ticket meanwhile


def test_the_ticket_waits_and_the_client_hears_of_it_once() -> None:
    made = world()
    made.chats[CLIENT] = {}
    forward(made)
    assert made.ticket().status is Status.WAITING_VENDOR
    assert len(made.client_sees) == 1
    assert "обратились к партнёрам" in made.client_sees[0]
    assert "Вендор" not in made.client_sees[0]
    assert "Вендор: ждём ответа с 23 нояб. 12:00" in made.card("network").text
    letter(made)
    assert made.ticket().status is not Status.WAITING_VENDOR
    assert "Вендор: теперь наш черёд" in made.card("network").text
    made.press(IVAN, "network", label(bar(made), ":reply"))
    made.say(IVAN, "network", "And E18?")
    made.press(IVAN, "network", label(preview(made), ":send"))
    assert made.ticket().status is Status.WAITING_VENDOR
    assert len(made.client_sees) == 1, "once for one exchange"


def test_waiting_can_be_ended_by_hand() -> None:
    made = world()
    forward(made)
    stop = next(m for m in made.seen("network") if any(":end" in a for a in m.actions))
    assert made.press(IVAN, "network", label(stop, ":end")) == "Больше не ждём ответа: Вендор"
    assert made.ticket().status is not Status.WAITING_VENDOR
    assert "Кого спросили" not in made.card("network").text
    assert made.press(IVAN, "network", label(stop, ":end")) == "Этого ответа мы уже не ждём"


def test_silence_is_answered_with_one_reminder_and_then_told() -> None:
    made = world()
    forward(made)
    (thread,) = exchanges(made)
    due = [t.due for d in made.decisions for t in d.timers if t.kind == "expert"]
    assert due == [made.now + timedelta(hours=8)]
    for hours in (8, 16, 24):
        made.advance(hours=8)
        made.fire("expert", thread.id)
        told = made.last("network").text
        assert f"{'1 день' if hours == 24 else f'{hours} час'}" in told
        assert ("Отправил напоминание" in told) is (hours == 8)
    sent = letters(made)
    assert len(sent) == 2
    reminder = sent[1]
    assert "May we remind you" in reminder.content.words
    assert isinstance(reminder.letterhead, Letterhead)
    assert reminder.letterhead.automatic
    assert reminder.letterhead.subject == "[#1] No internet"
    assert len(reminder.letterhead.references) == 1, "it follows our own letter"
    assert reminder.letterhead.quotation is not None
    assert reminder.letterhead.quotation.text == "What does E17 mean?"
    (thread,) = exchanges(made)
    assert thread.reminders == 3
    letter(made)
    before = len(letters(made))
    made.fire("expert", thread.id)
    assert len(letters(made)) == before


def test_the_end_of_the_ticket_ends_the_waiting() -> None:
    made = world()
    forward(made)
    made.say(IVAN, "network", "/resolve Заменили порт")
    (thread,) = exchanges(made)
    assert thread.ended_at is not None
    assert [t.due for d in made.decisions for t in d.timers if t.kind == "expert"][-1] is None
    made.fire("expert", thread.id)
    assert len(letters(made)) == 1
    letter(made)
    assert "E17 is a broken port." in made.texts("network")[-2]
    assert "заявка №1 уже решена" in bar(made).text


def test_an_answer_to_a_closed_ticket_is_still_shown() -> None:
    """Nothing written to us disappears: the closed topic takes it, with a word."""
    made = world()
    forward(made)
    made.say(IVAN, "network", "/close")
    letter(made)
    assert "заявка №1 закрыта" in bar(made).text
    assert made.ticket().status is Status.CLOSED
    told = made.press(IVAN, "network", label(bar(made), ":send"))
    assert "закрыта" in told
