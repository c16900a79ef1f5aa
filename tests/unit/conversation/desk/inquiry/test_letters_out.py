"""What an outside expert is sent, and what goes along."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.say.actions import token
from channels.message import (
    Address,
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    Post,
    Reason,
)
from escalation.settings import Topic
from escalation.ticket import IntakeAnswer
from tests.desk_world import CLIENT, IVAN, OLGA, PETR, World, workspace
from tests.unit.conversation.desk.inquiry.test_outside_experts import (
    EMAIL,
    EXPERT,
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
            {"id": "home", "type": "text", "ask": "Адрес", "private": True},
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
            IntakeAnswer(question="home", value="Портовая, 14", label="Портовая, 14"),
            IntakeAnswer(question="gone", value="Анна", label="Анна"),
        ),
    )
    made.press(IVAN, "network", f"d:expert:1:{token('vendor')}:")
    made.say(IVAN, "network", "What is it?")
    shown = preview(made).text
    assert "What it is about: No internet\n• Which lamp is lit: The red one" in shown
    for hidden in ("+7 900", "Портовая", "Анна"):
        assert hidden not in shown
    made.press(IVAN, "network", label(preview(made), ":client"))
    for told in ("+7 900", "Портовая"):
        assert told in preview(made).text
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
