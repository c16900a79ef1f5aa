"""What is known of the chats things are delivered to: pauses, rooms, and what our posts are called
there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.decision import Room
from channels.message import Address


class Chats(Protocol):
    """The chats within a transaction (``tx.chats``)."""

    def link(
        self, handle: str, channel: str, chat: str, messages: Sequence[str], *, thread: str | None
    ) -> None:
        """Remember that these foreign messages stand for a handle. Never forgotten.

        Args:
            messages: their ids in that chat, in order.
            thread: where in the chat they are.
        """
        ...

    def pause(self, channel: str, chat: str, until: datetime) -> None:
        """Let nothing go to the chat before ``until``; it survives a restart."""
        ...

    def park(self, channel: str, chat: str, reason: str | None) -> bool:
        """Hold everything for a chat we may not write to, until ``park(..., None)``.

        Returns:
            Whether that changed anything.
        """
        ...

    def room_opened(self, room: Room, address: Address) -> None:
        """A room is a thread (``address.thread``), or replies in a plain group (thread None)."""
        ...

    def room_lost(self, room: Room, thread: str | None) -> bool:
        """Forget a room whose thread vanished.

        Returns:
            False if it was not ``thread`` any more, i.e. somebody already rebuilt it.
        """
        ...

    def cut_pauses(self, now: datetime, longest: timedelta) -> int:
        """Every pause that ends further ahead than ``longest`` was written by a clock that was
        wrong: it is over now.

        Returns:
            How many pauses that were.
        """
        ...
