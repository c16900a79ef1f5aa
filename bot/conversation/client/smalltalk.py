"""Words that ask nothing: thanks, "ok", greetings, emoji alone, stickers (acceptance case F6)."""

from __future__ import annotations

from typing import Final, Literal

from bot.conversation.state import Message
from channels.message import Content, FormattedText, Media
from faq.text import normal

Talk = Literal["greeting", "thanks", "nothing"]

_GREETING_WORDS: Final = """
    здравствуйте здравствуй здрасте здрасьте привет приветствую хай добрый доброе доброго день
    дня вечер вечера утро утра ночи hello hi hey good morning afternoon evening greetings
"""
_THANKING_WORDS: Final = """
    спасибо спасибочки спс благодарю благодарим мерси пасиб пасибо сенкс
    thanks thank thx ty tysm cheers appreciate appreciated
"""
_AROUND_THANKS: Final = """
    большое огромное вам всем за помощь ответ оперативность быстрый
    you so much many very lot it for your the help quick answer reply
"""
_NODDING_WORDS: Final = """
    ок окей ok okay okey k хорошо ладно понятно понял поняла поняли ясно отлично супер класс
    здорово ага угу да заработало помогло работает все всё теперь уже принято договорились
    жду ждем ждём будем ждать great fine got it cool nice perfect understood sure yes yep
    works worked helped all now clear done good
"""
_GREETINGS: Final = frozenset(_GREETING_WORDS.split())
_THANKING: Final = frozenset(_THANKING_WORDS.split())
_NODS: Final = frozenset(_NODDING_WORDS.split())
_ANY: Final = _GREETINGS | _THANKING | _NODS | frozenset(_AROUND_THANKS.split())
_FEW: Final = 6
"""Longer than this it says something more."""


def of(message: Message) -> Talk | None:
    """What kind of small talk a message is; a letter's new subject may say something, too."""
    subject = message.envelope.subject if message.envelope is not None else ""
    says_something = subject and kind(Content(text=FormattedText(subject))) is None
    return None if says_something else kind(message.content)


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
    if any(word in _THANKING for word in said) and all(word in _ANY for word in said):
        return "thanks"
    return "nothing" if all(word in _NODS for word in said) else None
