"""Words that make a date, and words beside which figures are none."""

from __future__ import annotations

from typing import Final

_MONTHS: Final = (
    "январь января янв january jan", "февраль февраля фев февр february feb",
    "март марта мар march mar", "апрель апреля апр april apr", "май мая may",
    "июнь июня июн june jun", "июль июля июл july jul", "август августа авг august aug",
    "сентябрь сентября сен сент september sep sept", "октябрь октября окт october oct",
    "ноябрь ноября ноя нояб november nov", "декабрь декабря дек december dec",
)  # fmt: skip
MONTHS: Final = {word: at for at, names in enumerate(_MONTHS, start=1) for word in names.split()}

_WEEKDAYS: Final = (
    "понедельник понедельника понедельнику monday", "вторник вторника вторнику tuesday",
    "среда среду wednesday", "четверг четверга четвергу thursday",
    "пятница пятницу пятницы пятнице friday", "суббота субботу субботы субботе saturday",
    "воскресенье воскресенья воскресенью sunday",
)  # fmt: skip
_SHORT_WEEKDAYS: Final = (
    "пн mon", "вт tue tues", "ср wed", "чт thu thur thurs", "пт fri", "сб sat", "вс sun",
)  # fmt: skip
SHORT_WEEKDAYS: Final = {
    word: at for at, names in enumerate(_SHORT_WEEKDAYS) for word in names.split()
} | {"среда": 2}
"""Days only in a few words: in a sentence they may be something else."""
WEEKDAYS: Final = {
    word: at for at, names in enumerate(_WEEKDAYS) for word in names.split()
} | SHORT_WEEKDAYS
"""Monday is 0."""

NEAR: Final = {
    "позавчера": -2, "вчера": -1, "сегодня": 0, "завтра": 1, "послезавтра": 2,
    "the day before yesterday": -2, "day before yesterday": -2, "yesterday": -1, "today": 0,
    "tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2,
}  # fmt: skip

UNITS: Final = {
    **dict.fromkeys(("день", "дня", "дней", "сутки", "суток", "day", "days"), (1, "days")),
    **dict.fromkeys(
        ("неделя", "неделю", "недели", "недель", "week", "weeks"), (7, "days")
    ),
    **dict.fromkeys(("месяц", "месяца", "месяцев", "month", "months"), (1, "months")),
    **dict.fromkeys(("год", "года", "лет", "year", "years"), (12, "months")),
}  # fmt: skip
ONE: Final = frozenset({"день", "сутки", "неделю", "месяц", "год"})
"""Without a number they mean one."""
COUNTS: Final = {
    "один": 1, "одну": 1, "одна": 1, "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5,
    "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "полтора": 1.5, "полторы": 1.5,
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip

WHICH: Final = {
    **dict.fromkeys(("прошлый", "прошлую", "прошлое", "прошлого", "last", "previous"), -1),
    **dict.fromkeys(("этот", "эту", "это", "этого", "this"), 0),
    **dict.fromkeys(("следующий", "следующую", "следующее", "следующего", "next"), 1),
}  # fmt: skip

BOUNDS: Final = frozenset({
    "до", "после", "к", "ко", "перед", "раньше", "позже", "позднее", "накануне", "между",
    "before", "after", "by", "until", "till", "between", "than", "past",
})  # fmt: skip
"""Before a date they say that another one is meant."""
NOT: Final = frozenset({"не", "кроме", "not", "except", "but"})

STREET: Final = frozenset({
    "улица", "улице", "улицу", "улицы", "ул", "проспект", "проспекте", "пр-т", "пр-кт", "просп",
    "переулок", "переулке", "пер", "площадь", "площади", "пл", "бульвар", "бульваре", "б-р",
    "проезд", "проезде", "набережная", "набережной", "шоссе", "тракт", "имени", "им",
    "адрес", "адресу", "живу", "живем", "проживаю", "прописан",
})  # fmt: skip
STREET_AFTER: Final = frozenset({
    "улица", "улице", "street", "st", "avenue", "ave", "road", "square", "lane",
})  # fmt: skip
HOUSE: Final = frozenset({
    "дом", "дома", "доме", "д", "кв", "квартира", "квартире", "корпус", "корп", "строение", "стр",
    "подъезд", "этаж", "house", "flat", "apt", "apartment",
})  # fmt: skip
BEFORE_A_NUMBER: Final = frozenset({
    "версия", "версии", "версию", "версией", "верс", "в.", "v", "ver", "version", "прошивка",
    "прошивки", "прошивку", "прошивке", "firmware", "релиз", "release", "сборка", "build",
    "ошибка", "ошибки", "ошибку", "ошибкой", "error", "код", "кода", "code", "модель", "model",
    "android", "андроид", "ios", "windows", "винда", "macos", "linux", "ubuntu", "openwrt",
    "keenetic", "kernel", "ip", "айпи", "dns", "порт", "port", "канал", "channel", "пункт", "п",
    "глава", "раздел", "section", "chapter", "тариф", "скорость", "speed", "баланс", "пинг", "ping",
    "дом", "д", "кв", "квартира", "офис", "корпус", "house", "flat", "office", "билет", "заявка",
    "номер", "number", "no", "договор", "contract", "счет", "invoice",
    "wifi", "wi-fi", "bluetooth", "usb", "hdmi",
})  # fmt: skip
"""Figures after them are a version, an address in a network, a number of something."""

AFTER_A_DAY: Final = frozenset({
    "г", "год", "года", "числа", "утром", "днем", "вечером", "ночью", "в", "во", "на", "с", "со",
    "до", "по", "к", "от", "и", "или", "либо", "после", "если", "можно", "пожалуйста", "спасибо",
    "был", "была", "было", "но", "please", "in", "on", "at", "and", "or", "to", "the", "if",
    "morning", "evening", "afternoon", "from", "since", "until", "till", "before", "after", "not",
    "thanks",
})  # fmt: skip
"""Words that say nothing of what is counted: ``12.5 в среду``, and not ``12.5 мегабит``."""
