"""The `linezero` command: the command line and the sandbox, which do not know each other."""

from __future__ import annotations

from bot.cli import app
from bot.sandbox import commands

__all__ = ["app", "main"]

commands.add_to(app)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
