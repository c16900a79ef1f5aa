#!/usr/bin/env bash
# Two metrics of prometheus_client with Cyrillic names of one length become one name in the classic text format.
#
# Prometheus 3 allows UTF-8 names and the registry takes them, both at once; the text a scraper gets by
# default has an underscore for every letter, so "заявки_открыто" and "письма_закрыто" are the same series
# twice, which a server refuses or mixes up. Labels' values keep their letters.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'prometheus_client==0.26.0'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import re

from prometheus_client import CollectorRegistry, Counter, generate_latest

registry = CollectorRegistry()
Counter("заявки_открыто", "Opened", ["desk"], registry=registry).labels("сеть").inc()
Counter("письма_закрыто", "Closed", ["desk"], registry=registry).labels("сеть").inc(2)
text = generate_latest(registry).decode()
rows = re.findall(r"^(_+total)\{(.*)\} (.*)$", text, re.MULTILINE)
print("prometheus_client 0.26.0:", rows)
assert [value for _, _, value in rows] == ["1.0", "2.0"]
assert rows[0][:2] == rows[1][:2] and "сеть" in rows[0][1]
PY
