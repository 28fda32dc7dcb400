"""What the Bayesian search makes of constraints, noise, repeats, earlier jobs and other models."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import cache
from statistics import mean, median

import pytest
from tuning_operator.api import BayesianOptions, Constraint, Objective
from tuning_operator.search import Entry, Problem, leader
from tuning_operator.search.pareto import front
from tuning_operator.search.prior import prior as earlier_trials
from tuning_operator.search.question import Question
from tuning_operator.search.space import Space, Values

from tests.search.builders import finished, parameter, problem, proposed, run
from tests.search.test_bayesian import BRANIN, RATE_AND_KIND, branin, rate_and_kind
from tests.search.test_evolution import LINE, TWO, zdt1

X = parameter("x", "double", min=0, max=1)


every_surrogate = pytest.mark.parametrize(
    "surrogate", ["GP", "RandomForest", "ExtraTrees", "GradientBoosting"]
)


@every_surrogate
def test_every_surrogate_proposes_better_than_random(surrogate: str) -> None:
    """What follows sixteen random trials, the mean over fifteen seeds."""
    options = BayesianOptions.model_validate({"surrogate": surrogate})

    def next_loss(seed: int) -> float:
        history = run(problem(*RATE_AND_KIND, seed=seed), 16, rate_and_kind)
        of = problem(*RATE_AND_KIND, algorithm="Bayesian", seed=seed, bayesian=options)
        return rate_and_kind(proposed(of, history, [], 17))

    random_losses = [e.values[0] or 0 for e in run(problem(*RATE_AND_KIND), 100, rate_and_kind)]
    assert mean(map(next_loss, range(1, 16))) < 0.5 * mean(random_losses)


@pytest.mark.long
@every_surrogate
def test_every_surrogate_comes_nearer_than_random(surrogate: str) -> None:
    options = {"bayesian": BayesianOptions.model_validate({"surrogate": surrogate})}

    def best(algorithm: str) -> float:
        of = [problem(*RATE_AND_KIND, algorithm=algorithm, seed=seed, **options) for seed in (1, 2)]
        return mean(min(e.values[0] or 0 for e in run(one, 25, rate_and_kind)) for one in of)

    assert best("Bayesian") < 0.6 * best("Random")


@pytest.mark.parametrize("acquisition", ["LogEI", "EI", "PI", "LCB"])
def test_every_acquisition_comes_nearer_than_random(acquisition: str) -> None:
    """The median over five seeds: PI now and then stays in another one of Branin's valleys."""
    options = BayesianOptions.model_validate({"acquisition": acquisition})

    def nearest(algorithm: str, seed: int) -> float:
        of = problem(*BRANIN, algorithm=algorithm, seed=seed, bayesian=options)
        return min(e.values[0] or 0 for e in run(of, 25, branin)) - 0.3979

    bayesian, random = (median(nearest(a, seed) for seed in range(5)) for a in ("Bayesian", "Random"))
    assert bayesian < 0.25 * random


@pytest.mark.parametrize(
    ("option", "names"),
    [
        ("surrogate", ("GP", "RandomForest", "ExtraTrees", "GradientBoosting")),
        ("acquisition", ("LogEI", "PI", "LCB")),
    ],
)
def test_each_option_asks_for_a_point_of_its_own(option: str, names: tuple[str, ...]) -> None:
    """All but EI, which is highest where LogEI is, unless it is 0 everywhere."""
    history = run(problem(*BRANIN), 16, branin)
    options = [BayesianOptions.model_validate({option: name}) for name in names]
    found = [
        proposed(problem(*BRANIN, algorithm="Bayesian", bayesian=one), history, [], 17) for one in options
    ]
    assert len({tuple(values.items()) for values in found}) == len(names)


def test_cmaes_comes_much_nearer_than_random() -> None:
    sphere = tuple(parameter(f"x{i}", "double", min=-5, max=5) for i in range(4))

    def nearest(algorithm: str, seed: int) -> float:
        of = problem(*sphere, algorithm=algorithm, seed=seed)
        entries = run(of, 80, lambda values: sum((float(v) - 2) ** 2 for v in values.values()))
        return min(e.values[0] or 0 for e in entries)

    cmaes, random = (median(nearest(a, seed) for seed in range(3)) for a in ("CMAES", "Random"))
    assert cmaes < 0.2 * random


@cache
def constrained(algorithm: str, trials: int) -> list[Entry]:
    """The loss falls with x and y, and what is allowed is a disc around the origin."""
    both = (X, parameter("y", "double", min=0, max=1))
    of = problem(*both, algorithm=algorithm, constraints=(Constraint(metric="radius", max=0.5),))
    history: list[Entry] = []
    for number in range(1, trials + 1):
        values = proposed(of, history, [], number)
        x, y = float(values["x"]), float(values["y"])
        history.append(Entry(number, values, "Succeeded", (-x - y,), (math.hypot(x, y),)))
    return history


def best_allowed(entries: list[Entry]) -> float:
    return min(e.values[0] or 0 for e in entries if (e.constraints[0] or 0) <= 0.5)


@pytest.mark.parametrize("algorithm", ["Bayesian", "TPE", "NSGA2", "CMAES", "PESA2"])
def test_constraints_are_kept_to_while_the_best_is_sought(algorithm: str) -> None:
    trials = 30 if algorithm == "Bayesian" else 80
    assert best_allowed(constrained(algorithm, trials)) < best_allowed(constrained("Random", trials))


def test_a_constrained_best_lies_at_the_constraint() -> None:
    assert best_allowed(constrained("Bayesian", 30)) == pytest.approx(-math.sqrt(0.5), abs=0.02)


def test_while_nothing_is_allowed_what_may_be_allowed_is_sought() -> None:
    of = problem(X, algorithm="Bayesian", constraints=(Constraint(metric="x", min=0.95),))
    history = [Entry(n, {"x": n / 20}, "Succeeded", (n / 20,), (n / 20,)) for n in range(1, 15)]
    assert float(proposed(of, history, [], 15)["x"]) > 0.8


@pytest.mark.filterwarnings("error")
def test_no_observed_constraint_stops_the_search_or_hides_the_others() -> None:
    of = problem(X, algorithm="Bayesian", constraints=(Constraint(metric="c", max=0),))
    history = [
        Entry(n, {"x": n / 20}, "Succeeded", (-n / 20,), (math.copysign(1.7e308, n - 10.5),))
        for n in range(1, 21)
    ]
    assert float(proposed(of, history, [], 21)["x"]) < 0.6


def test_while_nothing_is_allowed_cmaes_goes_to_what_is_nearest_to_it() -> None:
    both = (X, parameter("y", "double", min=0, max=1))
    of = problem(*both, algorithm="CMAES", constraints=(Constraint(metric="x", min=1.5),))
    history: list[Entry] = []
    for number in range(1, 61):
        values = proposed(of, history, [], number)
        history.append(Entry(number, values, "Succeeded", (float(values["x"]),), (float(values["x"]),)))
    assert mean(float(e.parameters["x"]) for e in history[-12:]) > 0.8


@pytest.mark.parametrize("algorithm", ["Bayesian", "TPE"])
def test_several_objectives_are_searched_for_along_their_front(algorithm: str) -> None:
    def loss(kind: str) -> list[tuple[float, float]]:
        of, history = Problem(LINE, TWO, kind), list[Entry]()  # type: ignore[arg-type]
        for number in range(1, 41):
            values = proposed(of, history, [], number)
            history.append(Entry(number, values, "Succeeded", zdt1(values)))
        rows = [zdt1(dict(e.parameters)) for e in history]
        return [rows[i] for i in front(rows)]

    def distance(rows: list[tuple[float, float]]) -> float:
        return mean(g - (1 - math.sqrt(f)) for f, g in rows)

    assert distance(loss(algorithm)) < 0.6 * distance(loss("Random"))


def test_the_leader_of_noisy_trials_is_no_lucky_one() -> None:
    noise = random.Random(3)
    of = problem(X)
    history = [finished(n, {"x": n / 60}, abs(n / 60 - 0.4) + noise.gauss(0, 0.15)) for n in range(1, 61)]
    lucky = finished(61, {"x": 0.95}, -0.6)  # the best of all that was measured
    found = leader(of, [*history, lucky])
    assert found is not None
    assert found != 61
    assert abs(found / 60 - 0.4) < 0.12


def test_a_repeated_trial_leads_before_a_lucky_neighbour() -> None:
    of = problem(X)
    history = [finished(n, {"x": n / 20}, 1.0 + (-1) ** n * 0.3) for n in range(1, 20)]
    often = Entry(20, {"x": 0.525}, "Succeeded", (0.6,), repeats=50)
    once = Entry(21, {"x": 0.975}, "Succeeded", (0.6,))
    assert leader(of, [*history, often, once]) == 20


def test_there_is_no_leader_without_an_allowed_success() -> None:
    of = problem(X, constraints=(Constraint(metric="size", max=1),))
    history = [
        finished(1, {"x": 0.5}, None, "Failed"),
        Entry(2, {"x": 0.1}, "Succeeded", (1.0,), (2.0,)),
        Entry(3, {"x": 0.2}, "Succeeded", (1.0,), (None,)),
        Entry(4, {"x": 0.3}, "Succeeded", (1.0,), (math.nan,)),
    ]
    assert leader(of, history) is None


def earlier(offset: float, **others: float) -> tuple[Entry, ...]:
    return tuple(finished(n, {"x": n / 20, **others}, offset + abs(n / 20 - 0.7)) for n in range(1, 21))


def test_a_job_begins_where_earlier_ones_ended() -> None:
    of = problem(X, algorithm="Bayesian", prior=(earlier(0.0),))
    assert float(proposed(of, [], [], 1)["x"]) == pytest.approx(0.7, abs=0.1)


def test_a_job_with_conditions_begins_where_earlier_ones_ended() -> None:
    below = parameter("y", "double", min=0, max=1, when={"parameter": "x", "min": 0.5})
    of = problem(X, below, algorithm="Bayesian", prior=(earlier(0.0, y=0.5),))
    assert float(proposed(of, [], [], 1)["x"]) == pytest.approx(0.7, abs=0.15)


def test_an_earlier_jobs_offset_is_no_signal() -> None:
    history = [finished(n, {"x": x}, 100 + abs(x - 0.7)) for n, x in enumerate((0.1, 0.5, 0.9), start=1)]
    nexts = [
        float(proposed(problem(X, algorithm="Bayesian", prior=(earlier(offset),)), history, [], 4)["x"])
        for offset in (0.0, 1024.0)
    ]
    assert nexts[0] == pytest.approx(nexts[1], abs=0.02)
    assert nexts[0] == pytest.approx(0.7, abs=0.1)


def test_an_earlier_job_that_was_wrong_is_outvoted() -> None:
    of = problem(X, algorithm="Bayesian", prior=(earlier(0.0),))
    entries = run(of, 25, lambda values: abs(float(values["x"]) - 0.2))
    assert min(abs(float(e.parameters["x"]) - 0.2) for e in entries) < 0.02


def test_of_earlier_trials_the_unknown_is_left_out_and_what_lies_outside_is_dropped() -> None:
    both = (X, parameter("y", "double", min=0, max=1))
    prior = (earlier(0.0, gone=3.0), (finished(1, {"x": 7.0, "y": 0.5}, -100.0),))
    of = problem(*both, algorithm="Bayesian", prior=prior)
    assert float(proposed(of, [], [], 1)["x"]) == pytest.approx(0.7, abs=0.15)
    space = Space(both)
    known = earlier_trials(Question(of, space, space, (), (), 1))
    assert known.points == [{"x": n / 20} for n in range(1, 21)]
    assert set(known.jobs) == {1}


@pytest.mark.parametrize(
    "entries",
    [
        tuple(finished(n, {"x": n / 10}, None, "Failed") for n in range(1, 4)),
        tuple(finished(n, {"x": 7.0 + n}, 0.5) for n in range(1, 4)),
        tuple(finished(n, {"gone": n / 10}, float(n)) for n in range(1, 4)),
    ],
    ids=["failed", "outside", "unknown"],
)
def test_an_earlier_job_that_teaches_nothing_changes_nothing_of_the_start(entries: tuple[Entry, ...]) -> None:
    alone = problem(X, algorithm="Bayesian")
    began = [e.parameters for e in run(replace(alone, prior=(entries,)), 3)]
    assert began == [e.parameters for e in run(alone, 3)]


def test_a_stopped_trial_is_not_told_as_if_it_had_finished() -> None:
    of = Problem((X,), (Objective(metric="loss", goal="Minimize"),), "Bayesian")
    full = [
        Entry(n, {"x": x}, "Succeeded", (abs(x - 0.3),), rungs={1: abs(x - 0.3) + 1})
        for n, x in enumerate((0.0, 0.1, 0.25, 0.35, 0.5, 0.6, 0.9), start=1)
    ]
    stopped = [Entry(8, {"x": 0.75}, "Stopped", (1.45,), rungs={1: 1.45})]
    history: list[Entry] = [*full, *stopped]
    found: Values = proposed(of, history, [], 9)
    assert abs(float(found["x"]) - 0.3) < 0.1
