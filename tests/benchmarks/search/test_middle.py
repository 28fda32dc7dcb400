"""The middle's worth, of a space where it is known."""

from __future__ import annotations

import pytest

from tests.benchmarks.search.landscape import Landscape
from tests.benchmarks.search.middle import middle
from tests.benchmarks.search.synthetic import double


def test_the_middle_of_a_slope_is_better_than_half_of_the_points() -> None:
    slope = Landscape("slope", (double("x", 0, 1),), lambda values: float(values["x"]), best=0.0)
    found = middle(slope)
    assert found.regret == pytest.approx(1.0, abs=0.05)
    assert found.better == pytest.approx(0.5, abs=0.05)
