"""Those who may not act."""

from __future__ import annotations

from pathlib import Path

from tests.flow.stage import Stage, stage_in


async def test_only_members_of_the_desk_act(tmp_path: Path) -> None:
    """case E6: in the group, but not among those who may act for it; checked when acting."""
    async with (
        stage_in(tmp_path, overrides={"desks.tech.members": ["1001"]}) as stage,
        stage.service(),
    ):
        room = await stage.ticket()
        await stage.settled()
        assert "Вас нет среди сотрудников" in await stage.vera.presses(room, "Взять")
        said = await stage.vera.writes(room, "Сделаю за деньги")
        await room.sees("Вас нет среди сотрудников")
        await stage.vera.writes(room, "/close")
        await stage.settled()
        assert said.emoji == ["👎"]
        assert not stage.anna.shown("за деньги")
        assert "новая" in room.card.text
        assert await stage.boris.presses(room, "Взять") == "Заявка №1 ваша"


async def test_an_anonymous_administrator_is_nobody(stage: Stage) -> None:
    """case E6: Telegram hides who it is, so it may do nothing, and is told how to change that."""
    room = await stage.ticket()
    await stage.boris.writes(room, "Привет", anonymous=True)
    await room.sees("анонимно")
    await stage.settled()
    assert not stage.anna.shown("Привет")


async def test_another_desks_ticket_is_out_of_reach(stage: Stage) -> None:
    """case E6: a number or a button of another desk's ticket does nothing here."""
    room = await stage.ticket()
    await stage.settled()
    elsewhere = stage.sales.whole()
    await stage.vera.writes(elsewhere, "/close 1")
    await elsewhere.sees("сейчас не у вашей группы")
    await stage.vera.writes(elsewhere, "/history 1")
    await elsewhere.sees("сейчас не у вашей группы")
    take = next(b.data for b in room.card.buttons if "Взять" in b.text)
    topic = stage.telegram.create_topic(stage.sales.chat, "Болтовня")
    await stage.vera.writes(elsewhere, "/help")
    help_ = await elsewhere.sees("Команды")
    query = stage.telegram.press(stage.vera.user, help_, data=take)
    assert "не у вашей группы" in (await stage.telegram.answered(query))["text"]
    assert topic.id
    assert "новая" in room.card.text


async def test_start_alone_opens_nothing_and_a_flood_opens_one(stage: Stage) -> None:
    """case E8: two hundred messages in a minute are kept, make one ticket, and keep nobody else
    waiting."""
    for _ in range(20):
        stage.anna.says("/start")
    await stage.settled()
    assert stage.telegram.topics(stage.tech.chat) == []
    before = len(stage.anna.screen)
    for number in range(200):
        stage.anna.says(f"абракадабра {number}")
    stage.john.says("how can I pay?")
    await stage.john.sees("By card")
    await stage.settled()
    assert len(stage.anna.screen) - before < 20
    await stage.later(minutes=31)  # nobody chose a topic
    await stage.settled()
    assert len(stage.telegram.topics(stage.tech.chat)) == 1
    room = await stage.tech.opens()
    await stage.settled()
    text = "\n".join(m.text for m in room.screen)
    missing = [n for n in range(200) if f"абракадабра {n}\n" not in f"{text}\n"]
    assert missing == []
