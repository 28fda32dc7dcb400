"""Trees as a model of the loss: for spaces of many categories, and losses that jump.

Forests are scikit-optimize's, whose trees differ among one another as much as
the loss is uncertain (Hutter et al., 2014, section 4.3.2). Gradient boosting
learns three quantiles; scikit-optimize's own needs a scikit-learn below 1.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tuning_operator.search.question import MODEL, Question
from tuning_operator.search.surrogate import Observations

TREES = 50
LEAF = 1  # there are few trials: leaves of several would blur the best ones
DEVIATION = (0.16, 0.5, 0.84)  # quantiles of a normal distribution one deviation apart
LEAST = 1e-3  # in standard deviations of the losses; trees that agree may be wrong together

Predict = Callable[[Any], tuple[Any, Any]]


class Trees:
    """Mean and deviation of the loss. Running trials are learned at the mean that is expected of them."""

    def __init__(self, kind: str, question: Question, seen: Observations) -> None:
        seed = int(question.random(MODEL).integers(2**31))
        known = np.vstack([seen.rows, seen.pending])
        self._predict = _fitted(kind, seen.rows, seen.losses, 1 / seen.doubt, seed)
        if len(seen.pending):
            expected = self._predict(seen.pending)[0]
            weights = np.concatenate([1 / seen.doubt, np.ones(len(expected))])
            self._predict = _fitted(kind, known, np.concatenate([seen.losses, expected]), weights, seed)

    def mean(self, rows: Any) -> Any:
        """The expected loss at each row."""
        return self._predict(rows)[0]

    def predict(self, rows: Any) -> tuple[Any, Any]:
        """Mean and standard deviation at each row."""
        mean, deviation = self._predict(rows)
        return mean, np.maximum(deviation, LEAST)


def _fitted(kind: str, rows: Any, losses: Any, weights: Any, seed: int) -> Predict:
    return (_boosted if kind == "GradientBoosting" else _forest)(kind, rows, losses, weights, seed)


def _forest(kind: str, rows: Any, losses: Any, weights: Any, seed: int) -> Predict:
    from skopt.learning import ExtraTreesRegressor, RandomForestRegressor

    of = RandomForestRegressor if kind == "RandomForest" else ExtraTreesRegressor
    forest = of(TREES, min_samples_leaf=LEAF, random_state=seed, n_jobs=1)
    forest.fit(rows, losses, sample_weight=weights)
    return lambda points: forest.predict(points, return_std=True)


def _boosted(kind: str, rows: Any, losses: Any, weights: Any, seed: int) -> Predict:
    from sklearn.ensemble import GradientBoostingRegressor

    models = [
        GradientBoostingRegressor(
            loss="quantile", alpha=alpha, min_samples_leaf=LEAF, random_state=seed, max_depth=3
        ).fit(rows, losses, sample_weight=weights)
        for alpha in DEVIATION
    ]

    def predict(points: Any) -> tuple[Any, Any]:
        low, middle, high = (model.predict(points) for model in models)
        return middle, np.abs(high - low) / 2

    return predict
