"""One loss of several: which trials it prefers, whatever the objectives' units and outliers are."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from tuning_operator.api import Constraint, Objective
from tuning_operator.search import Entry, Problem
from tuning_operator.search.lessons import lessons
from tuning_operator.search.question import Question
from tuning_operator.search.scalar import scalar_losses
from tuning_operator.search.space import Space

from tests.search.builders import parameter, proposed

pytestmark = pytest.mark.filterwarnings("error")
X = (parameter("x", "double", min=0, max=1),)
TWO = (Objective(metric="a", goal="Minimize"), Objective(metric="b", goal="Minimize"))
FRONT = [(0.0, 1.0), (0.2, 0.6), (0.5, 0.4), (1.0, 0.0)]


def entries(rows: list[tuple[float, float]], limited: float | None = None) -> list[Entry]:
    kept = () if limited is None else (limited,)
    return [Entry(n, {"x": n / 100}, "Succeeded", row, kept) for n, row in enumerate(rows, start=1)]


def scalars(history: list[Entry], number: int = 50, limit: float | None = None) -> list[float]:
    limits = () if limit is None else (Constraint(metric="c", max=limit),)
    of = Problem(X, TWO, "Bayesian", constraints=limits)
    question = Question(of, Space(X), Space(X), tuple(history), (), number)
    return scalar_losses(question, lessons(of, history))


def test_each_proposal_prefers_another_part_of_the_front() -> None:
    found = [scalars(entries(FRONT), number) for number in range(30, 60)]
    assert {losses.index(min(losses)) for losses in found} == {0, 1, 2, 3}


def test_bad_trials_do_not_change_which_part_of_the_front_is_preferred() -> None:
    bad = [(3.0, 50.0), (40.0, 7.0)]
    for number in range(30, 60):
        assert scalars(entries(FRONT + bad), number)[:4] == scalars(entries(FRONT), number)


def test_what_breaks_a_constraint_is_no_part_of_the_front() -> None:
    history = entries(FRONT, limited=0.0)
    forbidden = Entry(9, {"x": 0.9}, "Succeeded", (-30.0, -30.0), (2.0,))
    assert scalars([*history, forbidden], limit=1.0)[:4] == scalars(history, limit=1.0)


def test_a_single_best_trial_leaves_a_scale() -> None:
    first, second, third = scalars(entries([(0.0, 0.0), (1.0, 2.0), (2.0, 1.0)]))
    assert first == 0 < min(second, third)


def test_equal_losses_are_zeros() -> None:
    assert scalars(entries([(2.0, -1.0)] * 3)) == [0.0] * 3


@pytest.mark.parametrize("algorithm", ["Bayesian", "TPE"])
@pytest.mark.parametrize("bend", [(8.0, 0.0), (0.25, 0.0), (1.0, 64.0)], ids=["up", "down", "offset"])
def test_neither_the_unit_nor_an_offset_of_one_objective_matters(
    algorithm: Any, bend: tuple[float, float]
) -> None:
    times, plus = bend
    history = entries([(n / 4, (7 * n % 11) / 4) for n in range(24)])
    bent = [
        Entry(e.number, e.parameters, "Succeeded", (e.values[0], times * e.values[1] + plus)) for e in history
    ]
    of = Problem(X, TWO, algorithm)
    for number in range(25, 35):
        assert proposed(of, bent, [], number) == proposed(of, history, [], number)


EXTREMES = {
    "huge": [(-1) ** n * 1.7e308 for n in range(12)],
    "tiny": [n * 5e-324 for n in range(12)],
    "one outlier": [1e300 if n == 7 else 0.01 * n for n in range(12)],
    "falling": [-float(n) for n in range(12)],
}


@pytest.mark.parametrize(("first", "second"), list(product(EXTREMES, repeat=2)))
def test_no_values_stop_the_search(first: str, second: str) -> None:
    history = entries(list(zip(EXTREMES[first], EXTREMES[second], strict=True)))
    assert proposed(Problem(X, TWO, "Bayesian"), history, [], 13)


@pytest.mark.parametrize("algorithm", ["Bayesian", "TPE", "NSGA2", "PESA2"])
def test_three_objectives_of_huge_values_do_not_stop_the_search(algorithm: Any) -> None:
    of = Problem(X, (*TWO, Objective(metric="c", goal="Minimize")), algorithm)
    rows = [tuple(1e300 * (n * step % 11) for step in (1, 3, 7)) for n in range(1, 31)]
    history = [Entry(n, {"x": n / 100}, "Succeeded", row) for n, row in enumerate(rows, start=1)]
    assert proposed(of, history, [], 31)
