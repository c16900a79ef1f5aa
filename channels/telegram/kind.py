"""Telegram's line of the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from channels.finding import Finding
from channels.kind import Kind, Surroundings, Visit
from channels.protocol import Channel
from channels.telegram.redact import TOKEN
from channels.telegram.settings import TelegramSettings

# aiogram takes seconds and a hundred megabytes: it is imported only for those who talk to Telegram.


def _build(settings: TelegramSettings, around: Surroundings) -> Channel:
    from channels.telegram.channel import TelegramChannel  # noqa: PLC0415 - see above

    return TelegramChannel(settings, describe=around.describe, now=around.now)


async def _diagnose(settings: TelegramSettings, visit: Visit) -> Sequence[Finding]:
    from channels.telegram.doctor import PROBE_SECONDS, diagnose  # noqa: PLC0415 - see above

    # The service polls: whoever listened for a second poller would be one (load test, F12).
    listening = 0 if visit.serving else PROBE_SECONDS
    return await diagnose(settings, visit.groups, probe_seconds=listening)


TELEGRAM: Final = Kind(
    section="telegram",
    settings=TelegramSettings,
    title="Telegram",
    meaning="The company's bot.",
    build=_build,
    diagnose=_diagnose,
    several=True,
    groups=True,
    secrets=(TOKEN,),
)
