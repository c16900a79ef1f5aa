"""Places of the in-process channel, as people see them now."""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.message import Content, Keyboard, Permanent


@dataclass(slots=True, kw_only=True)
class Shown:
    """A message as people see it now."""

    id: str
    thread: str | None
    content: Content
    ours: bool
    keyboard: Keyboard | None = None
    reply_to: str | None = None
    reaction: str | None = None
    edited: bool = False
    pinned: bool = False
    silent: bool = False


@dataclass(slots=True, kw_only=True)
class Thread:
    """A thread of a group."""

    title: str
    closed: bool = False


@dataclass(slots=True, kw_only=True)
class Chat:
    """A place, as it looks now."""

    private: bool
    title: str = ""
    messages: dict[str, Shown] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    has_threads: bool = False
    gone: Permanent | None = None
    """Why nothing can be sent here."""

    @property
    def texts(self) -> list[str]:
        """The words of our messages, in order."""
        return [shown.content.words for shown in self.messages.values() if shown.ours]
