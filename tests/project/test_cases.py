"""Tests name the acceptance cases they cover, and only those that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.cases import Case, bearing, cases_file, cases_in, named_in_tests, read_cases


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
    (tmp_path / "test_y.py").write_text('"""Case N12: and A2."""\n')
    assert named_in_tests(tmp_path) == {
        **{name: ["test_x.py"] for name in ("B9", "C1", "A1", "A2", "G9", "F2")},
        "N12": ["test_y.py"],
    }


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("cases B1–B3", "B1 B2 B3"),
        ("case B1–3 and L7", "B1 B2 B3 L7"),
        ("cases I1-I2, M4, and N10 hold", "I1 I2 M4 N10"),
        ("for case J5,\n    K6 or K8: done", "J5 K6 K8"),
        ("cases B1, B2 and B5", "B1 B2 B5"),
        ("case O1, in case Z9, no case at all", ""),
        ("the case is A4 paper", ""),
    ],
)
def test_lists_and_spans_of_cases_are_read(words: str, names: str) -> None:
    assert " ".join(cases_in(words)) == names


@pytest.mark.parametrize("words", ["cases B3–B1", "cases B1–C3"])
def test_a_span_that_is_none_is_told(words: str) -> None:
    with pytest.raises(ValueError, match="no span"):
        list(cases_in(words))


def test_the_tests_of_a_case_are_found(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(
        'async def test_one() -> None:\n    """cases A1–A3: kept."""\n\n\n'
        "def test_two_case_a2() -> None:\n    pass\n\n\ndef test_three() -> None:\n    pass\n"
    )
    (tmp_path / "test_y.py").write_text('"""All of case A2."""\n\n\ndef test_z() -> None: ...\n')
    assert list(bearing("A2", tmp_path)) == [
        "test_x.py::test_one  cases A1–A3: kept.",
        "test_x.py::test_two_case_a2  ",
        "test_y.py::test_z  ",
    ]
