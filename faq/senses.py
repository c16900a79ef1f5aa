"""What words mean, roughly: a table of short vectors shipped with the library.

Words used alike lie close, over both languages: ``оплатить`` near ``заплатить`` and ``pay``. The
table is made by ``benchmarks/senses.py`` from a sentence encoder, once; nothing is encoded here.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from faq.text import dictionary_stem

FILE: Final = Path(__file__).with_name("senses.npz")


def fingerprint(word: str) -> int:
    """The key of a stem in the table: 64 bits of its BLAKE2b hash."""
    digest = hashlib.blake2b(word.encode(), digest_size=8, usedforsecurity=False).digest()
    return int.from_bytes(digest, "little")


class Senses:
    """The table; three arrays of about three megabytes in all, shared by every index."""

    def __init__(self, file: Path = FILE) -> None:
        with np.load(file) as stored:
            self._keys: NDArray[np.uint64] = stored["keys"]
            self._vectors: NDArray[np.int8] = stored["vectors"]
            self._scales: NDArray[np.float16] = stored["scales"]
        self.width = int(self._vectors.shape[1])
        self.length = float(
            np.linalg.norm(self.vectors(np.arange(0, len(self._keys), 50)), axis=1).mean()
        )
        """How long a vector usually is."""
        self.find = lru_cache(maxsize=65_536)(self._find)
        """The row of a word, or -1; remembered for the words in use."""

    def __contains__(self, token: str) -> bool:
        return self.find(token) >= 0

    def _find(self, token: str) -> int:
        key = np.uint64(fingerprint(dictionary_stem(token)))
        row = int(np.searchsorted(self._keys, key))
        return row if row < len(self._keys) and self._keys[row] == key else -1

    def vectors(self, rows: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float32]:
        """The vectors of some rows, one below the other."""
        chosen = np.asarray(rows, dtype=np.intp)
        scales = self._scales[chosen].astype(np.float32) / np.float32(127)
        result: NDArray[np.float32] = self._vectors[chosen].astype(np.float32)
        result *= scales[:, None]
        return result


@lru_cache(maxsize=1)
def shipped() -> Senses:
    """The table that comes with the library, read on first use."""
    return Senses()
