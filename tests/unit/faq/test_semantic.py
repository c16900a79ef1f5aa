"""The encoder of the ``semantic`` extra itself; skipped where it is not installed."""

from pathlib import Path

import numpy as np
import pytest

import faq
from faq import semantic
from faq.matcher import PhraseMatcher

pytestmark = pytest.mark.skipif(not semantic.available(), reason="linezero[semantic] is missing")

RUSSIAN = {
    "card": ["где моя новая карта", "карта не пришла", "когда доставят карту"],
    "pin": ["как сменить пин-код", "забыл пин", "новый пин для карты"],
    "limit": ["увеличить лимит переводов", "сколько можно перевести за день", "лимит на перевод"],
}


def test_an_english_question_finds_a_russian_entry() -> None:
    text = "when will my new card be delivered"
    ranking = PhraseMatcher(RUSSIAN, encoder=semantic.universal()).ranked(text)
    assert ranking.keys[0] == "card"
    assert ranking.match.decision != "none"
    assert ranking.match.language == "en"
    assert PhraseMatcher(RUSSIAN).match(text).decision == "none"


def test_a_batch_is_encoded_as_one_by_one() -> None:
    texts = ["забыл пин", "new card", "", "a"]
    one_by_one = np.stack([semantic.universal().encode([text])[0] for text in texts])
    assert np.allclose(semantic.universal().encode(texts), one_by_one, atol=1e-4)


def test_vectors_are_found_again_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "section: {id: a, title: А}\nentries:\n"
        "  - {id: pay, title: Как оплатить, answer: да}\n"
        "  - {id: tv, title: Список каналов, answer: да}\n",
        encoding="utf-8",
    )
    encoder = semantic.Remembered(semantic.universal(), tmp_path / "vectors")
    first = faq.load(tmp_path, encoder=encoder).match("как заплатить")
    (kept,) = (tmp_path / "vectors").iterdir()
    written = kept.stat().st_mtime_ns
    assert faq.load(tmp_path, encoder=encoder).match("как заплатить") == first
    assert kept.stat().st_mtime_ns == written
