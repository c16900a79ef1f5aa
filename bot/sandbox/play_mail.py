"""The story of `linezero demo --play` that is told in letters: a client who writes e-mail, a
specialist who stays in Telegram, and a vendor who is asked by mail.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from bot.conversation.say.letters import plain_label
from bot.sandbox.demo import Sandbox
from bot.sandbox.mail import Draft, Kept, Person
from bot.sandbox.mail.letters import File
from bot.sandbox.play import LANGUAGE, StoryBroke, lines
from bot.sandbox.telegram.state import Chat, Message, Topic

T = TypeVar("T")
PATIENCE = 30.0
"""Seconds a step may take: letters are slower than chats."""
DESK = "internet"
PICTURE = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
"""One red pixel."""
ANSWERS = {
    "номер договора": "NB-10482233",
    "По какому адресу": "Лесная 5, квартира 12",
    "лампочками": "горит красная",
    "у соседей": "не знаю",
    "Телефон": "+7 912 345-67-89",
}
"""What Anna writes below a question with these words."""
PHOTO = File(name="router.png", type="image/png", content=PICTURE)
REPORT = File(name="Скорость за ноябрь.pdf", type="application/pdf", content=b"%PDF-1.7 made up")


@dataclass
class MailStory:
    """The story as it is being lived. ``done`` names the steps that happened, in order."""

    sandbox: Sandbox
    done: list[str] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    async def live(self) -> None:
        """Live all of it.

        Raises:
            StoryBroke: at the first step that does not happen.
        """
        await self._line0()
        room, thread = await self._line1()
        thread = await self._line2(room, thread)
        thread = await self._line4(room, thread)
        await self._after(room, thread)

    async def _line0(self) -> None:
        await self._writes("Здравствуйте! Как аплатить интренет картой?", subject="Оплата")
        helped = self._choice("client.button.helped")
        answer = await self._reads("FAQ answer by letter", "Картой или СБП", helped)
        await self._writes(self._number(answer, helped), answers=answer)
        await self._reads("a choice by its number", self._label("client.faq.glad"))

    async def _line1(self) -> tuple[Topic, Kept]:
        await self._writes("Здравствуйте, уже час не работает интернет", subject="Нет связи")
        person = self._choice("client.button.person")
        steps = await self._reads("guided answer by letter", person)
        await self._writes(self._number(steps, person), answers=steps)
        opened = await self._reads("the ticket's number and all questions", "№", "1.", "2.")
        await self._writes(_inline(opened.text), answers=opened, quotes=False)
        more = await self._reads("answers read back, one more question", "Лесная 5", "фото")
        await self._writes("Вот фото", answers=more, files=(PHOTO,))
        await self._reads("all of it in the ticket", "№")
        group = self._group
        telegram = self.sandbox.telegram
        room = await self._until("ticket", self._room)
        card = await self._until("card", lambda: self._said(room, "Лесная 5", self._anna.address))
        if not card.buttons:
            raise StoryBroke("card", "no buttons")
        query = telegram.press(self._boris, card, self._label("desk.button.take"))
        await self._until("take", lambda: telegram.answer_to(query))
        taken = await self._reads("who has it, by letter", self.sandbox.cast.boris.first_name)
        if taken.thread != opened.thread:
            raise StoryBroke("threads", f"{taken.thread} is not {opened.thread}")
        telegram.say(self._boris, group, "Здравствуйте! Что показывает тест скорости?", thread=room)
        asked = await self._reads("specialist's reply by letter", "Что показывает тест скорости?")
        if "> " not in asked.text:
            raise StoryBroke("specialist's reply by letter", "the client's words are not quoted")
        return room, asked

    async def _line2(self, room: Topic, thread: Kept) -> Kept:
        await self._writes("Вот отчёт, 2 Мбит/с", answers=thread, files=(REPORT,))
        said = await self._until("only the new words", lambda: self._said(room, "2 Мбит/с"))
        if "тест скорости" in said.text:
            raise StoryBroke("only the new words", said.text)
        telegram = self.sandbox.telegram
        await self._until("the attachment", lambda: self._file(room, REPORT.name))
        original = self._label("desk.button.original")
        shown = await self._until("a button for the original", lambda: self._with(room, original))
        telegram.press(self._boris, shown, original)
        await self._until("the original one tap away", lambda: self._file(room, ".eml"))
        return thread

    async def _line4(self, room: Topic, thread: Kept) -> Kept:
        telegram, group = self.sandbox.telegram, self._group
        vendor = self.sandbox.correspondents.vendor
        telegram.say(self._boris, group, "/forward vendor Why does the port fall?", thread=room)
        send = self._label("desk.button.letter_send")
        preview = await self._until("preview", lambda: self._with(room, send))
        telegram.press(self._boris, preview, send)
        case = await self._reads("the case by letter", "Why does the port fall?", who=vendor)
        if self._anna.address in case.raw.decode("ascii"):
            raise StoryBroke("the case by letter", "it tells the client's address")
        await self._writes("Replace the SFP module.", answers=case, who=vendor)
        pass_on = self._label("desk.button.expert_send")
        note = await self._until("the answer as a note", lambda: self._with(room, pass_on))
        telegram.press(self._boris, note, pass_on)
        return await self._reads("the answer sent on", "Replace the SFP module.")

    async def _after(self, room: Topic, thread: Kept) -> None:
        telegram = self.sandbox.telegram
        telegram.say(self._boris, self._group, "/resolve Заменили модуль", thread=room)
        solved = self._choice("client.button.solved")
        asked = await self._reads("resolved, by letter", "Заменили модуль", solved)
        await self._writes(self._number(asked, solved), answers=asked)
        rating = await self._reads("rating asked by letter", "5 ⭐")
        await self._writes(self._number(rating, "5 ⭐"), answers=rating)
        await self._until("rating by letter", lambda: self._said(room, "★★★★★"))
        await telegram.consumed()

    # ---------------------------------------------------------------- the transcripts

    def transcripts(self) -> list[tuple[str, list[str]]]:
        """The mailboxes and the desk's topics: titles and lines."""
        people = (self._anna, self.sandbox.correspondents.vendor)
        found = [(f"{who.name} ✉ LineZero", list(self._mailbox(who))) for who in people]
        for room in self.sandbox.telegram.topics(self._group):
            title = f"{self._group.title} / {room.name}"
            found.append((title, list(lines(self.sandbox.telegram.messages(self._group, room)))))
        return found

    def _mailbox(self, person: Person) -> Iterator[str]:
        for kept in self.sandbox.mail.letters(person.address):
            who = person.name if kept.mine else kept.header("From")
            yield f"{who}: {kept.header('Subject')}"
            yield from (f"    {line}" for line in kept.text.splitlines() if line.strip())

    # ---------------------------------------------------------------- seeing and acting

    @property
    def _anna(self) -> Person:
        return self.sandbox.correspondents.anna

    @property
    def _boris(self) -> int:
        return self.sandbox.cast.boris.id

    @property
    def _group(self) -> Chat:
        return self.sandbox.cast.desks[DESK]

    def _label(self, key: str) -> str:
        return self.sandbox.app.workspace.texts.label(key, LANGUAGE)

    def _choice(self, key: str) -> str:
        """A button as it stands in a letter: without the picture in front of it."""
        return plain_label(self._label(key))

    def _number(self, letter: Kept, label: str) -> str:
        """The number of a choice in a letter."""
        found = re.search(rf"^(\d+) — {re.escape(label)}$", letter.text, re.MULTILINE)
        if found is None:
            raise StoryBroke(label, f"no such choice in {letter.text!r}")
        return found[1]

    def _room(self) -> Topic | None:
        rooms = self.sandbox.telegram.topics(self._group)
        return rooms[-1] if rooms else None

    def _shown(self, room: Topic) -> list[Message]:
        found = self.sandbox.telegram.messages(self._group, room)
        return [message for message in found if message.by_bot and not message.is_service]

    def _said(self, room: Topic, *words: str) -> Message | None:
        found = [m for m in self._shown(room) if all(w in m.text for w in words)]
        return found[-1] if found else None

    def _with(self, room: Topic, button: str) -> Message | None:
        found = [m for m in self._shown(room) if button in [b.text for b in m.buttons]]
        return found[-1] if found else None

    def _file(self, room: Topic, ending: str) -> Message | None:
        for message in self._shown(room):
            if str(message.json.get("document", {}).get("file_name", "")).endswith(ending):
                return message
        return None

    async def _writes(
        self,
        text: str,
        *,
        subject: str = "",
        answers: Kept | None = None,
        files: tuple[File, ...] = (),
        who: Person | None = None,
        quotes: bool = True,
    ) -> None:
        """Somebody writes to the company, or answers where a letter asks to be answered."""
        who, mail = who or self._anna, self.sandbox.mail
        to = (answers.people("Reply-To") or answers.people("From")) if answers else []
        draft = Draft(
            sender=who.address,
            name=who.name,
            to=tuple(each["address"] for each in to) or (mail.company.address,),
            subject=subject,
            text=text,
            answers=answers,
            quotes=quotes,
            files=files,
            language=who.language,
        )
        await mail.send(draft)

    async def _reads(self, step: str, *words: str, who: Person | None = None) -> Kept:
        """Somebody must get a letter with these words, new since the last one they read."""
        address = (who or self._anna).address

        def read() -> Kept | None:
            for kept in self.sandbox.mail.letters(address):
                new = not kept.mine and kept.id > self._seen.get(address, 0)
                if new and all(word in _one_line(kept.text) for word in words):
                    return kept
            return None

        letter = await self._until(step, read)
        self._seen[address] = letter.id
        return letter

    async def _until(self, step: str, look: Callable[[], T | None]) -> T:
        try:
            found = await self.sandbox.telegram.wait_for(look, PATIENCE)
        except TimeoutError:
            raise StoryBroke(step, f"not within {PATIENCE:g} s") from None
        self.done.append(step)
        return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _inline(text: str) -> str:
    """A letter of questions with answers below each, as people write them."""
    written = []
    for line in text.splitlines():
        written.append(f"> {line}".rstrip())
        for words, answer in ANSWERS.items():
            if re.match(r"\d+\. ", line) and words in line:
                written.append(answer)
    return "\n".join(written)
