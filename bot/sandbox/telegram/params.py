"""One call of the Bot API, and reading its parameters as leniently as Telegram does.

A value is whatever the body brought: a string (query, form fields) or native JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.state import Json

READABLE = {
    "reply_markup": "reply keyboard markup",
    "message_ids": "message identifiers",
    "allowed_updates": "allowed updates",
    "reply_parameters": "reply parameters",
    "link_preview_options": "link preview options",
    "caption_entities": "caption entities",
}
"""What Telegram calls a parameter when its JSON is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file part of a multipart body."""

    name: str
    content: bytes
    mime_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to the Bot API.

    Attributes:
        method: As the Bot API spells it.
        params: Every parameter except uploaded files.
        files: Uploaded files by the name of their part (the parameter, or `attach://` name).
    """

    method: str
    params: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the parameter is there and not null or empty."""
        return self.params.get(name) not in (None, "")

    def text(self, name: str) -> str | None:
        """A string parameter, None when absent."""
        value = self.params.get(name)
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise bad_request(f'field "{name}" must be of type String')

    def integer(self, name: str) -> int | None:
        """An integer parameter, None when absent."""
        value = self.params.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        try:
            return int(str(value).strip())
        except ValueError:
            raise bad_request(f'parameter "{name}" must be an integer') from None

    def number(self, name: str) -> float | None:
        """A float parameter, None when absent."""
        value = self.params.get(name)
        if value is None or value == "":
            return None
        try:
            return float(value)
        except (TypeError, ValueError):
            raise bad_request(f'parameter "{name}" must be a number') from None

    def flag(self, name: str) -> bool:
        """A Boolean parameter, False when absent."""
        value = self.params.get(name)
        if isinstance(value, str):
            return value.strip().lower() in {"true", "yes", "1"}
        return bool(value)

    def mapping(self, name: str) -> Json | None:
        """A JSON object, None when absent.

        Raises:
            ApiError: 400, not JSON or not an object.
        """
        value = self._decoded(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            if name == "reply_markup":
                raise bad_request("object expected as reply markup")
            raise bad_request(f"expected an Object as {self._readable(name)}")
        return value

    def array(self, name: str) -> list[Any] | None:
        """A JSON array, None when absent.

        Raises:
            ApiError: 400, not JSON or not an array.
        """
        value = self._decoded(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise bad_request(f"expected an Array of {self._readable(name)}")
        return value

    def _decoded(self, name: str) -> object:
        value = self.params.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {self._readable(name)} JSON object") from None

    @staticmethod
    def _readable(name: str) -> str:
        return READABLE.get(name, name.replace("_", " "))

    def upload(self, name: str) -> Upload | None:
        """The file a parameter stands for, uploaded as its own part or as `attach://part`."""
        if name in self.files:
            return self.files[name]
        return self.attached(self.params.get(name))

    def attached(self, value: object) -> Upload | None:
        """The part an `attach://part` value names, None when it is something else.

        Raises:
            ApiError: 400, there is no such part.
        """
        if not isinstance(value, str) or not value.startswith("attach://"):
            return None
        part = value.removeprefix("attach://")
        if part not in self.files:
            raise bad_request(f'file "{part}" to attach not found')
        return self.files[part]

    def logged(self) -> Json:
        """The parameters for the call log, files by name and size."""
        files = {
            name: f"<{upload.name}, {len(upload.content)} bytes>"
            for name, upload in self.files.items()
        }
        return {**self.params, **files}
