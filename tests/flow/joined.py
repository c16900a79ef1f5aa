"""Clients who write in the chat and by letter: what proves that both are one."""

from __future__ import annotations

import re

from tests.flow.letters import Received, Writer
from tests.flow.stage import PROBLEM, Client, Room, Stage


def code_in(letter: Received) -> str:
    """The code a letter of ours brings."""
    found = re.search(r"\b\d{6}\b", letter.text)
    assert found, letter.text
    return found[0]


async def prove(stage: Stage, client: Client, writer: Writer) -> None:
    """The client proves in the chat that the writer's address is theirs."""
    client.says(f"/email {writer.address}")
    await client.sees(writer.address)
    client.says(code_in(await writer.reads("Ваш код")))
    await client.sees("одно целое")
    await stage.settled()


async def by_letter(stage: Stage, words: str = PROBLEM, subject: str = "Пропал интернет") -> Room:
    """Maria's letter opens a ticket."""
    stage.maria.writes(words, subject=subject)
    room = await stage.tech.opens()
    await stage.maria.reads("№")
    await stage.settled()
    return room
