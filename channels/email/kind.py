"""E-mail's line of the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from channels.email import keys
from channels.email.settings import EmailSettings
from channels.finding import Finding
from channels.kind import Kind, Surroundings, Visit
from channels.protocol import Channel, Misconfigured

# The mail libraries are imported only for those who have mail.


def _build(settings: EmailSettings, around: Surroundings) -> Channel:
    from channels.email.channel import EmailChannel  # noqa: PLC0415 - see above

    return EmailChannel(
        settings,
        folder=around.folder,
        words=around.words,
        company=around.company,
        now=around.now,
    )


async def _diagnose(settings: EmailSettings, visit: Visit) -> Sequence[Finding]:
    from channels.email.doctor import PATIENCE, diagnose  # noqa: PLC0415 - see above

    try:
        secrets = await asyncio.to_thread(keys.read_or_make, visit.folder / keys.NAME)
    except Misconfigured as error:
        return [Finding(level="error", key="doctor.mail.secret", args={"detail": error.detail})]
    patience = PATIENCE / 2 if visit.serving else PATIENCE  # somebody waits in a chat
    return await diagnose(settings, secrets, patience=patience)


EMAIL: Final = Kind(
    section="email",
    settings=EmailSettings,
    title="e-mail",
    meaning="The company's mailboxes.",
    build=_build,
    diagnose=_diagnose,
)
