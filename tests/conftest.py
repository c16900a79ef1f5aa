"""What all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no failure: no time limit per example, and no complaint about slow drawing.
settings.register_profile(
    "linezero", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("linezero")
