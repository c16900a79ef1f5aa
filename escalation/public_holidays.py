"""Public holidays of a country, with moved days off and the Saturdays worked for them.

The days are those of the ``holidays`` package, which follows each year's decrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache

from pydantic_core import PydanticCustomError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHolidays:
    """One year of one country."""

    off: frozenset[date]
    """Holidays, and days off moved to a weekday."""
    worked: frozenset[date]
    """Days of a weekend that are worked in exchange."""
    eves: frozenset[date]
    """Working days before a public holiday, and those worked in exchange for such a day.

    Shortened by an hour in Russia (Labour Code, article 95). The day before a day off that was
    merely moved is none.
    """


def known_country(code: str) -> str:
    """A country, or a part of one: ``RU``, ``DE-BY`` (ISO 3166).

    Raises:
        PydanticCustomError: there are no holidays of it; the nearest code is in the hint.
    """
    import holidays  # noqa: PLC0415 - a tenth of a second, for those who name a country

    countries = holidays.list_supported_countries(include_aliases=True)
    country, _, part = code.partition("-")
    if country in countries and (not part or part in countries[country]):
        return code
    known = [f"{country}-{p}" for p in countries[country]] if country in countries else countries
    near = get_close_matches(code, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "codes such as 'RU', 'KZ' or 'DE-BY'"
    said = {"code": code, "hint": hint}
    raise PydanticCustomError("country", "no public holidays are known of '{code}'", said)


@cache
def public_holidays(code: str, year: int) -> PublicHolidays:
    """The days of a country that :func:`known_country` accepts."""
    import holidays  # noqa: PLC0415

    country, _, part = code.partition("-")
    years = (year - 1, year, year + 1)
    days = holidays.country_holidays(country, subdiv=part or None, years=years)
    named = holidays.country_holidays(
        country, subdiv=part or None, years=years, observed=False, language=days.default_language
    )
    moved = (getattr(days, "substituted_label", "") or "").partition("%s")[0]
    proper = {day for day in named if not (moved and named[day].startswith(moved))}

    def free(day: date) -> bool:
        return not days.is_working_day(day)

    def is_eve(day: date) -> bool:
        if free(day):
            return False
        after = day + _DAY
        if day in days.weekend_workdays:
            while free(after) and after not in proper:
                after += _DAY  # over the day off it is worked for
        return after in proper

    first, length = date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days
    all_days = [first + _DAY * number for number in range(length)]
    return PublicHolidays(
        off=frozenset(day for day in all_days if day in days),
        worked=frozenset(day for day in days.weekend_workdays if day.year == year),
        eves=frozenset(filter(is_eve, all_days)),
    )
