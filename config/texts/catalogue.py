"""Looking texts up, filling them in, and saying times and durations as people do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from channels.message import FormattedText, Text
from config.texts.files import standard_entries
from config.texts.template import DURATION_STYLES, Entry, Placeholder, Plural, Template

TextArgument = str | int | Text | FormattedText | datetime | timedelta

_UTC: Final = ZoneInfo("UTC")
_LOCALES: Final[Mapping[str, Locale]] = {
    "ru": Locale("ru"),
    "en": Locale("en", "GB"),  # 23 November, 14:05
}
_WEEKDAYS: Final = (
    "time.monday",
    "time.tuesday",
    "time.wednesday",
    "time.thursday",
    "time.friday",
    "time.saturday",
    "time.sunday",
)
_NEAR_DAYS: Final = {-1: "time.yesterday", 0: "time.today", 1: "time.tomorrow"}
_UNITS: Final = (
    ("duration.days", 86_400),
    ("duration.hours", 3_600),
    ("duration.minutes", 60),
    ("duration.seconds", 1),
)


class TextError(LookupError):
    """A sentence cannot be made; a mistake of ours, never of the administrator's."""


class UnknownText(TextError):
    """No text has the key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no text has the key {key!r}")
        self.key = key


class MissingArgument(TextError):
    """The text ``key`` needs the argument ``name``."""

    def __init__(self, key: str, name: str) -> None:
        super().__init__(f"the text {key!r} needs the argument {name!r}")
        self.key = key
        self.name = name


class Catalogue:
    """All sentences of the bot. Never changes; a reload makes another one."""

    def __init__(
        self, entries: Mapping[str, Mapping[str, Entry]], languages: Iterable[str]
    ) -> None:
        """``entries`` by language and key; ``languages`` are those on offer, the default first."""
        self._entries = entries
        self._offered = tuple(languages)
        self._default = self._offered[0]

    def render(
        self, text: Text, language: str, zone: ZoneInfo, *, now: datetime | None = None
    ) -> FormattedText:
        """The sentence in ``language`` (missing there: in the default language), formatted.

        Markup comes from the template only; arguments appear literally. ``datetime`` arguments
        are shown in ``zone``, as people say them: "today at 14:05", if ``now`` is given;
        ``timedelta`` in words; an ``int`` argument named ``n`` selects the plural form.

        Raises:
            UnknownText: there is no such key.
            MissingArgument: the text needs an argument that ``text`` does not carry.
        """
        return _Sentence(self, language, zone, now).say(text.key, text.args)

    def label(self, key: str, language: str, /, **args: str | int) -> str:
        """The same without formatting, for buttons, titles and commands."""
        return _Sentence(self, language, _UTC, None).say(key, args).text

    def says(self, key: str, words: str) -> bool:
        """Whether ``words`` are the label ``key`` in any language (a pressed reply button)."""
        said = _bare(words)
        return any(
            isinstance(entry := entries.get(key), Template)
            and not entry.placeholders
            and said == _bare("".join(str(piece) for piece in entry.pieces))
            for entries in self._entries.values()
        )

    def keys(self) -> Iterable[str]:
        """Every key."""
        return self._entries[self._default].keys()

    def languages(self) -> Mapping[str, str]:
        """Language codes on offer and their own names: ``ru``: ``Русский``."""
        return {code: self.label("language.name", code) for code in self._offered}

    def entry(self, key: str, language: str) -> tuple[Entry, str]:
        """The text of a key, and the language it is in.

        Raises:
            UnknownText: there is no such key.
        """
        for code in (language, language.partition("-")[0], self._default):
            found = self._entries.get(code, {}).get(key)
            if found is not None:
                return found, code
        raise UnknownText(key)


class _Sentence:
    """One rendering: where it is said, when, and in which language."""

    def __init__(
        self, catalogue: Catalogue, language: str, zone: ZoneInfo, now: datetime | None
    ) -> None:
        self.catalogue = catalogue
        self.language = language
        self.zone = zone
        self.now = now

    def say(self, key: str, args: Mapping[str, TextArgument]) -> FormattedText:
        entry, language = self.catalogue.entry(key, self.language)
        if isinstance(entry, Plural):
            number = args.get("n")
            if not isinstance(number, int):
                raise MissingArgument(key, "n")
            form = _LOCALES[language].plural_form(abs(number))
            entry = entry.forms[form]

        def show(place: Placeholder) -> FormattedText:
            if place.name not in args:
                raise MissingArgument(key, place.name)
            return self.show(args[place.name], place.style)

        return entry.fill(show)

    def show(self, value: TextArgument, style: str | None) -> FormattedText:
        match value:
            case FormattedText():
                return value
            case Text():
                return self.say(value.key, value.args)
            case datetime():
                return FormattedText(self.moment(value, style))
            case timedelta():
                return FormattedText(self.duration(value, style))
            case _:
                return FormattedText(str(value))

    def words(self, key: str, /, **args: str | int) -> str:
        return self.say(key, args).text

    def moment(self, value: datetime, style: str | None) -> str:
        local = value.astimezone(self.zone)
        locale = _LOCALES[self.catalogue.entry("time.day", self.language)[1]]
        clock = format_time(local, "H:mm", tzinfo=self.zone, locale=locale)
        if style == "time":
            return clock
        if style == "date":
            return str(format_date(local, "d MMMM y", locale=locale))
        today = self.now.astimezone(self.zone).date() if self.now else None
        this_year = today is None or today.year == local.year
        if style == "short":
            day = format_date(local, "d MMM" if this_year else "d MMM y", locale=locale)
            return f"{day} {clock}"
        ahead = (local.date() - today).days if today else None
        if ahead in _NEAR_DAYS:
            return self.words(_NEAR_DAYS[ahead], time=clock)
        day = format_date(local, "d MMMM" if this_year else "d MMMM y", locale=locale)
        weekday = self.words(_WEEKDAYS[local.weekday()])
        return self.words("time.day", weekday=weekday, date=day, time=clock)

    def duration(self, value: timedelta, style: str | None) -> str:
        """The largest unit and the next one: ``1 hour 30 minutes``; the rest is dropped."""
        rest = int(abs(value).total_seconds())
        case = f".{style}" if style in DURATION_STYLES else ""
        said: list[str] = []
        for key, seconds in _UNITS:
            count, rest = divmod(rest, seconds)
            if count:
                said.append(self.words(key + case, n=count))
            if len(said) == 2 or (said and not count):
                break
        return " ".join(said) or self.words("duration.minutes" + case, n=0)


def _bare(words: str) -> str:
    return " ".join(words.split()).casefold()


@lru_cache(maxsize=4)
def built_in(languages: tuple[str, ...] = ("ru", "en")) -> Catalogue:
    """The texts that come with the program, without anybody's changes."""
    return Catalogue(standard_entries(), languages)
