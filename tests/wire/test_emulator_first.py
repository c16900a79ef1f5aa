"""Both client libraries talk to the emulator."""

from __future__ import annotations

import aiogram
import telegram as ptb

from bot.sandbox.telegram import Emulator


async def test_both_clients_say_who_they_are(
    emulator: Emulator, aiogram_bot: aiogram.Bot, ptb_bot: ptb.Bot
) -> None:
    assert (await aiogram_bot.get_me()).username == emulator.bot.username
    assert (await ptb_bot.get_me()).username == emulator.bot.username
