"""What every algorithm must do."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.api import Constraint, Objective
from tuning_operator.api.when import active
from tuning_operator.search import (
    Entry,
    Exhausted,
    ImpossibleSpace,
    Problem,
    UnknownAlgorithm,
    size,
    suggest,
)
from tuning_operator.search.space import Space, Values

from tests.search.builders import (
    ALGORITHMS,
    MIXED,
    SMALL,
    finished,
    fits,
    parameter,
    problem,
    proposed,
    run,
    spaces,
)
from tests.search.generated import calm

pytestmark = pytest.mark.filterwarnings("error")
every_algorithm = pytest.mark.parametrize("algorithm", ALGORITHMS)
modelling = ("Bayesian", "TPE")  # they need a moment for a proposal
cheap_algorithm = pytest.mark.parametrize("algorithm", [a for a in ALGORITHMS if a not in modelling])


def mixed_loss(values: Values) -> float:
    return abs(math.log10(float(values["learning_rate"])) + 3) + float(values["dropout"])


@cache
def thirty(algorithm: str) -> list[Entry]:
    """Thirty trials of MIXED, one after another."""
    return run(problem(*MIXED, algorithm=algorithm), 30, mixed_loss)


@every_algorithm
def test_values_have_their_type_range_and_step(algorithm: str) -> None:
    for entry in thirty(algorithm):
        for name, value in entry.parameters.items():
            assert fits(next(p for p in MIXED if p.name == name), value), (name, value)


@every_algorithm
def test_only_parameters_that_exist_are_proposed(algorithm: str) -> None:
    entries = thirty(algorithm)
    assert all(set(e.parameters) == active(MIXED, e.parameters) for e in entries)
    assert any("momentum" in e.parameters for e in entries)


@every_algorithm
def test_a_proposal_can_be_written_as_json_and_read_back(algorithm: str) -> None:
    for entry in thirty(algorithm):
        assert json.loads(json.dumps(entry.parameters)) == entry.parameters


@every_algorithm
@pytest.mark.parametrize("parallel", [1, 3])
def test_a_finite_space_is_tried_point_by_point_and_then_exhausted(algorithm: str, parallel: int) -> None:
    of = problem(*SMALL, algorithm=algorithm)
    entries = run(of, 100, lambda values: float(values["depth"]), parallel)
    assert len(entries) == size(of) == 14
    assert len({Space(SMALL).key(e.parameters) for e in entries}) == 14
    assert isinstance(suggest(of, entries, [], 15), Exhausted)


@every_algorithm
def test_a_range_of_two_doubles_is_exhausted_after_both(algorithm: str) -> None:
    of = problem(parameter("x", "double", min=1, max=1 + 2**-52), algorithm=algorithm)
    entries = run(of, 10)
    assert len({e.parameters["x"] for e in entries}) == len(entries) == 2
    answer = suggest(of, entries, [], 3)
    assert isinstance(answer, Exhausted)
    assert answer.why == f"all {'2 ' * (algorithm == 'Grid')}points have been tried or are running"


@every_algorithm
def test_the_last_point_may_be_running(algorithm: str) -> None:
    of = problem(parameter("on", "bool"), algorithm=algorithm)
    running = [Entry(1, {"on": True}), Entry(2, {"on": False})]
    assert proposed(of, [], running[:1], 2) == {"on": False}
    assert isinstance(suggest(of, [], running, 3), Exhausted)


@every_algorithm
def test_a_running_trial_is_not_proposed_again(algorithm: str) -> None:
    of = problem(*MIXED, algorithm=algorithm)
    history = thirty(algorithm)[:14]
    first = proposed(of, history, [], 15)
    assert proposed(of, history, [Entry(16, first)], 15) != first


@every_algorithm
def test_a_point_off_the_grid_uses_up_none_of_it(algorithm: str) -> None:
    of = problem(parameter("units", "int", min=0, max=64, step=32), algorithm=algorithm)
    history = [finished(n, {"units": units}, 1.0) for n, units in enumerate((0, 32, 33), start=1)]
    assert proposed(of, history, [], 4) == {"units": 64}


@every_algorithm
def test_initial_trials_come_first_and_as_they_are(algorithm: str) -> None:
    initial = ({"depth": 1.0, "kind": "b"}, {"depth": 1, "kind": "b"})
    of = problem(*SMALL, algorithm=algorithm, initial=initial)
    entries = run(of, 100)
    assert [e.parameters for e in entries[:2]] == [{"depth": 1, "kind": "b"}] * 2
    assert type(entries[0].parameters["depth"]) is int
    assert len(entries) == 15  # the 14 points, one of them twice because it was asked for


@every_algorithm
def test_the_order_of_the_arguments_changes_nothing(algorithm: str) -> None:
    of = problem(*MIXED, algorithm=algorithm)
    entries = thirty(algorithm)[:18]
    history, pending = entries[:14], [Entry(e.number, e.parameters) for e in entries[14:]]
    expected = proposed(of, history, pending, 19)
    mixed_up = problem(*random.Random(1).sample(MIXED, len(MIXED)), algorithm=algorithm)
    assert proposed(mixed_up, random.Random(2).sample(history, 14), pending[::-1], 19) == expected


def printed(code: str, *arguments: str, **environment: str) -> str:
    """What a process prints that has nothing of this one's but its sources."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        check=True,
        text=True,
    ).stdout


@pytest.mark.parametrize("algorithm", [a for a in ALGORITHMS if a != "OneAtATime"])
def test_another_seed_proposes_something_else(algorithm: str) -> None:
    first = [[e.parameters for e in run(problem(*MIXED, algorithm=algorithm, seed=s), 3)] for s in (1, 2)]
    assert first[0] != first[1]


@every_algorithm
@pytest.mark.parametrize(
    "bend", [lambda y: y * 1024, lambda y: y / 8, lambda y: y + 64], ids=["up", "down", "offset"]
)
def test_neither_the_unit_nor_an_offset_of_the_objective_matters(
    algorithm: str, bend: Callable[[float], float]
) -> None:
    def in_quarters(values: Values) -> float:  # so that adding loses no digit
        return round(4 * mixed_loss(values)) / 4

    of = problem(*MIXED, algorithm=algorithm)
    for done in (12, 16):
        plain = bent(thirty(algorithm)[:done], in_quarters)
        other = bent(plain, lambda values: bend(in_quarters(values)))
        assert proposed(of, other, [], done + 1) == proposed(of, plain, [], done + 1)


@every_algorithm
def test_to_maximise_is_to_minimise_the_negative(algorithm: str) -> None:
    entries = thirty(algorithm)
    up = problem(*MIXED, algorithm=algorithm, goal="Maximize")
    for done in (1, 12, 16):
        negated = bent(entries[:done], lambda values: -mixed_loss(values))
        assert proposed(up, negated, [], done + 1) == entries[done].parameters


def bent(entries: list[Entry], loss: Callable[[Values], float]) -> list[Entry]:
    """The same trials with another loss."""
    return [finished(e.number, e.parameters, loss(dict(e.parameters))) for e in entries]


@every_algorithm
def test_a_narrowed_space_is_searched_and_the_trials_outside_of_it_count(algorithm: str) -> None:
    narrower = tuple(
        p.model_copy(
            update={"learning_rate": {"min": 1e-4, "max": 1e-3}, "optimizer": {"values": ["sgd"]}}.get(p.name)
        )
        for p in MIXED
    )
    history = thirty("Random")[:16]
    of = problem(*MIXED, algorithm=algorithm, narrowed=narrower)
    for number in (17, 18):
        values = proposed(of, history, [], number)
        assert 1e-4 <= float(values["learning_rate"]) <= 1e-3
        assert values["optimizer"] == "sgd"


@every_algorithm
def test_a_narrowed_space_is_kept_to_whatever_was_tried_first(algorithm: str) -> None:
    whole = (parameter("x", "double", min=0, max=1), parameter("y", "int", min=1, max=9))
    narrower = (whole[0].model_copy(update={"max": 0.4}), whole[1].model_copy(update={"min": 4, "max": 6}))
    of = problem(*whole, algorithm=algorithm, initial=({"x": 0.9, "y": 9},), narrowed=narrower)
    first, *others = run(of, 14, lambda values: -float(values["x"]))
    assert first.parameters == {"x": 0.9, "y": 9}
    assert all(float(e.parameters["x"]) <= 0.4 and 4 <= int(e.parameters["y"]) <= 6 for e in others)


@every_algorithm
def test_several_objectives_and_constraints_are_taken(algorithm: str) -> None:
    objectives = (Objective(metric="a", goal="Minimize"), Objective(metric="b", goal="Maximize"))
    limits = (Constraint(metric="a", max=3), Constraint(metric="c", min=0, max=1))
    of = Problem(MIXED, objectives, algorithm, constraints=limits)  # type: ignore[arg-type]
    history = [
        Entry(e.number, e.parameters, "Succeeded", (1.0 * n, 5 - n), (1.0 * n, None if n == 3 else n / 5))
        for n, e in enumerate(thirty("Random")[:16])
    ]
    assert proposed(of, history, [], 25)


HOPELESS = {
    "failed": [finished(n, {"x": n / 100}, None, "Failed") for n in range(1, 21)],
    "diverged": [finished(n, {"x": n / 100}, math.nan, "Diverged") for n in range(1, 21)],
    "silent": [Entry(n, {"x": n / 100}, "Stopped") for n in range(1, 21)],
    "one value": [finished(n, {"x": n / 100}, 1.5 if n == 7 else None, "Failed") for n in range(1, 21)],
    "constant": [finished(n, {"x": n / 100}, 0.1) for n in range(1, 21)],
    "huge": [finished(n, {"x": n / 100}, (-1) ** n * 1.7e308) for n in range(1, 21)],
    "tiny": [finished(n, {"x": n / 100}, n * 5e-324) for n in range(1, 21)],
    "one outlier": [finished(n, {"x": n / 100}, 1e300 if n == 7 else 0.01 * n) for n in range(1, 21)],
    "infinite": [finished(n, {"x": n / 100}, math.inf if n % 2 else 1.0, "Diverged") for n in range(1, 21)],
    "one point": [finished(n, {"x": 0.5}, float(n)) for n in range(1, 21)],
}


@every_algorithm
@pytest.mark.parametrize("history", HOPELESS.values(), ids=HOPELESS.keys())
def test_no_history_stops_the_search(algorithm: str, history: list[Entry]) -> None:
    of = problem(parameter("x", "double", min=0, max=1), algorithm=algorithm)
    assert 0 <= float(proposed(of, history, [], 2 if algorithm == "Grid" else 21)["x"]) <= 1


@cache
def two_hundred() -> list[Entry]:
    """Random trials of MIXED."""
    return run(problem(*MIXED), 200)


@every_algorithm
def test_two_hundred_running_trials_and_none_finished(algorithm: str) -> None:
    of = problem(*MIXED, algorithm=algorithm)
    pending = [Entry(e.number, e.parameters) for e in two_hundred()]
    assert proposed(of, [], pending, 201)


@every_algorithm
def test_a_parameter_with_one_value_keeps_it(algorithm: str) -> None:
    frozen = (parameter("a", "double", min=0.3, max=0.3), parameter("b", "int", min=4, max=4, scale="log"))
    assert proposed(problem(*frozen, algorithm=algorithm), [], [], 1) == {"a": 0.3, "b": 4}


@cheap_algorithm
@given(data=st.data())
@settings(calm, max_examples=40)
def test_any_finite_space_is_used_up_exactly(algorithm: str, data: st.DataObject) -> None:
    of = problem(*data.draw(spaces(most=3)), algorithm=algorithm)
    points = size(of)
    if points is not None and points <= 60:
        entries = run(of, 100)
        assert len(entries) == points == len({Space(of.parameters).key(e.parameters) for e in entries})


def test_an_unknown_algorithm_is_named() -> None:
    with pytest.raises(UnknownAlgorithm, match="'Simplex': use one of Bayesian, CMAES"):
        suggest(problem(*SMALL, algorithm="Simplex"), [], [], 1)


IMPOSSIBLE = {
    "min 3.0 and max 2.0": parameter("x", "double", min=3, max=2),
    "min above 0, not 0.0": parameter("x", "double", min=0, max=2, scale="log"),
    "no whole number": parameter("x", "int", min=0.2, max=0.8),
    "an int's step is whole, not 0.5": parameter("x", "int", min=0, max=8, step=0.5),
    "at least one value": parameter("x", "categorical"),
    "parameters x: `when` names none": parameter("x", "bool", when={"parameter": "y", "in": ["a"]}),
}


@pytest.mark.parametrize(("message", "bad"), IMPOSSIBLE.items())
def test_an_impossible_space_says_what_is_wrong(message: str, bad: object) -> None:
    with pytest.raises(ImpossibleSpace, match=message):
        suggest(problem(bad), [], [], 1)  # type: ignore[arg-type]


def test_parameters_that_wait_for_one_another_are_named() -> None:
    circle = (
        parameter("a", "bool", when={"parameter": "b", "in": ["true"]}),
        parameter("b", "bool", when={"parameter": "a", "in": ["true"]}),
    )
    with pytest.raises(ImpossibleSpace, match="a, b"):
        suggest(problem(*circle), [], [], 1)


def test_importing_the_search_loads_no_heavy_library() -> None:
    code = (
        "import sys, tuning_operator.search; print({'numpy', 'scipy', 'sklearn', 'skopt'} & set(sys.modules))"
    )
    assert printed(code).strip() == "set()"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "fields",
    [
        {"type_": "double", "min": -1e308, "max": 1e308, "step": 5e-324},
        {"type_": "double", "min": 0, "max": 1e300, "step": 1e-9},
        {"type_": "double", "min": 1e-9, "max": 1e9, "step": 1e-9, "scale": "log"},
        {"type_": "int", "min": -(2**60), "max": 2**60},
        {"type_": "int", "min": -1e300, "max": 1e300},
    ],
    ids=["the finest step", "a fine step", "a fine step on a log scale", "beyond doubles", "the largest"],
)
def test_the_largest_ranges_and_the_finest_steps_are_searched(algorithm: str, fields: dict[str, Any]) -> None:
    x = parameter("x", **fields)
    entries = run(problem(x, algorithm=algorithm), 16, lambda values: float(values["x"]))
    assert len(entries) >= 5
    assert all(fits(x, e.parameters["x"]) for e in entries)
