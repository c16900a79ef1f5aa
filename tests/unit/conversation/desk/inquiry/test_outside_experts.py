"""Asking somebody outside by mail, step by step: the letter, its answer, and who may do what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.decision import Decision
from bot.conversation.say.actions import token
from bot.conversation.state import Message
from channels.letter import Letter, Letterhead, Pointer, Undelivered
from channels.message import (
    Address,
    Contact,
    Content,
    FormattedText,
    Inbound,
    Location,
    Media,
    Post,
    Reason,
    Said,
    Sender,
)
from escalation.experts import SideThread
from escalation.settings import Topic
from escalation.ticket import IntakeAnswer, Status
from tests.desk_world import CLIENT, IVAN, OLGA, PETR, Shown, World, workspace

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


# ---------------------------------------------------------------------- what goes out


def test_nothing_leaves_before_it_was_seen_and_sent() -> None:
    made = world()
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "What does E17 mean?", parts=(FILE,))
    shown = preview(made)
    for words in ("[#1] No internet", "Hello!", "What does E17 mean?", "A-17", "guide.pdf"):
        assert words in shown.text
    assert letters(made) == []
    made.press(IVAN, "network", label(shown, ":send"))
    (sent,) = letters(made)
    assert sent.content.text.text in shown.text
    assert sent.content.parts == (FILE,)
    assert sent.letterhead is not None
    assert (sent.letterhead.subject, sent.letterhead.language) == ("[#1] No internet", "en")
    assert sent.letterhead.automatic is False
    (thread,) = exchanges(made)
    assert thread.address == Address(channel="email", chat=VENDOR, thread=thread.id)
    assert thread.waiting


def test_the_expert_reads_what_was_chosen_and_no_more() -> None:
    """case E2 of an expert: neither client, specialist nor desk is named unless it was chosen."""
    made = world()
    made.client_says(1, "Меня зовут Анна, договор A-17")
    made.say(IVAN, "network", "// между нами: опять они")
    forward(made)
    (sent,) = letters(made)
    written = sent.content.words
    assert "A-17" in written
    for hidden in ("Анна", "anna", "Иван", "Сеть", "Network", "опять они", "Не работает"):
        assert hidden not in written + (sent.letterhead.subject if sent.letterhead else "")


def test_contacts_and_places_go_out_only_when_chosen() -> None:
    made = world()
    place = Location(latitude=59.9, longitude=30.3, address="Невский, 1")
    card = Contact(phone="+7 900", name="Анна Иванова")
    made.client_says(1, "я тут", parts=(place, card))
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "Who serves this place?")
    made.press(IVAN, "network", label(preview(made), ":all"))
    for hidden in ("Невский", "59.9", "+7 900", "Иванова"):
        assert hidden not in preview(made).text
    assert "я тут" in preview(made).text
    made.press(IVAN, "network", label(preview(made), ":client"))
    for told in ("Невский", "59.9", "+7 900", "Иванова", "Client: Анна, @anna"):
        assert told in preview(made).text
    made.press(IVAN, "network", label(preview(made), ":client_off"))
    assert "Невский" not in preview(made).text


LAMP = Topic.model_validate(
    {
        "id": "internet",
        "title": {"ru": "Нет интернета", "en": "No internet"},
        "questions": [
            {
                "id": "lamp",
                "type": "choice",
                "ask": {"ru": "Какая лампа горит?", "en": "Which lamp is lit?"},
                "options": [
                    {"id": "red", "label": {"ru": "Красная", "en": "The red one"}},
                    {"id": "none", "label": {"ru": "Никакая", "en": "None"}},
                ],
            },
            {"id": "phone", "type": "phone", "ask": "Телефон"},
        ],
    }
)


def test_answers_of_intake_are_told_in_the_experts_language() -> None:
    """A chosen option reads as the expert reads; contacts, and answers to questions nobody knows
    any more, stay out."""
    used = replace(workspace(email=EMAIL, experts=[EXPERT]), topics={"internet": LAMP})
    made = World(used)
    made.open_ticket(
        "Не работает",
        answers=(
            IntakeAnswer(question="lamp", value="red", label="Красная"),
            IntakeAnswer(question="phone", value="+7900", label="+7 900"),
            IntakeAnswer(question="gone", value="Анна", label="Анна"),
        ),
    )
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "What is it?")
    shown = preview(made).text
    assert "What it is about: No internet\n• Which lamp is lit: The red one" in shown
    assert "+7 900" not in shown
    assert "Анна" not in shown
    made.press(IVAN, "network", label(preview(made), ":client"))
    assert "+7 900" in preview(made).text
    russian = [{**EXPERT, "language": None}]
    made.workspace = replace(workspace(email=EMAIL, experts=russian), topics={"internet": LAMP})
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "Что это?")
    told = preview(made).text
    for words in ("[№1] Нет интернета", "Здравствуйте!", "• Какая лампа горит: Красная"):
        assert words in told


def test_messages_are_chosen_by_button_or_by_answering_them() -> None:
    made = world()
    made.client_says(1, "Первое")
    second = made.client_says(1, "Второе", parts=(FILE,))
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "What is it?")
    made.press(IVAN, "network", label(preview(made), ":last"))
    assert "Второе" in preview(made).text
    assert "Первое" not in preview(made).text
    made.press(IVAN, "network", label(preview(made), ":none"))
    assert "Второе" not in preview(made).text
    here = made.tx.records.places_of(second.id, "telegram", made.workspace.desks["network"].chat)
    made.say(IVAN, "network", "/forward", reply_to=here[0])
    assert "Второе" in preview(made).text
    assert "guide.pdf" in preview(made).text
    made.press(IVAN, "network", label(preview(made), ":all"))
    assert "Первое" in preview(made).text
    made.press(IVAN, "network", label(preview(made), ":case_off"))
    assert "A-17" not in preview(made).text
    made.press(IVAN, "network", label(preview(made), ":send"))
    (sent,) = letters(made)
    assert [part for part in sent.content.parts if isinstance(part, Media)] == [FILE]


def test_a_message_answered_with_the_command_goes_along_from_the_start() -> None:
    made = world({"id": "other", "title": "Другой", "address": "o@other.example"})
    said = made.client_says(1, "Ошибка E17")
    here = made.tx.records.places_of(said.id, "telegram", made.workspace.desks["network"].chat)
    made.say(IVAN, "network", "/forward", reply_to=here[0])
    made.press(IVAN, "network", made.last("network").actions[0])
    made.say(IVAN, "network", "What is it?")
    assert "Ошибка E17" in preview(made).text


def test_the_letter_is_the_one_that_was_shown() -> None:
    """What a client corrects after the preview does not go out unseen."""
    made = world()
    said = made.client_says(1, "Второе")
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "What is it?")
    made.press(IVAN, "network", label(preview(made), ":last"))
    made.client_edits(1, said, Content(text=FormattedText("Совсем другое")))
    made.press(IVAN, "network", label(preview(made), ":send"))
    (sent,) = letters(made)
    assert "Второе" in sent.content.words
    assert "Совсем другое" not in sent.content.words


def test_a_letter_can_be_changed_or_given_up() -> None:
    made = world()
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "First words")
    made.press(IVAN, "network", label(preview(made), ":change"))
    made.say(IVAN, "network", "Better words")
    assert [m.text for m in made.seen("network") if "First words" in m.text] == ["First words"]
    shown = preview(made)
    made.press(IVAN, "network", label(shown, ":cancel"))
    assert not any("Better words" in t for t in made.texts("network") if t != "Better words")
    assert "уже отправлено или отменено" in made.press(IVAN, "network", label(shown, ":send"))
    assert letters(made) == []


def test_a_button_of_an_older_preview_sends_nothing() -> None:
    """What goes out is what its preview shows: a colleague's newer letter is not sent by it."""
    made = world()
    forward(made)
    letter(made)
    reply = label(bar(made), ":reply")
    made.press(IVAN, "network", reply)
    made.say(IVAN, "network", "Old words")
    old = label(preview(made), ":send")
    made.press(OLGA, "network", reply)
    made.say(OLGA, "network", "New words")
    assert "уже отправлено или отменено" in made.press(IVAN, "network", old)
    assert len(letters(made)) == 1
    made.press(OLGA, "network", label(preview(made), ":send"))
    assert "New words" in letters(made)[1].content.words


def test_sent_twice_is_sent_once() -> None:
    """case B16: the second press, or a colleague's, finds the letter gone."""
    made = world()
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "What is it?")
    send = label(preview(made), ":send")
    made.press(IVAN, "network", send)
    assert "уже отправлено" in made.press(OLGA, "network", send)
    assert len(letters(made)) == 1


def test_an_expert_who_was_struck_off_gets_nothing_any_more() -> None:
    """case E6 of an expert: what a button does is checked when it is pressed."""
    made = world()
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "What is it?")
    send = label(preview(made), ":send")
    made.workspace = workspace(email=EMAIL, experts=[{**EXPERT, "address": "new@vendor.example"}])
    assert "нет «Вендор»" in made.press(IVAN, "network", send)
    made.workspace = workspace(email=EMAIL, experts=[{**EXPERT, "desks": ["billing"]}])
    assert made.press(IVAN, "network", send) != "Отправляем: Вендор"
    assert letters(made) == []


def test_late_words_for_a_letter_are_a_note() -> None:
    """case G2: what was meant for an expert does not reach the client by coming too late."""
    made = world()
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.chats[CLIENT] = {}
    made.advance(minutes=11)
    made.say(IVAN, "network", "What does E17 mean?")
    assert made.client_sees == []
    assert letters(made) == []
    assert made.tx.records.history(1)[-1].kind == "note"


def test_the_letter_tells_its_fate_on_the_specialists_own_message() -> None:
    """case G3: not sent is told with the reason, and can be tried again by any desk."""
    made = world()
    made.fails = lambda row, act: (
        Reason.REFUSED if isinstance(act, Post) and act.letterhead is not None else True
    )
    forward(made)
    told = next(m for m in made.seen("network") if "Письмо не отправлено (Вендор)" in m.text)
    assert "письмо" in told.text.lower()
    made.fails = lambda row, act: True
    assert made.press(PETR, "network", told.actions[0]) == "Отправляем ещё раз"
    assert len(letters(made)) == 1
    assert "уже отправлено" in made.press(PETR, "network", told.actions[0])
    assert len(letters(made)) == 1


def test_a_letter_that_has_left_is_not_changed_by_an_edit() -> None:
    made = world()
    question = forward(made)
    made.edit(IVAN, "network", question, "What does E18 mean?")
    assert "Письмо уже ушло" in made.last("network").text
    made.say(IVAN, "network", "/recall", reply_to=question)
    assert "Письмо уже ушло" in made.last("network").text
    assert made.tx.records.history(1)[-1].content.words == "What does E17 mean?"


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
