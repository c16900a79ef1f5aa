"""Where a specialist's words begin: prefixes and commands at the head of a message."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from channels.message import Content, FormattedText, Media

_COMMAND = re.compile(r"/([^\W\d]\w*)(?:@(\w+))?(?=\s|$)")
_NUMBER = re.compile(r"[#№]?(\d{1,9})(?=\s|$)")

COMMANDS: dict[str, str] = {
    name: verb
    for verb, names in {
        "take": ("take", "взять", "беру"),
        "release": ("release", "отпустить"),
        "ask": ("ask", "спросить"),
        "pass": ("pass", "передать"),
        "up": ("up", "escalate", "выше", "эскалация"),
        "return": ("return", "вернуть"),
        "back": ("back", "забрать"),
        "priority": ("priority", "приоритет"),
        "forward": ("forward", "переслать", "эксперту"),
        "note": ("note", "заметка"),
        "resolve": ("resolve", "решено"),
        "close": ("close", "закрыть"),
        "reopen": ("reopen", "открыть"),
        "recall": ("recall", "отозвать"),
        "card": ("card", "карточка"),
        "history": ("history", "история"),
        "name": ("name", "имя"),
        "unlink": ("unlink", "отвязать"),
        "overdue": ("overdue", "просрочено"),
        "help": ("help", "помощь"),
        "id": ("id",),
        "doctor": ("doctor",),
    }.items()
    for name in names
}
"""Names of commands. Telegram makes links of the Latin ones only; the others are typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command and what follows it. ``verb`` is None if nobody knows the name."""

    name: str
    verb: str | None
    addressed: bool
    """It names a bot: ``/take@bot``."""
    rest: Content


def leading(content: Content) -> FormattedText:
    """The words a message begins with: its text, else the first caption."""
    if content.text or not content.parts:
        return content.text
    first = content.parts[0]
    return first.caption if isinstance(first, Media) else content.text


def without(content: Content, length: int) -> Content:
    """Content less the first ``length`` characters of its leading words and the space there."""
    words = leading(content)
    start = length + len(words.text[length:]) - len(words.text[length:].lstrip())
    rest = words.slice(start, len(words.text))
    if content.text or not content.parts:
        return replace(content, text=rest)
    first = content.parts[0]
    if not isinstance(first, Media):
        return content
    return replace(content, parts=(replace(first, caption=rest), *content.parts[1:]))


def starts_with(content: Content, prefix: str) -> bool:
    """Whether the words begin with a prefix; case and space before it do not matter."""
    return leading(content).text.lstrip().casefold().startswith(prefix.casefold())


def less_prefix(content: Content, prefix: str) -> Content:
    """Content without the prefix it begins with."""
    words = leading(content).text
    return without(content, len(words) - len(words.lstrip()) + len(prefix))


def command_in(content: Content) -> Command | None:
    """The command a message begins with, if it does."""
    words = leading(content).text
    found = _COMMAND.match(words.lstrip())
    if found is None:
        return None
    indent = len(words) - len(words.lstrip())
    name = found[1].casefold()
    return Command(
        name=found[1],
        verb=COMMANDS.get(name),
        addressed=found[2] is not None,
        rest=without(content, indent + found.end()),
    )


def ticket_number_in(content: Content) -> tuple[int, Content] | None:
    """The ticket number words begin with, and the rest of them."""
    found = _NUMBER.match(leading(content).text)
    return (int(found[1]), without(content, found.end())) if found else None
