"""Numbers by pattern, copied out of documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.patterns import fitting, without

CONTRACT = r"NB-\d{8}"
PLATE = r"[АВЕКМНОРСТУХ]\d{3}[АВЕКМНОРСТУХ]{2}\d{2,3}"


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        (CONTRACT, " nb-10482233 ", "nb-10482233"),
        (CONTRACT, "NВ-10482233", "NB-10482233"),  # with a Cyrillic В
        (CONTRACT, "NB‑10482233", "NB-10482233"),
        (CONTRACT, "NB–10482233", "NB-10482233"),
        (CONTRACT, "NB−10482233", "NB-10482233"),
        (CONTRACT, "NB-1048\u200b2233\u200b", "NB-10482233"),
        (CONTRACT, "ＮＢ－１０４８２２３３", "NB-10482233"),
        (CONTRACT, "NB-١٠٤٨٢٢٣٣", "NB-10482233"),
        (CONTRACT, "NB-1️⃣0️⃣482233", "NB-10482233"),
        (CONTRACT, "ND-10482233", None),
        (PLATE, "A123BC77", "А123ВС77"),  # Latin for Cyrillic
        (r"\d+–\d+", "1–2", "1–2"),  # a pattern may ask for a dash of its own
        (r"[A-ZА-Я]\d", "В1", "В1"),  # both alphabets: nothing is a look-alike
        (r"\w\d", "В1", "В1"),
        (r"№\d+", "№7", "№7"),
    ],
)
def test_an_answer_as_its_pattern_has_it(pattern: str, text: str, wanted: str | None) -> None:
    assert fitting(pattern, text) == wanted


def test_what_was_read_is_taken_out_of_the_words() -> None:
    left = without(CONTRACT, "Договор NВ‑10482233, Лесная 5", "NB-10482233")
    assert left == "Договор  , Лесная 5"
    assert without(CONTRACT, "Лесная 5", "NB-10482233") == "Лесная 5"


@given(st.integers(0, 99_999_999), st.sampled_from("-‐‑‒–—―−﹣－"), st.sampled_from(["B", "В"]))
def test_every_dash_and_look_alike_is_the_same_number(n: int, dash: str, letter: str) -> None:
    assert fitting(CONTRACT, f"N{letter}{dash}{n:08}") == f"NB-{n:08}"


@given(st.text(max_size=120))
def test_any_text_fits_or_not(text: str) -> None:
    for pattern in (CONTRACT, PLATE):
        found = fitting(pattern, text)
        assert found is None or fitting(pattern, found) == found
