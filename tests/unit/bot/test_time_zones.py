"""The newer of the two time zone data is read, and `doctor` says which."""

from __future__ import annotations

import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import tzdata

from bot import doctor, time_zones

OPEN_AT = """
import sys
from pathlib import Path
import zoneinfo
zoneinfo.reset_tzpath(to=[sys.argv[1]])
from bot import time_zones
time_zones.choose()
from datetime import datetime
from escalation.calendar import Hours
hours = Hours(timezone="America/Vancouver", week={"mon-fri": ["09:00-18:00"]})
print(hours.open_at(datetime.fromisoformat("2026-12-01T16:30:00+00:00"), "UTC"))
"""


@pytest.fixture(autouse=True)
def path_of_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PYTHONTZPATH", raising=False)
    before = zoneinfo.TZPATH
    yield
    zoneinfo.reset_tzpath(to=before)


def system(folder: Path, version: str) -> Path:
    """A system's data in which Vancouver is UTC."""
    (folder / "America").mkdir(parents=True)
    utc = resources.files("tzdata.zoneinfo") / "UTC"
    (folder / "America" / "Vancouver").write_bytes(utc.read_bytes())
    if version:
        (folder / "tzdata.zi").write_text(f"# version {version}\n# …\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("version", "taken"), [("2025b", False), ("", False), ("2099a", True), ("nonsense", False)]
)
def test_the_newer_data_are_taken(tmp_path: Path, version: str, taken: bool) -> None:
    folder = system(tmp_path / "zones", version)
    zoneinfo.reset_tzpath(to=[str(folder)])
    time_zones.choose()
    assert ((str(folder),) == zoneinfo.TZPATH) is taken
    said = time_zones.in_use()
    assert said.version == ("2099a" if taken else tzdata.IANA_VERSION)
    assert said.of_the_system is taken
    found = doctor._zones()
    assert (found.level, found.args["version"]) == ("ok", said.version)


def test_what_somebody_set_stands_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = system(tmp_path / "zones", "2025b")
    monkeypatch.setenv("PYTHONTZPATH", str(folder))
    zoneinfo.reset_tzpath(to=[str(folder)])
    time_zones.choose()
    assert (str(folder),) == zoneinfo.TZPATH
    found = doctor._zones()
    assert found.level == "warning"
    assert dict(found.args) == {"version": "2025b", "newest": tzdata.IANA_VERSION}


def test_hours_of_a_desk_are_of_the_newer_data(tmp_path: Path) -> None:
    """In Vancouver there is no winter time since 2026: 9:30 on a December morning, not 8:30."""
    folder = system(tmp_path / "zones", "2025b")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONTZPATH"}
    said = subprocess.run(
        [sys.executable, "-c", OPEN_AT, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "True"
