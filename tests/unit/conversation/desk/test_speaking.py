"""Words: replies, notes, questions, prompts, corrections, recalls, and how they are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.decision import Say
from bot.conversation.events import NotYet
from channels.message import (
    Contact,
    FormattedText,
    Location,
    Media,
    Other,
    Part,
    Reason,
)
from escalation.ticket import Status
from tests.desk_world import BILLING, CLIENT, EXPERTS, IVAN, NETWORK, OLGA, World

PHOTO = Media(kind="photo", channel="telegram", file="f1")


def world_with_ticket() -> World:
    world = World()
    world.open_ticket()
    world.chats[CLIENT] = {}
    return world


def test_what_a_specialist_writes_reaches_the_client_whole() -> None:
    world = world_with_ticket()
    world.say(IVAN, "network", "Посмотрите на <b>лампочки</b> & _скажите_", parts=(PHOTO,))

    (shown,) = world.chats[CLIENT].values()
    assert shown.content.text.text == "Посмотрите на <b>лампочки</b> & _скажите_"
    assert shown.content.parts == (PHOTO,)


def test_case_g2_notes_never_leave_and_are_seen_to_be_notes() -> None:
    """Acceptance case G2."""
    world = world_with_ticket()
    note = world.say(IVAN, "network", "// клиент хамит")
    answer = world.say(OLGA, "network", "да, терпим", reply_to=note)

    assert world.client_sees == []
    assert world.chats[NETWORK][note].marks == ["noted"]
    assert world.chats[NETWORK][answer].marks == ["noted"]
    kept = [(m.kind, m.content.words) for m in world.tx.records.history(1)][1:]
    assert kept == [("note", "клиент хамит"), ("note", "да, терпим")]
    assert "начинается с //" in world.card("network").text


def test_case_g2_where_notes_are_usual_only_the_prefix_speaks_to_the_client() -> None:
    """Acceptance case G2."""
    world = World()
    world.open_ticket(topic="money")
    assert "начинается с !" in world.card("billing").text

    note = world.say(IVAN, "billing", "проверю в бухгалтерии")
    world.say(IVAN, "billing", "! секретно", reply_to=note)
    world.say(IVAN, "billing", "!Оплата дошла")

    assert world.client_sees == ["Оплата дошла"]


def test_case_g2_a_message_is_recalled_within_seconds_and_not_later() -> None:
    """Acceptance case G2."""
    world = world_with_ticket()
    world.say(IVAN, "network", "Привет, красавица")
    world.advance(seconds=50)
    world.say(IVAN, "network", "/recall")
    assert world.client_sees == []
    assert world.tx.records.history(1)[-1].recalled
    assert world.events()[-1] == "recalled"

    late = world.say(IVAN, "network", "Другое")
    world.advance(seconds=61)
    world.say(OLGA, "network", "/отозвать", reply_to=late)
    assert world.client_sees == ["Другое"]
    assert "в течение 1 минуты" in world.last("network").text


def test_case_g2_recalling_by_reply_takes_that_message() -> None:
    """Acceptance case G2."""
    world = world_with_ticket()
    first = world.say(IVAN, "network", "Раз")
    world.say(IVAN, "network", "Два")
    world.say(IVAN, "network", "/recall@linezero_bot", reply_to=first)
    assert world.client_sees == ["Два"]


def test_case_g4_a_message_before_our_receipt_is_put_off_not_lost() -> None:
    """Acceptance case G4."""
    world = World()
    world.open_ticket(deliver=False)
    with pytest.raises(NotYet):
        world.write(IVAN, NETWORK, "t1", "Уже смотрю")
    with pytest.raises(NotYet):
        world.write(IVAN, NETWORK, None, "Уже смотрю", reply_to="1001")
    world.write(IVAN, NETWORK, None, "болтовня в общем чате", deliver=False)

    world.deliver()
    world.write(IVAN, NETWORK, "t1", "Уже смотрю")
    assert world.client_sees == ["Уже смотрю"]
    world.write(IVAN, NETWORK, "t777", "чужая тема")
    assert world.client_sees == ["Уже смотрю"]


def test_case_g3_a_reply_carries_its_origin_so_that_delivery_can_mark_it() -> None:
    """Acceptance case G3."""
    world = world_with_ticket()
    message = world.say(IVAN, "network", "Проверьте кабель")
    (post,) = [o for o in world.decisions[-1].outgoing if o.conversation == "k1"]
    assert post.origin is not None
    assert (post.origin.chat, post.origin.message) == (NETWORK, message)
    assert post.origin.room == "1@network"
    assert not post.resend_if_uncertain


def test_case_g3_a_failed_reply_says_why_under_it_and_can_be_sent_again() -> None:
    """Acceptance case G3."""
    world = world_with_ticket()
    world.fails = lambda row, act: Reason.TOO_LARGE if row.outgoing.origin else True
    message = world.say(IVAN, "network", "Схема", parts=(PHOTO,))

    told = world.last("network")
    assert told.text == "⚠️ Не доставлено: файл больше, чем разрешает канал"
    assert told.reply_to == message
    assert world.client_sees == []

    world.fails = lambda row, act: True
    assert world.press(OLGA, "network", told.actions[0], message=told.id) == "Отправляем ещё раз"
    assert world.client_sees == ["Схема"]
    assert told.id not in world.chats[NETWORK]
    world.press(OLGA, "network", told.actions[0], message=told.id)
    assert world.client_sees == ["Схема"], "case B16: once is enough"


def test_case_a3_nobody_knows_whether_it_arrived_so_the_specialist_decides() -> None:
    """Acceptance case A3."""
    world = world_with_ticket()
    world.fails = lambda row, act: None if row.outgoing.origin else True
    message = world.say(IVAN, "network", "Мастер будет в пять")

    told = world.last("network")
    assert "неизвестно, дошло ли" in told.text
    assert told.reply_to == message
    assert world.client_sees == []
    world.fails = lambda row, act: True
    world.press(IVAN, "network", told.actions[0], message=told.id)
    assert world.client_sees == ["Мастер будет в пять"]


def test_case_g5_an_edited_reply_corrects_what_the_client_reads() -> None:
    """Acceptance case G5."""
    world = world_with_ticket()
    message = world.say(IVAN, "network", "Мастер будет в 15:00")
    world.edit(IVAN, "network", message, "Мастер будет в 16:00")

    assert "15:00" in world.client_sees[-1]
    assert "16:00" in world.client_sees[-1]
    assert world.tx.records.history(1)[-1].content.words == "Мастер будет в 16:00"


def test_case_b8_an_edit_nobody_can_see_corrects_nothing() -> None:
    """Acceptance case B8."""
    world = world_with_ticket()
    message = world.say(IVAN, "network", "Готово")
    world.edit(IVAN, "network", message, "Готово")
    assert world.client_sees == ["Готово"]

    said = world.client_says(1, "ок")
    before = len(world.seen("network"))
    world.client_edits(1, said, said.content)
    assert len(world.seen("network")) == before


def test_case_b8_a_clients_edit_is_one_marked_correction() -> None:
    """Acceptance case B8."""
    world = world_with_ticket()
    said = world.client_says(1, "Дом 5")
    world.client_edits(1, said, replace(said.content, text=FormattedText("Дом 6")))

    told = world.last("network")
    assert told.text == "✏️ Анна исправляет\nДом 5\n→ Дом 6"
    places = world.tx.records.places_of(said.id, "telegram", NETWORK)
    assert told.reply_to == places[0]
    assert world.tx.records.history(1)[-1].content.words == "Дом 6"


def test_an_edited_note_stays_a_note() -> None:
    world = world_with_ticket()
    note = world.say(IVAN, "network", "//врёт")
    world.edit(IVAN, "network", note, "врёт как дышит")
    assert world.client_sees == []
    assert world.tx.records.history(1)[-1].kind == "note"


def test_a_reply_edited_into_a_note_is_not_shown_to_the_client() -> None:
    world = world_with_ticket()
    message = world.say(IVAN, "network", "Ждём")
    world.edit(IVAN, "network", message, "// Ждём, пока сам отстанет")
    assert world.client_sees == ["Ждём"]
    assert "Прежние слова уже у клиента" in world.last("network").text


def test_another_specialists_edit_of_a_foreign_message_is_nobodys() -> None:
    world = world_with_ticket()
    message = world.say(IVAN, "network", "Ждём")
    world.edit(OLGA, "network", message, "Не ждём")
    assert world.client_sees == ["Ждём"]


def test_replies_are_mapped_both_ways() -> None:
    world = world_with_ticket()
    said = world.client_says(1, "Какой кабель?")
    (place,) = world.tx.records.places_of(said.id, "telegram", NETWORK)
    world.say(IVAN, "network", "Серый", reply_to=place)

    (shown,) = world.chats[CLIENT].values()
    assert shown.reply_to == said.content.source[0].id
    answer = world.tx.records.history(1)[-1]
    back = world.client_says(1, "Нашла", reply_to=answer.id)
    assert world.last("network").reply_to == answer.content.source[0].id
    assert back.reply_to == answer.id


@pytest.mark.parametrize(
    "part",
    [
        PHOTO,
        Media(kind="sticker", channel="telegram", file="f2"),
        Media(kind="video_note", channel="telegram", file="f3"),
        Media(kind="voice", channel="telegram", file="f4", duration=3),
        Location(latitude=55.7, longitude=37.6),
        Contact(phone="+7", name="Анна", own=True),
        Other(kind="poll", detail="Кто виноват?"),
    ],
)
def test_every_kind_of_content_reaches_the_desk_under_its_authors_name(part: Part) -> None:
    world = world_with_ticket()
    world.client_says(1, parts=(part,))
    shown = world.last("network").content
    (kept,) = shown.parts
    assert "Анна" in shown.words
    bare = replace(kept, caption=FormattedText()) if isinstance(kept, Media) else kept
    assert bare == part
    assert shown.source, "a channel may have to copy it"


def test_case_b19_forwards_are_labelled_and_answer_nobody_else() -> None:
    """Acceptance case B19."""
    world = world_with_ticket()
    world.client_says(1, "Переведите деньги", forwarded_from="Директор")
    assert world.last("network").text.startswith("Анна\nпереслано от: Директор\n")
    world.say(IVAN, "network", "Кто это?")
    assert {address.chat for address, _ in world.sent} == {NETWORK, CLIENT}


def test_plain_words_of_a_client_may_be_merged_and_files_may_not() -> None:
    world = world_with_ticket()
    world.client_says(1, "раз")
    assert [o.action.merge for o in world.decisions[-1].outgoing if isinstance(o.action, Say)] == [
        True
    ]
    world.client_says(1, parts=(PHOTO,))
    assert [o.action.merge for o in world.decisions[-1].outgoing if isinstance(o.action, Say)] == [
        False
    ]


def test_asking_waits_for_the_client_and_their_answer_ends_the_wait() -> None:
    world = world_with_ticket()
    world.say(IVAN, "network", "/ask Какого цвета лампочка?")
    assert world.ticket().status is Status.WAITING_CLIENT
    assert "Какого цвета лампочка?" in world.client_sees[-1]
    assert "/ask" not in world.client_sees[-1]

    world.client_says(1, "Красная")
    assert world.ticket().status is Status.IN_PROGRESS
    assert "в работе" in world.card("network").text
    assert world.events() == ["opened", "taken", "status", "asked", "status", "status"]


def test_a_prompt_belongs_to_who_pressed_and_not_to_a_colleague() -> None:
    """Two specialists press at once: the note of one must not become the question of the other."""
    world = world_with_ticket()
    assert world.press(IVAN, "network", "d:note:1") == "Теперь напишите"
    world.press(OLGA, "network", "d:ask:1")
    world.say(IVAN, "network", "не говорить ему про аварию")
    world.say(OLGA, "network", "Какой у вас роутер?")

    assert len(world.client_sees) == 1
    assert "Какой у вас роутер?" in world.client_sees[0]
    assert world.ticket().prompts == ()
    assert not any("Жду" in text for text in world.texts("network")), "the questions are gone"


def test_a_prompt_can_be_cancelled() -> None:
    world = world_with_ticket()
    world.press(IVAN, "network", "d:note:1")
    question = world.last("network")
    world.press(IVAN, "network", "d:cancel:1", message=question.id)
    assert question.id not in world.chats[NETWORK]
    world.say(IVAN, "network", "Здравствуйте")
    assert world.client_sees == ["Здравствуйте"]


def test_internal_words_that_come_too_late_become_a_note_and_not_a_reply() -> None:
    world = world_with_ticket()
    world.press(IVAN, "network", "d:note:1")
    world.advance(minutes=11)
    world.say(IVAN, "network", "он врёт")
    assert world.client_sees == []
    assert world.tx.records.history(1)[-1].kind == "note"
    assert "слишком давно" in world.last("network").text


def test_a_note_prefix_says_it_better_than_the_ask_button() -> None:
    world = world_with_ticket()
    world.press(IVAN, "network", "d:ask:1")
    world.say(IVAN, "network", "// сначала посмотрю сам")
    assert world.client_sees == []


def test_unknown_commands_never_reach_the_client() -> None:
    world = world_with_ticket()
    world.say(IVAN, "network", "/ping@another_bot")
    message = world.say(IVAN, "network", "/закртыь")
    assert world.client_sees == []
    assert world.chats[NETWORK][message].marks == ["unheard"]
    assert "Команды /закртыь нет" in world.last("network").text


def test_a_plain_group_finds_the_ticket_by_what_is_answered() -> None:
    world = World(forum=False)
    world.open_ticket()
    world.open_ticket("Второе")
    world.write(IVAN, NETWORK, None, "Это никому")
    assert world.client_sees == []

    world.write(IVAN, NETWORK, None, "Вам", reply_to=world.card("network", 2).id)
    assert len(world.client_sees) == 1
    assert world.tx.records.history(2)[-1].content.words == "Вам"
    said = world.client_says(1, "Это про первое")
    (place,) = world.tx.records.places_of(said.id, "telegram", NETWORK)
    world.write(IVAN, NETWORK, None, "Понял", reply_to=place)
    assert world.tx.records.history(1)[-1].content.words == "Понял"

    world.write(IVAN, NETWORK, None, "/take #2", reply_to=None)
    assert world.ticket(2).assignee is not None
    world.write(IVAN, NETWORK, None, "/take", reply_to=None)
    assert "Какая заявка?" in list(world.chats[NETWORK].values())[-1].text


def test_case_b20_a_message_that_says_nothing_is_no_message() -> None:
    """Acceptance case B20."""
    world = world_with_ticket()
    before = len(world.tx.records.history(1))
    world.say(IVAN, "network", "")
    assert world.client_sees == []
    assert len(world.tx.records.history(1)) == before


def test_words_in_a_former_room_go_nowhere_and_are_answered() -> None:
    world = world_with_ticket()
    world.say(IVAN, "network", "/pass billing не наше")
    sees = list(world.client_sees)
    message = world.say(IVAN, "network", "Ещё вопрос")
    assert world.client_sees == sees
    assert world.chats[NETWORK][message].marks == ["unheard"]
    assert "не у вашей группы" in world.last("network").text
    assert not any("Ещё вопрос" in shown.text for shown in world.chats[BILLING].values())
    assert EXPERTS not in world.chats


def test_help_tells_how_to_speak_here() -> None:
    world = world_with_ticket()
    world.say(IVAN, "network", "/help")
    assert "/take" in world.last("network").text
    assert "Обычное сообщение уходит клиенту" in world.last("network").text


def test_an_edited_question_is_corrected_without_its_command() -> None:
    world = world_with_ticket()
    message = world.say(IVAN, "network", "/ask Где роутер?")
    world.edit(IVAN, "network", message, "/ask Где стоит роутер?")
    assert "Где стоит роутер?" in world.client_sees[-1]
    assert "/ask" not in world.client_sees[-1]
