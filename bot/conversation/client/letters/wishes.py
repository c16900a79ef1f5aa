"""Plain wishes that need no button: a person, please."""

from __future__ import annotations

from typing import Final

from bot.conversation.turn import Turn
from faq.text import normal

_SOMEBODY_WORDS: Final = """
    человек человека человеком человеку людьми людям оператор оператора оператором оператору
    специалист специалиста специалистом специалисту специалистов сотрудник сотрудника сотрудником
    сотруднику менеджер менеджера менеджером консультант консультанта консультантом
    person human operator agent specialist representative
"""
_AROUND_WORDS: Final = """
    позовите позови позвать пригласите вызовите соедините соедини переведите переключите передайте
    дайте нужен нужна нужно надо хочу хотим хотел хотела хотелось бы можно прошу пожалуйста
    поговорить общаться пообщаться связаться свяжите сразу напрямую живой живого живым живому лучше
    давайте с со к на меня мне нас нам и а сейчас срочно здравствуйте спасибо
    a an the to with and i we d want need would like please talk speak connect call get me us real
    live can could may just straight right now directly ask for let hello thanks
"""
_SOMEBODY: Final = frozenset(_SOMEBODY_WORDS.split())
_AROUND: Final = frozenset(_AROUND_WORDS.split())
_FEW: Final = 10
"""Longer than this it says something more."""
_LABELS: Final = ("person", "now", "need_person", "not_helped", "none_of_these")


def for_a_person(turn: Turn, words: str) -> bool:
    """Whether words ask for a person and nothing else: any label that does, in any language, or
    the wish as people put it."""
    texts = turn.workspace.texts
    if any(texts.says(f"client.button.{name}", words) for name in _LABELS):
        return True
    said = normal(words).split()
    wanted = any(word in _SOMEBODY for word in said)
    return wanted and len(said) <= _FEW and all(word in _SOMEBODY | _AROUND for word in said)


def to_cancel(turn: Turn, words: str) -> bool:
    """Whether words are the label that gives something up, in any language."""
    return turn.workspace.texts.says("client.button.cancel", words)
