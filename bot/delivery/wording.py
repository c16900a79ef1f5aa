"""Words that delivery itself puts into posts, in the language of those who read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.conversation.say.contents import without_parts
from bot.delivery.ports import OutboxRow, Transaction
from channels.message import Content, FormattedText, Text
from config.settings import Workspace


@dataclass(frozen=True)
class Wording:
    """
    Args:
        workspace: gives the one in force.
    """

    workspace: Callable[[], Workspace]

    def repeated(self, row: OutboxRow) -> FormattedText:
        """That a post may be a repetition: for a desk, or the administrators."""
        workspace = self.workspace()
        text = Text(key="desk.repeated")
        return workspace.texts.render(text, self._desk_language(row), workspace.zone)

    def in_words(self, tx: Transaction, row: OutboxRow, content: Content) -> Content:
        """A post's content for a place that shows no files."""
        name = row.outgoing.conversation
        talk = tx.records.conversation(name) if name is not None else None
        language = talk.language if talk is not None else self._desk_language(row)
        return without_parts(self.workspace().texts, content, language)

    def _desk_language(self, row: OutboxRow) -> str:
        room, workspace = row.place.room, self.workspace()
        desk = workspace.desks.get(room.desk) if room else None
        return (desk.language if desk else None) or workspace.default_language
