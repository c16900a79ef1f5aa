"""The control API of the mail world, under ``/sandbox/mail/…``.

What the page does as the people of the sandbox. Letters go out as strings of JSON or as downloads:
nothing of them is ever served as a page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.mail.letters import Draft, File, Json, Kept
from bot.sandbox.mail.smtp import Fault, FaultKind
from bot.sandbox.mail.world import MailWorld, Unsent
from bot.sandbox.telegram.errors import ControlError
from bot.sandbox.telegram.form import Form, answering, read_form, refusal
from bot.sandbox.telegram.server import dumps

Act = Callable[[Form], Awaitable[Json]]
FAULTS: Final[tuple[FaultKind, ...]] = ("refuse", "later", "slow", "drop")


class MailControl:
    """Handlers over a mail world."""

    def __init__(self, world: MailWorld) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        return [
            web.get("/sandbox/mail/people", answering(self.people)),
            web.get("/sandbox/mail/letters", answering(self.letters)),
            web.get("/sandbox/mail/letter", answering(self.letter)),
            web.get("/sandbox/mail/source", self.source),
            web.get("/sandbox/mail/attachment", self.attachment),
            web.post("/sandbox/mail/send", self.send),
            web.post("/sandbox/mail/person", answering(self.add)),
            web.post("/sandbox/mail/faults", answering(self.fail)),
        ]

    # Reading

    def people(self, form: Form) -> Json:
        return {"people": [self._person(address) for address in self.world.people]}

    def _person(self, address: str) -> Json:
        person = self.world.people[address]
        unread = [k for k in self.world.letters(address) if not self.world.is_read(address, k)]
        return {
            "address": person.address,
            "name": person.name,
            "role": person.role,
            "language": person.language,
            "unread": len(unread),
        }

    def letters(self, form: Form) -> Json:
        address, after = form.need("address"), form.integer("after") or 0
        found = [kept for kept in self.world.letters(address) if kept.id > after]
        shown = [kept.listed(read=self.world.is_read(address, kept)) for kept in found]
        return {"letters": shown}

    def letter(self, form: Form) -> Json:
        address, number = form.need("address"), form.number("id")
        opened = self._kept(address, number).opened()
        self.world.read(address, number)
        return opened

    def _kept(self, address: str, number: int) -> Kept:
        try:
            return self.world.letter(address, number)
        except LookupError as error:
            raise ControlError(str(error)) from None

    async def source(self, request: web.Request) -> web.StreamResponse:
        """The letter as it came, to be read as plain text and nothing else."""
        try:
            kept = self._asked_for(Form(dict(request.query)))
        except ControlError as error:
            return refusal(str(error), 404)
        return web.Response(
            body=kept.raw,
            content_type="text/plain",
            charset="utf-8",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        """A file of a letter, always as a download."""
        form = Form(dict(request.query))
        try:
            file = self._asked_for(form).files[form.number("index")]
        except (ControlError, IndexError) as error:
            return refusal(str(error), 404)
        return web.Response(
            body=file.content,
            content_type="application/octet-stream",
            headers={
                "X-Content-Type-Options": "nosniff",
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            },
        )

    def _asked_for(self, form: Form) -> Kept:
        return self._kept(form.need("address"), form.number("id"))

    # Acting

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Somebody writes a letter."""
        try:
            kept = await self.world.send(self._draft(await read_form(request)))
        except (ControlError, ValueError) as error:
            return refusal(str(error), 400)
        except Unsent as error:
            return refusal(str(error), 502)
        return web.Response(body=dumps({"id": kept.id}), content_type="application/json")

    def _draft(self, form: Form) -> Draft:
        address = form.need("address").lower()
        person = self.world.people.get(address)
        if person is None:
            raise ControlError(f"nobody here has the address {address}")
        answered, forwarded = form.integer("reply_to"), form.integer("forward")
        to, cc = _addresses(form.need("to")), _addresses(form.text("cc") or "")
        return Draft(
            sender=address,
            name=person.name,
            to=to,
            cc=cc,
            subject=form.text("subject") or "",
            text=form.text("text") or "",
            answers=self._kept(address, answered) if answered is not None else None,
            forwards=self._kept(address, forwarded) if forwarded is not None else None,
            files=tuple(
                File(
                    name=file.name,
                    type=file.mime_type or "application/octet-stream",
                    content=file.content,
                )
                for file in form.files
            ),
            language=person.language,
        )

    def add(self, form: Form) -> Json:
        address = form.need("address")
        if "@" not in address:
            raise ControlError("an address has an @")
        language = form.text("language") or "ru"
        person = self.world.add(address, form.need("name"), language=language)
        self.world.changed(person.address, 0)
        return self._person(person.address)

    def fail(self, form: Form) -> Json:
        kind = form.need("kind")
        times = form.integer("times")
        if kind == "none":
            self.world.fail(None)
            return {"ok": True}
        for known in FAULTS:
            if kind == known:
                fault = Fault(
                    kind=known,
                    address=form.text("address"),
                    times=1 if times is None else times or None,
                    seconds=float(form.text("seconds") or 2),
                )
                self.world.fail(fault)
                return {"ok": True}
        raise ControlError(f"kind is one of {', '.join(FAULTS)}, none")


def _addresses(text: str) -> tuple[str, ...]:
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    if any("@" not in each for each in found):
        raise ControlError(f"not an address: {text}")
    return found
