"""A channel inside the process: people and places as plain objects."""

from channels.memory.channel import EVERYTHING, MemoryChannel
from channels.memory.places import Chat, Shown, Thread

__all__ = ["EVERYTHING", "Chat", "MemoryChannel", "Shown", "Thread"]
