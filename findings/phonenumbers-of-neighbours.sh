#!/usr/bin/env bash
# phonenumbers, asked with the default region RU, finds numbers of other countries and half a number "possible".
#
# "8 701 ..." dialled as in Russia is Kazakhstan's, "8 10 375 ..." (the way out of Russia) is Belarus, a
# bare "123-45-67" parses as +71234567 and is_possible_number says yes to it though an area code is
# missing. is_valid_number_for_region(RU) refuses the first, though the client may dial exactly so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'phonenumbers==9.0.43'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import phonenumbers as p

def look(text):
    number = p.parse(text, "RU")
    return (p.format_number(number, p.PhoneNumberFormat.E164), p.region_code_for_number(number),
            p.is_possible_number(number), p.is_valid_number(number), p.is_valid_number_for_region(number, "RU"))

wanted = {
    "8 701 234 56 78": ("+77012345678", "KZ", True, True, False),
    "8 10 375 29 123 45 67": ("+375291234567", "BY", True, True, False),
    "123-45-67": ("+71234567", None, True, False, False),
    "007 495 123 45 67": ("+70074951234567", None, False, False, False),
}
for text, result in wanted.items():
    print("phonenumbers 9.0.43:", text, "->", look(text))
    assert look(text) == result
PY
