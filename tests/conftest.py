"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import URL

from tests import moved, postgres

moved.move()  # before any module of tests reads a clock

# A busy machine is no failure: no time limit per example, and no complaint about slow drawing.
settings.register_profile(
    "linezero", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("linezero")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On another date, leave out what compares with a clock that cannot be moved."""
    if not moved.is_moved():
        return
    out = [item for item in items if item.get_closest_marker("real_time")]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server, started when the first test asks for it."""
    with postgres.server() as url:
        yield url
