"""More to say than Telegram takes."""

from __future__ import annotations

import re
from pathlib import Path

from channels.telegram.limits import TELEGRAM
from tests.flow.stage import Client, Stage, stage_in


async def test_two_hundred_messages_to_one_group_all_arrive_in_order(tmp_path: Path) -> None:
    """case B3: ten clients write twenty messages each within a minute, Telegram enforces its
    limits: all arrive, in order, lines are joined where that helps, and nothing is refused."""
    async with stage_in(tmp_path, limits=TELEGRAM, enforced=True) as stage, stage.service():
        clients = [stage.anna, *(_newcomer(stage, number) for number in range(9))]
        for number, client in enumerate(clients):
            client.says(f"не работает интернет, договор 10000{number}")
        for number in range(19):
            for client in clients:
                client.says(f"слово {number}.")
        group = stage.tech.chat
        waited = 0
        while (shown := _shown(stage)) < 10 * 20:
            await stage.breath(seconds=3)
            waited += 3
            assert waited < 20 * 60, f"{shown} of 200 after {waited} s"
        for topic in stage.telegram.topics(group):
            text = "\n".join(m.text for m in stage.telegram.messages(group, topic) if m.by_bot)
            assert re.findall(r"слово (\d+)\.", text) == [str(n) for n in range(19)]
        sent = [c for c in stage.telegram.calls("sendMessage") if c["ok"]]
        to_group = [c for c in sent if str(c["params"]["chat_id"]) == str(group.id)]
        assert 20 <= len(to_group) < 100, "ten cards, and ten that take all lines at best"
        assert [c for c in stage.telegram.calls() if not c["ok"]] == []


def _newcomer(stage: Stage, number: int) -> Client:
    return Client(stage, stage.telegram.user(f"Клиент {number}"))


def _shown(stage: Stage) -> int:
    text = "\n".join(
        m.text for m in stage.telegram.messages(stage.tech.chat) if m.by_bot and not m.is_service
    )
    return len(re.findall(r"слово \d+\.", text)) + len(re.findall(r"договор 10000\d", text))
