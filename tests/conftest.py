"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import URL

from tests import postgres

# A busy machine is no failure: no time limit per example, and no complaint about slow drawing.
settings.register_profile(
    "linezero", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("linezero")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server, started when the first test asks for it."""
    with postgres.server() as url:
        yield url
