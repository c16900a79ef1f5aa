#!/usr/bin/env bash
# babel's format_timedelta rounds half to even: an hour and a half is "in 2 hours", two and a half too.
#
# "We answer in 2 hours" is then said of 90 and of 150 minutes alike, and of 210 minutes "in 4 hours";
# 36 hours and 60 hours are both 2 days. A promise to a client needs its own rounding.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'babel==2.19.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from datetime import timedelta

from babel.dates import format_timedelta

wanted = {90: "in 2 hours", 150: "in 2 hours", 210: "in 4 hours", 36 * 60: "in 2 days", 60 * 60: "in 2 days"}
for minutes, words in wanted.items():
    said = format_timedelta(timedelta(minutes=minutes), add_direction=True, locale="en")
    russian = format_timedelta(timedelta(minutes=minutes), add_direction=True, locale="ru")
    print(f"babel 2.19.0: {minutes} min -> {said!r} {russian!r}")
    assert said == words
PY
