"""Trees as a model of the loss: for spaces of many categories, and losses that jump.

Forests are scikit-optimize's, whose trees differ among one another as much as
the loss is uncertain (Hutter et al., 2014, section 4.3.2). Gradient boosting
learns three quantiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tuning_operator.search.boosting import Boosted
from tuning_operator.search.question import MODEL, Question
from tuning_operator.search.surrogate import Observations

TREES = 50
FEWER = 25  # for a mean alone, what is expected of running trials
LEAF = 1  # there are few trials: leaves of several would blur the best ones
DEVIATION = (0.16, 0.5, 0.84)  # quantiles of a normal distribution one deviation apart
LEAST = 1e-3  # in standard deviations of the losses; trees that agree may be wrong together

Predict = Callable[[Any], tuple[Any, Any]]


class Trees:
    """Mean and deviation of the loss. Running trials are learned at the mean that is expected of them."""

    def __init__(self, kind: str, question: Question, seen: Observations) -> None:
        seed = int(question.random(MODEL).integers(2**31))
        rows, losses, weights = seen.rows, seen.losses, 1 / seen.doubt
        if len(seen.pending):
            expected = _expected(kind, rows, losses, weights, seed)(seen.pending)
            rows = np.vstack([rows, seen.pending])
            losses = np.concatenate([losses, expected])
            weights = np.concatenate([weights, np.ones(len(expected))])
        self._predict = _fitted(kind, rows, losses, weights, seed)

    def mean(self, rows: Any) -> Any:
        """The expected loss at each row."""
        return self._predict(rows)[0]

    def predict(self, rows: Any) -> tuple[Any, Any]:
        """Mean and standard deviation at each row."""
        mean, deviation = self._predict(rows)
        return mean, np.maximum(deviation, LEAST)


def _fitted(kind: str, rows: Any, losses: Any, weights: Any, seed: int) -> Predict:
    if kind != "GradientBoosting":
        trees = _forest(kind, TREES, rows, losses, weights, seed)
        return lambda points: forest_says(trees, points)
    low, middle, high = (Boosted(rows, losses, weights, quantile, seed) for quantile in DEVIATION)
    return lambda points: (middle.predict(points), np.abs(high.predict(points) - low.predict(points)) / 2)


def _expected(kind: str, rows: Any, losses: Any, weights: Any, seed: int) -> Callable[[Any], Any]:
    """The mean alone, which is cheaper."""
    if kind != "GradientBoosting":
        trees = _forest(kind, FEWER, rows, losses, weights, seed)
        return lambda points: forest_says(trees, points)[0]
    return Boosted(rows, losses, weights, 0.5, seed).predict


def _forest(kind: str, size: int, rows: Any, losses: Any, weights: Any, seed: int) -> list[Any]:
    from skopt.learning import ExtraTreesRegressor, RandomForestRegressor

    of = RandomForestRegressor if kind == "RandomForest" else ExtraTreesRegressor
    forest = of(size, min_samples_leaf=LEAF, random_state=seed, n_jobs=1)
    return [each.tree_ for each in forest.fit(rows, losses, sample_weight=weights).estimators_]


def forest_says(trees: Sequence[Any], points: Any) -> tuple[Any, Any]:
    """Mean and deviation, as scikit-optimize's `predict(points, return_std=True)` has them.

    That one asks each tree three times, which took most of a proposal.
    """
    points = np.asarray(points, dtype=np.float32)
    leaves = [tree.apply(points) for tree in trees]
    means = np.array([tree.value[at, 0, 0] for tree, at in zip(trees, leaves, strict=True)])
    variances = np.array([tree.impurity[at] for tree, at in zip(trees, leaves, strict=True)])
    mean = means.mean(axis=0)
    return mean, np.sqrt(np.maximum((variances + means**2).mean(axis=0) - mean**2, 0.0))
