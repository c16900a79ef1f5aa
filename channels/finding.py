"""What a look at a channel's set-up finds: for ``linezero doctor``, and ``/doctor`` in a chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from channels.message import Text

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: a key of the text catalogue with its arguments. The sentence
    of an error or a warning says what to do."""

    level: Level
    key: str
    args: Mapping[str, str | int | datetime | Text] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """The sentence, for the catalogue."""
        return Text(key=self.key, args=dict(self.args))
