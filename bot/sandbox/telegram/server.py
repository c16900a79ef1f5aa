"""HTTP: the Bot API with its faults and its log of calls, and file downloads."""

from __future__ import annotations

import json
from collections import deque

from aiohttp import BodyPartReader, web

from bot.sandbox.telegram import schema
from bot.sandbox.telegram.errors import ApiError, bad_request
from bot.sandbox.telegram.faults import DOWNLOAD, Fault, Faults
from bot.sandbox.telegram.methods import HANDLERS, Api
from bot.sandbox.telegram.methods.bot import allow
from bot.sandbox.telegram.params import Call, Upload
from bot.sandbox.telegram.state import Json
from bot.sandbox.telegram.updates import WEBHOOK_ACTIVE

BODY_LIMIT = 64 * 1024 * 1024
CALLS_KEPT = 5_000
BAD_GATEWAY = """<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
"""
"""What stands in front of Telegram answers with when Telegram itself cannot be reached."""


def dumps(value: object) -> bytes:
    """Compact JSON, as Telegram sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


class BotApi:
    """Answers `/bot<token>/<method>` and `/file/bot<token>/<path>`.

    Attributes:
        calls: The record of calls, oldest first: `seq`, `method`, `params`, `at`, `ok` (with
            `error_code` and `description` when not), `done` (the work was carried out), `messages`
            (ids of those it made or changed), `fault` (its kind, or None), and `answered`: whether
            the whole answer went into a connection that stood; None while that is open.
    """

    def __init__(self, api: Api, *, token: str, calls_kept: int = CALLS_KEPT) -> None:
        self.api = api
        self.token = token
        self.faults = Faults(api.world.now)
        self.calls: deque[Json] = deque(maxlen=calls_kept)
        self._calls_made = 0

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        return [
            web.route("*", "/bot{token:[^/]*}/{method:.*}", self.serve),
            web.get("/file/bot{token:[^/]*}/{path:.+}", self.serve_file),
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One Bot API request, from body to answer."""
        if request.match_info["token"] != self.token:
            return respond(ApiError(401, "Unauthorized").json())
        try:
            call = await read_call(request, request.match_info["method"])
        except ApiError as error:
            return respond(error.json())
        fault = self.faults.take(call.method, call.params)
        kind = None if fault is None else fault.kind
        if fault is not None and kind in {"drop", "hang"}:
            entry = self._log(call, kind, ApiError(0, "connection closed before processing"))
            entry["answered"] = False
            if kind == "hang":
                await fault.keep_waiting(self.api.world.now())
            return hang_up(request)
        entry, body = await self._work(call, fault)
        try:
            if fault is not None and kind in {"slow", "lost"}:
                await fault.keep_waiting(self.api.world.now())
            if kind == "lost":
                return hang_up(request)
            response = respond(body)
            entry["answered"] = await went_out(request, response)
            return response
        finally:  # also when the client has gone, which ends this handler
            entry["answered"] = bool(entry["answered"])
            self.api.world.changes.wake()

    async def _work(self, call: Call, fault: Fault | None) -> tuple[Json, Json]:
        """Carries out a call, unless a fault refuses it: the record's entry and the answer."""
        kind = None if fault is None else fault.kind
        try:
            refuse(fault)
            result = await self.run(call)
        except ApiError as error:
            return self._log(call, kind, error), error.json()
        answer: Json = {"ok": True, "result": result}
        if isinstance(result, tuple):
            answer |= {"result": result[0], "description": result[1]}
        return self._log(call, kind, None, answer["result"]), answer

    async def run(self, call: Call) -> object:
        """Runs a method.

        Raises:
            ApiError: As Telegram would answer; 501 for what the sandbox does not model.
        """
        key = call.method.lower()
        known = schema.methods().get(key)
        if known is None:
            raise ApiError(404, "Not Found: method not found")
        unknown = call.params.keys() - known
        if unknown:
            raise bad_request(f'method {call.method} has no parameter "{min(unknown)}"')
        if key == "getupdates":
            return await self._get_updates(call)
        handler = HANDLERS.get(key)
        if handler is None:
            raise ApiError(501, f"Not Implemented: the sandbox does not model {call.method}")
        return handler(self.api, call)

    async def _get_updates(self, call: Call) -> list[Json]:
        if self.api.webhook.url:
            raise ApiError(409, WEBHOOK_ACTIVE)
        allow(self.api, call)
        limit = call.integer("limit")
        timeout = min(max(call.number("timeout") or 0.0, 0.0), 50.0)
        return await self.api.world.updates.poll(
            call.integer("offset") or 0, 100 if limit is None else limit, timeout
        )

    def _log(
        self, call: Call, fault: str | None, error: ApiError | None, result: object = None
    ) -> Json:
        self._calls_made += 1
        entry: Json = {
            "seq": self._calls_made,
            "method": call.method,
            "params": call.logged(),
            "ok": error is None,
            "at": self.api.world.now().isoformat(),
            "done": error is None,
            "messages": message_ids(result),
            "fault": fault,
            "answered": None,
        }
        if error is not None:
            entry |= {"error_code": error.code, "description": error.description}
        self.calls.append(entry)
        self.api.world.changes.wake()
        return entry

    async def serve_file(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes."""
        if request.match_info["token"] != self.token:
            return respond(ApiError(401, "Unauthorized").json())
        fault = self.faults.take(DOWNLOAD, {})
        try:
            refuse(fault)
        except ApiError as error:
            return respond(error.json())
        if fault is not None and fault.kind != "drop":
            await fault.keep_waiting(self.api.world.now())
        if fault is not None and fault.kind != "slow":
            return hang_up(request)
        file = self.api.world.files.at(request.match_info["path"])
        if file is None:
            return respond(ApiError(404, "Not Found").json())
        return web.Response(body=file.content, content_type="application/octet-stream")


def refuse(fault: Fault | None) -> None:
    """Raises what a fault answers instead of doing the work.

    Raises:
        ApiError: 429, 500 or 502.
    """
    if fault is None:
        return
    if fault.kind == "429":
        wait = fault.retry_after
        raise ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
    if fault.kind == "500":
        raise ApiError(500, "Internal Server Error")
    if fault.kind == "502":
        raise ApiError(502, "Bad Gateway")


def hang_up(request: web.Request) -> web.StreamResponse:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def respond(body: Json) -> web.Response:
    """A JSON answer with the status of its `error_code`; a gateway's is a page in HTML."""
    if body.get("error_code") == 502:
        return web.Response(text=BAD_GATEWAY, status=502, content_type="text/html")
    return web.Response(
        body=dumps(body),
        status=int(body.get("error_code", 200)),
        content_type="application/json",
    )


async def went_out(request: web.Request, response: web.StreamResponse) -> bool:
    """Writes an answer. Whether the connection stood when all of it was written; what is read at
    the other end, nobody here can know."""
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        return False
    return request.transport is not None and not request.transport.is_closing()


def message_ids(result: object) -> list[int]:
    """The ids of the messages in a result: of one, of an album, or of none."""
    found = result if isinstance(result, list) else [result]
    return [m["message_id"] for m in found if isinstance(m, dict) and "message_id" in m]


async def read_call(request: web.Request, name: str) -> Call:
    """Method, parameters and files of a request: query, JSON, urlencoded or multipart.

    Raises:
        ApiError: 400 unreadable, 413 too large.
    """
    method = schema.names().get(name.lower(), name)
    params: Json = dict(request.query)
    kind = request.content_type
    if not request.can_read_body:
        return Call(method=method, params=params)
    try:
        if kind == "application/json":
            body = await request.json()
            if not isinstance(body, dict):
                raise bad_request("request body must be a JSON object")
            params |= {key: value for key, value in body.items() if value is not None}
        elif kind == "multipart/form-data":
            fields, files = await read_multipart(request)
            return Call(method=method, params=params | fields, files=files)
        else:
            params |= {key: str(value) for key, value in (await request.post()).items()}
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    except ValueError:
        raise bad_request("can't parse request body") from None
    return Call(method=method, params=params)


async def read_multipart(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """Fields and files of a multipart body."""
    fields: Json = {}
    files: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = bytes(await part.read(decode=True))
        if part.filename is None:
            fields[part.name] = content.decode("utf-8", "replace")
        else:
            declared = part.headers.get("Content-Type")
            # Clients that do not know say octet-stream; Telegram then looks at the name.
            known = declared if declared != "application/octet-stream" else None
            files[part.name] = Upload(name=part.filename, content=content, mime_type=known)
    return fields, files
