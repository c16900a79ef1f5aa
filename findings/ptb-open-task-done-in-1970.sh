#!/usr/bin/env bash
# python-telegram-bot shows every open task of a checklist as done in 1970.
#
# Telegram sends completion_date 0 for a task that is not done. python-telegram-bot makes a datetime of it,
# which is true, so `if task.completion_date` holds for all; aiogram leaves the 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'python-telegram-bot==22.8' 'aiogram==3.31.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import aiogram
import telegram
from aiogram.types import ChecklistTask as Task

raw = {"id": 1, "text": "router", "completion_date": 0}
theirs = telegram.ChecklistTask.de_json(raw, None).completion_date
print("python-telegram-bot", telegram.__version__, theirs, bool(theirs))
assert theirs.year == 1970 and theirs
plain = Task.model_validate(raw).completion_date
print("aiogram", aiogram.__version__, plain)
assert not plain
PY
