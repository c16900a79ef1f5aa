#!/usr/bin/env bash
# Snowball's Russian stemmer keeps "кредит" apart from its own cases, and makes "почта" and "почти" one word.
#
# кредит -> кред, but кредита -> кредит: the nominative loses "ит" as if it were a verb's ending. деньги and
# денег, день and дня have different stems too (fleeting vowels), while post and almost, house and (internet)
# domain, article and become share one. An FAQ that trusts stems alone answers the wrong question.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'snowballstemmer==3.1.1'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import snowballstemmer

stem = snowballstemmer.stemmer("russian").stemWord
apart = [("кредит", "кредита"), ("деньги", "денег"), ("день", "дня"), ("оплата", "оплачу")]
together = [("почта", "почти"), ("дом", "домен"), ("стать", "статья")]
for one, other in apart + together:
    print(f"snowballstemmer 3.1.1: {one} -> {stem(one)}, {other} -> {stem(other)}")
assert all(stem(one) != stem(other) for one, other in apart)
assert all(stem(one) == stem(other) for one, other in together)
assert stem("кредит") == "кред"
PY
