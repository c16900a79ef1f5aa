#!/usr/bin/env bash
# A voice message in MAX may come without `message`: both Python libraries confirm it and go on, and one of
# them loses with it whatever other people wrote in the same answer of the poll.
#
# MAX confirms by position: asking GET /updates with a `marker` confirms everything before it, and some
# voice messages arrive as `message_created` without the `message` that the schema requires (captured by
# users of several libraries in 2026). aiomax moves its marker before it reads the updates and leaves the
# rest of the answer at the first that it cannot read: the texts behind the voice message are confirmed and
# reach no handler. maxapi leaves out that update alone, with a log line. It also confirms what a handler
# raised on, although its source says that the marker is moved after success only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'aiomax==2.12.5' 'maxapi==1.2.3' 'aiohttp==3.14.5'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import asyncio
import logging
from importlib.metadata import version

import aiomax
import maxapi
from aiohttp import web

logging.disable(logging.CRITICAL)
ME = {"user_id": 1, "first_name": "Desk", "name": "Desk", "username": "desk_bot", "is_bot": True, "last_activity_time": 1}
ANNA = {"user_id": 7, "first_name": "Anna", "name": "Anna", "is_bot": False, "last_activity_time": 1}


def text(number, words):
    return {
        "update_type": "message_created", "timestamp": 1764500000000 + number, "user_locale": "ru",
        "message": {
            "sender": ANNA, "recipient": {"chat_id": 6, "chat_type": "dialog", "user_id": 1},
            "timestamp": 1764500000000 + number, "body": {"mid": f"mid.{number}", "seq": number, "text": words},
        },
    }


VOICE = {"update_type": "message_created", "timestamp": 1764500000002, "user_locale": "ru"}
ANSWER = {"updates": [text(1, "before"), VOICE, text(3, "behind")], "marker": 11}


async def poll(start):
    """Serve ANSWER until it is confirmed; what the library's handler was given, and that it confirmed."""
    confirmed = asyncio.Event()

    async def updates(request):
        if request.query.get("marker") != "11":
            return web.json_response(ANSWER)
        confirmed.set()
        await asyncio.sleep(0.2)
        return web.json_response({"updates": [], "marker": 11})

    async def other(request):
        if request.path == "/me":
            return web.json_response(ME)
        return web.json_response({"subscriptions": [], "chat_id": 6, "type": "dialog", "status": "active",
                                  "last_event_time": 1, "participants_count": 2, "is_public": False})

    app = web.Application()
    app.router.add_get("/updates", updates)
    app.router.add_route("*", "/{rest:.*}", other)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    seen = []
    polling = asyncio.create_task(start(f"http://127.0.0.1:{runner.addresses[0][1]}", seen))
    await asyncio.wait_for(confirmed.wait(), 30)
    await asyncio.sleep(0.5)
    polling.cancel()
    await asyncio.wait([polling], timeout=5)
    await runner.cleanup()
    return seen


async def with_aiomax(url, seen):
    bot = aiomax.Bot("token", api_url=url)

    @bot.on_message()
    async def keep(message):
        seen.append(message.body.text)

    await bot.start_polling()


def with_maxapi(fails):
    async def start(url, seen):
        bot = maxapi.Bot("token")
        bot.set_api_url(url)
        dispatcher = maxapi.Dispatcher()

        @dispatcher.message_created()
        async def keep(event):
            seen.append(event.message.body.text)
            if fails:
                raise OSError("the database is away")

        try:
            await dispatcher.start_polling(bot)
        finally:
            await bot.close_session()

    return start


print("aiomax", version("aiomax"), "maxapi", version("maxapi"))
seen = asyncio.run(poll(with_aiomax))
print("aiomax confirmed all three, its handler saw:", seen)
assert seen == ["before"]
seen = asyncio.run(poll(with_maxapi(fails=False)))
print("maxapi confirmed all three, its handler saw:", seen)
assert seen == ["before", "behind"]
seen = asyncio.run(poll(with_maxapi(fails=True)))
print("maxapi with a handler that raises confirmed all three, each given once:", seen)
assert seen == ["before", "behind"]
PY
