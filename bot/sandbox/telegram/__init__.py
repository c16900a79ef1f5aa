"""A local Telegram Bot API server with people in it."""

from bot.sandbox.telegram.content import Attachment
from bot.sandbox.telegram.emulator import Emulator
from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.state import Button, Chat, Message, Topic, User

__all__ = [
    "Attachment",
    "Button",
    "Chat",
    "ControlError",
    "Emulator",
    "Message",
    "Topic",
    "User",
]
