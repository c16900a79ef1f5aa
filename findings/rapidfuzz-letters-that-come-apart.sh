#!/usr/bin/env bash
# rapidfuzz.utils.default_process cuts a word with a decomposed й or ё in two, and two empty strings are 100 alike.
#
# macOS and iOS send file names and some texts in Unicode's NFD: "й" is "и" and a combining breve. The
# processor takes the breve for a separator, so the same word is another word (ratio 70). And what is
# left of "!!" and "??" are two empty strings: ratio, partial_ratio and token_sort_ratio call them equal,
# while token_set_ratio, WRatio and QRatio say 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'rapidfuzz==3.14.6'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import unicodedata

from rapidfuzz import fuzz, utils

composed = "край ёлка"
apart = unicodedata.normalize("NFD", composed)
processed = utils.default_process(apart)
print(f"rapidfuzz 3.14.6: default_process(NFD) = {processed!r}")
assert processed == "краи  е лка"
assert fuzz.ratio(composed, apart, processor=utils.default_process) < 71

scores = {f.__name__: f("!!", "??", processor=utils.default_process) for f in
          (fuzz.ratio, fuzz.partial_ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio, fuzz.WRatio, fuzz.QRatio)}
print("rapidfuzz 3.14.6: '!!' against '??':", scores)
assert scores == {"ratio": 100, "partial_ratio": 100, "token_sort_ratio": 100, "token_set_ratio": 0, "WRatio": 0, "QRatio": 0}
PY
