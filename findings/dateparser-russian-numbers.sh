#!/usr/bin/env bash
# dateparser reads the Russian date "03.04" as a time of today, and takes a month 13 for a day.
#
# "03.04" (3 April, as everybody there writes it) becomes 03:04 o'clock, with PREFER_DATES_FROM=future
# tomorrow's; "в 9" (at nine) becomes the 9th of the month; "2026-13-01" becomes 13 January. "послезавтра в 9"
# keeps the hour of the relative base instead of 9; "15-го", "9 утра", "завтра утром" are None.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'dateparser==1.5.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from datetime import datetime

import dateparser

now = datetime(2026, 12, 1, 10, 0)
def read(text):
    return dateparser.parse(text, languages=["ru"], settings={"RELATIVE_BASE": now, "PREFER_DATES_FROM": "future"})

wanted = {
    "03.04": datetime(2026, 12, 2, 3, 4),
    "в 9": datetime(2026, 12, 9),
    "2026-13-01": datetime(2026, 1, 13),
    "послезавтра в 9": datetime(2026, 12, 3, 10, 0),
    "15-го": None, "9 утра": None, "завтра утром": None,
}
for text, result in wanted.items():
    print(f"dateparser 1.5.0: {text!r} -> {read(text)}")
    assert read(text) == result
PY
