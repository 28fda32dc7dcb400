from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tuning_operator.api import BayesianOptions
from tuning_operator.search.question import Question
from tuning_operator.search.space import Space
from tuning_operator.search.surrogate import Observations
from tuning_operator.search.trees import Trees, forest_says

from tests.search.builders import parameter, problem

KINDS = ("RandomForest", "ExtraTrees", "GradientBoosting")
ROWS = np.random.default_rng(0).random((40, 2))
LOSSES = np.sin(6 * ROWS[:, 0])
NOBODY = np.empty((0, 2))


def trees(kind: str, pending: Any = NOBODY) -> Trees:
    of = problem(
        parameter("x", "double", min=0, max=1),
        parameter("y", "double", min=0, max=1),
        algorithm="Bayesian",
        bayesian=BayesianOptions.model_validate({"surrogate": kind}),
    )
    space = Space(of.parameters)
    seen = Observations(ROWS, LOSSES, (0, 1), pending, np.ones(len(ROWS)))
    return Trees(kind, Question(of, space, space, (), (), 41), seen)


def test_a_forest_says_what_scikit_optimize_has_it_say() -> None:
    from skopt.learning import RandomForestRegressor

    forest = RandomForestRegressor(20, min_samples_leaf=3, random_state=0).fit(ROWS, LOSSES)
    points = np.random.default_rng(1).random((50, 2))
    mean, deviation = forest_says([each.tree_ for each in forest.estimators_], points)
    theirs = forest.predict(points, return_std=True)
    assert mean == pytest.approx(theirs[0], abs=1e-12)
    assert deviation == pytest.approx(theirs[1], abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_trees_know_about_what_they_were_told(kind: str) -> None:
    assert np.corrcoef(trees(kind).mean(ROWS), LOSSES)[0, 1] > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_a_running_trial_takes_away_doubt(kind: str) -> None:
    point = np.array([[0.05, 0.5]])
    crowd = np.repeat(point, 8, axis=0)
    before, after = trees(kind).predict(point), trees(kind, crowd).predict(point)
    assert after[1][0] < before[1][0]
    assert after[0][0] == pytest.approx(before[0][0], abs=0.2)
