"""One room that never ends takes its turn like the others, and nobody waits for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.conversation.decision import Room, Urgency
from channels.message import OpenThread, Outbound, Post, Receipt
from tests.unit.delivery.sending import ROOM, Desk, desk

OTHER = Room(ticket=8, desk="internet")
THIRD = Room(ticket=9, desk="internet")
TICK = 0.1


@dataclass
class Minutes:
    """What went to the group, and when."""

    it: Desk
    sent: list[tuple[datetime, str]] = field(default_factory=list)
    written: dict[str, datetime] = field(default_factory=dict)

    async def listen(self, send: object, outbound: Outbound) -> Receipt:
        now = self.it.clock.now()
        if isinstance(outbound.act, Post):
            self.sent.append((now, outbound.act.content.text.text))
        elif isinstance(outbound.act, OpenThread):
            self.sent.append((now, ""))
        return await send(outbound)  # type: ignore[operator,no-any-return]  # the channel's own

    async def writes(self, room: Room, line: str) -> None:
        self.written[line] = self.it.clock.now()
        await self.it.say(room, line, merge=True, urgency=Urgency.PEOPLE)

    async def goes_on(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            for _ in range(30):
                await asyncio.sleep(0)
            self.it.clock.advance(TICK)

    def lines(self, beginning: str) -> list[str]:
        """In the order in which they arrived."""
        told = "\n".join(text for _, text in self.sent).split("\n")
        return [line for line in told if line.startswith(beginning)]

    def waits(self, beginning: str) -> list[float]:
        """Seconds each line waited."""
        return [
            (at - self.written[line]) / timedelta(seconds=1)
            for at, text in self.sent
            for line in text.split("\n")
            if line.startswith(beginning)
        ]

    def most_in_a_minute(self) -> int:
        return max(
            sum(begin <= at <= begin + timedelta(minutes=1) for at, _ in self.sent)
            for begin, _ in self.sent
        )


def watched(it: Desk) -> Minutes:
    minutes, send = Minutes(it), it.channel.send

    async def listening(outbound: Outbound) -> Receipt:
        return await minutes.listen(send, outbound)

    it.channel.send = listening  # type: ignore[method-assign]
    return minutes


async def test_a_flood_into_one_ticket_lets_the_others_through() -> None:
    """F9: a thousand messages within a minute into one ticket, and another client of the same desk
    writes. It was 110 seconds; it is less than five. Nothing is lost, everything is in order, and
    the group gets no more than it takes."""
    async with desk(limits=True) as it:
        minutes = watched(it)
        for second in range(60):
            for number in range(17 if second < 40 else 16):
                await minutes.writes(ROOM, f"flood {second:02}.{number:02}")
            if second % 9 == 4:
                await minutes.writes(OTHER, f"word {second:02}")
            await minutes.goes_on(1)
        while len(minutes.lines("flood")) < 1000:
            await minutes.goes_on(10)
        assert max(minutes.waits("word")) < 5
        assert minutes.lines("flood") == sorted(minutes.lines("flood"))
        assert minutes.lines("word") == sorted(minutes.lines("word"))
        assert len(minutes.lines("word")) == 7
        assert minutes.most_in_a_minute() <= 20
        took = (minutes.sent[-1][0] - minutes.sent[0][0]) / timedelta(seconds=1)
        assert took < 240, "and the flood itself is joined"


async def test_the_first_words_of_a_third_ticket_find_room_beside_two_floods() -> None:
    async with desk(limits=True) as it:
        minutes = watched(it)
        for second in range(90):
            for room, name in ((ROOM, "one"), (OTHER, "two")):
                for number in range(5):
                    await minutes.writes(room, f"{name} {second:02}.{number}")
            if second in {45, 80}:
                await minutes.writes(THIRD, f"word {second}")
            await minutes.goes_on(1)
        assert max(minutes.waits("word")) < 5
        assert len(minutes.waits("word")) == 2
        assert minutes.most_in_a_minute() <= 20
        posts = [text for _, text in minutes.sent]
        one, two = (sum(name in text for text in posts) for name in ("one", "two"))
        assert 0.5 < one / two < 2, "they take turns"


async def test_a_quiet_group_takes_a_quick_talk_as_it_comes() -> None:
    async with desk(limits=True) as it:
        minutes = watched(it)
        for number in range(5):
            await minutes.writes(ROOM, f"line {number}")
            await minutes.goes_on(1)
        assert max(minutes.waits("line")) < 0.5
        assert len(minutes.sent) == 6, "each by itself, after the topic was opened"


async def test_an_album_gets_its_turn_in_a_group_that_never_rests() -> None:
    """Ten messages at once need half of the group's budget; single lines would take each as it
    comes back."""
    async with desk(limits=True) as it:
        minutes = watched(it)
        rooms = [Room(ticket=number, desk="internet") for number in range(20, 24)]
        posted: datetime | None = None
        long = "x" * 35_000  # counts for nine messages
        for second in range(300):
            await minutes.writes(rooms[second % 4], f"line {second:03}")
            if second == 60:
                await it.say(THIRD, long, urgency=Urgency.PEOPLE)
            await minutes.goes_on(1)
            if posted is None and any(text == long for _, text in minutes.sent):
                posted = minutes.sent[-1][0]
        assert posted is not None
