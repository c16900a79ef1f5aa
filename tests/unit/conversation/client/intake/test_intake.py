"""Line 1 as the client lives through it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.conversation.state import ChoosingTopic, Idle, Intake
from channels.message import (
    Buttons,
    Contact,
    Location,
    Media,
    NoKeyboard,
    ShareRequest,
    Unreadable,
)
from config.settings import Workspace
from escalation.ticket import Priority
from tests.unit.conversation.client.talk import Talk

PHOTO = Media(kind="photo", channel="telegram", file="p")


def asked(talk: Talk) -> str:
    """Id of the question on screen."""
    waiting = talk.conversation.waiting
    assert isinstance(waiting, Intake)
    return waiting.asked


def answers(talk: Talk, number: int = 1) -> dict[str, str]:
    return {answer.question: answer.value for answer in talk.ticket(number).answers}


def test_free_text_names_the_topic_and_what_it_says_is_not_asked(talk: Talk) -> None:
    talk.say("пропал интернет, договор NB-123456, на роутере красная лампочка")
    assert asked(talk) == "photo", "only what is missing"
    talk.say("", PHOTO)
    talk.say("+7 912 345-67-89")
    ticket = talk.ticket(1)
    assert (ticket.topic, ticket.desk) == ("internet", "tech")
    assert answers(talk) == {
        "contract": "NB-123456", "lights": "red", "photo": "1", "phone": "+79123456789",
    }  # fmt: skip
    assert "№1" in talk.screen
    assert "Договор: NB-123456" in talk.screen
    assert "Техники" in talk.screen
    photo = next(a for a in ticket.answers if a.question == "photo")
    assert [m.id for m in talk.history(1) if m.content.parts] == list(photo.messages)


def test_priority_follows_the_answers(talk: Talk) -> None:
    talk.say("пропал интернет")
    talk.press("Пропустить")
    talk.press("Ничего")
    assert asked(talk) == "phone", "the photo is asked only for a red light"
    talk.say("89123456789")
    assert talk.ticket(1).priority is Priority.URGENT


def test_remembered_answers_are_never_asked_again(talk: Talk) -> None:
    talk.say("пропал интернет, договор NB-123456")
    talk.press("Ничего")
    talk.say("89123456789")
    talk.say("/new")
    talk.say("не работает интернет")
    assert asked(talk) == "lights"
    talk.press("Ничего")
    assert answers(talk, 2) == {
        "contract": "NB-123456", "lights": "dark", "phone": "+79123456789",
    }  # fmt: skip


def test_a_topic_by_button(talk: Talk) -> None:
    talk.say("абракадабра")
    assert isinstance(talk.conversation.waiting, ChoosingTopic)
    assert talk.last_labels() == [
        "Интернет", "Анкета", "Оплата", "Не знаю", "Отменить", "🙋 Позвать специалиста",
    ]  # fmt: skip
    talk.press("Оплата")
    assert (talk.ticket(1).topic, talk.ticket(1).desk) == ("billing", "money")
    assert talk.heard(1) == ["абракадабра"]


def test_a_topic_in_other_words(talk: Talk) -> None:
    talk.say("абракадабра")
    talk.say("списали деньги дважды")
    assert talk.ticket(1).topic == "billing"
    assert talk.heard(1) == ["абракадабра", "списали деньги дважды"]


def test_none_of_the_topics(talk: Talk) -> None:
    talk.say("абракадабра")
    talk.press("Не знаю")
    assert (talk.ticket(1).topic, talk.ticket(1).desk) == (None, "tech")


def test_better_words_are_answered_after_all(talk: Talk) -> None:
    talk.say("абракадабра")
    talk.say("как сменить пароль от вайфай")
    assert "настройки роутера" in talk.screen
    assert isinstance(talk.conversation.waiting, Idle)


FORM = [
    ("name", "Анна"),
    ("devices", "3"),
    ("mail", "a@b.ru"),
    ("day", "завтра"),
    ("place", "Москва, Ленина 5"),
]


def begin_form(talk: Talk, step: int) -> None:
    """Answer the form up to a question."""
    talk.say("хочу заполнить анкету")
    for question, answer in FORM[:step]:
        assert asked(talk) == question
        talk.say(answer)
    assert asked(talk) == FORM[step][0]


@pytest.mark.parametrize("step", range(len(FORM)))
@pytest.mark.parametrize("typed", [True, False])
def test_a_person_at_every_step(talk: Talk, step: int, typed: bool) -> None:
    """case F9: "a person, please" works at every step and opens with what there is."""
    begin_form(talk, step)
    if typed or FORM[step][0] == "place":
        talk.say("Сразу к специалисту")
    else:
        talk.press("Сразу к специалисту")
    assert list(answers(talk)) == [question for question, _ in FORM[:step]]
    assert isinstance(talk.conversation.waiting, Idle)


@pytest.mark.parametrize("step", range(len(FORM)))
def test_cancel_at_every_step(talk: Talk, step: int) -> None:
    """case F9: "cancel" works at every step; no ticket is opened and nothing waits."""
    begin_form(talk, step)
    talk.say("/cancel" if step % 2 else "отменить")
    assert talk.tickets() == []
    assert isinstance(talk.conversation.waiting, Idle)
    assert "Отменил" in talk.screen


@pytest.mark.parametrize("step", range(1, len(FORM)))
def test_back_at_every_step(talk: Talk, step: int) -> None:
    """case F9: "back" asks the question before again and forgets its answer."""
    begin_form(talk, step)
    talk.say("← Шаг назад")
    waiting = talk.conversation.waiting
    assert isinstance(waiting, Intake)
    assert waiting.asked == FORM[step - 1][0]
    assert [a.question for a in waiting.answers] == [q for q, _ in FORM[: step - 1]]


def test_back_from_the_first_question_leads_to_the_topics(talk: Talk) -> None:
    """case F9"""
    begin_form(talk, 0)
    talk.press("← Шаг назад")
    assert isinstance(talk.conversation.waiting, ChoosingTopic)
    talk.press("Оплата")
    assert talk.ticket(1).topic == "billing"


def test_only_optional_questions_are_skipped(talk: Talk) -> None:
    """case F9: "skip" is offered where it may be, and refused where it may not."""
    talk.say("пропал интернет")
    assert "Пропустить" in talk.last_labels()
    talk.say("Пропустить")
    assert asked(talk) == "lights"
    assert "Пропустить" not in talk.last_labels()
    talk.say("Пропустить")
    assert asked(talk) == "lights"
    assert "трудно помочь" in talk.screen


def test_a_wrong_answer_is_explained_and_kept(talk: Talk) -> None:
    """case F9: a wrong answer is explained, with an example, and is not lost."""
    talk.say("пропал интернет")
    talk.say("не помню")
    assert "выглядит иначе" in talk.screen
    assert "Например: NB-123456" in talk.screen
    talk.say("правда не помню")
    assert "позовите специалиста" in talk.screen
    talk.press("Сразу к специалисту")
    assert talk.heard(1) == ["пропал интернет", "не помню", "правда не помню"]


def test_a_photo_in_place_of_text_is_kept(talk: Talk) -> None:
    """case F9: the photo goes into the ticket and the question is asked again."""
    talk.say("пропал интернет")
    talk.press("Пропустить")
    talk.say("", PHOTO)
    assert asked(talk) == "lights"
    assert "сохранил" in talk.screen
    talk.press("Красная")
    assert asked(talk) == "phone", "the photo that came too early answers the photo question"
    talk.say("89123456789")
    assert any(message.content.parts for message in talk.history(1))


def test_a_restart_resumes_at_the_same_question(talk: Talk) -> None:
    """case F9: all that is known is in the conversation; another process goes on with it."""
    begin_form(talk, 3)
    other = Talk(talk.workspace)
    other.store, other.now = talk.store, talk.now
    other.say("завтра")
    assert asked(other) == "place"


def test_late_buttons_answer_no_other_question(talk: Talk) -> None:
    """case F9 case B16: an option of an answered question, a second skip, a second back."""
    talk.say("пропал интернет")
    skip = talk.press("Пропустить")
    talk.press_data(skip)
    assert asked(talk) == "lights"
    assert talk.released[-1].text == "На этот вопрос вы уже ответили"
    option = talk.press("Красная")
    talk.press_data(option)
    assert asked(talk) == "photo"
    talk.press("Пропустить")
    talk.say("89123456789")
    for late in (option, skip):
        talk.press_data(late)
    assert len(talk.tickets()) == 1
    assert answers(talk) == {"lights": "red", "phone": "+79123456789"}


def test_a_phone_and_a_place_are_shared_with_one_tap(talk: Talk) -> None:
    talk.say("пропал интернет")
    talk.press("Пропустить")
    talk.press("Ничего")
    keyboard = talk.shown[-1][1].keyboard
    assert isinstance(keyboard, ShareRequest)
    assert keyboard.kind == "phone"
    assert keyboard.others == ("← Шаг назад", "Отменить", "Сразу к специалисту")
    talk.say("", Contact(phone="79123456789", name="Анна", own=True))
    assert answers(talk)["phone"] == "+79123456789"
    assert any(isinstance(post.keyboard, NoKeyboard) for _, post in talk.shown)
    talk.say("/new")
    begin_form(talk, 4)
    talk.say("", Location(latitude=55.75, longitude=37.61))
    assert answers(talk, 2)["place"] == "55.750000,37.610000"


def test_somebody_elses_card_is_an_answer_but_not_remembered(talk: Talk) -> None:
    talk.say("пропал интернет")
    talk.press("Пропустить")
    talk.press("Ничего")
    talk.say("", Contact(phone="79123456789", name="Сосед"))
    assert answers(talk)["phone"] == "+79123456789"
    assert "phone" not in talk.client.facts


def test_nothing_said_yet_means_a_description_first(talk: Talk) -> None:
    talk.say("/person")
    talk.press("Оплата")
    assert "Опишите" in talk.screen
    assert talk.tickets() == []
    talk.say("не пришёл чек")
    assert talk.ticket(1).subject == "не пришёл чек"


def test_a_person_without_a_word(talk: Talk) -> None:
    talk.say("/person")
    assert talk.tickets() == []
    talk.press("🙋 Позвать специалиста")
    assert talk.ticket(1).subject == "Просьба связаться"


def test_first_message_and_album_at_once_make_one_ticket(talk: Talk) -> None:
    """case B22: words and an album that arrive together belong to one ticket."""
    talk.say("списали деньги дважды")
    talk.say("", PHOTO, PHOTO)
    assert len(talk.tickets()) == 1
    assert sum(len(message.content.parts) for message in talk.history(1)) == 2


def test_an_album_before_the_words_makes_one_ticket(talk: Talk) -> None:
    """case B22: the same the other way round, with a topic to choose."""
    talk.say("", PHOTO, PHOTO)
    assert isinstance(talk.conversation.waiting, ChoosingTopic)
    talk.say("списали деньги дважды")
    assert len(talk.tickets()) == 1
    assert [len(message.content.parts) for message in talk.history(1)] == [2, 0]


def test_something_unreadable_is_kept_and_told(talk: Talk) -> None:
    """case B18: what our adapter cannot read is kept, told, and reaches a person."""
    talk.arrive(Unreadable(raw='{"odd": 1}', error="unknown"))
    assert "Не получилось прочитать" in talk.screen
    talk.say("списали деньги дважды")
    assert [p.type for m in talk.history(1) for p in m.content.parts] == ["other"]
    talk.arrive(Unreadable(raw='{"odd": 2}', error="unknown"))
    assert len(talk.history(1)) == 3


# ------------------------------------------------------------------ silence


def test_silence_opens_the_ticket_with_what_there_is(talk: Talk) -> None:
    """case F9: unanswered for the configured time."""
    begin_form(talk, 2)
    talk.pass_time(minutes=29)
    assert talk.tickets() == []
    talk.pass_time(minutes=2)
    assert list(answers(talk)) == ["name", "devices"]
    assert "отвлеклись" in talk.screen
    talk.pass_time(days=1)
    assert len(talk.tickets()) == 1


def test_silence_drops_the_intake_if_set_so(workspace_with: Callable[..., Workspace]) -> None:
    """case F9: or is dropped, by setting."""
    talk = Talk(workspace_with(tickets__intake_unanswered="drop"))
    begin_form(talk, 2)
    talk.pass_time(minutes=31)
    assert talk.tickets() == []
    assert isinstance(talk.conversation.waiting, Idle)
    assert "не открывал" in talk.screen


def test_silence_without_a_word_opens_nothing(talk: Talk) -> None:
    """case E8: asking for a person and saying nothing opens nothing."""
    talk.say("/person")
    talk.pass_time(hours=2)
    assert talk.tickets() == []
    assert isinstance(talk.conversation.waiting, Idle)


def test_every_answer_moves_the_deadline(talk: Talk) -> None:
    begin_form(talk, 0)
    for _, answer in FORM[:3]:
        talk.pass_time(minutes=20)
        talk.say(answer)
    assert talk.tickets() == []
    assert asked(talk) == "day"


# ------------------------------------------------------------------ what is promised


@pytest.mark.parametrize(
    ("hours", "promise"),
    [
        (0, "Сейчас рабочее время"),
        (8, "Начинаем завтра в 9:00"),
        (24 * 5, "Начинаем в понедельник, 30 ноября, в 9:00"),
    ],
)
def test_the_promise_is_honest(talk: Talk, hours: int, promise: str) -> None:
    """case F8: when somebody is back, in the desk's hours."""
    talk.pass_time(hours=hours)
    talk.say("абракадабра")
    talk.press("Не знаю")
    assert promise in talk.screen


def test_closed_hours_are_told_once_per_closed_period(talk: Talk) -> None:
    """case F8: outside hours once per closed period."""
    talk.say("абракадабра")
    talk.press("Не знаю")
    talk.pass_time(hours=8)
    talk.say("ещё кое-что")
    assert "ответят завтра в 9:00" in talk.screen
    talk.say("и ещё")
    assert talk.screen == ""
    talk.pass_time(hours=24)
    talk.say("и снова вечером")
    assert "ответят завтра в 9:00" in talk.screen


def test_in_english(in_english: Talk) -> None:
    talk = in_english
    talk.say("no internet")
    talk.press("Skip")
    talk.press("Red")
    talk.press("Skip")
    talk.say("+44 20 7946 0958")
    assert "Ticket #1 is open." in talk.screen
    assert "“Technicians”" in talk.screen


def test_too_many_tickets_are_merged(talk: Talk) -> None:
    """case E8: a client's tickets are capped; what comes on top goes into an open one."""
    for number in range(5):
        talk.say("/new")
        talk.say(f"абракадабра {number}")
        talk.press("Не знаю")
    assert len(talk.tickets()) == 3
    assert talk.heard(3) == ["абракадабра 2", "абракадабра 3", "абракадабра 4"]
    assert "уже открыто 3 заявки" in talk.screen


def test_a_double_press_opens_one_ticket(talk: Talk) -> None:
    """case B16: pressed twice before anything could change on the screen."""
    talk.say("абракадабра")
    talk.hold = True
    data = talk.press("Оплата")
    talk.press_data(data)
    talk.press_data("c:now")
    talk.press_data("c:none")
    talk.press_data("c:person")
    assert len(talk.tickets()) == 1
    assert all(isinstance(post.keyboard, Buttons) for _, post in talk.shown)


def test_a_corrected_answer_counts(talk: Talk) -> None:
    """case B8: an answer edited during the intake is read anew; after it, the desk is told."""
    talk.say("хочу заполнить анкету")
    talk.say("Анна")
    devices = talk.say("3")
    talk.edit(devices, "4")
    talk.edit(devices, "много")
    talk.say("a@b.ru")
    day = talk.say("завтра")
    talk.say("Москва, Ленина 5")
    assert answers(talk)["devices"] == "4", "what is no answer changes nothing"
    rooms = len(talk.at_desk)
    talk.edit(day, "послезавтра")
    assert len(talk.at_desk) == rooms + 1
    assert "послезавтра" in talk.at_desk[-1][1].content.text.text


def test_typed_answers_belong_to_the_ticket_but_are_not_shown_twice(talk: Talk) -> None:
    begin_form(talk, 4)
    talk.say("Москва, Ленина 5")
    assert talk.heard(1) == ["хочу заполнить анкету", "Анна", "3", "a@b.ru", "завтра",
                             "Москва, Ленина 5"]  # fmt: skip
    shown = [post.content.words for _, post in talk.at_desk]
    assert not any(words.endswith("\na@b.ru") for words in shown)


def test_the_latest_words_tell_the_topic_and_the_subject(talk: Talk) -> None:
    talk.say("как сменить пароль от вайфай")
    talk.say("списали деньги дважды")
    ticket = talk.ticket(1)
    assert (ticket.topic, ticket.subject) == ("billing", "списали деньги дважды")
    assert len(talk.heard(1)) == 2


def test_long_words_are_shortened_for_the_subject(talk: Talk) -> None:
    talk.say("абракадабра " * 50)
    talk.press("Не знаю")
    assert len(talk.ticket(1).subject) <= 80
    assert talk.ticket(1).subject.endswith("…")
    assert len(talk.heard(1)[0]) > 500, "the words themselves are whole"
