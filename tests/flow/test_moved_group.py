"""A desk's group that gets a new id."""

from __future__ import annotations

from pathlib import Path

from tests.flow.stage import stage_in


async def test_a_desk_follows_its_group_to_the_new_id(tmp_path: Path) -> None:
    """case B11: a basic group becomes a supergroup; the desk goes on in the new one."""
    async with stage_in(tmp_path, basic=["tech"]) as stage, stage.service():
        anna, boris = stage.anna, stage.boris
        anna.says("не работает интернет, договор 123456")
        await stage.tech.whole().sees("№1", button="✋ Взять")
        await stage.settled()
        new = stage.telegram.migrate(stage.tech.chat)
        await stage.admins.sees(str(new.id))
        anna.says("есть кто?")
        group = stage.tech.whole(new)
        asked = await group.sees("есть кто?")
        await boris.writes(group, "Есть", reply_to=asked)
        await anna.sees("Есть")
        await stage.settled()
        assert len(stage.admins.screen) == 1


async def test_a_move_nobody_told_about_is_learned_from_the_refusal(tmp_path: Path) -> None:
    """case B11: only the error says ``migrate_to_chat_id``; nothing is lost, said once."""
    async with stage_in(tmp_path, basic=["tech"]) as stage:
        new = stage.telegram.migrate(stage.tech.chat)
        stage.telegram.world.updates.clear()  # the service message came in another life
        async with stage.service():
            stage.anna.says("не работает интернет, договор 123456")
            group = stage.tech.whole(new)
            await group.sees("№1", button="✋ Взять")
            await group.sees("не работает интернет")
            await stage.settled()
            assert len(stage.admins.shown(str(new.id))) == 1
