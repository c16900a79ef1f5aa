"""Albums in both directions."""

from __future__ import annotations

from bot.sandbox.telegram import Attachment
from tests.flow.stage import Room, Stage, Watcher

ALBUM = [
    Attachment(kind="photo", caption="первое"),
    Attachment(kind="photo"),
    Attachment(kind="video", caption="третье"),
]


def album_on(screen: Watcher) -> list[tuple[str, str]]:
    """Kind and caption of what is in an album on screen, and that it is one album."""
    parts = [m for m in screen.screen if "media_group_id" in m.json]
    assert len({m.json["media_group_id"] for m in parts}) == 1
    return [(m.kind, m.text.rpartition("\n")[2]) for m in parts]


async def _arrives(stage: Stage, where: Watcher) -> list[tuple[str, str]]:
    await stage.later(seconds=1)  # the parts of an album are waited for
    await where.sees("третье")
    await stage.settled()
    return album_on(where)


async def test_a_clients_album_stays_together(stage: Stage) -> None:
    """case B17: one album, in order, with its captions."""
    room = await stage.ticket()
    stage.telegram.album(stage.anna.user, stage.anna.chat, ALBUM)
    found = await _arrives(stage, room)
    assert found == [("photo", "первое"), ("photo", ""), ("video", "третье")]


async def test_a_specialists_album_stays_together(stage: Stage) -> None:
    """case B17: the same on the way to the client."""
    room = await stage.ticket()
    stage.telegram.album(stage.boris.user, room.chat, ALBUM, thread=room.topic)
    found = await _arrives(stage, stage.anna)
    assert found == [("photo", "первое"), ("photo", ""), ("video", "третье")]


async def test_a_first_message_and_an_album_make_one_ticket(stage: Stage) -> None:
    """case B22: everything sent at once is one ticket, whatever comes first."""
    stage.anna.says("не работает интернет, договор 123456")
    stage.telegram.album(stage.anna.user, stage.anna.chat, ALBUM)
    room = await stage.tech.opens()
    assert await _arrives(stage, room)
    assert len(stage.telegram.topics(room.chat)) == 1


async def test_an_album_first_and_words_after_make_one_ticket(stage: Stage) -> None:
    """case B22: the album comes first, and its words after."""
    stage.telegram.album(stage.anna.user, stage.anna.chat, ALBUM)
    stage.anna.says("не работает интернет, договор 123456")
    await stage.later(seconds=1)
    room: Room = await stage.tech.opens()
    assert await _arrives(stage, room)
    assert room.shown("не работает интернет")
    assert len(stage.telegram.topics(room.chat)) == 1
