"""Telegram is away for a while, in every way it can be, and nothing is lost by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.conversation.events import Alarm
from tests.flow.stage import PROBLEM, Client, Room, Stage, Watcher, stage_in

FLAG = "↻ возможно, повтор\n"
TRIAL = "📡"
STEPS = 30
"""Looks at the clock that an outage is lived through in, and its end waited for."""
QUESTIONS = [("как заплатить за услуги", "Картой"), ("в какие часы вы работаете", "с 9 до 18")]


@dataclass
class Day:
    """What people say while Telegram is away, and what others must have read in the end."""

    stage: Stage
    room: Room
    olga: Client
    asked: list[str] = field(default_factory=list)
    """Words of the answers that Olga is to get."""
    told: list[str] = field(default_factory=list)
    """What Anna wrote into her ticket."""
    replied: list[str] = field(default_factory=list)
    """What Boris answered."""
    alarms: list[str] = field(default_factory=list)
    newcomers: list[Client] = field(default_factory=list)

    async def goes_on(self, number: int) -> None:
        """Everybody says something."""
        stage = self.stage
        for question, answer in QUESTIONS[number : number + 1]:
            self.olga.says(question)
            self.asked.append(answer)
        self.told.append(f"Слово Анны {number}.")
        stage.anna.says(self.told[-1])
        self.replied.append(f"Слово Бориса {number}.")
        await stage.boris.writes(self.room, self.replied[-1])
        self.alarms.append(f"-77{number}")
        stage.running.alarms.tell(
            Alarm(key="admin.chat_moved", args={"old": "-1", "new": self.alarms[-1]})
        )
        if number % 2 == 0:
            newcomer = Client(stage, stage.telegram.user(f"Новичок {number}"))
            newcomer.says(PROBLEM)
            self.newcomers.append(newcomer)

    def everything_arrived(self) -> bool:
        """Whether everybody has read what was for them, or knows that they may have to say it
        again."""
        answers = self.screen(self.olga)
        flagged = self.flagged()
        return (
            len(in_order(answers, self.asked)) == len(self.asked)
            and in_order(self.screen(self.room), self.told) == self.told
            and set(self.replied) <= {*self.screen(self.stage.anna), *flagged}
            and all(any(a in t for t in self.screen(self.stage.admins)) for a in self.alarms)
            and all(self.card_of(newcomer) for newcomer in self.newcomers)
            and all(any("№" in t for t in self.screen(n)) for n in self.newcomers)
        )

    @property
    def transcript(self) -> str:
        """All that was said, for failures."""
        tech = self.stage.tech.chat
        rooms = [Room(self.stage, tech, t) for t in self.stage.telegram.topics(tech)]
        watchers = [self.olga, self.stage.anna, self.stage.admins, *self.newcomers, *rooms]
        return "\n----\n".join(watcher.transcript for watcher in watchers)

    def screen(self, watcher: Watcher) -> list[str]:
        return [line for m in watcher.screen for line in m.text.split("\n")]

    def flagged(self) -> list[str]:
        """The words of Boris under which there is a button to send them again."""
        answered = (
            m.json.get("reply_to_message", {}).get("text", "")
            for m in self.room.screen
            if m.buttons and m.text.startswith("❔")
        )
        return [text for text in answered if text]

    def card_of(self, newcomer: Client) -> bool:
        """Whether a newcomer's ticket has a card and their words."""
        name = newcomer.user.first_name
        tech = self.stage.tech.chat
        rooms = [Room(self.stage, tech, t) for t in self.stage.telegram.topics(tech)]
        return any(
            name in room.screen[0].text and any(PROBLEM in m.text for m in room.screen)
            for room in rooms
            if room.screen
        )


def in_order(seen: list[str], wanted: list[str]) -> list[str]:
    """Those of the wanted lines that are found one after another."""
    rest = iter(seen)
    return [words for words in wanted if any(words in line for line in rest)]


def doubled_unflagged(watcher: Watcher) -> list[str]:
    """What stands more than once at a desk without saying that it may be a repetition."""
    texts = Counter(
        (m.text, m.json.get("reply_to_message", {}).get("message_id"))
        for m in watcher.screen
        if not m.text.startswith(FLAG) and TRIAL not in m.text
    )
    return [text for (text, _), times in texts.items() if times > 1]


SENDS = ("sendMessage", "copyMessage", "sendPhoto")


@pytest.mark.parametrize("methods", [(None,), SENDS], ids=["everything", "sends"])
@pytest.mark.parametrize("span", [20, 600, 6 * 3600], ids=["20s", "10min", "6h"])
@pytest.mark.parametrize("kind", ["500", "drop", "lost"])
async def test_an_outage_loses_nothing(
    tmp_path: Path, kind: str, span: int, methods: tuple[str | None, ...]
) -> None:
    """Cases A3, B1, B2: calls get 500, or their connection is cut, or they are carried out and the
    answer is lost, for so long. Every answer, every word, every card and every alarm arrives, in
    order; at a desk nothing stands twice without saying so; a specialist's words come once, or are
    flagged for them."""
    async with stage_in(tmp_path) as stage, stage.service():
        room = await stage.ticket()
        await stage.settled()
        day = Day(stage, room, Client(stage, stage.telegram.user("Ольга", language_code="ru")))
        for method in methods:
            stage.telegram.fail(kind, method, count=None)
        for number in range(STEPS):
            if number % 10 == 1:
                await day.goes_on(number // 10)
            await stage.breath(span / STEPS)
        stage.telegram.heal()
        for _ in range(60):
            if day.everything_arrived():
                break
            await stage.breath(10)
        assert day.everything_arrived(), day.transcript
        assert doubled_unflagged(room) == []
        assert doubled_unflagged(stage.admins) == []
        replies = [line for line in day.screen(stage.anna) if line in day.replied]
        assert len(replies) == len(set(replies)), "a specialist's words twice"
        assert replies == sorted(replies, key=day.replied.index)
        assert "показать не удалось" not in room.transcript
        assert stage.admins.shown("❔") == []
