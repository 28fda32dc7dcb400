from __future__ import annotations

import numpy as np
import pytest
from tuning_operator.search.features import Features
from tuning_operator.search.space import Space
from tuning_operator.search.surrogate import BOUNDS, Grouped, Surrogate

from tests.search.builders import MIXED, parameter

ROWS = np.linspace(0, 1, 9).reshape(-1, 1)
LOSSES = np.sin(6 * ROWS[:, 0])
NONE = np.empty((0, 1))


def model(pending: object = NONE) -> Surrogate:
    return Surrogate(ROWS, LOSSES, pending, (0,), range(9))


def test_it_knows_what_it_was_told_and_guesses_between() -> None:
    assert model().mean(ROWS) == pytest.approx(LOSSES, abs=0.05)
    between = np.array([[0.06], [0.44], [0.81]])
    assert model().mean(between) == pytest.approx(np.sin(6 * between[:, 0]), abs=0.1)


def test_a_running_trial_takes_away_doubt_and_leaves_the_mean() -> None:
    point = np.array([[0.44]])
    assert model(point).mean(ROWS).tolist() == model().mean(ROWS).tolist()
    assert model(point).deviation(point)[0] < 0.7 * model().deviation(point)[0]


def test_the_gradient_of_shared_length_scales_is_right() -> None:
    rows = np.random.default_rng(0).random((6, 4))
    kernel = Grouped(np.array([0.4, 0.9]), BOUNDS, 2.5, (0, 0, 0, 1))
    _, gradient = kernel(rows, eval_gradient=True)
    for group in (0, 1):
        moved = [kernel.clone_with_theta(kernel.theta + h * np.eye(2)[group])(rows) for h in (1e-6, -1e-6)]
        assert gradient[:, :, group] == pytest.approx((moved[0] - moved[1]) / 2e-6, abs=1e-6)


def test_unordered_values_are_equally_far_apart() -> None:
    space = Space((parameter("kind", "categorical", values=["a", "b", "c"]),))
    rows = Features(space).rows([{"kind": kind} for kind in "abc"])
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=-1)
    assert apart[np.triu_indices(3, 1)] == pytest.approx([1.0, 1.0, 1.0])


def test_a_parameter_has_one_group_however_many_columns() -> None:
    features = Features(Space(MIXED))
    assert set(features.groups) == set(range(len(MIXED)))
    assert len(features.groups) == 9 + (2 - 1) * 2 + (3 - 1)  # two bools and one choice of three
    assert features.rows([{"augment": True}]).shape == (1, len(features.groups))
