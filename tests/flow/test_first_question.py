"""The plain way through: an answer, a ticket, a specialist, the end."""

from __future__ import annotations

from tests.flow.stage import Stage


async def test_from_a_question_to_a_rating(stage: Stage) -> None:
    anna, boris = stage.anna, stage.boris
    anna.says("/start")
    await anna.sees("Ромашка")
    anna.says("как заплатить за услуги?")
    await anna.sees("Картой в кабинете", button="👍 Да")
    await anna.presses("👍 Да")
    await anna.sees("рад, что помогло")

    anna.says("у меня не работает интернет")
    await anna.sees("номер договора")
    anna.says("123456")
    await anna.sees("№1", "принята", "Техники")
    room = await stage.tech.opens()
    assert "Анна" in room.card.text
    await room.sees("у меня не работает интернет")

    assert await boris.presses(room, "Взять") == "Заявка №1 ваша"
    await anna.sees("занимается")
    said = await boris.writes(room, "Перезагрузите роутер")
    await anna.sees("Перезагрузите роутер")
    await boris.writes(room, "/resolve Помогла перезагрузка")
    await anna.sees("решена", "Помогла перезагрузка", button="✅ Да, решено")
    await anna.presses("✅ Да, решено")
    await anna.sees("Оцените")
    await anna.presses("5 ⭐")
    await room.sees("★★★★★")
    await stage.settled()
    assert said.emoji == ["👌"]
