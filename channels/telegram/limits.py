"""How fast Telegram may be written to.

Its limits are soft and unpublished; the numbers everybody measures are about 30 messages a second
for a bot, 1 a second for a chat, and 20 a minute for a group with all its topics together
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
"""

from __future__ import annotations

from typing import Final

from channels.limits import Limits, Quota, Rate

MAX_TEXT: Final = 4096
"""Characters of one message."""
TELEGRAM: Final = Limits(
    whole=Rate(burst=30, per_second=30),
    chat=Rate(burst=3, per_second=1),
    # A second more than the minute: what leaves evenly may arrive closer together.
    group=Quota(burst=20, seconds=61),
    is_group=lambda chat: chat.startswith("-"),
)
