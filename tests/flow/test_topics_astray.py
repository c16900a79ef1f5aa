"""Topics of a desk's group that are no ticket's, and what is said in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.telegram import visibility
from bot.sandbox.telegram.state import Topic
from tests.flow.stage import PROBLEM, Room, Stage, stage_in

TITLE = "№1 · Анна · Интернет"


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram does not tell the bot of topics it opened."""
    told = visibility.FROM_OWN_ACTS - {"forum_topic_created"}
    monkeypatch.setattr(visibility, "FROM_OWN_ACTS", told)


def topics(stage: Stage) -> list[Topic]:
    return stage.telegram.topics(stage.tech.chat)


async def lost(stage: Stage) -> Room:
    """A client's problem; its topic is opened, and we do not hear of it."""
    stage.telegram.fail("lost", "createForumTopic", count=1)
    stage.anna.says(PROBLEM)
    topic = await stage.telegram.wait_for(lambda: next(iter(topics(stage)), None))
    await stage.anna.sees("№1")
    await stage.settled()
    assert topic.name == TITLE
    return Room(stage, stage.tech.chat, topic)


async def second(stage: Stage) -> Room:
    """The topic a lost answer leaves behind: of the same title, by our own bot."""
    telegram = stage.telegram
    topic = telegram.world.topics.create(stage.tech.chat, TITLE, telegram.world.bot)
    await stage.settled()
    return Room(stage, stage.tech.chat, topic)


async def test_a_topic_whose_answer_got_lost_is_the_tickets(stage: Stage) -> None:
    """case B9: Telegram tells of it by a service message; no second one is opened."""
    room = await lost(stage)
    await stage.later(minutes=1)
    await room.sees("№1", button="✋ Взять")
    await room.sees(PROBLEM)
    await stage.boris.writes(room, "Проверяем")
    await stage.anna.sees("Проверяем")
    await stage.settled()
    assert len(topics(stage)) == 1
    assert not room.closed()


@pytest.mark.usefixtures("untold")
async def test_the_first_words_in_such_a_topic_make_it_the_tickets(stage: Stage) -> None:
    """case B9, case G4: nobody told of it, but the words bring the title we gave it."""
    room = await lost(stage)
    said = await stage.boris.writes(room, "Проверяем")
    await stage.breath(5)  # after a lost answer the channel is tried before it is trusted
    await stage.anna.sees("Проверяем")
    await stage.later(minutes=1)
    await room.sees("№1")
    await stage.settled()
    assert said.emoji == ["👌"]
    assert len(topics(stage)) == 1


async def test_a_topic_too_many_is_closed_with_a_word(stage: Stage) -> None:
    """case B9: the ticket has another by the time we hear of it."""
    room = await stage.ticket()
    spare = await second(stage)
    await spare.sees("№1", "в другой теме")
    await stage.settled()
    assert spare.closed()
    assert spare.topic is not None
    assert spare.topic.name == "№1 · лишняя тема"
    said = [await stage.boris.writes(spare, words) for words in ("Смотрю", "уже еду")]
    answer = await spare.sees("Клиент этого не увидит", "№1")
    await stage.settled()
    assert answer.reply_to_id == said[0].id
    assert [message.emoji for message in said] == [["👎"], ["👎"]]
    assert len(spare.shown("не увидит")) == 1
    assert not stage.anna.shown("Смотрю")
    await stage.later(minutes=2)
    await stage.boris.writes(spare, "есть кто?")
    await spare.sees("Клиент этого не увидит")
    await stage.boris.writes(room, "Проверяем")
    await stage.anna.sees("Проверяем")


async def test_a_topic_too_many_that_is_deleted_at_once_worries_nobody(stage: Stage) -> None:
    """case B9"""
    await stage.ticket()
    await stage.settled()
    stage.telegram.fail("429", "sendMessage", chat=stage.tech.chat, retry_after=5)
    spare = await second(stage)
    stage.telegram.delete_topic(stage.tech.chat, spare.topic)
    await stage.later(seconds=6)
    await stage.settled()
    assert stage.admins.screen == []


@pytest.mark.usefixtures("untold")
async def test_words_in_a_topic_too_many_are_answered(stage: Stage) -> None:
    """case B9: also where Telegram did not tell of it and it was never closed."""
    spare = await lost(stage)
    await stage.later(minutes=1)
    room = await stage.tech.opens()
    said = await stage.boris.writes(spare, "Проверяем")
    answer = await spare.sees("Клиент этого не увидит", "№1")
    assert answer.reply_to_id == said.id
    await stage.settled()
    assert said.emoji == ["👎"]
    assert not stage.anna.shown("Проверяем")
    assert not room.shown("Проверяем")


@pytest.mark.usefixtures("untold")
async def test_it_is_known_after_a_restart_too(tmp_path: Path) -> None:
    """case A3: the process died before the answer came."""
    async with stage_in(tmp_path, memory=False) as stage:
        async with stage.service():
            room = await lost(stage)
        async with stage.service():
            await stage.boris.writes(room, "Проверяем")
            await stage.anna.sees("Проверяем")
            await stage.later(minutes=1)
            await room.sees("№1")
            assert len(topics(stage)) == 1


async def test_a_topic_of_the_team_is_told_once_that_it_is_no_tickets(stage: Stage) -> None:
    """case B9: nobody waits there for an answer that cannot come, and the team is left alone."""
    await stage.ticket()
    await stage.settled()
    topic = stage.telegram.create_topic(stage.tech.chat, "№1 · курилка", stage.boris.user)
    own = Room(stage, stage.tech.chat, topic)
    first = await stage.boris.writes(own, "кто завтра дежурит?")
    answer = await own.sees("не относится ни к одной заявке")
    assert answer.reply_to_id == first.id
    await stage.later(days=2)
    await stage.vera.writes(own, "я")
    await stage.settled()
    assert len(own.screen) == 1
    assert not own.closed()


async def test_a_reply_to_a_word_of_the_bot_that_is_about_no_ticket(stage: Stage) -> None:
    """case G2: in the General topic or a plain group, chatter is left alone; a reply to the bot
    was meant for somebody."""
    await stage.ticket()
    await stage.boris.writes(stage.tech, "/take")
    asked = await stage.tech.sees("Какая заявка?")
    said = await stage.boris.writes(stage.tech, "первая", reply_to=asked)
    answer = await stage.tech.sees("не относится ни к одной заявке")
    assert answer.reply_to_id == said.id
    await stage.settled()
    before = len(stage.tech.screen)
    await stage.vera.writes(stage.tech, "какая первая?", reply_to=said)
    await stage.vera.writes(stage.tech, "обед?")
    await stage.settled()
    assert len(stage.tech.screen) == before


async def test_what_nobody_can_read_is_said_to_its_author(stage: Stage) -> None:
    """case B18: the administrators hear of it, and who wrote it as well."""
    room = await stage.ticket()
    odd = await stage.boris.sends(room, {"text": 5})
    answer = await room.sees("не смог прочитать")
    assert answer.reply_to_id == odd.id
    await stage.admins.sees("чего я не понимаю")
