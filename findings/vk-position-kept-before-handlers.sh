#!/usr/bin/env bash
# vkbottle keeps its place in a file "after the event was handed off"; what its handlers held is not given again.
#
# VK's long poll repeats events to who asks with an older `ts`. By default vkbottle starts at a fresh one,
# so that everything written while the bot was off is skipped. With skip_old_events=False the last `ts` is
# kept in .vkbottle/, and a comment in the source promises that a crash in the middle gets the event again.
# Handed off means that a task was begun: the new `ts` is on disk while the handler still works, and the
# next life begins behind the message. Set on a BotPolling that is given to Bot, the option is undone by
# Bot's own default. The file is looked for in the folder the process was started in.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'vkbottle==4.11.0' 'aiohttp==3.14.5'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import asyncio
import json
import os
from importlib.metadata import version
from pathlib import Path

os.environ["LOGURU_LEVEL"] = "CRITICAL"
from aiohttp import web
from vkbottle import API, Bot, BotPolling

NEW = {
    "type": "message_new", "event_id": "e1", "v": "5.199", "group_id": 3,
    "object": {
        "message": {"id": 1, "date": 1764500000, "peer_id": 7, "from_id": 7, "text": "is it mended?", "out": 0,
                    "version": 1, "conversation_message_id": 1, "attachments": [], "fwd_messages": [],
                    "important": False, "is_hidden": False, "random_id": 0},
        "client_info": {"button_actions": ["text"], "keyboard": True, "inline_keyboard": True, "carousel": True, "lang_id": 0},
    },
}


async def life(skip, written_at, now):
    """One life of a bot whose handler never ends: the positions it asked with, and what it was given."""
    asked, given = [], []
    moved = asyncio.Event()

    async def method(request):
        port = request.url.port
        return web.json_response({"response": {"server": f"http://127.0.0.1:{port}/poll", "key": "k", "ts": str(now)}})

    async def poll(request):
        asked.append(request.query["ts"])
        if int(request.query["ts"]) < written_at:
            return web.json_response({"ts": str(written_at), "updates": [NEW]})
        moved.set()
        await asyncio.sleep(0.2)
        return web.json_response({"ts": request.query["ts"], "updates": []})

    app = web.Application()
    app.router.add_post("/method/groups.getLongPollServer", method)
    app.router.add_post("/poll", poll)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    API.API_URL = f"http://127.0.0.1:{runner.addresses[0][1]}/method/"
    bot = Bot(api=API("token"), polling=BotPolling(group_id=3, wait=1), skip_old_events=skip)

    @bot.on.message()
    async def keep(message):
        given.append(message.text)
        await asyncio.Event().wait()

    running = asyncio.create_task(bot.run_polling())
    await asyncio.wait_for(moved.wait(), 30)
    await asyncio.sleep(0.5)
    running.cancel()
    await asyncio.wait([running], timeout=5)
    await bot.api.http_client.close()
    await runner.cleanup()
    return asked[0], given


print("vkbottle", version("vkbottle"))
polling = BotPolling(group_id=3, skip_old_events=False)
Bot(api=API("token"), polling=polling)
print("skip_old_events=False of a polling, once Bot has it:", polling.skip_old_events)
assert polling.skip_old_events is True
seen = asyncio.run(life(skip=True, written_at=101, now=101))
print("written while it was off, by default:", seen)
assert seen == ("101", [])
seen = asyncio.run(life(skip=False, written_at=102, now=101))
kept = [json.loads(file.read_text()) for file in Path(".vkbottle").rglob("*.json")]
print("while its handler still works:", seen, "on disk:", kept)
assert seen == ("101", ["is it mended?"]) and kept == [{"ts": "102"}]
seen = asyncio.run(life(skip=False, written_at=102, now=101))
print("the next life:", seen)
assert seen == ("102", [])
PY
