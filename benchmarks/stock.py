"""A usual relay bot on aiogram's stock polling, forked for each life: `stock.py URL TOKEN ROOMS`.

It answers questions in private chats and carries words between clients and their topics; ROOMS is
a JSON object of client ids and [group, thread]. Each line on the standard input begins a life; its
pid is written, and when it has ended its exit status.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message


def dispatcher(rooms: dict[int, tuple[int, int]]) -> Dispatcher:
    clients = {room: client for client, room in rooms.items()}
    found = Dispatcher()

    @found.message()
    async def relay(message: Message, bot: Bot) -> None:
        here = (message.chat.id, message.message_thread_id or 0)
        if here in clients:
            await bot.send_message(clients[here], message.text or "")
        elif message.chat.id in rooms:
            group, thread = rooms[message.chat.id]
            await bot.send_message(group, message.text or "", message_thread_id=thread)
        elif message.chat.type == "private":
            await message.answer(f"Ответ: {message.text}")

    return found


async def live(url: str, token: str, rooms: dict[int, tuple[int, int]]) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    await dispatcher(rooms).start_polling(Bot(token, session=session))


def main() -> None:
    url, token, rooms = sys.argv[1:]
    known = {int(client): (room[0], room[1]) for client, room in json.loads(rooms).items()}
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            logging.disable()
            try:
                asyncio.run(live(url, token, known))
            finally:
                os._exit(0)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
