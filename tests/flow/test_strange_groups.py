"""The bot in groups that are no desk of ours."""

from __future__ import annotations

from pathlib import Path

from tests.flow.stage import Stage, Watcher, stage_in


async def test_a_stranger_who_adds_the_bot_gets_no_data(stage: Stage) -> None:
    """case B23: the group's own id, which it knows anyway, and good-bye."""
    await stage.ticket()
    john = stage.john.user
    strange = stage.telegram.group("Стая", members=[john], supergroup=True, bot="absent")
    stage.telegram.set_member(strange, None, "member")
    screen = Watcher(stage, strange)
    said = await screen.sees(str(strange.id))
    assert "Ромашка" not in said.text
    assert "интернет" not in said.text
    await stage.settled()
    member = strange.members[stage.telegram.bot.id]
    assert not member.present
    assert len(screen.screen) == 1


async def test_a_silent_bot_says_nothing_in_a_clients_own_group(tmp_path: Path) -> None:
    """case B23: by setting it stays, and answers nothing, not even commands and buttons."""
    async with stage_in(tmp_path, strange_groups="silent") as stage, stage.service():
        anna = stage.anna.user
        group = stage.telegram.group("Семья", members=[anna], supergroup=True)
        for words in ("как заплатить за услуги?", "/status", "/take 1", "/help"):
            stage.telegram.say(anna, group, words)
        await stage.settled()
        assert Watcher(stage, group).screen == []
        assert group.members[stage.telegram.bot.id].present
        assert stage.telegram.topics(stage.tech.chat) == []
