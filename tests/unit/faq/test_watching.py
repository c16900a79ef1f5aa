import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import faq
from tests.waiting import patience

SOUND = "section: {id: a, title: А}\nentries: [{id: pay, title: Оплата, answer: картой}]\n"

AGAIN = 3.0
"""Seconds after which a file is saved once more: the watcher may not have started before."""


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator["asyncio.Queue[faq.Reload]"]:
    outcomes: asyncio.Queue[faq.Reload] = asyncio.Queue()
    stop = asyncio.Event()

    async def follow() -> None:
        async for outcome in faq.watch(folder, stop=stop):
            await outcomes.put(outcome)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(follow())
        yield outcomes
        stop.set()


async def saved(file: Path, text: str, outcomes: "asyncio.Queue[faq.Reload]") -> faq.Reload:
    """Save until the watcher, which starts in its own time, notices."""
    async with patience():
        while True:
            await asyncio.to_thread(file.write_text, text, encoding="utf-8")
            try:
                return await asyncio.wait_for(outcomes.get(), AGAIN)
            except TimeoutError:
                continue


async def test_a_save_brings_a_whole_new_faq(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(SOUND, encoding="utf-8")
    async with watching(tmp_path) as outcomes:
        outcome = await saved(file, SOUND.replace("картой", "наличными"), outcomes)
    assert outcome.mistakes == ()
    assert outcome.faq is not None
    assert outcome.faq.entries["pay"].answer == {"ru": "наличными"}
    assert outcome.faq.match("оплата").entry == "pay"


async def test_a_broken_file_keeps_the_old_faq_and_names_the_line(tmp_path: Path) -> None:
    """case F4"""
    file = tmp_path / "a.yaml"
    file.write_text(SOUND, encoding="utf-8")
    old = faq.load(tmp_path)
    async with watching(tmp_path) as outcomes:
        broken = await saved(file, SOUND + "  nonsense: [", outcomes)
        assert broken.faq is None
        assert [(m.file, m.line) for m in broken.mistakes] == [(file, 3)]
        assert old.match("Оплата").entry == "pay"
        mended = await saved(file, SOUND.replace("картой", "снова"), outcomes)
        while mended.faq is None:  # an earlier save that was noticed late
            mended = await saved(file, SOUND.replace("картой", "снова"), outcomes)
    assert mended.faq.entries["pay"].answer == {"ru": "снова"}
