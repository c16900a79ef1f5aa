"""The dependency locks say what ``pyproject.toml`` says, with hashes and no addresses."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = {
    "run": (["build"], []),
    "dev": (["dev"], []),
    "bench": (["bench"], ["semantic"]),
}
"""Groups and extras each lock is made of, besides the run-time dependencies: see `make lock`."""


def in_group(name: str) -> Iterator[str]:
    for item in PROJECT["dependency-groups"][name]:
        if isinstance(item, dict):
            yield from in_group(item["include-group"])
        else:
            yield item


def wanted(lock: str) -> list[Requirement]:
    groups, extras = WANTED[lock]
    lines = list(PROJECT["project"]["dependencies"])
    for group in groups:
        lines += in_group(group)
    for extra in extras:
        lines += PROJECT["project"]["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def entries(lock: str) -> dict[str, list[str]]:
    """Each pinned requirement of a lock, with its hashes."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        if requirement:
            found[requirement] = hashes
    return found


def pins(lock: str) -> dict[str, set[str]]:
    """Version or versions (for different Pythons) of each package."""
    versions: dict[str, set[str]] = {}
    for entry in entries(lock):
        requirement = Requirement(entry)
        [specifier] = requirement.specifier
        assert specifier.operator == "==", f"{entry} is not pinned"
        versions.setdefault(canonicalize_name(requirement.name), set()).add(specifier.version)
    return versions


@pytest.mark.parametrize("lock", ["run", "dev", "bench", "uv"])
def test_everything_in_a_lock_is_pinned_with_hashes(lock: str) -> None:
    assert pins(lock)
    for entry, hashes in entries(lock).items():
        assert hashes, f"{entry} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), entry


@pytest.mark.parametrize("lock", list(WANTED))
def test_each_dependency_is_locked_in_a_version_that_fits(lock: str) -> None:
    locked = pins(lock)
    for requirement in wanted(lock):
        versions = locked.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement} is missing from {lock}.txt: run `make lock`"
        for version in versions:
            assert requirement.specifier.contains(version, prereleases=True), (
                f"{requirement} is locked as {version} in {lock}.txt: run `make lock`"
            )


def test_developing_runs_what_runs() -> None:
    """The tests try the versions that a user gets."""
    for larger in ("dev", "bench"):
        locked = pins(larger)
        for name, versions in pins("run").items():
            assert locked.get(name) == versions, f"{name} differs between run.txt and {larger}.txt"


def test_a_lock_names_no_index() -> None:
    """Whoever installs chooses where from."""
    for path in [*(ROOT / "requirements").iterdir(), ROOT / "pyproject.toml"]:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, f"{path.name} names an address"
        options = {line.split()[0] for line in text.splitlines() if line.lstrip().startswith("--")}
        assert {option.partition("=")[0] for option in options} <= {"--hash"}, path.name
