from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api import Parameter
from tuning_operator.search import Exhausted, size, suggest
from tuning_operator.search.grid import levels, mixed

from tests.search.builders import MIXED, SMALL, parameter, problem, proposed, run

ROWS = [
    (parameter("x", "double", min=0, max=1), [0.0, 0.25, 0.5, 0.75, 1.0]),
    (parameter("x", "double", min=1e-5, max=1e-1, scale="log"), [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]),
    (parameter("x", "double", min=0, max=0.3, step=0.1), [0.0, 0.1, 0.2, 0.3]),
    (parameter("x", "int", min=1, max=10), list(range(1, 11))),
    (parameter("x", "int", min=1, max=11), [1, 4, 6, 8, 11]),
    (parameter("x", "int", min=1, max=10000, scale="log"), [1, 10, 100, 1000, 10000]),
    (parameter("x", "int", min=0, max=60, step=5), list(range(0, 61, 5))),
    (parameter("x", "int", min=2**53 - 20, max=2**53), list(range(2**53 - 20, 2**53 + 1, 5))),
    (parameter("x", "double", min=1, max=1 + 2**-50), [1 + n * 2**-52 for n in range(5)]),
]


@pytest.mark.parametrize(("given_", "expected"), ROWS)
def test_levels_are_even_on_the_scale(given_: Parameter, expected: list[float]) -> None:
    entries = run(problem(given_, algorithm="Grid"), 100)
    assert sorted(float(e.parameters["x"]) for e in entries) == expected
    assert levels(given_).count == len(expected)


def test_every_combination_is_tried_exactly_once() -> None:
    of = problem(*SMALL, parameter("rate", "double", min=0, max=1), algorithm="Grid")
    entries = run(of, 1000)
    assert len(entries) == size(of) == 14 * 5
    assert len({tuple(e.parameters.items()) for e in entries}) == 14 * 5
    assert suggest(of, entries, [], 71) == Exhausted("all 70 points have been tried or are running")


def test_the_grid_is_counted_before_it_starts() -> None:
    # adam, adamw, and sgd with 5 momenta, of which 2 have nesterov on or off
    optimizers = 1 + 1 + (3 + 2 * 2)
    assert size(problem(*MIXED, algorithm="Grid")) == optimizers * 3 * 2 * 4 * 10 * 5 * 16


def test_the_first_trials_see_every_value_of_every_parameter() -> None:
    first = run(problem(*MIXED, algorithm="Grid"), 60)
    for name in ("activation", "augment", "batch_size", "learning_rate", "optimizer"):
        seen = {e.parameters[name] for e in first}
        assert len(seen) == levels(next(p for p in MIXED if p.name == name)).count


def test_a_grid_of_a_billion_points_is_not_listed() -> None:
    many = [parameter(f"p{i}", "int", min=1, max=10) for i in range(64)]
    assert len(proposed(problem(*many, algorithm="Grid"), [], [], 9999)) == 64


def test_a_stage_that_starts_late_still_tries_every_point() -> None:
    of = problem(parameter("n", "int", min=1, max=7), algorithm="Grid")
    found = {proposed(of, [], [], number)["n"] for number in range(30, 37)}
    assert found == set(range(1, 8))


@given(size_=st.integers(1, 300), seed=st.integers(0, 2**31 - 1))
def test_the_order_is_a_permutation(size_: int, seed: int) -> None:
    assert {mixed(i, size_, seed) for i in range(size_)} == set(range(size_))
