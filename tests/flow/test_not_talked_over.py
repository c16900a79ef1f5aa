"""The bot and a specialist do not talk at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.joined import by_letter, prove
from tests.flow.stage import Stage, stage_in
from tests.workspaces import EMAIL

PAYING = "как заплатить за услуги?"
"""What the FAQ surely knows; its answer is "Картой в кабинете."."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_in(tmp_path, more=EMAIL) as stage, stage.service():
        yield stage


async def slow(stage: Stage) -> None:
    """What is said to Anna from now on goes out in five seconds."""
    await stage.settled()
    stage.telegram.fail("429", "sendMessage", chat=stage.anna.chat, retry_after=5)


async def test_a_specialist_silences_the_bot_until_the_client_asks_it(stage: Stage) -> None:
    """case F5: while a specialist holds the conversation line 0 is silent; the client can leave
    to the bot and come back."""
    anna, boris = stage.anna, stage.boris
    room = await stage.ticket()
    await boris.presses(room, "Взять")
    await anna.sees("занимается")
    anna.says(PAYING)
    await room.sees(PAYING)
    await stage.settled()
    assert not anna.shown("Картой")

    await anna.presses("Спросить бота")
    await anna.sees("Слушаю вас")
    await room.sees("отошёл спросить бота")
    anna.says(PAYING)
    await anna.sees("Картой", button="↩️ Вернуться к заявке")
    await stage.settled()
    assert len(room.shown("как заплатить")) == 1
    await anna.presses("Вернуться к заявке")
    await room.sees("вернулся")
    anna.says("так что с линией?")
    await room.sees("так что с линией?")


async def test_an_answer_that_is_late_is_not_sent(stage: Stage) -> None:
    """case F5: checked again when it would be sent."""
    room = await stage.ticket()
    await slow(stage)
    stage.anna.says(PAYING)  # nobody has it yet: the bot may help
    await room.sees(PAYING)
    await stage.settled()
    await stage.boris.writes(room, "/take")
    await stage.later(seconds=6)
    await stage.settled()
    assert not stage.anna.shown("Картой")
    assert stage.anna.shown("занимается")


async def test_a_ticket_by_letter_silences_the_bot_in_the_chat(stage: Stage) -> None:
    """case F5: the client proved the address, so what they say in the chat is for whoever has
    their letter's ticket; until they part the two again."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    await stage.boris.writes(room, "/take")
    await stage.settled()
    stage.anna.says(PAYING)
    await room.sees(PAYING)
    await stage.settled()
    assert not stage.anna.shown("Картой")

    await stage.boris.writes(room, "/unlink maria@client.example")
    await stage.anna.sees("отвязала")
    stage.anna.says(PAYING)
    await stage.anna.sees("Картой")


async def test_a_letters_ticket_taken_meanwhile_stops_the_answer_in_the_chat(stage: Stage) -> None:
    """case F5: at sending time, too, the tickets of the client count, not those of the chat."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    await slow(stage)
    stage.anna.says(PAYING)
    await room.sees(PAYING)
    await stage.settled()
    await stage.boris.writes(room, "/take")
    await stage.later(seconds=6)
    await stage.settled()
    assert not stage.anna.shown("Картой")
    assert len(room.shown(PAYING)) == 1


async def test_one_of_several_tickets_with_a_person_is_enough(stage: Stage) -> None:
    """case F5: the words go to the chat's own ticket, which is nobody's; the one by letter is
    taken while the bot's answer waits."""
    letters = await by_letter(stage)
    own = await stage.ticket(words="не работает телефон, договор 654321")
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/status")
    await stage.anna.presses("№2", on=await stage.anna.sees("№1", "№2"))
    await stage.anna.presses("✏️ Написать в эту заявку")
    await slow(stage)
    stage.anna.says(PAYING)
    await own.sees(PAYING)
    await stage.settled()
    await stage.boris.writes(letters, "/take")
    await stage.later(seconds=6)
    await stage.settled()
    assert not stage.anna.shown("Картой")


async def test_letters_about_something_else_are_answered(stage: Stage) -> None:
    """case F5: a new subject is an exchange of its own, whose words go to no person."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    await stage.boris.writes(room, "/take")
    await stage.settled()
    stage.maria.writes(PAYING, subject="Оплата")
    await stage.maria.reads("Картой")


@pytest.mark.parametrize("held", [True, False])
async def test_a_ticket_of_the_chat_silences_the_letters_it_goes_on_by(
    stage: Stage, *, held: bool
) -> None:
    """case F5: a ticket of the chat whose client wants letters: what they write there is for its
    specialist, also when it is taken while the bot's letter waits."""
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/email")
    await stage.anna.presses("По почте", on=await stage.anna.sees("maria@client.example"))
    stage.anna.says("не работает интернет, договор 123456")
    room = await stage.tech.opens()
    await stage.boris.writes(room, "/take")
    taken = await stage.maria.reads("занимается")
    await stage.boris.writes(room, "/release")
    await stage.settled()
    stage.post.closed = True
    stage.maria.writes(PAYING, subject="Ещё", to=[stage.post.reply_address(taken.place)])
    await room.sees(PAYING)
    await stage.settled()
    if held:
        await stage.boris.writes(room, "/take")
        await stage.settled()
    stage.post.closed = False
    await stage.later(minutes=10)
    await stage.settled()
    answered = [letter for letter in stage.maria.mailbox if "Картой" in letter.text]
    assert len(answered) == (0 if held else 1)


async def test_what_a_withheld_answer_was_for_is_read_by_the_specialist(stage: Stage) -> None:
    """case F5, case G6: there was no ticket when the client asked; by the time the answer would
    go out somebody has one of theirs, so the question is for them and not for nobody."""
    await prove(stage, stage.anna, stage.maria)
    await slow(stage)
    stage.anna.says(PAYING)
    await stage.settled()
    stage.maria.writes("не работает интернет, договор 123456", subject="Пропал интернет")
    room = await stage.tech.opens()
    await stage.settled()
    await stage.boris.writes(room, "/take")
    await stage.settled()
    await stage.later(seconds=6)
    await room.sees(PAYING)
    await stage.anna.sees("№1")
    await stage.settled()
    assert not stage.anna.shown("Картой")
    assert len(room.shown(PAYING)) == 1


async def test_an_entry_the_client_picks_is_shown(stage: Stage) -> None:
    """case F5, case B16: who presses a button of the FAQ asks the bot; the press is not left
    without an answer because somebody has a ticket of theirs."""
    room = await stage.ticket()
    await stage.boris.writes(room, "/take")
    await stage.anna.sees("занимается")
    stage.anna.says("/faq")
    await stage.anna.presses("Общее", on=await stage.anna.sees("", button="Общее"))
    await stage.settled()
    await stage.anna.presses("Оплата")
    await stage.anna.sees("Картой")


async def test_questions_of_line_1_go_on(stage: Stage) -> None:
    """case F5, case F9: the client is telling the bot about a new problem; a ticket of theirs
    that somebody takes elsewhere meanwhile does not leave them waiting for the next question."""
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/start internet")
    await stage.anna.sees("случилось")
    room = await by_letter(stage)
    await stage.boris.writes(room, "/take")
    await stage.settled()
    stage.anna.says("пропадает по вечерам")
    await stage.anna.sees("номер договора")
    stage.anna.says("123456")
    await stage.anna.sees("№2")


async def test_a_reply_to_an_old_ticket_is_for_line_1(stage: Stage) -> None:
    """case F5, case G6: somebody has another ticket of theirs, so the FAQ does not answer; the
    words open a linked ticket."""
    old = await stage.ticket()
    accepted = stage.anna.shown("№1")[-1]
    await stage.boris.writes(old, "/take")
    await stage.boris.writes(old, "/resolve починили")
    await stage.anna.sees("починили")
    await stage.later(days=40)
    stage.anna.says("не работает интернет, договор 123456")
    room = await stage.tech.opens()
    await stage.boris.writes(room, "/take")
    await stage.anna.sees("занимается")
    await stage.settled()
    stage.anna.says(PAYING, reply_to=accepted)
    await stage.anna.sees("", button="Интернет")
    await stage.settled()
    assert not stage.anna.shown("Картой")
