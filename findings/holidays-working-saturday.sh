#!/usr/bin/env bash
# A working Saturday is not in `holidays`: ask is_working_day. `workalendar` knows no moved days at all.
#
# Russia's government moves days off by decree every year: 20 February 2027 is a Saturday that is worked,
# 22 February the Monday that is free for it. `date in holidays` answers for the Monday, and says the
# same False for the Saturday as for any weekend; only `is_working_day` tells that it is worked.
# workalendar has the opposite of the truth for both, and 9 January and 31 December 2026 as working.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'holidays==0.109' 'workalendar==17.0.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from datetime import date

import holidays
import workalendar
from workalendar.europe import Russia

saturday, monday = date(2027, 2, 20), date(2027, 2, 22)
new_year = (date(2026, 1, 9), date(2026, 12, 31))

calendar = holidays.country_holidays("RU")
seen = (saturday in calendar, calendar.is_working_day(saturday), monday in calendar)
print("holidays 0.109: Saturday in calendar, is_working_day, Monday in calendar:", seen)
assert seen == (False, True, True)
assert all(day in calendar for day in new_year)

other = Russia()
seen = (other.is_working_day(saturday), other.is_working_day(monday))
print("workalendar 17.0.0: working Saturday, working Monday:", seen)
assert seen == (False, True)
assert all(other.is_working_day(day) for day in new_year)
PY
