from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tuning_operator.search.features import Features
from tuning_operator.search.gp import GaussianProcess, _Likelihood, _squared, most_probable
from tuning_operator.search.space import Space

from tests.search.builders import parameter

ROWS = np.linspace(0, 1, 9).reshape(-1, 1)
LOSSES = np.sin(6 * ROWS[:, 0])


def model(pending: object = None) -> GaussianProcess:
    return GaussianProcess(ROWS, LOSSES, (0,), pending=pending)


def test_it_knows_what_it_was_told_and_guesses_between() -> None:
    assert model().mean(ROWS) == pytest.approx(LOSSES, abs=0.05)
    between = np.array([[0.06], [0.44], [0.81]])
    assert model().mean(between) == pytest.approx(np.sin(6 * between[:, 0]), abs=0.1)


def test_a_running_trial_takes_away_doubt_and_leaves_the_mean() -> None:
    point = np.array([[0.44]])
    assert model(point).mean(ROWS) == pytest.approx(model().mean(ROWS), abs=1e-9)
    assert model(point).predict(point)[1][0] < 0.7 * model().predict(point)[1][0]


def test_what_was_measured_often_is_believed_more() -> None:
    losses = np.array([0.0, 1.0, 0.0, 1.0, 0.0])
    rows = np.full((5, 1), 0.5)
    often = GaussianProcess(rows, losses, (0,), doubt=np.array([1.0, 0.01, 1.0, 0.01, 1.0]))
    once = GaussianProcess(rows, losses, (0,))
    assert once.mean(rows[:1])[0] == pytest.approx(0.4, abs=0.05)
    assert often.mean(rows[:1])[0] > 0.9


def test_the_gradient_of_the_likelihood_is_right() -> None:
    generator = np.random.default_rng(0)
    rows, losses = generator.random((20, 4)), generator.standard_normal(20)
    likelihood = _Likelihood(rows, losses, np.linspace(0.5, 1.5, 20), (0, 0, 1, 2))
    logs = np.array([0.1, -0.5, -0.3, 0.2, 0.4, -3.0])
    moved = [(likelihood(logs + h)[0] - likelihood(logs - h)[0]) / 2e-6 for h in 1e-6 * np.eye(6)]
    assert likelihood(logs)[1] == pytest.approx(moved, rel=1e-5)


def test_what_it_fits_and_says_is_of_a_matern_and_the_mean_of_rational_quadratic_kernels() -> None:
    """By the formulas; of two parameters, the first of two columns."""
    generator = np.random.default_rng(2)
    rows, points, losses = generator.random((12, 3)), generator.random((5, 3)), generator.standard_normal(12)
    doubt, groups = np.linspace(0.5, 1.5, 12), (0, 0, 1)
    of = most_probable(rows, losses, doubt, groups)

    def kernel(left: Any, right: Any) -> Any:
        squared = ((left[:, None] - right[None]) / of.lengths[[0, 0, 1]]) ** 2
        apart = np.stack([squared[..., :2].sum(axis=2), squared[..., 2]])
        root = np.sqrt(5 * apart.sum(axis=0))
        matern = (1 + root + root**2 / 3) * np.exp(-root)
        return of.together * matern + of.alone * (1 / (1 + apart / 2)).mean(axis=0)

    covariance = kernel(rows, rows) + np.diag(of.noise * doubt)
    weights, like = np.linalg.solve(covariance, losses), kernel(points, rows)
    variance = of.together + of.alone - (like * np.linalg.solve(covariance, like.T).T).sum(axis=1)
    told = GaussianProcess(rows, losses, groups, doubt=doubt)
    assert told.mean(points) == pytest.approx(like @ weights)
    assert told.predict(points)[0] == pytest.approx(like @ weights)
    assert told.predict(points)[1] == pytest.approx(np.sqrt(variance))
    logs = np.log([of.together, of.alone, *of.lengths, of.noise])
    fitted = 0.5 * losses @ weights + 0.5 * np.linalg.slogdet(covariance)[1]
    assert _Likelihood(rows, losses, doubt, groups)(logs)[0] == pytest.approx(fitted)


def test_a_parameter_that_matters_gets_the_shorter_length_scale() -> None:
    rows = np.random.default_rng(1).random((40, 2))
    found = most_probable(rows, np.sin(6 * rows[:, 0]), np.ones(40), (0, 1))
    assert found.lengths[0] < 0.5 * found.lengths[1]


@pytest.mark.parametrize("parameters", [2, 8, 32])
def test_where_nothing_tells_lengths_grow_with_the_diagonal_of_the_space(parameters: int) -> None:
    nowhere = np.zeros((3, parameters))  # apart by nothing
    found = most_probable(nowhere, np.array([-1.0, 0.0, 1.0]), np.ones(3), range(parameters))
    assert found.lengths == pytest.approx(
        0.5 * np.sqrt(parameters / 2), rel=0.01
    )  # two digits of its logarithm


def test_what_parameters_do_alone_is_learned_from_few_trials_in_many_dimensions() -> None:
    assert likeness(lambda rows: np.sin(6 * rows).sum(axis=1), trials=60, parameters=8) > 0.99


def test_what_parameters_only_do_together_is_learned_as_well() -> None:
    assert (
        likeness(lambda rows: np.sin(3 * rows[:, 0]) * np.cos(3 * rows[:, 1]), trials=40, parameters=3) > 0.99
    )


def likeness(loss: Callable[[Any], Any], trials: int, parameters: int) -> float:
    """The correlation of means and losses at points that it was not told."""
    rows = np.random.default_rng(0).random((trials + 100, parameters))
    losses = loss(rows)
    standard = (losses - losses.mean()) / losses.std()
    told = GaussianProcess(rows[:trials], standard[:trials], range(parameters))
    return float(np.corrcoef(told.mean(rows[trials:]), losses[trials:])[0, 1])


def test_distances_of_choices_are_the_very_sums_over_their_columns() -> None:
    parameters = (
        parameter("kind", "categorical", values=[*"abcdefgh"], when={"parameter": "on", "in": ["true"]}),
        parameter("on", "bool"),
    )
    space = Space(parameters)
    points = [space.nth(rank) for rank in range(space.size or 0)]
    rows = Features(space).rows(points)[:, :8] / 0.37  # those of `kind`, and a length scale
    tables = np.full((2, len(rows), len(rows)), np.nan)
    assert np.array_equal(_squared(rows, rows, *tables), ((rows[:, None] - rows[None]) ** 2).sum(axis=2))


@pytest.mark.parametrize("columns", [1, 2])
def test_distances_of_a_number_are_those_of_its_columns_whatever_stood_in_the_tables(columns: int) -> None:
    rows = np.random.default_rng(0).random((7, columns))
    tables = np.full((2, 5, 7), np.nan)
    apart = _squared(rows[:5], rows, *tables)
    assert apart == pytest.approx(((rows[:5, None] - rows[None]) ** 2).sum(axis=2), abs=1e-15)
