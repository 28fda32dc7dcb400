from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tuning_operator.search.boosting import Boosted, quantiles


def bumpy(rows: Any) -> Any:
    return 3 * (rows[:, 0] - 0.3) ** 2 + (rows[:, 1] > 0.5) * rows[:, 2]


def trials(count: int, seed: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    rows = generator.random((count, 5))
    return rows, bumpy(rows) + 0.1 * generator.standard_normal(count)


def missed(losses: Any, foretold: Any, quantile: float) -> float:
    """What a quantile's forecast is judged by: the pinball loss."""
    off = losses - foretold
    return float(np.where(off > 0, quantile * off, (quantile - 1) * off).mean())


@pytest.mark.parametrize("quantile", [0.16, 0.5, 0.84])
def test_each_group_has_the_quantile_that_sorting_it_has(quantile: float) -> None:
    generator = np.random.default_rng(0)
    groups = generator.permutation(np.repeat([1, 2, 5], [1, 20, 33]))
    values, weights = generator.standard_normal(54), generator.integers(1, 4, 54).astype(float)
    found = quantiles(groups, values, weights, quantile)
    for group in (1, 2, 5):
        inside = np.flatnonzero(groups == group)
        inside = inside[np.argsort(values[inside])]
        share = np.cumsum(weights[inside]) / weights[inside].sum()
        assert found[group] == values[inside][share >= quantile][0]


@pytest.mark.parametrize("quantile", [0.16, 0.5, 0.84])
def test_it_foretells_a_quantile_as_well_as_scikit_learn(quantile: float) -> None:
    from sklearn.ensemble import GradientBoostingRegressor

    others, true = trials(1000, seed=99)
    mine, theirs = [], []
    for seed in range(4):
        rows, losses = trials(100, seed)
        boosted = GradientBoostingRegressor(loss="quantile", alpha=quantile, random_state=seed)
        theirs.append(missed(true, boosted.fit(rows, losses).predict(others), quantile))
        foretold = Boosted(rows, losses, np.ones(100), quantile, seed).predict(others)
        mine.append(missed(true, foretold, quantile))
    assert np.mean(mine) < 1.1 * np.mean(theirs)


def test_what_was_measured_often_is_believed_more() -> None:
    rows, losses = np.full((4, 1), 0.5), np.array([0.0, 0.0, 0.0, 1.0])
    assert Boosted(rows, losses, np.ones(4), 0.5, seed=0).predict(rows)[0] == 0
    assert Boosted(rows, losses, np.array([1.0, 1.0, 1.0, 9.0]), 0.5, seed=0).predict(rows)[0] == 1
