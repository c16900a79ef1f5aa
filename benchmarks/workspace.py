"""The example workspace with its bot and desks pointed at an emulated Telegram."""

from __future__ import annotations

import re
from pathlib import Path

from bot.sandbox.telegram import Emulator
from bot.sandbox.telegram.state import Chat, User
from config.workspace import init, load


def example_workspace(folder: Path, telegram: Emulator) -> tuple[Path, list[Chat], User]:
    """What ``linezero init`` gives out, ready to ``linezero run``.

    Args:
        folder: Made if it is not there; else what another build's ``init`` made of it.

    Returns:
        The folder, the desks' groups in the order of support.yaml, and a specialist in all of them.
    """
    if not folder.exists():
        init(folder)
    boris = telegram.user("Boris")
    (folder / "token").write_text(telegram.token)
    file = folder / "support.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "  token_env: TELEGRAM_TOKEN", f"  token_file: token\n  api_url: {telegram.url}"
    )
    groups: list[Chat] = []

    def group(match: re.Match[str]) -> str:
        title = match.group(1).strip()
        groups.append(telegram.group(title, members=[boris], forum=True, supergroup=True))
        return f"{match.group(1)}: {groups[-1].id}"

    text = re.sub(r"(?m)^( *(?:admin_)?chat): -?\d+$", group, text)
    file.write_text(text, encoding="utf-8")
    return folder, groups[1:], boris


def answered_questions(folder: Path) -> list[str]:
    """One phrasing of each FAQ entry that is answered at once: questions as clients ask them."""
    faq = load(folder).faq
    found = []
    for entry in faq.entries.values():
        for phrase in entry.questions.get("ru", ()):
            match = faq.match(phrase)
            if match.decision == "answer" and match.entry == entry.id:
                found.append(phrase)
                break
    return found
