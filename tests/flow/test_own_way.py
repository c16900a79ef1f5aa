"""What clients find for themselves: status, language, sections."""

from __future__ import annotations

from tests.flow.stage import Stage


async def test_status_tells_who_has_it_and_what_is_next(stage: Stage) -> None:
    """case F7: who has it, the next step, dates; then the end of it."""
    anna = stage.anna
    anna.says("/status")
    await anna.sees("Заявок у вас нет")
    room = await stage.ticket()
    anna.says("/status")
    await anna.sees("№1", "новая", "Техники", "специалист возьмёт её", "15:00")
    await stage.boris.writes(room, "/ask Какая модель роутера?")
    await anna.sees("Нужен ваш ответ", "Какая модель роутера?")
    anna.says("/status")
    await anna.sees("ждём вашего ответа")
    anna.says("TP-Link")
    await room.sees("TP-Link")
    anna.says("/status")
    await anna.sees("в работе")
    await stage.boris.writes(room, "/resolve Обновили прошивку")
    await anna.sees("решена")
    anna.says("/status")
    await anna.sees("решена", "Обновили прошивку", button="✅ Да, решено")


async def test_the_language_can_be_changed(stage: Stage) -> None:
    """case F3: the channel's hint first, then what the client chose, for good."""
    john = stage.john
    john.says("/start")
    await john.sees("Daisy")
    john.says("/language")
    await john.sees("language", button="Русский")
    await john.presses("Русский")
    await john.sees("говорю по-русски")
    john.says("как заплатить за услуги?")
    await john.sees("Картой в кабинете", button="👍 Да")
    john.says("what are your opening hours?")
    await john.sees("Работаем с 9 до 18")


async def test_a_desk_reads_its_own_language(stage: Stage) -> None:
    """case F3: an English client, a Russian desk; each reads their own words."""
    stage.john.says("internet problem, contract 654321")
    await stage.john.sees("#1", "Technicians")
    room = await stage.tech.opens()
    assert "Статус: новая" in room.card.text
    assert "English" in room.card.text
    await stage.boris.writes(room, "/resolve Rebooted")
    await stage.john.sees("Rebooted", button="✅ Yes, solved")


async def test_sections_by_button(stage: Stage) -> None:
    anna = stage.anna
    anna.says("/start")
    await anna.sees("Ромашка")
    await anna.presses("Частые вопросы")
    await stage.settled()
    listed = anna.with_button("Общее")
    await anna.presses("Общее")
    await stage.settled()
    assert "Часы работы" in [b.text for b in listed.buttons]
    await anna.presses("Часы работы")
    await anna.sees("Работаем с 9 до 18")
