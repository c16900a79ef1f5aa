"""What `linezero check` says besides mistakes of form."""

from __future__ import annotations

from pathlib import Path

from config.check import check
from tests.workspaces import small_workspace

LONELY = """
section: { id: more, title: { ru: Ещё, en: More } }
entries:
  - id: parking
    title: { ru: Парковка, en: Parking }
    questions: { ru: [где у вас парковка] }
    answer: { ru: Во дворе. }
"""


def test_the_meaning_of_the_faq_is_looked_at_too(tmp_path: Path) -> None:
    """For case H1: each piece of advice has its line, and none is told twice."""
    folder = small_workspace(tmp_path / "desk")
    (folder / "faq" / "more.yaml").write_text(LONELY, encoding="utf-8")
    report = check(folder)
    assert report.ok
    lonely = [m for m in report.advice if m.file.name == "more.yaml"]
    assert lonely, "an entry with one phrasing in one language deserves a word"
    assert all(m.severity == "warning" and m.line > 1 for m in lonely)
    told = [str(m) for m in (*report.reading.warnings, *report.advice)]
    assert len({*told}) == len(told)
