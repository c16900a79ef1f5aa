"""A forum that nears a million messages."""

from __future__ import annotations

from tests.flow.stage import Stage


async def test_administrators_are_warned_once_and_early(stage: Stage) -> None:
    """case B10: warned before old topics are lost, once for the group; a lost topic is reopened."""
    stage.tech.chat.last_message_id = 900_000
    room = await stage.ticket()
    warning = await stage.admins.sees("900 000", "Техники")
    assert str(room.chat.id) in warning.text
    stage.anna.says("и ещё одно")
    await room.sees("и ещё одно")
    await stage.settled()
    assert len(stage.admins.screen) == 1

    stage.telegram.delete_topic(room.chat, room.topic)  # what Telegram does to the oldest
    stage.anna.says("и третье")
    again = await stage.tech.opens()
    await again.sees("и третье")
    await stage.settled()
    assert len(stage.admins.screen) == 1


async def test_a_young_forum_warns_of_nothing(stage: Stage) -> None:
    await stage.ticket()
    await stage.settled()
    assert stage.admins.screen == []
