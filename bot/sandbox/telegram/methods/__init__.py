"""The Bot API methods the emulator answers. Importing this package fills the table."""

from bot.sandbox.telegram.methods import bot, chats, copying, editing, forum, sending
from bot.sandbox.telegram.methods.registry import HANDLERS, Api

__all__ = ["HANDLERS", "Api", "bot", "chats", "copying", "editing", "forum", "sending"]
