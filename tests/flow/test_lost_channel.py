"""A channel that is taken out of the settings while words for it still wait."""

from __future__ import annotations

from pathlib import Path

from tests.flow.joined import by_letter
from tests.flow.stage import Stage, stage_in
from tests.flow.test_outside_experts import OUTSIDE, asks
from tests.workspaces import EMAIL


def settings(stage: Stage, section: str, *, there: bool) -> None:
    """Take a section out of ``support.yaml``, or put it back."""
    file = stage.folder / "support.yaml"
    without = file.read_text(encoding="utf-8").replace(section, "")
    file.write_text(without + (section if there else ""), encoding="utf-8")
    stage.letters = there


async def test_words_for_a_lost_channel_can_be_sent_when_it_is_back(tmp_path: Path) -> None:
    """case G3: each of the specialist's messages says that it did not arrive and why, with a
    button that sends it once the channel is back; the administrators hear once."""
    async with stage_in(tmp_path, more=EMAIL, memory=False) as stage:
        async with stage.service():
            room = await by_letter(stage)
            stage.post.closed = True
            said = [
                await stage.boris.writes(room, "Меняем провод"),
                await stage.boris.writes(room, "Будем через час"),
            ]
            await stage.post.tried()
            await stage.boris.writes(room, "/resolve Провод заменили")
            await stage.settled()
        stage.post.closed = False
        settings(stage, EMAIL, there=False)
        async with stage.service():
            await stage.later(hours=1)
            for message in said:
                line = await room.sees("Не доставлено", "email", button="🔄 Отправить ещё раз")
                assert line.reply_to_id == message.id
            await stage.admins.sees("Канала «email» больше нет")
            await stage.settled()
            assert [message.emoji for message in said] == [["💔"], ["💔"]]
            assert len(stage.admins.shown("больше нет")) == 1
            again = stage.admins.screen
            await stage.boris.presses(room, "🔄 Отправить ещё раз", on=line)
            line = await room.sees("Не доставлено", "email", button="🔄 Отправить ещё раз")
            await stage.settled()
            assert stage.admins.screen == again
        settings(stage, EMAIL, there=True)
        async with stage.service():
            await stage.boris.presses(room, "🔄 Отправить ещё раз", on=line)
            await stage.maria.reads("Будем через час")
            await stage.settled()
            assert said[1].emoji == ["👌"]


async def test_a_letter_to_an_expert_waits_for_its_channel_too(tmp_path: Path) -> None:
    """case G3: the desk that asked hears of it, with a button of its own."""
    async with stage_in(tmp_path, more=OUTSIDE, memory=False) as stage:
        async with stage.service():
            room = await stage.ticket()
            stage.post.closed = True
            await asks(stage, room)
            await stage.post.tried()
        stage.post.closed = False
        settings(stage, OUTSIDE, there=False)
        async with stage.service():
            await stage.later(hours=1)
            line = await room.sees("канала «email» больше нет", button="🔄 Отправить ещё раз")
        settings(stage, OUTSIDE, there=True)
        async with stage.service():
            await stage.boris.presses(room, "🔄 Отправить ещё раз", on=line)
            await stage.settled()
            assert [letter.to for letter in stage.post.delivered] == ["help@vendor.example"]
