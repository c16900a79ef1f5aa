"""Tickets that change hands."""

from __future__ import annotations

from tests.flow.stage import Room, Stage


async def _escalated(stage: Stage) -> tuple[Room, Room]:
    room = await stage.ticket()
    await stage.boris.writes(room, "/take")
    await stage.boris.presses(room, "Выше")
    prompt = await room.sees("что нужно от линии выше?")
    await stage.boris.writes(room, "посмотрите магистраль", reply_to=prompt)
    above = await stage.core.opens()
    await above.sees("не работает интернет")
    await above.sees("посмотрите магистраль")
    await stage.settled()
    return room, above


async def test_the_third_line_answers_through_the_second(stage: Stage) -> None:
    """case G7: its words come as a note to the desk that talks to the client."""
    room, above = await _escalated(stage)
    assert "Клиент не видит ничего" in above.card.text
    await stage.vera.writes(above, "упал узел, поднимаем")
    await room.sees("упал узел, поднимаем", "клиент этого не видит")
    await stage.boris.writes(room, "Чиним на магистрали")
    await stage.anna.sees("Чиним на магистрали")
    await stage.vera.presses(above, "Ответ готов")
    prompt = await above.sees("напишите решение")
    await stage.vera.writes(above, "узел поднят", reply_to=prompt)
    await room.sees("Вера → «Техники»", "узел поднят")
    await stage.settled()
    assert above.closed()
    await stage.boris.writes(room, "/resolve Подняли узел")
    await stage.anna.sees("решена", "Подняли узел")
    await stage.settled()
    said = "\n".join(m.text for m in stage.anna.screen)
    for words in ("упал узел", "узел поднят", "посмотрите магистраль", "Вера"):
        assert words not in said


async def test_no_command_button_or_edit_of_the_third_line_reaches_the_client(
    stage: Stage,
) -> None:
    """case G7: by words, file, command, forged button, or edit."""
    _, above = await _escalated(stage)
    before = [m.text for m in stage.anna.screen]
    said = await stage.vera.writes(above, "первое")
    for words in ("! второе", "/ask третье?", "/note четвёртое", "/close пятое", "/recall"):
        await stage.vera.writes(above, words)
    stage.telegram.edit(said, "шестое")
    await stage.settled()
    for verb in ("close:1", "again:1:x", "reopen:1", "ask:1", "resolve:1"):
        query = stage.telegram.press(stage.vera.user, above.card, data=f"d:{verb}")
        await stage.telegram.answered(query)
        await stage.vera.writes(above, f"слова после {verb}")
        await stage.settled()
    assert [m.text for m in stage.anna.screen] == before


async def test_passed_to_another_desk_and_back(stage: Stage) -> None:
    """case G9: the old room is closed, the new one has card and history; the client hears once."""
    room = await stage.ticket()
    await stage.boris.writes(room, "Сейчас узнаю")
    await stage.boris.writes(room, "/pass sales просит другой тариф")
    other = await stage.sales.opens()
    await other.sees("не работает интернет", "Сейчас узнаю")
    await other.sees("просит другой тариф")
    await stage.anna.sees("Продажи")
    await stage.settled()
    assert room.closed()
    assert not room.card.buttons
    stage.anna.says("да, хочу быстрее")
    await other.sees("да, хочу быстрее")
    await stage.boris.writes(room, "я ещё тут")
    await room.sees("сейчас не у вашей группы")
    await stage.vera.writes(other, "/return это к техникам")
    await room.sees("Возвращено к вам", "это к техникам")
    await stage.settled()
    assert not room.closed()
    stage.anna.says("кто теперь?")
    await room.sees("кто теперь?")
    await stage.settled()
    assert not stage.anna.shown("просит другой тариф")
    assert not stage.anna.shown("это к техникам")
