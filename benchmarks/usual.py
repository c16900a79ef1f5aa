"""The usual methods, each over the same phrasings, as ``faq.protocol.Ask``."""

import difflib
from collections.abc import Callable, Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process, utils
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from faq.protocol import Ask, Draw, Ranked
from faq.text import normal, stem, words

Likeness = Callable[[str], "NDArray[np.floating]"]


def _by_entry(drawn: Draw, likeness: Likeness, answer: float) -> Ask:
    """The best phrasing decides; answered from a fixed likeness on, as bots do."""
    owner = np.array([entry for entry, _ in drawn.phrasings])

    def ask(text: str) -> Ranked:
        best = np.full(len(drawn.entries), -1.0)
        np.maximum.at(best, owner, likeness(text))
        order = np.argsort(-best, kind="stable")[:3]
        score = float(best[order[0]])
        return Ranked(order=tuple(order.tolist()), score=score, answered=score >= answer)

    return ask


def _rapidfuzz(scorer: Callable[..., float], answer: float) -> Callable[[Draw], Ask]:
    def make(drawn: Draw) -> Ask:
        texts = [utils.default_process(text) for _, text in drawn.phrasings]

        def likeness(text: str) -> "NDArray[np.floating]":
            return process.cdist([utils.default_process(text)], texts, scorer=scorer)[0]

        return _by_entry(drawn, likeness, answer)

    return make


def _difflib(drawn: Draw) -> Ask:
    """ChatterBot's comparison written out: the ratio of the lower-case texts."""
    texts = [text.lower() for _, text in drawn.phrasings]

    def likeness(text: str) -> "NDArray[np.floating]":
        matcher = difflib.SequenceMatcher(None)
        matcher.set_seq2(text.lower())
        ratios = []
        for other in texts:
            matcher.set_seq1(other)
            ratios.append(matcher.ratio())
        return np.array(ratios)

    return _by_entry(drawn, likeness, 0.9)


def stems(text: str) -> list[str]:
    """The stems of a text, in its order."""
    return [stem(word) for word in words(normal(text))]


def _bm25(drawn: Draw) -> Ask:
    cut = [stems(text) for _, text in drawn.phrasings]
    engine = bm25s.BM25()
    engine.index(cut, show_progress=False)
    nothing = np.zeros(len(cut))

    def likeness(text: str) -> "NDArray[np.floating]":
        tokens = [t for t in stems(text) if t in engine.vocab_dict]
        return engine.get_scores(tokens) if tokens else nothing

    return _by_entry(drawn, likeness, 10.0)


def _tfidf(drawn: Draw) -> Ask:
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    table = vectoriser.fit_transform([normal(text) for _, text in drawn.phrasings])

    def likeness(text: str) -> "NDArray[np.floating]":
        return (table @ vectoriser.transform([normal(text)]).T).toarray()[:, 0]

    return _by_entry(drawn, likeness, 0.5)


def _svm(drawn: Draw) -> Ask:
    union = FeatureUnion(
        [
            ("letters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)),
            ("stems", TfidfVectorizer(analyzer=stems, sublinear_tf=True)),
        ]
    )
    table = union.fit_transform([normal(text) for _, text in drawn.phrasings])
    model = LinearSVC(C=1.0).fit(table, [entry for entry, _ in drawn.phrasings])

    def ask(text: str) -> Ranked:
        scores = model.decision_function(union.transform([normal(text)]))[0]
        order: Sequence[int] = model.classes_[np.argsort(-scores)[:3]].tolist()
        score = float(scores.max())
        return Ranked(order=tuple(order), score=score, answered=score >= 0)

    return ask


METHODS: dict[str, tuple[Callable[[Draw], Ask], int]] = {
    "rapidfuzz WRatio >= 80": (_rapidfuzz(fuzz.WRatio, 80), 200),
    "rapidfuzz token_set >= 85": (_rapidfuzz(fuzz.token_set_ratio, 85), 400),
    "rapidfuzz token_sort >= 70": (_rapidfuzz(fuzz.token_sort_ratio, 70), 400),
    "ChatterBot (difflib) >= 0.9": (_difflib, 40),
    "BM25 + stems": (_bm25, 1_000),
    "TF-IDF char kNN >= 0.5": (_tfidf, 600),
    "linear SVM": (_svm, 600),
}
"""How each is made, and how many questions it is asked at most: the slow ones get fewer."""
