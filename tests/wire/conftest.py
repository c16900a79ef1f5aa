"""Fixtures of the wire tests."""

from tests.sandbox import aiogram_bot, emulator, http, ptb_bot

__all__ = ["aiogram_bot", "emulator", "http", "ptb_bot"]
