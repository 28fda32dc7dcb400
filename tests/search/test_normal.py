from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.search.normal import normal


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=50))
@settings(deadline=None)
def test_any_losses_become_moderate_and_keep_their_order(values: list[float]) -> None:
    bent = normal(values)
    assert np.isfinite(bent).all()
    assert np.abs(bent).max() <= math.sqrt(len(values)) + 1e-6
    order = np.argsort(values, kind="stable")
    assert (np.diff(bent[order]) >= -1e-9).all()


def test_equal_losses_are_zeros() -> None:
    assert normal([0.1, 0.1, 0.1]).tolist() == [0.0, 0.0, 0.0]


def test_the_unit_of_the_loss_does_not_matter() -> None:
    values = [3.7, 1.2, 9.1, 4.4]
    assert normal([v * 2.0**20 for v in values]).tolist() == normal(values).tolist()


def test_an_offset_leaves_not_one_digit_behind() -> None:
    values = [3.75, 1.25, 9.25, 4.5, 0.5]
    assert normal([v + 2.0**30 for v in values]).tolist() == normal(values).tolist()


@pytest.mark.parametrize("skewed", [[0.1, 0.2, 0.3, 0.4, 100.0]])
def test_one_bad_outlier_does_not_hide_the_differences_of_the_good(skewed: list[float]) -> None:
    plain = (np.array(skewed) - np.mean(skewed)) / np.std(skewed)
    assert np.ptp(normal(skewed)[:4]) > 2 * np.ptp(plain[:4])
