"""Which methods and parameters the Bot API has, taken once from aiogram's own types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import aiogram.methods
from aiogram.methods import TelegramMethod
from aiogram.types import InlineKeyboardButton, KeyboardButton, ReplyParameters


@cache
def methods() -> Mapping[str, frozenset[str]]:
    """Parameter names by lower-case method name (Telegram ignores the case of methods)."""
    return {kind.__api_method__.lower(): frozenset(kind.model_fields) for kind in _method_types()}


@cache
def names() -> Mapping[str, str]:
    """The proper spelling of each method by its lower-case name."""
    return {kind.__api_method__.lower(): kind.__api_method__ for kind in _method_types()}


def _method_types() -> list[type[TelegramMethod[object]]]:
    found = (getattr(aiogram.methods, name) for name in aiogram.methods.__all__)
    return [
        kind
        for kind in found
        if isinstance(kind, type)
        and issubclass(kind, TelegramMethod)
        and kind is not TelegramMethod
    ]


INLINE_BUTTON = frozenset(InlineKeyboardButton.model_fields)
KEYBOARD_BUTTON = frozenset(KeyboardButton.model_fields)
REPLY_PARAMETERS = frozenset(ReplyParameters.model_fields)
