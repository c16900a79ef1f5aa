"""Where mails to test on are: the project's own, and public fixtures beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN = ROOT / "tests" / "data" / "mail"


def shared_folder() -> Path:
    """The folder of public fixtures; it may be missing."""
    return Path(os.environ.get("LINEZERO_SHARED", ROOT.parent / "shared")) / "corpora" / "mail"


def shared(pattern: str) -> list[Path]:
    """The public fixtures of this pattern, sorted; none when the folder is missing."""
    return sorted(file for file in shared_folder().glob(pattern) if file.is_file())
