"""What tests of several kinds share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server, started when the first test asks for it."""
    with postgres.server() as url:
        yield url
