"""Files that go from one channel to another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.conversation.decision import Outgoing, Say
from bot.conversation.events import FilesLeftOut
from bot.delivery.files import LONGEST, FilesOnTheWay
from channels.memory import MemoryChannel
from channels.message import (
    Address,
    Content,
    FormattedText,
    Media,
    Outbound,
    Part,
    Permanent,
    Post,
    Reason,
    Receipt,
    Transient,
)
from tests.unit.delivery.sending import CLIENT, Desk, desk
from tests.values import act

ANNA = Address(channel="email", chat="anna@example.org", thread="c1")
PICTURE = Media(kind="photo", channel="memory", file="p1", caption=FormattedText("look"))


class Keeping(MemoryChannel):
    """Hands out its files."""

    fetched: int = 0
    refusal: Permanent | Transient | OSError | None = None

    async def fetch(self, media: Media, folder: Path) -> Path:
        self.fetched += 1
        if self.refusal is not None:
            (folder / "file.part").touch()
            raise self.refusal
        path = folder / f"{media.file}.jpg"
        path.write_bytes(b"picture")
        return path


@asynccontextmanager
async def keeping(folder: Path) -> AsyncIterator[tuple[Desk, Keeping]]:
    """A desk whose chat keeps files; what mail was sent is as it was when it was sent."""
    async with desk(files=folder) as it:
        keeper = Keeping()
        it.worker.channels = {"memory": keeper, "email": it.mail}
        it.worker.files = FilesOnTheWay(it.worker.channels, folder)
        it.channel = keeper
        yield it, keeper


def posted(*parts: Part) -> Outgoing:
    content = Content(text=FormattedText("hello"), parts=parts)
    return Outgoing(to=ANNA, audience="client", action=Say(content=content), conversation="c1")


def medias(outbound: Outbound) -> list[Media]:
    assert isinstance(outbound.act, Post)
    return [part for part in outbound.act.content.parts if isinstance(part, Media)]


async def test_a_file_is_brought_for_another_channel_and_erased_when_it_has_arrived(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path / "way") as (it, keeper):
        seen: list[bytes] = []

        async def read(outbound: Outbound) -> Receipt:
            for media in medias(outbound):
                assert media.path is not None
                seen.append(await asyncio.to_thread(Path(media.path).read_bytes))
                assert media.caption == PICTURE.caption
            return Receipt(at=it.clock.now())

        it.mail.send = read  # type: ignore[method-assign]
        await it.enqueue(posted(PICTURE, PICTURE))
        await it.until(lambda: seen and not any((tmp_path / "way").iterdir()))
        assert seen == [b"picture"] * 2
        assert keeper.fetched == 2
        assert it.told == []


async def test_a_file_for_its_own_channel_is_not_touched(tmp_path: Path) -> None:
    """case B15: inside one channel a file is passed on by its id."""
    async with keeping(tmp_path / "way") as (it, keeper):
        content = Content(parts=(PICTURE,))
        await it.enqueue(act(to=CLIENT, action=Say(content=content)))
        await it.until(lambda: keeper.sent)
        assert medias(keeper.sent[0]) == [PICTURE]
        assert keeper.fetched == 0


async def test_a_file_that_was_brought_is_not_brought_again_for_the_next_attempt(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path / "way") as (it, keeper):
        it.mail.fail(Transient("451 greylisted"), times=3)
        await it.enqueue(posted(PICTURE))
        await it.until(lambda: it.mail.sent, step=30)
        assert keeper.fetched == 1


async def test_a_file_that_is_too_large_stays_out_and_the_words_pass(tmp_path: Path) -> None:
    """case B15: Telegram hands out 20 MB; the other side reads of it, and so does the desk."""
    async with keeping(tmp_path / "way") as (it, keeper):
        keeper.refusal = Permanent(Reason.TOO_LARGE, "file is too big")
        await it.enqueue(posted(PICTURE))
        await it.until(lambda: it.mail.sent)
        [media] = medias(it.mail.sent[0])
        assert (media.left_out, media.path) == (Reason.TOO_LARGE, None)


async def test_what_nobody_can_hand_out_stays_out(tmp_path: Path) -> None:
    async with keeping(tmp_path / "way") as (it, keeper):
        keeper.refusal = Permanent(Reason.REFUSED, "wrong file id")
        elsewhere = Media(kind="document", channel="gone", file="x")
        nowhere = Media(kind="document")
        await it.enqueue(posted(PICTURE, elsewhere, nowhere))
        await it.until(lambda: it.mail.sent)
        assert [one.left_out for one in medias(it.mail.sent[0])] == [Reason.REFUSED] * 3


async def test_a_file_that_cannot_be_brought_now_holds_its_letter(tmp_path: Path) -> None:
    """Also when our disk is full; the half that arrived is not taken for the file."""
    async with keeping(tmp_path / "way") as (it, keeper):
        keeper.refusal = Transient("connection reset")
        await it.enqueue(posted(PICTURE))
        await it.until(lambda: keeper.fetched == 1)
        keeper.refusal = OSError(28, "No space left on device")
        await it.until(lambda: keeper.fetched == 2, step=5)
        assert it.mail.sent == []
        keeper.refusal = None
        await it.until(lambda: it.mail.sent, step=30)
        assert [media.left_out for media in medias(it.mail.sent[0])] == [None]


async def test_what_a_channel_left_out_is_told(tmp_path: Path) -> None:
    """case B15"""
    async with desk() as it:

        async def without(outbound: Outbound) -> Receipt:
            return Receipt(at=it.clock.now(), messages=("<1@x>",), left_out=("film.mov",))

        it.mail.send = without  # type: ignore[method-assign]
        await it.enqueue(posted(PICTURE))
        await it.until(lambda: it.told)
        [event] = it.told
        assert isinstance(event, FilesLeftOut)
        assert (event.files, event.conversation, event.to) == (("film.mov",), "c1", ANNA)


async def test_what_cannot_be_swept_up_ends_nothing(tmp_path: Path) -> None:
    """Another process sweeps the same folder: what was listed is gone."""
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    async with desk(run=False) as it:
        await FilesOnTheWay({}, tmp_path).sweep(it.clock.now())
    assert (tmp_path / "gone").is_symlink()


async def test_what_a_stopped_process_left_behind_is_swept_up(tmp_path: Path) -> None:
    files = FilesOnTheWay({}, tmp_path / "way")
    async with desk(run=False) as it:
        await files.sweep(it.clock.now())  # there is no folder yet
        for row in ("old", "new"):
            (tmp_path / "way" / row / "0").mkdir(parents=True)
            (tmp_path / "way" / row / "0" / "file.jpg").touch()
        old = it.clock.now() - LONGEST - timedelta(hours=1)
        new = it.clock.now() - LONGEST + timedelta(hours=1)
        for row, moment in (("old", old), ("new", new)):
            os.utime(tmp_path / "way" / row, (moment.timestamp(), moment.timestamp()))
        await files.sweep(it.clock.now())
        assert not (tmp_path / "way" / "old").exists()
        assert (tmp_path / "way" / "new" / "0" / "file.jpg").exists()
