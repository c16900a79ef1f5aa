"""Words that ask nothing: thanks, "ok", greetings, emoji alone, stickers (acceptance case F6)."""

from __future__ import annotations

from typing import Final, Literal

from channels.message import Content, Media
from faq.text import normal

Talk = Literal["greeting", "thanks", "nothing"]

_GREETINGS: Final = frozenset(
    """здравствуйте здравствуй здрасте здрасьте привет приветствую хай добрый доброе доброго день
    дня вечер вечера утро утра ночи hello hi hey good morning afternoon evening greetings""".split()
)
_THANKS: Final = frozenset(
    """спасибо спасибочки спс благодарю благодарим большое огромное вам всем мерси пасиб пасибо
    сенкс thanks thank thx ty you so much many very lot tysm cheers appreciate appreciated it
    за помощь ответ оперативность быстрый for your the help quick answer reply""".split()
)
_THANKS_CORE: Final = frozenset(
    """спасибо спасибочки спс благодарю благодарим мерси пасиб пасибо сенкс thanks thank thx ty
    tysm cheers appreciate appreciated""".split()
)
_NODS: Final = frozenset(
    """ок окей окау ok okay okey k хорошо ладно понятно понял поняла поняли ясно отлично супер класс
    здорово ага угу да good great fine got it cool nice perfect understood sure yes yep
    заработало помогло работает все всё it works worked helped all now теперь уже clear
    принято договорились жду ждем ждём будем ждать done""".split()
)
_FEW: Final = 6
"""Longer than this it says something more."""


def kind(content: Content) -> Talk | None:
    """What kind of small talk a message is, None if it says something.

    A photo, a file or a voice message always says something.
    """
    if any(not (isinstance(p, Media) and p.kind == "sticker") for p in content.parts):
        return None
    words = content.words
    said = normal(words).split()
    if not said:
        # "???" asks for attention; a bare link or address is no small talk either.
        return None if any(c.isalnum() or c in "?!" for c in words) else "nothing"
    if len(said) > _FEW or "?" in words:
        return None
    if all(word in _GREETINGS for word in said):
        return "greeting"
    known = _GREETINGS | _THANKS | _NODS
    if not all(word in known for word in said):
        return None
    if any(word in _THANKS_CORE for word in said):
        return "thanks"
    return "nothing" if all(word in _NODS for word in said) else None
