"""The house itself: packages, import rules, what stands in tracked files, the container."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "channels", "escalation", "config", "faq")


def tracked() -> list[Path]:
    """Files of the project: what git knows, or would be asked to know."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("this is no git repository")
    names = done.stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_ours(name: str) -> None:
    """Some of the names are common: Django Channels, for one, installs a ``channels`` too."""
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / name


def test_import_rules_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    # It sets up logging anew, and so would silence every logger of ours for the tests to come.
    monkeypatch.setattr("importlinter.cli.logging_config.dictConfig", lambda _: None)
    assert lint_imports(no_cache=True, no_logo=True) == 0


def test_import_rules_name_every_package() -> None:
    """A new part of the application belongs into the layers before it can be forgotten."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    layers = "\n".join(rules["importlinter"]["contracts"][0]["layers"])
    known = set(re.findall(r"[a-z_.]+", layers))
    for package in ("bot", "channels"):
        for path in (ROOT / package).iterdir():
            name = f"{package}.{path.stem}"
            part = path.is_dir() and (path / "__init__.py").exists()
            if part or (path.suffix == ".py" and path.stem not in {"__init__", "main"}):
                assert name in known, f"{name} stands in no layer"


SIDE_FREE = """
import json, sys
import {module}
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


@pytest.mark.parametrize(
    ("module", "not_wanted"),
    [
        ("bot.conversation.machine", {"aiogram", "aiohttp", "sqlalchemy", "telegram", "typer"}),
        ("faq", {"aiogram", "aiohttp", "sqlalchemy", "bot", "config", "channels", "escalation"}),
        ("escalation.lifecycle", {"aiogram", "aiohttp", "sqlalchemy", "bot", "config", "faq"}),
        ("bot.storage", {"aiogram", "psycopg"}),
        ("bot.main", {"aiogram", "psycopg", "numpy.testing"}),
    ],
)
def test_a_part_loads_no_more_than_it_needs(module: str, not_wanted: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIDE_FREE.format(module=module)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert not set(json.loads(done.stdout)) & not_wanted


TEXTS = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".js", ".css", ".html", ""}
HOME = re.compile(r"(?<![\w./])/(?:home|root|Users|mnt|work)/[\w.]")
INDEX = re.compile(
    r"\b(?:pypi|npm|registry|mirror|proxy)[\w-]*\.(?!org\b)[a-z][\w.-]*\.[a-z]{2,}\b"
)


def test_no_tracked_file_knows_a_machine() -> None:
    """No path of somebody's machine, no host of somebody's package index."""
    for path in tracked():
        if path.suffix not in TEXTS or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            place = f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
            assert not HOME.search(line), place
            assert not INDEX.search(line), place


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("see /home/ann/x.py", True),
        ("cd /mnt/disk/x", True),
        ("https://example.org/home/ann", False),
        ("/opt/linezero/bin", False),
    ],
)
def test_paths_of_machines_are_recognised(line: str, *, found: bool) -> None:
    assert bool(HOME.search(line)) is found


def test_hosts_of_indexes_are_recognised() -> None:
    assert INDEX.search("https://pypi.corp.example.com/simple")
    assert INDEX.search("registry-1.internal.net")
    assert not INDEX.search("https://pypi.org/project/linezero")


def test_ci_runs_what_a_newcomer_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line.strip() for line in script.splitlines() if not line.startswith("#")]
    assert commands[-3:] == ["make check test", "make test-moved", "make test-long"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111, ".ci/run is not executable"


def test_the_dockerfile_is_sound() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run(
        [hadolint, "--no-color", str(ROOT / "Dockerfile")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_container_holds_every_package() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for package in PACKAGES:
        assert f"COPY {package} {package}\n" in dockerfile
    assert "USER 10001" in dockerfile
    assert "HEALTHCHECK" in dockerfile
