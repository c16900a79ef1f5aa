"""Line 0 as the client lives through it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.decision import Decision, Say
from bot.conversation.state import ChoosingTopic, Idle, Intake
from channels.message import Address, Media
from config.settings import Workspace
from faq import Faq
from tests.unit.conversation.client.talk import Talk


def test_start_opens_nothing(talk: Talk) -> None:
    """case E8: /start alone creates no ticket and asks nothing."""
    for _ in range(5):
        talk.say("/start")
    assert "Маяк" in talk.screen
    assert talk.tickets() == []
    assert isinstance(talk.conversation.waiting, Idle)
    assert talk.conversation.problem == ()


@pytest.mark.parametrize(
    ("payload", "shown"), [("password", "настройки"), ("form", "Опишите"), ("nobody", "Маяк")]
)
def test_a_link_leads_to_an_entry_or_a_topic(talk: Talk, payload: str, shown: str) -> None:
    talk.say(f"/start {payload}")
    assert shown in talk.screen
    assert talk.tickets() == []


def test_an_answer_with_its_file_and_buttons(talk: Talk) -> None:
    talk.say("как сменить пароль от вайфай")
    post = talk.shown[-1][1]
    assert "Откройте настройки роутера." in post.content.text.text
    assert post.content.text.spans[0].kind == "bold"
    (file,) = post.content.parts
    assert isinstance(file, Media)
    assert (file.kind, file.name) == ("photo", "card.png")
    assert "Помогло?" in talk.screen
    assert talk.last_labels() == [
        "Сайт", "Про роутер", "Настроить интернет", "Человек", "👍 Да", "Нет, нужен специалист",
    ]  # fmt: skip
    assert [(c.outcome, c.entry) for c in talk.last.contacts] == [("answered", "password")]


def test_asking_again_after_another_answer_is_no_dead_end(talk: Talk) -> None:
    """A question repeated at once is an echo and stays unanswered; repeated after another answer
    it gets one, however fast the client types."""
    talk.say("как сменить пароль от вайфай")
    talk.say("как сменить пароль от вайфай")
    assert talk.screen == ""
    talk.say("почему мигает роутер")
    assert "Шаг 1 из 2" in talk.screen
    talk.say("как сменить пароль от вайфай")
    assert "Показать ещё раз" in talk.last_labels()


def test_it_helped_once(talk: Talk) -> None:
    """case B16: "Yes" pressed twice counts once."""
    talk.say("как сменить пароль от вайфай")
    talk.hold = True
    data = talk.press("👍 Да")
    assert [c.outcome for c in talk.last.contacts] == ["helped"]
    talk.press_data(data)
    assert talk.last.contacts == ()
    talk.deliver()
    assert talk.released[-1].text.startswith("Уже сделано")
    assert talk.conversation.problem == ()


def test_it_did_not_help(talk: Talk) -> None:
    talk.say("как сменить пароль от вайфай")
    talk.press("Нет, нужен")
    waiting = talk.conversation.waiting
    assert isinstance(waiting, Intake)
    assert (waiting.topic, waiting.asked) == ("internet", "contract")
    assert [t.outcome for t in talk.conversation.tried] == ["not_helped"]


def test_every_button_of_an_answer_leads_somewhere(talk: Talk) -> None:
    for label, waiting in (
        ("Про роутер", Idle), ("Настроить интернет", Intake), ("Человек", Intake),
    ):  # fmt: skip
        talk.say("/new")
        talk.say("как сменить пароль от вайфай")
        talk.press(label)
        assert isinstance(talk.conversation.waiting, waiting)
        talk.say("/cancel")


def test_two_questions_in_one_message_are_both_answered(talk: Talk) -> None:
    talk.say("Как сменить пароль от вайфай? Где взять счёт на оплату?")
    assert "настройки роутера" in talk.screen
    assert "Счёт в кабинете" in talk.screen
    assert len(talk.last.contacts) == 2


def test_suggestions_are_picked_or_refused(talk: Talk) -> None:
    """case F1: a suggestion is picked by button; "None of these" goes on to line 1."""
    words = "нужен второй"
    talk.say(words)
    assert [c.outcome for c in talk.last.contacts] == ["suggested"]
    assert talk.last_labels()[-2:] == ["Ничего из этого", "🙋 Позвать специалиста"]
    talk.press("Ничего из этого")
    assert isinstance(talk.conversation.waiting, ChoosingTopic | Intake)
    talk.say("/cancel")
    talk.say(words)
    picked = talk.last.contacts[0].suggested[0]
    talk.press_data(f"c:pick:{picked}")
    assert [(c.outcome, c.entry) for c in talk.last.contacts] == [("picked", picked)]
    talk.press_data(f"c:pick:{picked}")
    assert talk.last.contacts == ()


def test_the_same_answer_is_not_said_twice(talk: Talk) -> None:
    talk.say("как сменить пароль от вайфай")
    talk.say("забыл пароль от wifi")
    assert talk.screen == "", "one thought in two messages"
    talk.pass_time(minutes=2)
    talk.say("забыл пароль от wifi")
    assert "Показать" in talk.screen
    talk.press("Показать ещё раз")
    assert "настройки роутера" in talk.screen


def test_a_missing_language_is_told_to_the_administrators_once(in_english: Talk) -> None:
    """case F3: the other language is shown, with one note to the admin."""
    talk = in_english
    talk.say("when is your office open")
    assert "С девяти до шести." in talk.screen
    admin = [o for o in talk.last.outgoing if o.to == Address(channel="telegram", chat="-500")]
    assert len(admin) == 1
    talk.press("👍")
    talk.say("office opening hours")
    assert "С девяти до шести." in talk.screen
    assert not any(o.to == Address(channel="telegram", chat="-500") for o in talk.last.outgoing)


def test_the_answer_is_in_the_language_of_the_client(in_english: Talk) -> None:
    """case F3"""
    in_english.say("change my wifi password")
    assert "Open the router settings." in in_english.screen


def test_an_entry_that_is_gone_is_told_politely(talk: Talk) -> None:
    """case F4: an entry removed while its button is on screen is no error."""
    talk.say("/faq")
    talk.press("Дом")
    faq = talk.workspace.faq
    entries = {name: entry for name, entry in faq.entries.items() if name != "password"}
    kept = tuple(replace(s, entries=tuple(entries)) for s in faq.sections)
    without = Faq(folder=faq.folder, entries=entries, sections=kept, preset=faq.preset)
    talk.workspace = Workspace(
        folder=talk.workspace.folder,
        settings=talk.workspace.settings,
        topics=talk.workspace.topics,
        faq=without,
        texts=talk.workspace.texts,
    )
    talk.press("Как сменить пароль")
    assert talk.released[-1].text == "Этот раздел изменился. Спросите словами – помогу"
    for data in ("c:pick:password", "c:step:password:1:n", "c:section:gone:0", "c:topic:gone"):
        talk.press_data(data)
        assert "изменился" in talk.released[-1].text
    talk.press_data("c:nothelped:password")
    assert isinstance(talk.conversation.waiting, ChoosingTopic | Intake)


def test_guides_go_step_by_step(talk: Talk) -> None:
    talk.say("почему мигает роутер")
    assert "Шаг 1 из 2" in talk.screen
    first = talk.press("Не помогло")
    assert "Шаг 2 из 2" in talk.screen
    talk.press_data(first)
    assert talk.screen == "", "pressed again, it does nothing (case B16)"
    talk.press("Не помогло")
    assert talk.tickets()[0].topic == "billing", "where the guide leads"
    tried = [(t.entry, t.outcome, t.step) for t in talk.tickets()[0].tried]
    assert tried == [
        ("router", "shown", None),
        ("router", "step_not_helped", 1),
        ("router", "step_not_helped", 2),
    ]


def test_a_step_that_helped_ends_the_guide(talk: Talk) -> None:
    talk.say("почему мигает роутер")
    talk.press("👍 Помогло")
    assert [c.outcome for c in talk.last.contacts] == ["helped"]
    assert talk.conversation.tried == ()


def test_browsing_changes_the_page_in_place(talk: Talk) -> None:
    talk.say("/faq")
    posts = len(talk.shown)
    talk.press("Дом")
    assert len(talk.shown) == posts
    assert "Как сменить пароль" in talk.labels()
    talk.press("← Все разделы")
    assert "Дом" in talk.labels()


def test_a_search_on_purpose_opens_nothing(talk: Talk) -> None:
    talk.say("/faq сменить пароль")
    assert "настройки роутера" in talk.screen
    talk.say("/faq абракадабра")
    assert "не нашлось" in talk.screen
    assert isinstance(talk.conversation.waiting, Idle)


def test_small_talk_is_never_a_question(talk: Talk) -> None:
    """case F6: thanks gets a smile, a sticker nothing, a greeting a greeting."""
    sticker = Media(kind="sticker", channel="telegram", file="s")
    talk.say("спасибо")
    assert talk.screen == ""
    assert [mark.state for mark in talk.marks] == ["thanks"]
    talk.say("", sticker)
    assert talk.last.outgoing == ()
    talk.say("👍")
    assert talk.last.outgoing == ()
    talk.say("добрый день")
    assert talk.screen == "Здравствуйте! Чем помочь?"
    assert talk.tickets() == []
    assert talk.last.contacts == ()


def test_labels_typed_as_words_do_the_same(talk: Talk) -> None:
    talk.say("📋 мои  заявки")
    assert "Заявок у вас нет" in talk.screen
    talk.say("🙋 Talk to a person")
    assert isinstance(talk.conversation.waiting, ChoosingTopic)


def test_the_language_is_the_channels_until_it_is_chosen(talk: Talk) -> None:
    talk.say("/help")
    assert talk.conversation.language == "ru"
    talk.language = "en-GB"
    talk.say("/help")
    assert talk.conversation.language == "en"
    talk.say("/language")
    talk.press("Русский")
    assert talk.screen == "Хорошо, теперь говорю по-русски."
    talk.say("/help")
    assert talk.conversation.language == "ru"
    talk.press_data("c:lang:fr")
    assert talk.conversation.language == "ru"


def test_a_channel_without_a_language_is_answered_in_the_language_of_the_words(
    workspace: Workspace,
) -> None:
    for words, expected in (("hello there", "en"), ("кто здесь", "ru"), ("42", "ru")):
        talk = Talk(workspace, language=None)
        talk.say(words)
        assert talk.conversation.language == expected


def test_unknown_commands_are_told(talk: Talk) -> None:
    talk.say("/weather")
    assert "не знаю" in talk.screen


def test_quarantine_keeps_and_answers_nothing(talk: Talk) -> None:
    """case E8: a client an administrator silenced is kept, not answered, and opens nothing."""
    talk.say("/start")
    silenced = replace(talk.client, quarantined=True)
    talk.transact(lambda tx: tx.apply(Decision(client=silenced), talk.now))
    foreign = talk.say("пропал интернет")
    assert talk.last.outgoing == ()
    assert talk.kept(foreign) is not None
    talk.press_data("c:person")
    assert talk.tickets() == []
    assert talk.released


def test_a_flood_costs_little_and_opens_one_ticket(talk: Talk) -> None:
    """case E8: 1,000 messages in a minute: all kept, one ticket, few answers."""
    said = [talk.say(f"абракадабра {number}") for number in range(300)]
    assert len(talk.tickets()) == 1
    assert len(talk.shown) < 20
    assert None not in [talk.kept(foreign) for foreign in said]
    assert len(talk.heard(1)) == 300


def test_only_unheld_answers_leave_line_0(talk: Talk) -> None:
    """case F5: line 0's answers are dropped at sending time if a person holds by then."""
    talk.say("как сменить пароль от вайфай")
    assert all(o.only_unheld for o in talk.last.outgoing if isinstance(o.action, Say))


def test_the_name_follows_the_channel_until_it_is_corrected(talk: Talk) -> None:
    talk.say("/start")
    assert (talk.client.name, talk.client.username) == ("Анна", "anna")
    talk.say("хочу заполнить анкету")
    talk.say("Анна Сергеевна")
    talk.say("/help")
    assert talk.client.name == "Анна Сергеевна"
    assert talk.client.facts == {"name": "Анна Сергеевна"}


def test_no_topics_means_a_ticket_at_once(workspace: Workspace) -> None:
    talk = Talk(
        Workspace(
            folder=workspace.folder,
            settings=workspace.settings,
            topics={},
            faq=workspace.faq,
            texts=workspace.texts,
        )
    )
    talk.say("абракадабра")
    assert [t.subject for t in talk.tickets()] == ["абракадабра"]
