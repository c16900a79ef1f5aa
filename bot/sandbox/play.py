"""A fixed story over the sandbox: a client asks, the bot answers or opens a ticket, a specialist
helps. Every step waits for what a person would see; one that does not happen ends the story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from bot.sandbox.demo import Sandbox
from bot.sandbox.telegram import Attachment
from bot.sandbox.telegram.state import Chat, Message, Topic, User

T = TypeVar("T")
PATIENCE = 30.0
"""Seconds a step may take."""
LANGUAGE = "ru"


class StoryBroke(Exception):
    """A step did not happen."""

    def __init__(self, step: str, detail: str) -> None:
        super().__init__(f"{step}: {detail}")
        self.step = step
        self.detail = detail


@dataclass
class Story:
    """The story as it is being lived. ``done`` names the steps that happened, in order."""

    sandbox: Sandbox
    done: list[str] = field(default_factory=list)
    _last: int = 0

    # ---------------------------------------------------------------- the story itself

    async def live(self) -> None:
        """Live all of it.

        Raises:
            StoryBroke: at the first step that does not happen.
        """
        await self._line0()
        room, card = await self._line1()
        await self._line2(room, card)
        await self._after(room)

    async def _line0(self) -> None:
        await self._asks("/start", "greeting", self._label("client.button.faq"))
        helped = self._label("client.button.helped")
        answer = await self._asks("Как оплатить интернет картой?", "FAQ answer", helped)
        self._presses(answer, helped)
        await self._hears("thanks for the feedback", self._text("client.faq.glad"))
        answer = await self._asks("как аплатить интренет картой", "answer despite typos", helped)
        self._presses(answer, helped)
        await self._hears("thanks again", self._text("client.faq.glad"))
        none = self._label("client.button.none_of_these")
        await self._asks("роутер мигает", "did you mean", none)

    async def _line1(self) -> tuple[Topic, Message]:
        question = "Здравствуйте, уже час не работает интернет"
        answer = await self._asks(question, "guided answer", self._label("client.button.person"))
        self._presses(answer, self._label("client.button.person"))
        telegram, anna = self.sandbox.telegram, self._anna
        asked = 0
        while (now := self._label("client.button.now")) in _buttons(await self._next("intake")):
            asked += 1
            if asked == 1:
                telegram.tell(anna, "не помню")
                await self._next("a wrong answer is explained")
                telegram.tell(anna, "NB-10482233")
                continue
            self._presses(self._shown[-1], now)
        if not asked:
            raise StoryBroke("intake", "no question was asked")
        self.done.append("intake")
        group = self.sandbox.cast.desks["internet"]
        room = await self._until("ticket", lambda: next(iter(telegram.topics(group)), None))
        card = await self._until("card", lambda: self._card(group, room))
        return room, card

    async def _line2(self, room: Topic, card: Message) -> None:
        telegram, boris = self.sandbox.telegram, self.sandbox.cast.boris
        group = self.sandbox.cast.desks["internet"]
        query = telegram.press(boris, card, self._label("desk.button.take"))
        await self._until("take", lambda: telegram.answer_to(query))
        await self._until("the card says who", lambda: boris.first_name in card.text)
        await self._hears("the client hears who has it", boris.first_name)
        telegram.say(boris, group, "Здравствуйте! Пришлите фото роутера.", thread=room)
        await self._hears("specialist's reply", "Пришлите фото роутера")
        telegram.say(boris, group, "// похоже на порт, код 7", thread=room)
        photo = Attachment(kind="photo", caption="Вот он")
        telegram.send(self._anna, self._anna, photo)
        await self._until("client's photo", lambda: self._has_photo(group, room))
        telegram.say(boris, group, "/resolve Заменили порт на узле", thread=room)
        await self._hears("resolved", "Заменили порт на узле")
        if any("код 7" in message.text for message in telegram.messages(self._anna)):
            raise StoryBroke("note", "the client was shown a note")
        self.done.append("note stays inside")

    async def _after(self, room: Topic) -> None:
        telegram, group = self.sandbox.telegram, self.sandbox.cast.desks["internet"]
        solved = self._label("client.button.solved")
        self._presses(await self._until("solved?", lambda: self._with(solved)), solved)
        stars = await self._until("rating asked", lambda: self._with("5 ⭐"))
        self._presses(stars, "5 ⭐")
        await self._until(
            "rating",
            lambda: any("★★★★★" in message.text for message in telegram.messages(group, room)),
        )
        await telegram.consumed()

    # ---------------------------------------------------------------- the two transcripts

    def transcripts(self) -> list[tuple[str, list[str]]]:
        """What the client saw, and what the desk saw: titles and lines."""
        telegram = self.sandbox.telegram
        found = [(f"{self._anna.first_name} ↔ LineZero", list(lines(self._shown_to_client)))]
        for group in self.sandbox.cast.desks.values():
            for room in telegram.topics(group):
                title = f"{group.title} / {room.name}"
                found.append((title, list(lines(telegram.messages(group, room)))))
        return found

    # ---------------------------------------------------------------- seeing and acting

    @property
    def _anna(self) -> User:
        return self.sandbox.cast.anna

    @property
    def _shown_to_client(self) -> list[Message]:
        return self.sandbox.telegram.messages(self._anna)

    @property
    def _shown(self) -> list[Message]:
        return [m for m in self._shown_to_client if m.by_bot and not m.is_service]

    def _label(self, key: str) -> str:
        return self.sandbox.app.workspace.texts.label(key, LANGUAGE)

    _text = _label

    async def _asks(self, words: str, step: str, button: str) -> Message:
        """The client writes; the answer must carry a button."""
        self.sandbox.telegram.tell(self._anna, words)
        reply = await self._next(step)
        if button not in _buttons(reply):
            raise StoryBroke(step, f"no button {button!r} under {reply.text!r}")
        self.done.append(step)
        return reply

    def _presses(self, message: Message, button: str) -> None:
        self.sandbox.telegram.press(self._anna, message, button)

    async def _hears(self, step: str, words: str) -> Message:
        """The client must see a message with these words, new since the last step."""

        def heard() -> Message | None:
            found = [m for m in self._shown if m.id > self._last and words in m.text]
            return found[0] if found else None

        message = await self._until(step, heard)
        self._last = message.id
        return message

    async def _next(self, step: str) -> Message:
        """The next message of the bot to the client."""

        def newest() -> Message | None:
            found = [m for m in self._shown if m.id > self._last]
            return found[0] if found else None

        try:
            message = await self.sandbox.telegram.wait_for(newest, PATIENCE)
        except TimeoutError:
            raise StoryBroke(step, f"nothing within {PATIENCE:g} s") from None
        self._last = message.id
        return message

    async def _until(self, step: str, condition: Callable[[], T | None]) -> T:
        try:
            found = await self.sandbox.telegram.wait_for(condition, PATIENCE)
        except TimeoutError:
            raise StoryBroke(step, f"not within {PATIENCE:g} s") from None
        self.done.append(step)
        return found

    def _with(self, button: str) -> Message | None:
        found = [message for message in self._shown if button in _buttons(message)]
        return found[-1] if found else None

    def _card(self, group: Chat, room: Topic) -> Message | None:
        cards = [m for m in self.sandbox.telegram.messages(group, room) if m.by_bot and m.buttons]
        return cards[0] if cards else None

    def _has_photo(self, group: Chat, room: Topic) -> bool:
        return any(
            message.by_bot and message.kind == "photo"
            for message in self.sandbox.telegram.messages(group, room)
        )


def _buttons(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


def lines(messages: Iterable[Message]) -> Iterable[str]:
    """Messages as a transcript: who said what, and the buttons below."""
    for message in messages:
        if message.is_service:
            continue
        words = message.text or f"[{message.kind}]"
        if message.text and message.kind != "text":
            words = f"[{message.kind}] {words}"
        who = "LineZero" if message.by_bot else str(message.json["from"]["first_name"])
        yield f"{who}: {words}"
        if message.buttons:
            yield "    " + "  ".join(f"[{text}]" for text in _buttons(message))
