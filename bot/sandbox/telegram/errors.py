"""What the emulator answers when a request fails.

    ApiError              any `{"ok": false}` answer, with its HTTP code
    ControlError          a wrong call of the control API or of `Emulator`'s own methods

Wordings are Telegram's own (telegram-bot-api's `fail_query_with_error` and TDLib's error texts).
"""

from __future__ import annotations

from typing import Any

PREFIXES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


class ApiError(Exception):
    """A failed Bot API call.

    Attributes:
        code: The HTTP status and `error_code`.
        description: The sentence Telegram would answer.
        parameters: `ResponseParameters` (`retry_after`, `migrate_to_chat_id`) or None.
    """

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def __str__(self) -> str:
        return f"{self.code} {self.description}"

    def json(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class ControlError(Exception):
    """The control API was asked for something that does not exist or makes no sense."""


def bad_request(text: str, **parameters: int) -> ApiError:
    """400, with Telegram's prefix."""
    return ApiError(400, f"Bad Request: {text}", parameters or None)


def forbidden(text: str) -> ApiError:
    """403, with Telegram's prefix."""
    return ApiError(403, f"Forbidden: {text}")


def too_many_requests(retry_after: int) -> ApiError:
    """429; `retry_after` in seconds."""
    return ApiError(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )
