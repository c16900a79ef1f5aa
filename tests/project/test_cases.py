"""Tests name the acceptance cases they cover, and only those that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.cases import Case, cases_file, named_in_tests, read_cases


def test_no_test_names_a_case_that_does_not_exist() -> None:
    if not cases_file().exists():
        pytest.skip("the list of acceptance cases (../shared/acceptance.md) is not there")
    cases = {case.name for case in read_cases(cases_file().read_text(encoding="utf-8"))}
    assert len(cases) > 90
    assert not named_in_tests().keys() - cases


def test_cases_are_read_from_the_list() -> None:
    text = (
        "# Title\n1. no case\n## A. Crash\n1. Killed → one copy.\n## B. Wire\n12. Limits: 30/s.\n"
    )
    assert read_cases(text) == [
        Case(name="A1", words="Killed → one copy."),
        Case(name="B12", words="Limits: 30/s."),
    ]


def test_cases_are_found_in_names_and_words(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(
        'def test_it_case_b9_case_c1() -> None:\n    """cases A1, A2 and G9; case F2."""\n'
    )
    assert set(named_in_tests(tmp_path)) == {"B9", "C1", "A1", "A2", "G9", "F2"}
