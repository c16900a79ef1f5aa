#!/usr/bin/env bash
# python-telegram-bot gives a guest message as effective_message, of a chat the bot is not in.
#
# Somebody mentions the bot in a group it does not belong to: update.message is None, but
# effective_message and effective_chat are set and filters.ALL matches, so a handler that answers with
# send_message(effective_chat.id) writes to a chat that can only refuse it (answerGuestQuery is the way).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'python-telegram-bot==22.8'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import telegram
from telegram import Update
from telegram.ext import filters

update = Update.de_json({"update_id": 1, "guest_message": {
    "message_id": 5, "date": 1796000000, "text": "how do I pay?",
    "chat": {"id": -1001, "type": "supergroup", "title": "Elsewhere"},
    "from": {"id": 7, "is_bot": False, "first_name": "A"}}}, None)
print("python-telegram-bot", telegram.__version__, update.message, update.effective_chat.id, filters.ALL.check_update(update))
assert update.message is None
assert update.effective_message is not None and update.effective_chat.id == -1001
assert filters.ALL.check_update(update)
PY
