from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from faq.document import MAX_CHARACTERS, Document, InvalidFiles, Position, validate

FILE = Path("support.yaml")


def refusals(text: str) -> list[str]:
    with pytest.raises(InvalidFiles) as caught:
        Document.parse(text, FILE)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_values_follow_the_yaml_1_2_core_schema() -> None:
    document = Document.parse(
        "a: no\nb: on\nc: 12:30\nd: 2026-01-01\ne: true\nf: 0o17\n"
        "g: 1e3\nh: ~\ni: '5'\nj: -7\n1: x\n",
        FILE,
    )
    assert document.data == {
        "a": "no", "b": "on", "c": "12:30", "d": "2026-01-01", "e": True, "f": 15, "g": 1000.0,
        "h": None, "i": "5", "j": -7, "1": "x",
    }  # fmt: skip


def test_every_value_and_key_knows_its_place() -> None:
    document = Document.parse("a: 1\nb:\n  - x\n  - y: no\n    z: 12:30\n", FILE)
    assert document.where(("b", 1, "z")) == Position(5, 8)
    assert document.where(("b", 1, "z"), key=True) == Position(5, 5)
    assert document.where(("b", 0)) == Position(3, 5)
    assert document.where(("b", 1, "missing", "deeper")) == Position(4, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x [1]\nb: *x\n", ["support.yaml:1:4: the anchor", "support.yaml:2:4: the alias"]),
        ("a: !!python/object:os.system 1", ["support.yaml:1:4: the tag tag:yaml.org,2002:python"]),
        ("a: !secret 1", ["support.yaml:1:4: the tag !secret is not allowed"]),
        ("a: 1\nb: 2\na: 3", ["support.yaml:3:1: the key 'a' is already used in line 1"]),
        ("a: 1\n---\nb: 2\n", ["support.yaml:2:1: a second document in one file"]),
        ("a: [1", ["support.yaml:2:1: not YAML"]),
        ("a: b: c", ["support.yaml:1:5: not YAML"]),
        ("a:\n\tb: 1", ["support.yaml:2:1: not YAML"]),
        ("a: \x00", ["support.yaml:1:4: the character U+0000 is not allowed"]),
        ("[" * 50, ["support.yaml:1:42: nested more than 40 levels deep"]),
        ("? [a]\n: 1", ["support.yaml:1:3: a key must be a word"]),
        ("#" * (MAX_CHARACTERS + 1), ["support.yaml:1:1: the file is longer than"]),
    ],
)  # fmt: skip
def test_what_makes_yaml_dangerous_is_refused_with_its_line(text: str, expected: list[str]) -> None:
    """case E10"""
    said = refusals(text)
    assert len(said) == len(expected)
    assert all(one.startswith(start) for one, start in zip(said, expected, strict=True)), said


@given(st.lists(st.sampled_from(["[", "{a: ", "- ", "? "]), min_size=45, max_size=900))
def test_any_nesting_is_refused_where_it_becomes_too_deep(opened: list[str]) -> None:
    """case E10"""
    (said,) = refusals("".join(opened))
    assert "nested more than 40 levels deep" in said or "not YAML" in said


@given(levels=st.integers(1, 6), width=st.integers(1, 4))
def test_what_refers_to_itself_many_times_is_refused_where_it_begins(
    levels: int, width: int
) -> None:
    """case E10: an anchor is refused before anything that refers to it is looked at."""
    lines = [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * width)}]" for n in range(levels)
    ]
    assert "support.yaml:1:5: the anchor &a0" in refusals("\n".join(lines))[0]


def test_a_file_that_is_no_utf8_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes("a: 1\nб: ".encode() + "привет".encode("cp1251"))
    with pytest.raises(InvalidFiles) as caught:
        Document.read(file)
    (mistake,) = caught.value.mistakes
    assert (mistake.line, mistake.column, mistake.message) == (2, 4, "not UTF-8 text")


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles, match="cannot be read: No such file"):
        Document.read(tmp_path / "none.yaml")


class Desk(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    line: Literal["two", "three"] = "two"
    chat: int | None = None
    hours: dict[str, list[str]] | Literal["always"] = "always"


class Company(BaseModel):
    model_config = ConfigDict(extra="forbid")
    desks: list[Desk]
    retries: int = 3


def mistakes(text: str) -> list[str]:
    read, found = validate(Company, Document.parse(text, FILE))
    assert (read is None) == bool(found)
    return sorted(map(str, found))


def test_a_sound_document_becomes_the_model() -> None:
    read, found = validate(Company, Document.parse("desks: [{name: a}]", FILE))
    assert read == Company(desks=[Desk(name="a")])
    assert not found


def test_every_mistake_has_its_place_and_a_hint() -> None:
    """case H1, case H2 (unknown keys)"""
    assert mistakes(
        "retrys: 1\n"
        "desks:\n"
        "  - name: 5\n"
        "    lin: two\n"
        "  - line: thre\n"
        "  - {name: c, chat: abc, hours: never}\n"
    ) == [
        "support.yaml:1:1: retrys: unknown key (did you mean 'retries'?)",
        "support.yaml:3:11: name: expected text, found 5 (put it in quotes)",
        "support.yaml:4:5: lin: unknown key (did you mean 'line'?)",
        "support.yaml:5:11: line: expected 'two' or 'three', found 'thre' (did you mean 'three'?)",
        "support.yaml:5:5: the key 'name' is missing",
        "support.yaml:6:21: chat: expected a whole number, found 'abc'",
        "support.yaml:6:33: hours: expected keys with values or 'always', found 'never'",
    ]
