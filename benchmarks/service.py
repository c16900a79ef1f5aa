"""The service as `linezero run` runs it, without Telegram's limits: `service.py FOLDER`.

The limits (30 messages a second) are what a benchmark would measure otherwise.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.app import build, serve
from bot.logs import set_up_logging
from bot.reloading import reloads
from channels.limits import UNLIMITED
from config.workspace import load


def main() -> None:
    set_up_logging()
    workspace = load(Path(sys.argv[1]), secrets=True)
    app = build(workspace, limits={"telegram": UNLIMITED}, reloads=reloads)
    asyncio.run(serve(app))


if __name__ == "__main__":
    main()
