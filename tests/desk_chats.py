"""Chats as people see them: what posts, edits and the like of the machine leave there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from channels.message import (
    Act,
    Address,
    AnswerPress,
    Buttons,
    ChangeThread,
    Content,
    Delete,
    Edit,
    Keyboard,
    Leave,
    MarkState,
    OpenThread,
    Post,
    React,
)


@dataclass
class Shown:
    """A message as it stands in a chat."""

    id: str
    thread: str | None
    content: Content
    keyboard: Keyboard | None = None
    reply_to: str | None = None
    pinned: bool = False
    marks: list[MarkState | None] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.content.words

    @property
    def actions(self) -> list[str]:
        if not isinstance(self.keyboard, Buttons):
            return []
        return [b.action for row in self.keyboard.rows for b in row if b.action]


class Chats:
    """Every chat with its messages in order, numbered from 1000."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1000)
        self.shown: dict[str, dict[str, Shown]] = {}
        self.releases: list[AnswerPress] = []
        self.closed: dict[tuple[str, str | None], bool] = {}
        self.left: list[str] = []

    def carry_out(self, address: Address, act: Act) -> tuple[str, ...]:
        """Do in a chat what a post asks for, and give the ids of new messages."""
        chat = self.shown.setdefault(address.chat, {})
        match act:
            case Post():
                message = str(next(self.numbers))
                chat[message] = Shown(
                    message, address.thread, act.content, act.keyboard, act.reply_to, act.pin
                )
                return (message,)
            case Edit():
                shown = chat[act.message]
                shown.content = act.content or shown.content
                shown.keyboard = act.keyboard
            case Delete():
                for message in act.messages:
                    chat.pop(message, None)
            case React():
                if act.message in chat:  # it may have gone with its topic
                    chat[act.message].marks.append(act.state)
            case AnswerPress():
                self.releases.append(act)
            case ChangeThread():
                if act.closed is not None:
                    self.closed[address.chat, address.thread] = act.closed
            case Leave():
                self.left.append(address.chat)
            case OpenThread():
                raise AssertionError("threads are opened by rooms")
        return ()
