#!/usr/bin/env bash
# An aiogram dispatcher that so far has only an error handler resolves to an empty list of updates, which Telegram reads as "nearly everything".
#
# resolve_used_update_types() gives [], which polling sends as allowed_updates=[]; by the Bot API an empty
# list means all kinds but chat_member and the reactions, not none.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'aiogram==3.31.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import aiogram
from aiogram import Dispatcher
from aiogram.methods import GetUpdates

dispatcher = Dispatcher()

@dispatcher.errors()
async def failed(event):
    """Nothing."""

kinds = dispatcher.resolve_used_update_types()
sent = GetUpdates(allowed_updates=kinds).model_dump(exclude_none=True)
print("aiogram", aiogram.__version__, kinds, sent)
assert kinds == []
assert sent["allowed_updates"] == []
PY
