"""The protocol of ../shared/data/intents: phrasings drawn by seed, questions never seen."""

import gzip
import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SHARED: Final = Path(
    os.environ.get("LINEZERO_SHARED", Path(__file__).resolve().parents[2] / "shared")
)
SETS: Final = ("banking77_ru", "clinc150_ru", "banking77_en", "clinc150_en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One FAQ of ``k`` phrasings for each entry, and questions with the number of their entry."""

    name: str
    entries: tuple[str, ...]
    phrasings: tuple[tuple[int, str], ...]
    rest: tuple[tuple[int, str], ...]
    """What is left of train: for choosing weights and gates."""
    test: tuple[tuple[int, str], ...]
    foreign: tuple[str, ...]
    """Test questions out of scope."""


def file_of(name: str) -> Path:
    """Where a set lies."""
    return SHARED / "data" / "intents" / f"{name}.jsonl.gz"


def draw(source: str | Path, k: int, seed: int) -> Draw:
    """Draw an FAQ from a set, by its name or file."""
    path = source if isinstance(source, Path) else file_of(source)
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        rows = [json.loads(line) for line in lines]
    train: dict[str, list[str]] = {}
    for row in rows:
        if row["split"] == "train" and row["entry"] is not None:
            train.setdefault(str(row["entry"]), []).append(row["text"])
    entries = tuple(sorted(train))
    numbers = {entry: number for number, entry in enumerate(entries)}
    chance = random.Random(seed)  # noqa: S311  a draw that anyone can repeat, not a secret
    phrasings: list[tuple[int, str]] = []
    rest: list[tuple[int, str]] = []
    for entry in entries:
        texts = train[entry][:]
        chance.shuffle(texts)
        phrasings += [(numbers[entry], text) for text in texts[:k]]
        rest += [(numbers[entry], text) for text in texts[k:]]
    chance.shuffle(rest)
    asked = [row for row in rows if row["split"] == "test"]
    return Draw(
        name=path.name.split(".")[0],
        entries=entries,
        phrasings=tuple(phrasings),
        rest=tuple(rest),
        test=tuple((numbers[str(r["entry"])], r["text"]) for r in asked if r["entry"] is not None),
        foreign=tuple(row["text"] for row in asked if row["entry"] is None),
    )
