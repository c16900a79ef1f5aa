"""The text catalogue: every sentence the bot says, per language, overridable by the administrator.

This is the interface; see :class:`Catalogue`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from channels.message import FormattedText, Text

TextArgument = str | int | Text | FormattedText | datetime | timedelta


class Catalogue(Protocol):
    """Looks texts up by key."""

    def render(self, text: Text, language: str, zone: ZoneInfo) -> FormattedText:
        """The sentence in ``language`` (missing there: in the default language), formatted.

        Markup comes from the template only; arguments appear literally. ``datetime`` arguments
        are shown in ``zone``, as people say them; ``timedelta`` in words; an ``int`` argument
        named ``n`` selects the plural form.
        """
        ...

    def label(self, key: str, language: str, **args: str | int) -> str:
        """The same without formatting, for buttons, titles and commands."""
        ...

    def says(self, key: str, words: str) -> bool:
        """Whether ``words`` are the label ``key`` in any language (a pressed reply button)."""
        ...

    def keys(self) -> Iterable[str]: ...

    def languages(self) -> Mapping[str, str]:
        """Language codes and their own names: ``ru``: ``Русский``."""
        ...
