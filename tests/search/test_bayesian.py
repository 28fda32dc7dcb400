from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from statistics import mean

import pytest
from tuning_operator.api import Parameter
from tuning_operator.search import Entry, Problem, gp
from tuning_operator.search.space import Values

from tests.search.builders import MIXED, finished, parameter, problem, proposed, run

BRANIN = (parameter("x", "double", min=-5, max=10), parameter("y", "double", min=0, max=15))
CUBE = tuple(parameter(f"x{i}", "double", min=0, max=1) for i in range(8))
RATE_AND_KIND = (
    parameter("kind", "categorical", values=["a", "b", "c"]),
    parameter("rate", "double", min=1e-6, max=1, scale="log"),
    parameter("units", "int", min=16, max=512, step=16),
)
NESTED = (
    parameter("momentum", "double", min=0, max=1, when={"parameter": "optimizer", "in": ["sgd"]}),
    parameter("optimizer", "categorical", values=["adam", "sgd"]),
    parameter("rate", "double", min=1e-6, max=1, scale="log"),
)


def branin(values: Values) -> float:
    """Minimum 0.397887 (Branin, 1972)."""
    x, y = float(values["x"]), float(values["y"])
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def rate_and_kind(values: Values) -> float:
    away = math.log10(float(values["rate"])) + 3
    return away**2 + (float(values["units"]) / 512 - 0.5) ** 2 + "bac".index(str(values["kind"]))


def nested(values: Values) -> float:
    away = abs(math.log10(float(values["rate"])) + 2)
    return away + (abs(float(values["momentum"]) - 0.9) if "momentum" in values else 0.5)


def best(of: Problem, loss: Callable[[Values], float], seeds: int, trials: int, parallel: int = 1) -> float:
    """Mean over the seeds of the smallest loss of a run."""
    runs = [run(replace(of, seed=seed), trials, loss, parallel) for seed in range(seeds)]
    return mean(min(loss(dict(e.parameters)) for e in entries) for entries in runs)


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize(
    ("parameters", "loss", "floor"),
    [(BRANIN, branin, 0.397887), (RATE_AND_KIND, rate_and_kind, 0.0), (NESTED, nested, 0.0)],
    ids=["branin", "rate and kind", "nested"],
)
def test_it_comes_nearer_to_the_best_than_random_with_fewer_trials(
    parameters: tuple[Parameter, ...], loss: Callable[[Values], float], floor: float, parallel: int
) -> None:
    bayesian = best(problem(*parameters, algorithm="Bayesian"), loss, 12, 18, parallel) - floor
    assert bayesian < 0.5 * (best(problem(*parameters), loss, 10, 25) - floor)


def test_it_starts_in_the_middle_and_along_a_sobol_sequence_around_it() -> None:
    first = run(problem(*BRANIN, algorithm="Bayesian"), 6, branin)
    sobol = run(problem(*BRANIN, algorithm="Sobol"), 6, branin)
    inward = [
        e.parameters == pytest.approx({"x": 2.5 + 0.6 * (x - 2.5), "y": 7.5 + 0.6 * (y - 7.5)})
        for e, (x, y) in zip(first, (s.parameters.values() for s in sobol), strict=True)
    ]
    assert inward == [False] + [True] * 3 + [False] * 2
    assert first[0].parameters == {"x": 2.5, "y": 7.5}


def test_of_values_without_an_order_the_outermost_are_no_farther_out() -> None:
    kinds = parameter("kind", "categorical", values=list("abcdefgh"))
    first = run(problem(kinds, *CUBE, algorithm="Bayesian"), 9)
    assert {"a", "h"} <= {e.parameters["kind"] for e in first}


def test_the_middle_comes_after_what_the_user_wants_to_try_and_is_tried_once() -> None:
    middle = {"x": 2.5, "y": 7.5}
    first = run(problem(*BRANIN, algorithm="Bayesian", initial=({"x": 0.0, "y": 1.0},)), 4, branin)
    assert [entry.parameters for entry in first[:2]] == [{"x": 0.0, "y": 1.0}, middle]
    first = run(problem(*BRANIN, algorithm="Bayesian", initial=(middle,)), 4, branin)
    assert [entry.parameters == middle for entry in first] == [True, False, False, False]


def test_proposals_are_the_same_without_the_memory_of_the_last_fits() -> None:
    of = problem(*BRANIN, algorithm="Bayesian")
    history = run(of, 10, branin)
    first = proposed(of, history, [], 11)
    remembering = proposed(of, history, [Entry(11, first)], 12)
    assert gp._most_probable.cache_info().hits > 0
    gp.forget()
    assert proposed(of, history, [Entry(11, first)], 12) == remembering


def test_failures_teach_it_where_not_to_go() -> None:
    def fails_above_half(values: Values) -> float | None:
        return None if float(values["x"]) > 0.5 else float(values["x"])

    of = problem(parameter("x", "double", min=0, max=1), algorithm="Bayesian", goal="Maximize")
    history: list[Entry] = []
    for number in range(1, 21):
        values = proposed(of, history, [], number)
        value = fails_above_half(values)
        history.append(finished(number, values, value, "Failed" if value is None else "Succeeded"))
    assert sum(e.outcome == "Failed" for e in history[10:]) <= 6
    assert max(e.values[0] or 0 for e in history) > 0.45


def apart(a: Values, b: Values) -> float:
    return math.dist([float(v) for v in a.values()], [float(v) for v in b.values()])


def test_a_running_trial_sends_the_next_one_elsewhere() -> None:
    of = problem(*BRANIN, algorithm="Bayesian")
    history = run(of, 10, branin)
    first = proposed(of, history, [], 11)
    alone = proposed(of, history, [], 12)
    beside = proposed(of, history, [Entry(11, first)], 12)
    assert apart(beside, first) > 10 * apart(alone, first)


def test_a_thousand_finished_and_many_running_trials() -> None:
    points = [proposed(problem(*MIXED), [], [], number) for number in range(1, 1041)]
    history = [finished(n, point, math.sin(n)) for n, point in enumerate(points[:1000], start=1)]
    pending = [Entry(n, point) for n, point in enumerate(points[1000:], start=1001)]
    assert proposed(problem(*MIXED, algorithm="Bayesian"), history, pending, 1041)


def test_the_last_point_of_a_large_finite_space_is_found() -> None:
    sizes = (parameter("a", "int", min=1, max=50), parameter("b", "int", min=1, max=50))
    of = problem(*sizes, algorithm="Bayesian")
    points = [{"a": a, "b": b} for a in range(1, 51) for b in range(1, 51)]
    history = [finished(n, point, 1.0 * n) for n, point in enumerate(points, start=1)]
    assert proposed(of, history[:777] + history[778:], [], 2501) == points[777]
