from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm
from tuning_operator.search.acquisition import ACQUISITIONS, KAPPA, log_expected_improvement


@pytest.mark.parametrize("z", [-8.0, -1.5, -1.0, -0.999, 0.0, 2.0, 6.0])
def test_it_is_the_logarithm_of_the_expected_improvement(z: float) -> None:
    expected = math.log(0.3 * (norm.pdf(z) + z * norm.cdf(z)))
    assert log_expected_improvement(np.array([-0.3 * z]), np.array([0.3]), 0.0)[0] == pytest.approx(expected)


def test_it_still_tells_points_apart_where_the_improvement_is_0() -> None:
    means = np.array([0.01, 50.0, 500.0, 999.0, 1001.0, 1e4, 1e9])
    assert norm.pdf(-50.0) + -50.0 * norm.cdf(-50.0) == pytest.approx(0.0, abs=1e-300)
    values = log_expected_improvement(means, np.ones(7), 0.0)
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()


def test_its_pieces_meet() -> None:
    for z in (1.0, 1000.0):
        left, right = log_expected_improvement(np.array([z - 1e-9, z + 1e-9]), np.ones(2), 0.0)
        assert left == pytest.approx(right, rel=1e-6)


@pytest.mark.parametrize("z", [-3.0, -0.5, 0.0, 2.0])
def test_the_others_are_the_logarithms_of_their_formulas(z: float) -> None:
    mean, deviation = np.array([1.0 - 0.3 * z]), np.array([0.3])
    found = {name: float(of(mean, deviation, 1.0)[0]) for name, of in ACQUISITIONS.items()}
    assert found["EI"] == pytest.approx(math.log(0.3 * (norm.pdf(z) + z * norm.cdf(z))))
    assert found["PI"] == pytest.approx(math.log(norm.cdf(z)))
    assert found["LCB"] == pytest.approx(math.log(math.log1p(math.exp(0.3 * z + KAPPA * 0.3))))
