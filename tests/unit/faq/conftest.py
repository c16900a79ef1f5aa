from pathlib import Path

import pytest

import faq

EXAMPLE = Path(__file__).parents[3] / "config" / "example" / "faq"


@pytest.fixture(scope="session")
def example() -> faq.Faq:
    """The FAQ of the example workspace, loaded once."""
    return faq.load(EXAMPLE)
