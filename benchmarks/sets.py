"""Where the labelled questions lie."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from faq.protocol import Draw, draw

SHARED: Final = Path(
    os.environ.get("LINEZERO_SHARED", Path(__file__).resolve().parents[2] / "shared")
)
SETS: Final = ("banking77_ru", "clinc150_ru", "banking77_en", "clinc150_en")


@lru_cache(maxsize=4)
def drawn(name: str, k: int, seed: int) -> Draw:
    """A FAQ drawn from one of the sets."""
    return draw(SHARED / "data" / "intents" / f"{name}.jsonl.gz", k, seed)
