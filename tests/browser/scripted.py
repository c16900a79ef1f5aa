"""A small bot over plain HTTP, so that the page is tested against the Bot API and nothing else."""

from __future__ import annotations

from asyncio import TaskGroup
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

Json = dict[str, Any]

HELPED: Final = {
    "inline_keyboard": [
        [{"text": "Помогло", "callback_data": "helped"}],
        [{"text": "Позвать человека", "callback_data": "person"}],
    ]
}
CARD: Final = {
    "inline_keyboard": [
        [{"text": "Взять", "callback_data": "take"}, {"text": "Решено", "callback_data": "resolve"}]
    ]
}
RATED: Final[dict[str, tuple[str, Json]]] = {
    "resolve": ("Решено?", {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]}),
    "yes": ("Оцените", {"inline_keyboard": [[{"text": "5 из 5", "callback_data": "five"}]]}),
    "five": ("Спасибо!", {}),
}
"""What the client is told when a button is pressed, on the way out."""


class ScriptedBot:
    """Calls the Bot API; `serve` answers a client and relays to a desk, as a help desk would.

    Args:
        url: The emulator.
        token: The bot's token.
        session: The HTTP client.
    """

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self._root = f"{url}/bot{token}/"
        self._session = session
        self.client: int | None = None
        self.thread: int | None = None
        self.card: Json = {}

    async def call(self, method: str, **params: object) -> Any:
        """A Bot API call; the `result` of the answer."""
        async with self._session.post(self._root + method, json=params) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    @asynccontextmanager
    async def serve(self, desk: int) -> AsyncIterator[None]:
        """Answers updates while the block runs; tickets go to the forum `desk`."""
        async with TaskGroup() as tasks:
            loop = tasks.create_task(self._poll(desk))
            yield
            loop.cancel()

    async def _poll(self, desk: int) -> None:
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=20):
                offset = update["update_id"] + 1
                if "callback_query" in update:
                    await self._pressed(update["callback_query"], desk)
                elif "message" in update:
                    await self._told(update["message"], desk)

    async def _told(self, message: Json, desk: int) -> None:
        chat = message["chat"]["id"]
        if chat == desk:
            if message.get("text") and self.client is not None:
                await self.call("sendMessage", chat_id=self.client, text=f"Анна: {message['text']}")
                await self.call(
                    "setMessageReaction",
                    chat_id=desk,
                    message_id=message["message_id"],
                    reaction=[{"type": "emoji", "emoji": "👌"}],
                )
        elif self.thread is None:
            await self.call(
                "sendMessage",
                chat_id=chat,
                text="Перезагрузите роутер.",
                entities=[{"type": "bold", "offset": 0, "length": 13}],
                reply_parameters={"message_id": message["message_id"]},
                reply_markup=HELPED,
            )
        else:
            await self.call(
                "copyMessage",
                chat_id=desk,
                message_thread_id=self.thread,
                from_chat_id=chat,
                message_id=message["message_id"],
            )

    async def _pressed(self, query: Json, desk: int) -> None:
        if query["data"] == "person":
            self.client = query["from"]["id"]
            await self.call(
                "answerCallbackQuery", callback_query_id=query["id"], text="Зову человека"
            )
            topic = await self.call("createForumTopic", chat_id=desk, name="№1 · Мария")
            self.thread = topic["message_thread_id"]
            self.card = await self.call(
                "sendMessage",
                chat_id=desk,
                message_thread_id=self.thread,
                text="Заявка №1: не работает интернет",
                reply_markup=CARD,
            )
            await self.call("pinChatMessage", chat_id=desk, message_id=self.card["message_id"])
        elif query["data"] in RATED:
            await self.call("answerCallbackQuery", callback_query_id=query["id"])
            text, keyboard = RATED[query["data"]]
            await self.call("sendMessage", chat_id=self.client, text=text, reply_markup=keyboard)
        elif query["data"] == "take":
            await self.call(
                "answerCallbackQuery",
                callback_query_id=query["id"],
                text="Заявка теперь ваша",
                show_alert=True,
            )
            await self.call(
                "editMessageText",
                chat_id=desk,
                message_id=self.card["message_id"],
                text=f"Заявка №1: взял(а) {query['from']['first_name']}",
                reply_markup=CARD,
            )
