"""The `linezero` command: the command line and the sandbox, which do not know each other."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from bot import time_zones
from bot.cli import app
from bot.sandbox import commands

__all__ = ["app", "main"]

commands.add_to(app)


def main() -> None:
    """Run the command line."""
    time_zones.choose()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what a terminal cannot show ends no command
            stream.reconfigure(errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
