"""An administrator's workspace: making one, and loading it.

A workspace is a folder with ``support.yaml``, ``faq/*.yaml``, ``topics/*.yaml`` and, for those who
want other words, ``texts/ru.yaml`` and ``texts/en.yaml``. Topics are offered in the order of their
files' names. Secrets are in the environment or in ``.env``.

Errors::

    InvalidFiles    files that cannot be used, with every Mistake found in them (from ``faq``)
    FolderNotEmpty  a new workspace would overwrite what is there
    BadOverride     an override leads to no setting
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from config.paths import BadOverride
from config.reading import Reading, read
from config.secrets import adopt_env
from config.settings import Workspace
from faq import InvalidFiles

__all__ = [
    "BadOverride",
    "FolderNotEmpty",
    "InvalidFiles",
    "Reading",
    "init",
    "load",
    "read",
]


class FolderNotEmpty(Exception):
    """``folder`` exists and is not an empty folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not an empty folder")
        self.folder = folder


def init(folder: Path) -> None:
    """Make a workspace from the example, with the JSON Schemas for editors in ``schemas/``.

    Raises:
        FolderNotEmpty: something is there already; nothing was changed.
        OSError: the folder can not be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmpty(folder)
    with as_file(files("config")) as package:
        shutil.copytree(package / "example", folder, dirs_exist_ok=True)
        shutil.copytree(package / "schemas", folder / "schemas", dirs_exist_ok=True)


def load(
    folder: Path, *, overrides: Mapping[str, object] | None = None, secrets: bool = False
) -> Workspace:
    """Read a workspace.

    Args:
        folder: where it is.
        overrides: values that replace those of ``support.yaml`` by dotted path, for example
            ``{"telegram.api_url": …, "desks.billing.chat": …}``; None takes a key away.
        secrets: whether the secrets must be there too. Then what ``.env`` says is put into the
            environment first, where that says nothing yet.

    Raises:
        InvalidFiles: with every error of every file.
        BadOverride: an override leads to no setting.
    """
    if secrets:
        adopt_env(folder)
    reading = read(folder, overrides=overrides)
    errors = reading.errors + (reading.missing_secrets if secrets else ())
    if errors or reading.workspace is None:
        raise InvalidFiles(errors)
    return reading.workspace
