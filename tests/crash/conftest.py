"""Databases for the tests that pull the plug."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'linezero.db'}"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        yield url.set(drivername="postgresql").render_as_string(hide_password=False)
