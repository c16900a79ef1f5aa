"""The doctor finds every trap of setting up a bot, and says it in words (case B24)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiogram.methods import SetWebhook
from pydantic import SecretStr

from bot.sandbox.telegram import Emulator
from channels.finding import Finding
from channels.kind import DeskChat
from channels.telegram.client import AiogramClient
from channels.telegram.doctor import diagnose
from config.texts import built_in
from tests.inbox import ListInbox
from tests.telegram_channel import channel_for, client_for, receiving, settings_for

UTC = ZoneInfo("UTC")


async def findings_for(
    emulator: Emulator,
    *chats: DeskChat,
    token: str | None = None,
    probe: float = 0.0,
    **changes: Any,
) -> list[Finding]:
    settings = settings_for(emulator, **changes)
    client = AiogramClient(settings, SecretStr(token or emulator.token))
    return await diagnose(settings, chats, client=client, probe_seconds=probe)


def problems(findings: list[Finding]) -> dict[str, str]:
    """Keys of what is wrong, with their level; every finding can be said in both languages."""
    catalogue = built_in()
    for finding in findings:
        for language in ("ru", "en"):
            assert catalogue.render(finding.text, language, UTC).text
    return {
        finding.key.removeprefix("doctor."): finding.level
        for finding in findings
        if finding.level != "ok"
    }


def ready(findings: list[Finding]) -> list[str]:
    return [f.key.removeprefix("doctor.") for f in findings if f.level == "ok"]


async def test_a_good_set_up_has_no_findings(emulator: Emulator) -> None:
    """case B24"""
    boris = emulator.user("Boris")
    forum = emulator.group("Desk", members=[boris], forum=True)
    plain = emulator.group("Admins", members=[boris], supergroup=True)
    emulator.world.updates.clear()
    findings = await findings_for(
        emulator,
        DeskChat(name="internet", chat=str(forum.id)),
        DeskChat(name="admins", chat=str(plain.id), threads=False),
        probe=0.1,
    )
    assert problems(findings) == {}
    assert ready(findings) == ["bot", "polling", "chat", "chat"]


async def test_tokens(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """case B24"""
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    assert problems(await diagnose(settings_for(emulator), [])) == {"token_missing": "error"}
    monkeypatch.setenv("TELEGRAM_TOKEN", "not a token")
    assert problems(await diagnose(settings_for(emulator), [])) == {"token_missing": "error"}
    unknown = await findings_for(emulator, token="77777:wrong-wrong-wrong")
    assert problems(unknown) == {"token_unknown": "error"}


async def test_an_unreachable_telegram(emulator: Emulator, unused_tcp_port: int) -> None:
    """case B24"""
    findings = await findings_for(emulator, api_url=f"http://127.0.0.1:{unused_tcp_port}")
    assert problems(findings) == {"unreachable": "error"}


async def test_a_foreign_webhook(emulator: Emulator) -> None:
    """case B24: named by its host; the path may be a secret."""
    async with client_for(emulator) as client:
        await client.call(SetWebhook(url="https://other.example/secret-path"))
    findings = await findings_for(emulator, probe=0.1)
    assert problems(findings) == {"webhook": "error"}
    (webhook,) = (f for f in findings if f.key == "doctor.webhook")
    assert webhook.args == {"host": "other.example"}


async def test_a_second_poller(emulator: Emulator) -> None:
    """case B24: it is noticed by its next attempt, and loses nothing."""
    inbox = ListInbox()
    async with channel_for(emulator) as other, receiving(other, inbox):
        await emulator.wait_for(lambda: emulator.world.updates.polled)
        assert problems(await findings_for(emulator, probe=5.0)) == {"second_poller": "error"}
        emulator.tell(emulator.user("Anna"), "still here")
        await inbox.have(1)


async def test_what_waits_is_not_taken_away(emulator: Emulator) -> None:
    """case B24: the probe acknowledges nothing."""
    emulator.tell(emulator.user("Anna"), "one")
    findings = await findings_for(emulator, probe=0.2)
    assert problems(findings) == {}
    assert ready(findings) == ["bot", "waiting", "polling"]
    assert len(emulator.world.updates) == 1


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({"forum": True, "bot": "member"}, {"not_admin": "error"}),
        ({"supergroup": True}, {}),
        ({"supergroup": True, "bot": "member"}, {"privacy": "error"}),
        ({"forum": True, "rights": {"can_manage_topics": False}}, {"no_right": "error"}),
        ({"forum": True, "rights": {"can_pin_messages": False}}, {"no_right": "warning"}),
        ({"forum": True, "rights": {"can_delete_messages": False}}, {"no_right": "warning"}),
        ({"forum": True, "bot": "absent"}, {"chat_gone": "error"}),
    ],
)
async def test_groups_of_desks(
    emulator: Emulator, group: dict[str, Any], expected: dict[str, str]
) -> None:
    """case B24"""
    desk = emulator.group("Desk", members=[emulator.user("Boris")], **group)
    findings = await findings_for(emulator, DeskChat(name="internet", chat=str(desk.id)))
    assert problems(findings) == expected


async def test_privacy_mode_matters_where_the_bot_is_no_administrator(emulator: Emulator) -> None:
    """case B24"""
    desk = emulator.group("Desk", members=[emulator.user("Boris")], supergroup=True, bot="member")
    chat = DeskChat(name="internet", chat=str(desk.id), threads=False)
    assert problems(await findings_for(emulator, chat)) == {"privacy": "error"}
    emulator.world.reads_everything = True
    assert problems(await findings_for(emulator, chat)) == {}


async def test_wrong_chat_ids(emulator: Emulator) -> None:
    """case B24"""
    anna = emulator.user("Anna")
    emulator.tell(anna, "/start")
    old = emulator.group("Desk", members=[anna])
    new = emulator.migrate(old)
    cases = {
        "@support": "chat_id",
        "-100999": "chat_gone",
        str(anna.id): "chat_private",
        str(old.id): "chat_moved",
    }
    for chat, key in cases.items():
        findings = await findings_for(emulator, DeskChat(name="internet", chat=chat))
        assert problems(findings) == {key: "error"}, chat
    moved = await findings_for(emulator, DeskChat(name="internet", chat=str(old.id)))
    assert moved[-1].args["new"] == str(new.id)


async def test_the_doctor_does_not_stumble(emulator: Emulator) -> None:
    desk = emulator.group("Desk", members=[emulator.user("Boris")], forum=True)
    emulator.fail("500", "getWebhookInfo")
    emulator.fail("500", "getChatMember")
    findings = await findings_for(emulator, DeskChat(name="internet", chat=str(desk.id)))
    assert problems(findings) == {"failed": "error", "chat_failed": "error"}
