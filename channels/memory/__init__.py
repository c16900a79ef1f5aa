"""A channel inside the process: people and places as plain objects."""

from channels.memory.channel import MemoryChannel
from channels.memory.places import Chat, Shown, Thread

__all__ = ["Chat", "MemoryChannel", "Shown", "Thread"]
