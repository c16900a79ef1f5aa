"""Specialists at work in their group."""

from __future__ import annotations

from pathlib import Path

from tests.flow.stage import Stage, stage_in


async def test_two_take_at_once_and_one_wins(stage: Stage) -> None:
    """case G1: the card says who, for everybody; the other hears why not."""
    room = await stage.ticket()
    await stage.settled()
    take = next(b.data for b in room.card.buttons if "Взять" in b.text)
    first = stage.telegram.press(stage.boris.user, room.card, data=take)
    second = stage.telegram.press(stage.vera.user, room.card, data=take)
    assert (await stage.telegram.answered(first))["text"] == "Заявка №1 ваша"
    lost = await stage.telegram.answered(second)
    assert "Борис" in lost["text"]
    assert lost["show_alert"]
    await stage.settled()
    assert "Исполнитель: Борис" in room.card.text
    assert len(stage.anna.shown("занимается")) == 1


async def test_notes_never_leak(stage: Stage) -> None:
    """case G2: by prefix, by answering a note, by button; visibly a note."""
    room = await stage.ticket()
    boris, vera = stage.boris, stage.vera
    note = await boris.writes(room, "// клиент скандальный")
    answer = await vera.writes(room, "согласна", reply_to=note)
    await stage.settled()
    await boris.presses(room, "Заметка")
    prompt = await room.sees("напишите заметку")
    third = await boris.writes(room, "секретный код 42", reply_to=prompt)
    await stage.settled()
    for each in (note, answer, third):
        assert each.emoji == ["✍"]
    stage.telegram.edit(note, "// клиент весёлый")
    await stage.settled()
    said = "\n".join(m.text for m in stage.anna.screen)
    for words in ("скандальный", "согласна", "код 42", "весёлый"):
        assert words not in said


async def test_a_desk_where_notes_are_usual(tmp_path: Path) -> None:
    """case G2: the default is chosen per desk and shown on the card."""
    async with (
        stage_in(tmp_path, overrides={"desks.tech.speak": "note"}) as stage,
        stage.service(),
    ):
        room = await stage.ticket()
        assert "Обычное сообщение здесь – заметка" in room.card.text
        await stage.boris.writes(room, "думаю вслух")
        await stage.boris.writes(room, "! Скоро починим")
        await stage.anna.sees("Скоро починим")
        await stage.settled()
        assert not stage.anna.shown("думаю вслух")


async def test_a_message_can_be_recalled_within_seconds(stage: Stage) -> None:
    """case G2: it disappears from the client's screen; a minute later it is too late."""
    room = await stage.ticket()
    await stage.boris.writes(room, "Не тому написал")
    await stage.anna.sees("Не тому написал")
    await stage.settled()
    await stage.boris.writes(room, "/recall")
    await stage.settled()
    assert not stage.anna.shown("Не тому написал")
    await stage.boris.writes(room, "И снова не тому")
    await stage.anna.sees("И снова не тому")
    await stage.later(minutes=2)
    await stage.boris.writes(room, "/recall")
    await room.sees("Отозвать можно только")
    await stage.settled()
    assert stage.anna.shown("И снова не тому")


async def test_each_message_carries_its_delivery_state(stage: Stage) -> None:
    """case G3: on the specialist's own message: delivered, or not and why, with a retry."""
    room = await stage.ticket()
    await stage.settled()
    stage.telegram.fail("lost", "sendMessage", chat=stage.anna.chat)
    unsure = await stage.boris.writes(room, "Проверьте сейчас")
    await room.sees("неизвестно, дошло ли", button="🔄 Отправить ещё раз")
    await stage.settled()
    assert unsure.emoji == ["🤔"]
    assert len(stage.anna.shown("Проверьте сейчас")) == 1  # no second copy behind anybody's back
    assert await stage.boris.presses(room, "Отправить ещё раз") == "Отправляем ещё раз"
    await stage.settled()
    assert len(stage.anna.shown("Проверьте сейчас")) == 2
    assert unsure.emoji == ["👌"]


async def test_a_reply_before_our_receipt_is_deferred(stage: Stage) -> None:
    """case G4: the topic is there, our receipt for it is not yet; the words are not lost."""
    stage.telegram.fail("slow", "createForumTopic", seconds=0.3)
    stage.anna.says("не работает интернет, договор 123456")
    topic = await stage.telegram.wait_for(
        lambda: next(iter(stage.telegram.topics(stage.tech.chat)), None)
    )
    stage.telegram.say(stage.boris.user, stage.tech.chat, "Уже смотрю", thread=topic)
    await stage.later(seconds=1.5)
    await stage.tech.opens()
    await stage.later(seconds=1.5)
    await stage.anna.sees("Уже смотрю")


async def test_an_edit_is_a_correction(stage: Stage) -> None:
    """case G5, case B8: the client sees the corrected text; an invisible edit is nothing."""
    room = await stage.ticket()
    said = await stage.boris.writes(room, "Приедем в 15:00")
    await stage.anna.sees("Приедем в 15:00")
    stage.telegram.edit(said, "Приедем в 16:00")
    await stage.anna.sees("Исправление", "16:00", "15:00")
    await stage.settled()
    before = len(stage.anna.screen)
    stage.telegram.edit(said, invisible=True)
    await stage.settled()
    assert len(stage.anna.screen) == before

    asked = stage.anna.says("в какой день?")
    await room.sees("в какой день?")
    stage.telegram.edit(asked, "в какой день недели?")
    await room.sees("исправляет", "недели")


async def test_every_change_has_its_author_and_time(stage: Stage) -> None:
    """case G9: who, when, what; nothing is deleted."""
    room = await stage.ticket()
    await stage.boris.writes(room, "/take")
    await stage.later(minutes=5)
    await stage.vera.writes(room, "/priority high")
    await stage.boris.writes(room, "/resolve Готово")
    await stage.vera.writes(room, "/reopen")
    await stage.boris.writes(room, "/history")
    events = await room.sees("Что происходило")
    for words in (
        "15:00 · Анна · открыта",
        "15:00 · Борис · взята",
        "15:05 · Вера · приоритет: обычный → высокий",
        "Борис · решена",
        "Вера · открыта снова",
    ):
        assert words in events.text, words


async def test_a_plain_group_works_by_replies_to_the_card(tmp_path: Path) -> None:
    """case B9: a desk without topics: cards, and the thread of replies to each."""
    async with stage_in(tmp_path, plain=["tech"]) as stage, stage.service():
        group = stage.tech.whole()
        stage.anna.says("не работает интернет, договор 123456")
        first = await group.sees("№1", button="✋ Взять")
        stage.john.says("internet problem, contract 654321")
        second = await group.sees("№2", button="✋ Взять")
        await stage.settled()
        assert {first.id, second.id} <= set(group.chat.pinned)
        await stage.boris.writes(group, "Ответ для Анны", reply_to=first)
        await stage.boris.writes(group, "An answer for John", reply_to=second)
        await stage.boris.writes(group, "а это болтовня")
        await stage.anna.sees("Ответ для Анны")
        await stage.john.sees("An answer for John")
        stage.anna.says("спасибо, но не помогло")
        relayed = await group.sees("спасибо, но не помогло")
        await stage.boris.writes(group, "А так?", reply_to=relayed)
        await stage.anna.sees("А так?")
        await stage.boris.writes(group, "/take 2")
        await stage.settled()
        assert "Борис" in second.text
        said = "\n".join(m.text for c in (stage.anna, stage.john) for m in c.screen)
        assert "болтовня" not in said
        assert "John" not in "\n".join(m.text for m in stage.anna.screen)
