"""Promises with clocks: what people see of them, and what happens when time runs out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.message import Text
from config.texts import built_in
from tests.flow.stage import Room, Stage, stage_in
from tests.waiting import eventually

QUICK = """
promises:
  - {for: {desk: core}, first_answer: 30m, resolution: 4h}
  - {first_answer: 2h, next_answer: 1h, resolution: 8h}
"""


def at(stage: Stage, **span: float) -> str:
    """A moment from now, as people read it."""
    moment = stage.clock.now() + timedelta(**span)
    zone = ZoneInfo("Europe/Moscow")
    text = Text(key="desk.card.opened", args={"at": moment})
    return built_in().render(text, "ru", zone).text.removeprefix("Открыта ")


@asynccontextmanager
async def staged(tmp_path: Path, more: str = QUICK, *, memory: bool = True) -> AsyncIterator[Stage]:
    """The clock of the stage stands at noon in Moscow when it begins."""
    async with stage_in(tmp_path, more=more, memory=memory) as stage, stage.service():
        yield stage


async def test_the_card_shows_the_nearest_deadline_and_the_client_hears_a_time(
    tmp_path: Path,
) -> None:
    """case I1: the first answer, then the solution; with the client's next words the next one."""
    async with staged(tmp_path) as stage:
        room = await stage.ticket()
        due = at(stage, hours=2)
        assert stage.anna.shown(f"Ответим до {due}")
        assert f"⏳ первый ответ до {due}" in room.card.text
        await stage.later(minutes=30)
        await stage.boris.writes(room, "Смотрю")
        await stage.anna.sees("Смотрю")
        await stage.settled()
        assert f"⏳ решение до {at(stage, hours=7, minutes=30)}" in room.card.text
        stage.anna.says("И телефон молчит")
        await room.sees("телефон молчит")
        await stage.settled()
        assert f"⏳ ответ до {at(stage, hours=1)}" in room.card.text


async def test_only_a_person_s_words_to_the_client_stop_the_clock(tmp_path: Path) -> None:
    """case I1: a note, a take and the bot's own words do not."""
    async with staged(tmp_path) as stage:
        room = await stage.ticket()
        due = at(stage, hours=2)
        await stage.boris.writes(room, "/take")
        await stage.boris.writes(room, "// перезвонить монтажникам")
        await stage.settled()
        assert f"⏳ первый ответ до {due}" in room.card.text


async def test_it_stands_still_while_the_client_is_waited_for(tmp_path: Path) -> None:
    """case I3: seven and a half hours are left, however long the answer takes."""
    async with staged(tmp_path) as stage:
        room = await stage.ticket()
        await stage.later(minutes=30)
        await stage.boris.writes(room, "/ask Какой роутер?")
        await stage.anna.sees("Какой роутер?")
        await stage.settled()
        assert "⏳" not in room.card.text
        await stage.later(days=3)
        assert not said_in(room, "срок был")
        stage.anna.says("Кинетик")
        await room.sees("Кинетик")
        await stage.settled()
        assert f"⏳ ответ до {at(stage, hours=1)}" in room.card.text
        await stage.boris.writes(room, "Понятно")
        await stage.settled()
        assert f"⏳ решение до {at(stage, hours=7, minutes=30)}" in room.card.text


async def test_the_desk_is_warned_and_the_head_hears_of_a_breach_once(tmp_path: Path) -> None:
    """case I6: at three quarters, and when time is up; each once."""
    async with staged(tmp_path) as stage:
        room = await stage.ticket()
        await stage.later(minutes=89)
        assert not said_in(room, "первый ответ до")
        await stage.later(minutes=2)
        await room.sees("⏳ первый ответ до", "исполнителя нет")
        await stage.later(minutes=30)
        await room.sees("🔴 первый ответ: срок был")
        await stage.admins.sees("№1", "первый ответ: срок был")
        await stage.later(hours=2)
        await stage.settled()
        assert len(stage.admins.shown("срок был")) == 1
        assert "🔴 первый ответ: срок был" in room.card.text
        await stage.boris.writes(room, "Простите, смотрю")
        await stage.anna.sees("Простите")
        await stage.later(minutes=1)
        await stage.boris.writes(room, "/history")
        await room.sees("срок нарушен")


STEPS = """
promises:
  - {first_answer: 1h, warn_at: 50%}
when:
  - {at: warn, do: [tell_client, raise_priority]}
  - {at: breach, clock: first_answer, do: [{pass: core}]}
  - {at: 2x, do: tell_head}
"""


async def test_priority_is_raised_the_client_hears_a_new_time_and_it_is_passed_on(
    tmp_path: Path,
) -> None:
    """case I6, case I8: an honest new time, once until somebody writes; the ticket goes up."""
    async with staged(tmp_path, STEPS) as stage:
        room = await stage.ticket()
        twice = at(stage, hours=2)
        await stage.later(minutes=31)
        await stage.anna.sees("не успеваем", f"Новый срок — до {twice}")
        await stage.settled()
        assert "высокий" in room.card.text
        await stage.later(minutes=30)
        upstairs = await stage.core.opens()
        await upstairs.sees("Просрочено: первый ответ")
        await stage.later(hours=1)
        await stage.admins.sees("№1", "срок был")
        await stage.settled()
        assert len(stage.anna.shown("Новый срок")) == 1


OFFICE = """
promises:
  - {first_answer: 4h}
"""


async def test_working_time_counts_and_nobody_is_told_at_night(tmp_path: Path) -> None:
    """case G8, case I6: the desk's hours with lunch; due in the afternoon of the next day."""
    hours = 'escalates_to: core, hours: { week: { mon-fri: ["09:00-13:00", "14:00-18:00"] } } }'
    async with stage_in(tmp_path, more=OFFICE) as stage:
        file = stage.folder / "support.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("escalates_to: core }", hours), encoding="utf-8")
        async with stage.service():
            room = await stage.ticket()  # at three on Monday: three hours are left of that day
            assert "⏳ первый ответ до 24 нояб. 10:00" in room.card.text
            await stage.later(hours=17)
            assert not said_in(room, "🔴")
            await stage.later(hours=2, minutes=1)
            await room.sees("🔴 первый ответ: срок был 24 нояб. 10:00")


async def test_promises_that_are_edited_move_the_deadline_and_fire_nothing_for_the_past(
    tmp_path: Path,
) -> None:
    """case I4: due times follow; what is late only by the edit is one list, not a message each."""
    async with stage_in(tmp_path, more=QUICK, memory=False) as stage:
        file = stage.folder / "support.yaml"
        text = file.read_text(encoding="utf-8")
        async with stage.service():
            room = await stage.ticket()
            await stage.later(hours=1)
            assert f"⏳ первый ответ до {at(stage, hours=1)}" in room.card.text
        file.write_text(text.replace("first_answer: 2h", "first_answer: 6h"), encoding="utf-8")
        async with stage.service():
            due = at(stage, hours=5)
            await eventually(lambda: f"⏳ первый ответ до {due}" in room.card.text)
        file.write_text(text.replace("first_answer: 2h", "first_answer: 30m"), encoding="utf-8")
        async with stage.service():
            await eventually(lambda: "🔴 первый ответ: срок был" in room.card.text)
            await stage.later(minutes=2)
            await stage.admins.sees("Просрочено", "№1")
            await stage.settled()
            assert not said_in(room, "🔴")
            assert len(stage.admins.shown("№1")) == 1


async def test_a_reload_does_the_same_at_once(tmp_path: Path) -> None:
    """case I4: within a second of the save, without a restart."""
    async with stage_in(tmp_path, more=QUICK) as stage, stage.service(watch=True):
        room = await stage.ticket()
        file = stage.folder / "support.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("first_answer: 2h", "first_answer: 6h"), encoding="utf-8")
        due = at(stage, hours=6)
        await eventually(lambda: f"⏳ первый ответ до {due}" in room.card.text)


async def test_what_fell_due_while_nothing_ran_is_told_once_each(tmp_path: Path) -> None:
    """case I5: down over the deadline of a ticket; started again, once; and not again."""
    async with stage_in(tmp_path, more=QUICK, memory=False) as stage:
        async with stage.service():
            room = await stage.ticket()
            await stage.settled()
        stage.clock.advance(hours=3)
        for _ in range(2):
            async with stage.service():
                await stage.later(minutes=5)
                await stage.settled()
                assert len(said_in(room, "срок был")) == 1
                assert len(stage.admins.shown("срок был")) == 1


async def test_many_at_once_are_one_list(tmp_path: Path) -> None:
    """case I5: eight tickets were due while nothing ran; the head reads five and a list."""
    async with stage_in(tmp_path, more=QUICK, memory=False) as stage:
        async with stage.service():
            for number in range(8):
                client = stage.telegram.user(f"Клиент {number}", language_code="ru")
                stage.telegram.tell(client, f"не работает интернет, договор 12345{number}")
                await stage.tech.opens()
            await stage.settled()
        stage.clock.advance(hours=3)
        async with stage.service():
            await stage.later(minutes=3)
            listed = await stage.admins.sees("Просрочено")
            assert [f"№{number} " in listed.text for number in range(1, 9)] == [True] * 8
            assert len(stage.admins.shown("первый ответ: срок был")) == 5


async def test_a_ticket_that_moves_keeps_what_it_has_used(tmp_path: Path) -> None:
    """case I7: an hour of eight was used at the first desk; the next desk's own promise counts."""
    async with staged(tmp_path) as stage:
        room = await stage.ticket()
        await stage.later(hours=1)
        await stage.boris.writes(room, "/up сложно")
        upstairs = await stage.core.opens()
        await stage.settled()
        assert f"⏳ первый ответ до {at(stage, minutes=30)}" not in upstairs.card.text
        assert "🔴 первый ответ: срок был" in upstairs.card.text
        await stage.admins.sees("№1", "первый ответ: срок был")


async def test_what_is_late_can_be_listed(tmp_path: Path) -> None:
    """`/overdue`: a desk's own in the desk, everything in the administrators' chat."""
    async with staged(tmp_path) as stage:
        room = await stage.ticket()
        await stage.boris.writes(room, "/overdue")
        await room.sees("Просроченных заявок нет")
        await stage.later(hours=3)
        await stage.boris.writes(stage.admins, "/просрочено")
        await stage.admins.sees("Просрочено", "№1 · Интернет")


def said_in(room: Room, words: str) -> list[str]:
    """What was posted with these words, cards apart."""
    pinned = room.chat.pinned
    return [m.text for m in room.shown(words) if m.id not in pinned]
