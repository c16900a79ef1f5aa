"""Phone numbers as people write them, by the numbering plans of all countries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from escalation.folding import plain

REGIONS: Final = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Countries by ISO 3166."""

Fault = Literal["", "several", "country", "short", "area", "long", "unknown"]
"""Why a text is no phone number; empty: there is none in it."""

_NUMBER: Final = re.compile(
    r"(?<![\w+.])\+?\(?\d(?:[\s()\-./]{0,3}\d){4,19}(?!\w)"
    r"(?:[\s,;]{0,3}(?:доб(?:авочный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|x|#)[\s.:]{0,3}"
    r"(?P<extension>\d{1,7})(?!\d))?",
    re.IGNORECASE,
)
_KEPT: Final = re.compile(r"(\+\d{5,15});ext=(\d{1,7})")
_PLACE_DOES_NOT_SHOW: Final = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class NoNumber:
    """A text that is no phone number, and why."""

    fault: Fault = ""


def phone_in(text: str, region: str, *, sure: bool = False) -> str | NoNumber:
    """The one phone number in a text, after E.164 and with the extension of RFC 3966:
    ``+74951234567``, ``+74951234567;ext=12``.

    Args:
        region: country of numbers without its code, by ISO 3166.
        sure: read only what is written as a phone number beyond doubt, for text that was no
            answer to a question about phones.
    """
    found: set[str] = set()
    faults: list[Fault] = []
    for match in _NUMBER.finditer(plain(text)):
        if sure and not _beyond_doubt(match[0]):
            continue
        read = _number(match, region)
        if isinstance(read, NoNumber):
            faults.append(read.fault)
        else:
            found.add(read)
    if len(found) == 1:
        return found.pop()
    if found:
        return NoNumber("several")
    return NoNumber(faults[0] if faults else "")


def shared_number(phone: str) -> str | None:
    """The number of a contact card. It is not looked up: an app gave it, nobody typed it."""
    digits = _PLACE_DOES_NOT_SHOW.sub("", plain(phone))
    return f"+{digits}" if 5 <= len(digits) <= 15 else None


def phone_words(value: str, language: str) -> str:
    """A number that ``phone_in`` found, with its extension in words."""
    kept = _KEPT.fullmatch(value)
    if kept is None:
        return value
    return f"{kept[1]} {'доб.' if language == 'ru' else 'ext.'} {kept[2]}"


def _beyond_doubt(written: str) -> bool:
    """With its country's code, or in groups: digits alone may be any number."""
    return written.startswith("+") or not written.isdecimal() or len(written) == 11


def _number(match: re.Match[str], region: str) -> str | NoNumber:
    extension = match["extension"]
    written = match[0][: match.start("extension") - match.start()] if extension else match[0]
    dialled = re.match(r"[+\d\s()\-./]+", written)
    digits = dialled[0] if dialled else written
    if digits.lstrip().startswith("00"):
        digits = f"+{digits.lstrip()[2:]}"
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException as error:
        return NoNumber(_unreadable(error, digits))
    if not phonenumbers.is_valid_number(number):
        return NoNumber(_impossible(number))
    plainly = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{plainly};ext={extension}" if extension else plainly


def _unreadable(error: NumberParseException, digits: str) -> Fault:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return "country" if digits.startswith("+") else "unknown"
    if error.error_type == NumberParseException.TOO_LONG:
        return "long"
    return "short"


def _impossible(number: PhoneNumber) -> Fault:
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.TOO_SHORT:
            return "short"
        case ValidationResult.TOO_LONG | ValidationResult.INVALID_LENGTH:
            return "long"
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "area"
        case _:
            return "unknown"
