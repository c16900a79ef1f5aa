"""What became of messages when a bot was killed: counted, judged by what each side knows, shown."""

from __future__ import annotations

import asyncio
import json
from dataclasses import astuple, dataclass
from pathlib import Path

from sqlalchemy import create_engine, select

from bot.sandbox.telegram import Emulator
from bot.storage.sql.schema import outbox
from channels.message import Text
from config.workspace import load

SENDS = {"sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "copyMessage"}
"""Methods that make messages people said something with."""
SAYS_SO = {"desk.repeated", "desk.line.maybe_shown"}
"""The texts that say at a desk that words may be a repetition."""


@dataclass
class Tally:
    """What became of the messages of one bot."""

    sent: int = 0
    kills: int = 0
    kills_at_a_commit: int = 0
    """Others came while a life had nothing left to do."""
    lost_silently: int = 0
    doubled_replies: int = 0
    """Words of a specialist that a client got twice."""
    doubled_words: int = 0
    """Words of a client that a desk got twice."""
    doubled_answers: int = 0
    """Texts of the bot that arrived twice."""
    taken_not_marked: int = 0
    """Repetitions of what Telegram had taken and we had not marked when the process died."""
    answer_lost: int = 0
    """Repetitions of what Telegram had taken and, on our order, never answered."""
    repeated_otherwise: int = 0
    doubled_words_unmarked: int = 0
    """Words that stand at a desk twice, and the later ones do not say that they may be the same."""
    flagged: int = 0
    """Words of people that were shown to a person as uncertain."""

    def __add__(self, other: Tally) -> Tally:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Tally(*(one + another for one, another in pairs))


LABELS = {
    "sent": "messages",
    "kills": "times killed",
    "kills_at_a_commit": "… at a commit or a call, not idle",
    "lost_silently": "lost silently",
    "doubled_replies": "specialists' words a client got twice",
    "doubled_words": "clients' words a desk got twice",
    "doubled_words_unmarked": "… that do not say so",
    "doubled_answers": "answers of the bot delivered twice",
    "taken_not_marked": "repetitions of what Telegram had taken and we had not marked at death",
    "answer_lost": "repetitions of what Telegram had taken and never answered",
    "repeated_otherwise": "any other repetitions",
    "flagged": "words flagged as uncertain, for a person to decide",
}


class Record:
    """What Telegram had taken from a bot, judged at each of its deaths.

    Attributes:
        not_marked: Chats and ids of messages whose receipt the bot had not written down when it
            died.
        not_answered: Those whose answer was lost on our order.
    """

    def __init__(self, telegram: Emulator) -> None:
        self._telegram = telegram
        self._seen = 0
        self.not_marked: set[tuple[int, int]] = set()
        self.not_answered: set[tuple[int, int]] = set()

    async def judge(self, marked: set[tuple[int, int]]) -> None:
        """A life has ended with these receipts in its store."""
        await asyncio.sleep(0.05)  # what it sent last is read after its death
        for call in self._telegram.calls():
            if call["seq"] > self._seen and call["done"] and call["method"] in SENDS:
                chat = int(call["params"]["chat_id"])
                taken = {(chat, message) for message in call["messages"]}
                self.not_marked |= taken - marked
                if call["fault"] == "lost":
                    self.not_answered |= taken
        self._seen = max((call["seq"] for call in self._telegram.calls()), default=0)


def receipts(database: Path) -> set[tuple[int, int]]:
    """Chats and ids of all messages of which a store knows that they arrived."""
    engine = create_engine(f"sqlite:///{database}")
    columns = (outbox.c.chat, outbox.c.receipt, outbox.c.arrived)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns)).all()
    engine.dispose()
    return {
        (int(row.chat), int(message))
        for row in rows
        for message in (
            *json.loads(row.receipt or "{}").get("messages", ()),
            *json.loads(row.arrived),
        )
    }


def repetition_marks(folder: Path) -> list[str]:
    """How a line at a desk says that it may be a repetition, as the desk reads it."""
    workspace = load(folder)
    found = []
    for key in sorted(SAYS_SO & set(workspace.texts.keys())):
        text = Text(key=key, args={"words": ""})
        rendered = workspace.texts.render(text, workspace.default_language, workspace.zone).text
        found.append(rendered.strip())
    return found


def report(tallies: dict[str, Tally]) -> str:
    """A table in Markdown."""
    lines = ["| | stock aiogram bot | LineZero |", "|---|---:|---:|"]
    for name, label in LABELS.items():
        values = [getattr(tallies[bot], name) for bot in ("stock", "linezero")]
        lines.append(f"| {label} | {values[0]} | {values[1]} |")
    return "\n".join(lines)
