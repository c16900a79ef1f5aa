"""Requests and answers of the control API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.telegram.errors import ApiError, ControlError
from bot.sandbox.telegram.params import Upload
from bot.sandbox.telegram.server import dumps, read_multipart
from bot.sandbox.telegram.state import Json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Form:
    """The fields of a control request."""

    def __init__(self, fields: Json, files: list[Upload] | None = None) -> None:
        self.fields = fields
        self.files = files or []

    def __contains__(self, name: str) -> bool:
        return self.fields.get(name) not in (None, "")

    def text(self, name: str) -> str | None:
        """A field as text, None when absent, null or empty."""
        value = self.fields.get(name)
        return None if value in (None, "") else str(value)

    def need(self, name: str) -> str:
        """A text that must be there.

        Raises:
            ControlError: It is not.
        """
        value = self.text(name)
        if value is None:
            raise ControlError(f"{name} is missing")
        return value

    def integer(self, name: str) -> int | None:
        """An integer field.

        Raises:
            ControlError: It is no integer.
        """
        value = self.text(name)
        if value is None:
            return None
        try:
            return int(value)
        except ValueError:
            raise ControlError(f"{name} must be an integer") from None

    def number(self, name: str) -> int:
        """An integer that must be there."""
        self.need(name)
        return self.integer(name) or 0

    def decimal(self, name: str) -> float | None:
        """A number that may have a fraction, None when absent.

        Raises:
            ControlError: It is none.
        """
        value = self.text(name)
        try:
            return None if value is None else float(value)
        except ValueError:
            raise ControlError(f"{name} must be a number") from None

    def flag(self, name: str) -> bool:
        """A Boolean field, False when absent."""
        return (self.text(name) or "").lower() in {"true", "1"}

    def array(self, name: str) -> list[Any]:
        """A JSON array, empty when absent; in a multipart form it comes as text.

        Raises:
            ControlError: It is something else.
        """
        found = self._json(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise ControlError(f"{name} must be an array")
        return found

    def mapping(self, name: str) -> Json | None:
        """A JSON object, None when absent; in a multipart form it comes as text.

        Raises:
            ControlError: It is something else.
        """
        found = self._json(name)
        if found is not None and not isinstance(found, dict):
            raise ControlError(f"{name} must be an object")
        return found

    def _json(self, name: str) -> object:
        found: object = self.fields.get(name)
        if found == "":
            return None
        if isinstance(found, str):
            try:
                return json.loads(found)
            except ValueError:
                raise ControlError(f"{name} is not JSON") from None
        return found


async def read_form(request: web.Request) -> Form:
    """Query and body of a control request.

    Raises:
        ControlError: The body is no JSON object.
    """
    fields: Json = dict(request.query)
    if not request.can_read_body:
        return Form(fields)
    if request.content_type == "multipart/form-data":
        values, files = await read_multipart(request)
        return Form(fields | values, list(files.values()))
    try:
        body = await request.json()
    except ValueError:
        raise ControlError("the body is no JSON") from None
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return Form(fields | body)


def answering(act: Callable[[Form], Json]) -> Handler:
    """A handler that runs an act and turns its errors into answers."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            result = act(await read_form(request))
        except ControlError as error:
            return refusal(str(error), 400)
        except ApiError as error:
            return refusal(error.description, 400)
        return web.Response(body=dumps(result), content_type="application/json")

    return handle


def refusal(description: str, status: int) -> web.Response:
    """A failed control request."""
    return web.Response(
        body=dumps({"ok": False, "description": description}),
        status=status,
        content_type="application/json",
    )
