"""Two bots of two brands in one service: the clients of one never read the other's name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import App, build
from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.state import Message, User
from config.workspace import load
from tests.flow.stage import PROBLEM, Stage, stage_in
from tests.waiting import PATIENCE

COMPANY, OTHER = "Ромашка", "Василёк"
BRANDS = """
brands:
  - id: cornflower
    company: { ru: Василёк, en: Cornflower }
    sections: [cornflower]
    topics: [flowers]
    desks: [sales]
"""
FAQ = """
section: { id: cornflower, title: { ru: Василёк, en: Cornflower } }
entries:
  - id: delivery
    title: { ru: Доставка букетов, en: Bouquets }
    questions: { ru: [привезёте ли вы букет, доставка букета на дом], en: [bouquets] }
    answer: { ru: Василёк привезёт букет завтра., en: Cornflower brings it tomorrow. }
"""
TOPIC = """
id: flowers
title: { ru: Василёк и цветы, en: Cornflower and flowers }
phrases: { ru: [завяли цветы от василька], en: [withered flowers] }
"""


@dataclass
class SecondBot:
    """The other brand's bot, at a Telegram of its own, and a client who writes to it."""

    telegram: Emulator
    olga: User

    def says(self, words: str) -> None:
        self.telegram.tell(self.olga, words)

    @property
    def screen(self) -> list[Message]:
        chat = self.telegram.world.chat(self.olga.id)
        return [m for m in self.telegram.messages(chat, None) if m.by_bot and not m.is_service]

    async def sees(self, words: str) -> Message:
        await self.telegram.wait_for(lambda: any(words in m.text for m in self.screen), PATIENCE)
        return next(m for m in self.screen if words in m.text)


@asynccontextmanager
async def two_bots(folder: Path) -> AsyncIterator[tuple[Stage, SecondBot]]:
    files = {"faq/cornflower.yaml": FAQ, "topics/flowers.yaml": TOPIC}
    async with (
        stage_in(folder, memory=False, more=BRANDS, files=files) as stage,
        Emulator(now=stage.clock.now) as telegram,
    ):
        file = stage.folder / "support.yaml"
        support = file.read_text(encoding="utf-8")
        (first,) = (line for line in support.splitlines() if line.startswith("telegram: "))
        one = first.removeprefix("telegram: ")
        two = one.replace(stage.telegram.url, telegram.url).replace(
            "{ ", "{ name: cornflower, brand: cornflower, ", 1
        )
        file.write_text(
            support.replace(first, f"telegram:\n  - {one}\n  - {two}"), encoding="utf-8"
        )
        olga = telegram.user("Ольга", language_code="ru")
        yield stage, SecondBot(telegram, olga)


@asynccontextmanager
async def service(stage: Stage) -> AsyncIterator[App]:
    stage.app = build(load(stage.folder, secrets=True), clock=stage.clock, limits={})
    assert list(stage.app.channels) == ["telegram", "cornflower"]
    async with stage.app.running():
        yield stage.app
    stage.app = None


async def test_each_brand_has_its_name_its_answers_and_its_desk(tmp_path: Path) -> None:
    async with two_bots(tmp_path) as (stage, second), service(stage):
        stage.anna.says("/start")
        await stage.anna.sees(COMPANY)
        second.says("/start")
        await second.sees(OTHER)

        second.says("Доставка букета на дом?")
        await second.sees("Василёк привезёт букет завтра")
        stage.anna.says("Доставка букета на дом?")
        await stage.settled()
        assert not stage.anna.shown("букет")
        second.says("В какие часы вы работаете?")  # what no brand lists is everybody's
        await second.sees("с 9 до 18")

        second.says("завяли цветы от василька, очень жаль")
        room = await stage.sales.opens()  # the brand's desk, in the groups of the first bot
        await stage.boris.writes(room, "Заменим букет")
        await second.sees("Заменим букет")
        stage.anna.says(PROBLEM)
        await stage.tech.opens()
        await stage.settled()

        assert not stage.anna.shown(OTHER)
        assert not [m.text for m in second.screen if COMPANY in m.text]
        buttons = [b.text for m in stage.anna.screen for b in m.buttons]
        assert not [label for label in buttons if OTHER in label]
