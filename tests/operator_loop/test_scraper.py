"""How often a running trial is scraped."""

from __future__ import annotations

import pytest
from tuning_operator.cluster.scraper import pause


@pytest.mark.parametrize(("age", "seconds"), [(0, 1), (10, 1), (30, 3), (50, 5), (86_400, 5)])
def test_the_older_a_trial_the_longer_the_pause(age: float, seconds: float) -> None:
    assert pause(age) == seconds
