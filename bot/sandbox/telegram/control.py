"""The control API under `/sandbox/…`, and the page.

What people and tests do to the emulated Telegram over HTTP; the same acts are methods of
`Emulator` for tests in the same process. JSON in and out, errors `{"ok": false, "description"}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.telegram.content import Attachment
from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.form import Form, answering, refusal
from bot.sandbox.telegram.methods.media import MEDIA
from bot.sandbox.telegram.params import Upload
from bot.sandbox.telegram.server import dumps
from bot.sandbox.telegram.state import Chat, Json, Message, Topic, User

if TYPE_CHECKING:
    from bot.sandbox.telegram.emulator import Emulator

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEEP_ALIVE = 15.0
"""Seconds between comments on a quiet event stream."""


class Control:
    """Handlers of the control API over an emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.world = emulator.world

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        post: dict[str, Callable[[Form], Json]] = {
            "users": self.add_user,
            "groups": self.add_group,
            "groups/migrate": self.migrate,
            "groups/forum": self.set_forum,
            "send": self.send,
            "edit": self.edit,
            "remove": self.remove,
            "press": self.press,
            "react": self.react,
            "pin": self.pin,
            "block": self.block,
            "unblock": self.unblock,
            "members": self.set_member,
            "updates": self.inject,
            "faults": self.add_fault,
            "reset": self.reset,
        }
        get: dict[str, Callable[[Form], Json]] = {
            "state": self.state,
            "messages": self.messages,
            "calls": self.calls,
        }
        return [
            *(web.post(f"/sandbox/{path}", answering(act)) for path, act in post.items()),
            *(web.get(f"/sandbox/{path}", answering(act)) for path, act in get.items()),
            web.post("/sandbox/topics/{action}", self.topic),
            web.delete("/sandbox/faults", answering(self.clear_faults)),
            web.get("/sandbox/events", self.events),
            web.get("/sandbox/files/{file_id}", self.file),
            web.get("/", self.page),
            web.get("/static/{path:.+}", self.static),
        ]

    # Reading

    def state(self, form: Form) -> Json:
        bot = self.world.bot
        people = [user for user in self.world.users.values() if user is not bot]
        return {
            "bot": bot.json(),
            "users": [user.json() | {"blocked": user.blocked} for user in people],
            "chats": [self._chat(c) for c in self.world.chats.values() if c.migrated_to is None],
            "commands": self.world.commands,
            "faults": [fault.json() for fault in self.emulator.bot_api.faults.pending],
            "seq": self.world.changes.seq,
        }

    def _chat(self, chat: Chat) -> Json:
        return chat.json() | {
            "is_forum": chat.is_forum,
            "members": [chat.id] if chat.is_private else [m.user.id for m in chat.present],
            "admins": [member.user.id for member in chat.admins],
            "topics": [
                topic.json() | {"closed": topic.closed, "deleted": topic.deleted}
                for topic in chat.topics.values()
            ],
            "pinned": chat.pinned,
            "keyboard": chat.keyboard,
        }

    def messages(self, form: Form) -> Json:
        limit = form.integer("limit") or 200
        found = self.emulator.messages(
            form.number("chat_id"), form.integer("thread_id"), deleted=True
        )
        return {
            "messages": [message.view() for message in found[-limit:]],
            "seq": self.world.changes.seq,
        }

    def calls(self, form: Form) -> Json:
        after = form.integer("after") or 0
        found = self.emulator.calls(form.text("method"))
        return {"calls": [call for call in found if call["seq"] > after]}

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Everything that happens, as server-sent events."""
        changes = self.world.changes
        last = request.headers.get("Last-Event-ID") or request.query.get("after")
        seen = int(last) if last and last.isdigit() else changes.seq
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page has gone
            await response.write(b": here\n\n")
            while True:
                for event in changes.after(seen):
                    seen = event["seq"]
                    await response.write(b"id: %d\ndata: %s\n\n" % (seen, dumps(event)))
                try:
                    async with asyncio.timeout(KEEP_ALIVE):
                        await changes.next()
                except TimeoutError:
                    await response.write(b": still here\n\n")
        return response

    async def file(self, request: web.Request) -> web.Response:
        """A file's bytes. What a browser would run (HTML, SVG …) is a download, never a page."""
        file = self.world.files.find(request.match_info["file_id"])
        if file is None:
            return refusal("no such file", 404)
        kind = file.mime_type or ""
        harmless = kind.startswith(("image/", "audio/", "video/")) and "svg" not in kind
        headers = {"X-Content-Type-Options": "nosniff"}
        if not harmless:
            headers["Content-Disposition"] = "attachment"
        return web.Response(
            body=file.content,
            content_type=kind if harmless else "application/octet-stream",
            headers=headers,
        )

    async def page(self, request: web.Request) -> web.StreamResponse:
        return self._static("index.html")

    async def static(self, request: web.Request) -> web.StreamResponse:
        return self._static(request.match_info["path"])

    def _static(self, path: str) -> web.StreamResponse:
        root = self.emulator.page.resolve()
        file = (root / path).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            return web.Response(status=404, text="The sandbox has no such page.")
        return web.FileResponse(file, headers={"Cache-Control": "no-cache"})

    # Acting

    def add_user(self, form: Form) -> Json:
        user = self.emulator.user(
            form.need("first_name"),
            last_name=form.text("last_name"),
            username=form.text("username"),
            language_code=form.text("language_code"),
            is_premium=form.flag("is_premium"),
        )
        return user.json() | {"blocked": user.blocked}

    def add_group(self, form: Form) -> Json:
        bot = form.text("bot") or "administrator"
        if bot not in {"administrator", "member", "absent"}:
            raise ControlError("bot must be administrator, member or absent")
        chat = self.emulator.group(
            form.need("title"),
            members=[int(member) for member in form.array("members")],
            forum=form.flag("forum"),
            supergroup=form.text("type") == "supergroup",
            bot=bot,
            rights=form.mapping("rights"),
        )
        return self._chat(chat)

    def migrate(self, form: Form) -> Json:
        return {"chat_id": self.emulator.migrate(form.number("chat_id")).id}

    def set_forum(self, form: Form) -> Json:
        chat = self.emulator.set_forum(form.number("chat_id"), form.flag("forum"))
        return {"chat_id": chat.id}

    def send(self, form: Form) -> Json:
        user, chat = form.number("user_id"), form.number("chat_id")
        options: Json = {
            "thread": form.integer("thread_id"),
            "reply_to": form.integer("reply_to"),
        }
        kind = form.text("as") or ("document" if form.files else "text")
        if form.flag("media_group"):
            items = [
                self._attachment(form, form.text("as") or kind_of(file), file, first=not place)
                for place, file in enumerate(form.files)
            ]
            return shown(self.emulator.album(user, chat, items, **options))
        options |= {
            "forward_from": self._forward(form),
            "anonymous": "sender_chat" in form,
            "protected": form.flag("protected"),
        }
        if kind == "text":
            text, entities = form.need("text"), form.array("entities")
            message = self.emulator.say(user, chat, text, entities=entities, **options)
        elif kind in MEDIA:
            file = form.files[0] if form.files else None
            attachment = self._attachment(form, kind, file, first=True)
            message = self.emulator.send(user, chat, attachment, **options)
        else:
            fields = form.fields | {"options": form.array("options")}
            content = self.emulator.content(kind, **fields)
            message = self.emulator.send(user, chat, content, **options)
        return shown([message])

    def _attachment(self, form: Form, kind: str, file: Upload | None, *, first: bool) -> Attachment:
        numbers = ("duration", "width", "height", "length")
        fields: Json = {name: form.number(name) for name in numbers if name in form}
        if kind == "sticker":
            fields["emoji"] = form.text("emoji") or "👍"
        return Attachment(
            kind=kind,
            content=file.content if file else b"",
            name=file.name if file else form.text("file_name"),
            mime_type=file.mime_type if file else form.text("mime_type"),
            size=form.integer("file_size"),
            caption=form.text("caption") if first else None,
            fields=fields,
        )

    def _forward(self, form: Form) -> User | str | None:
        source = form.mapping("forward_from")
        if not source:
            return None
        if source.get("hidden_name"):
            return str(source["hidden_name"])
        return self.world.user(int(source["user_id"]))

    def edit(self, form: Form) -> Json:
        message = self._message(form)
        if message.sender_id != form.number("user_id"):
            raise ControlError("people edit only their own messages")
        text = form.text("text") or form.text("caption")
        self.emulator.edit(message, text, invisible=form.flag("invisible"))
        return {"message": message.view()}

    def _message(self, form: Form) -> Message:
        return self.emulator.message(form.number("chat_id"), form.number("message_id"))

    def remove(self, form: Form) -> Json:
        self.emulator.remove(self._message(form))
        return {"ok": True}

    def press(self, form: Form) -> Json:
        data = form.need("data")
        query = self.emulator.press(form.number("user_id"), self._message(form), data=data)
        return {"query_id": query}

    def react(self, form: Form) -> Json:
        emoji = form.fields.get("emoji") or []
        chosen = [emoji] if isinstance(emoji, str) else list(emoji)
        self.emulator.react(form.number("user_id"), self._message(form), *chosen)
        return {"ok": True}

    def pin(self, form: Form) -> Json:
        self.emulator.pin(self._message(form), form.integer("user_id"))
        return {"ok": True}

    def block(self, form: Form) -> Json:
        self.emulator.block(form.number("user_id"))
        return {"ok": True}

    def unblock(self, form: Form) -> Json:
        self.emulator.unblock(form.number("user_id"))
        return {"ok": True}

    async def topic(self, request: web.Request) -> web.StreamResponse:
        """`/sandbox/topics/{delete|close|reopen|create|rename}`."""
        action = request.match_info["action"]
        return await answering(lambda form: self._topic(action, form))(request)

    def _topic(self, action: str, form: Form) -> Json:
        chat, user = form.number("chat_id"), form.integer("user_id")
        topic: Topic | None = None
        if action == "create":
            topic = self.emulator.create_topic(chat, form.need("name"), user)
            return topic.json() | {"closed": False, "deleted": False}
        thread = form.number("thread_id")
        if action == "rename":
            self.emulator.rename_topic(chat, thread, form.need("name"), user)
        elif action == "close":
            self.emulator.close_topic(chat, thread, user, for_admins=form.flag("for_admins"))
        elif action == "reopen":
            self.emulator.reopen_topic(chat, thread, user)
        elif action == "delete":
            self.emulator.delete_topic(chat, thread)
        else:
            raise ControlError(f"topics cannot be {action!r}")
        return {"ok": True}

    def set_member(self, form: Form) -> Json:
        who = form.need("user_id")
        user = None if who == "bot" else form.integer("user_id")
        self.emulator.set_member(
            form.number("chat_id"), user, form.need("status"), form.mapping("rights")
        )
        return {"ok": True}

    # Trouble

    def inject(self, form: Form) -> Json:
        updates = self.world.updates
        if "next_update_id" in form:
            updates.next_id = form.number("next_update_id")
            return {"ok": True}
        if "duplicate_of" in form:
            number = form.number("duplicate_of")
            try:
                updates.repeat(number)
            except KeyError:
                raise ControlError(f"no update {number}") from None
            return {"update_id": number}
        return {"update_id": updates.inject(form.fields)}

    def add_fault(self, form: Form) -> Json:
        count = form.integer("count")
        return self.emulator.bot_api.faults.add(
            form.need("kind"),
            method=form.text("method"),
            chat_id=form.integer("chat_id"),
            count=1 if count is None else count or None,
            lasting=form.decimal("lasting"),
            retry_after=form.integer("retry_after") or 1,
            seconds=form.decimal("seconds") or 0.0,
        ).json()

    def clear_faults(self, form: Form) -> Json:
        self.emulator.heal()
        return {"ok": True}

    def reset(self, form: Form) -> Json:
        self.emulator.reset()
        return {"ok": True}


def shown(messages: list[Message]) -> Json:
    """The answer to sending."""
    return {"messages": [message.view() for message in messages]}


def kind_of(file: Upload) -> str:
    """What an app would make of a file."""
    major = (file.mime_type or "").partition("/")[0]
    return {"image": "photo", "video": "video", "audio": "audio"}.get(major, "document")
