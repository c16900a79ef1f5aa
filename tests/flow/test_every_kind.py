"""Everything people can send, both ways."""

from __future__ import annotations

from bot.sandbox.telegram import Attachment
from bot.sandbox.telegram.state import Json
from tests.flow.stage import Stage, Watcher

FILES = ("photo", "document", "video", "voice", "audio", "video_note", "animation", "sticker")
OTHERS = ("contact", "location", "venue", "poll", "dice")
DESCRIBED = ("story", "paid_media", "unknown")
"""What the Bot API lets nobody repeat; its kind, or what is known of it, is said in words."""


def everything(stage: Stage) -> list[tuple[str, Attachment | Json]]:
    files: list[tuple[str, Attachment | Json]] = [
        (kind, Attachment(kind=kind, caption=f"о {kind}" if kind in FILES[:5] else None))
        for kind in FILES
    ]
    return files + [(kind, stage.telegram.content(kind)) for kind in (*OTHERS, *DESCRIBED)]


async def _shows(where: Watcher, kind: str) -> None:
    if kind in DESCRIBED:
        shown = await where.sees()
        assert shown.kind == kind or shown.text.strip(), f"nothing is said of a {kind}"
    else:
        shown = await where.sees(kind=kind)
    if kind in FILES[:5]:
        assert f"о {kind}" in shown.text


async def test_whatever_a_client_sends_reaches_the_desk(stage: Stage) -> None:
    """case B18: relayed where the API can, otherwise described; never dropped."""
    room = await stage.ticket()
    await stage.settled()
    room.seen |= {m.id for m in room.screen}
    for kind, content in everything(stage):
        stage.anna.sends(content)
        await _shows(room, kind)
        await stage.settled()
        room.seen |= {m.id for m in room.screen}


async def test_whatever_a_specialist_sends_reaches_the_client(stage: Stage) -> None:
    """case B18: the same on the way to the client; what did not go is told to its author."""
    room = await stage.ticket()
    await stage.settled()
    for kind, content in everything(stage):
        anna = stage.anna
        anna.seen |= {m.id for m in anna.screen}
        said = await stage.boris.sends(room, content)
        await _shows(anna, kind)
        await stage.settled()
        assert said.emoji == ["👌"], kind


async def test_protected_content_is_shown_as_far_as_it_may_be(stage: Stage) -> None:
    """case B18: what may not be copied is sent by its file, or described."""
    room = await stage.ticket()
    await stage.settled()
    stage.anna.sends(Attachment(kind="photo", caption="секрет"), protected=True)
    await room.sees("секрет")
    stage.anna.sends(stage.telegram.content("poll", question="Кто виноват?"), protected=True)
    await room.sees("Кто виноват?")
