#!/usr/bin/env bash
# XlsxWriter cuts a long text without an exception, and writes a text that begins with "=" as a formula.
#
# Worksheet.write() of 40,000 letters stores 32,767 and returns -2, which nobody looks at; "=1+1" from
# somebody's message becomes a formula and "mailto:" a link. write_string() keeps the second a text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'XlsxWriter==3.3.1' 'openpyxl==3.1.5'
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import openpyxl
import xlsxwriter

book = xlsxwriter.Workbook("book.xlsx")
sheet = book.add_worksheet()
returned = [sheet.write(0, 0, "я" * 40_000), sheet.write(1, 0, "=1+1"), sheet.write_string(2, 0, "=1+1"),
            sheet.write(3, 0, "mailto:a@example.com")]
book.close()
cells = [(len(str(c.value)), c.data_type, c.hyperlink is not None) for c in openpyxl.load_workbook("book.xlsx").active["A"]]
print("XlsxWriter", xlsxwriter.__version__, returned, cells)
assert returned == [-2, 0, 0, 0]
assert cells[0] == (32_767, "s", False)
assert cells[1][1] == "f" and cells[2][1] == "s" and cells[3][2]
PY
