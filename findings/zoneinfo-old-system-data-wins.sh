#!/usr/bin/env bash
# An installed tzdata package is never read where the system has a file of that name, however old.
#
# zoneinfo looks through its path first and takes the package only for names that are missing there. A
# program that pins tzdata to follow a new law still computes with the image's old rules. Here the system's
# folder is stood in for by one whose Vancouver is a copy of UTC.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'tzdata==2026.6'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import importlib.resources
import os
import subprocess
import sys
from pathlib import Path

old = Path("zones/America")
old.mkdir(parents=True)
package = importlib.resources.files("tzdata.zoneinfo")
(old / "Vancouver").write_bytes((package / "UTC").read_bytes())

ask = ("from datetime import datetime; from zoneinfo import ZoneInfo;"
       "print(*[datetime(2026, 12, 1, tzinfo=ZoneInfo(z)).utcoffset().total_seconds() / 3600"
       " for z in ('America/Vancouver', 'Europe/Moscow')])")

def answer(path):
    return subprocess.run([sys.executable, "-c", ask], env={**os.environ, "PYTHONTZPATH": path},
                          capture_output=True, text=True, check=True).stdout.split()

system, bare = answer(str(Path("zones").resolve())), answer("")
print("tzdata 2026.6: with a folder on the path:", system, "without:", bare)
assert system == ["0.0", "3.0"]  # the folder's Vancouver, the package's Moscow
assert bare == ["-7.0", "3.0"]  # since 2026 there is no winter time
PY
