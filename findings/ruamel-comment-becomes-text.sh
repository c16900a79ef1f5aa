#!/usr/bin/env bash
# A round trip through ruamel.yaml turns a comment into text of the entry above it, and +7… into 7….
#
# Sequences are written with no indent by default, whatever the file had, but a comment keeps its column.
# A comment that stood before the next "- id:" of an indented list then stands at the depth of the block
# scalar ("answer: |") before it: read again it is part of the answer. A phone number without quotes is an
# integer, written without its plus; hexadecimal, underscores and 1.10 are kept. With
# indent(mapping=2, sequence=4, offset=2) the comment stays one; the plus is lost all the same. Quotes go
# unless preserve_quotes is set, and long plain lines are broken at 80 columns unless width is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'ruamel.yaml==0.19.1'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import io
from importlib.metadata import version

from ruamel.yaml import YAML

FILE = """\
entries:
  - id: one
    version: 1.10
    answer: |
      Turn it off and on again.

    # ask the vendor before changing this
  - id: two
    phone: +79123456789
    mask: 0x1F
"""


def round_trip(**indent):
    yaml = YAML()
    yaml.indent(**indent)
    out = io.StringIO()
    yaml.dump(yaml.load(FILE), out)
    return out.getvalue()


def entries(text):
    return YAML(typ="safe").load(text)["entries"]


print("ruamel.yaml", version("ruamel.yaml"))
plain, indented = round_trip(), round_trip(mapping=2, sequence=4, offset=2)
print(plain)
assert entries(FILE)[0]["answer"].strip() == "Turn it off and on again."
assert entries(plain)[0]["answer"].endswith("again.\n\n# ask the vendor before changing this\n")
assert indented == FILE.replace("+79123456789", "79123456789")
PY
