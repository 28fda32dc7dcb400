from __future__ import annotations

from tuning_operator.api import Constraint
from tuning_operator.search import Entry

from tests.search.builders import MIXED, finished, parameter, problem, run

X_AND_KIND = (
    parameter("kind", "categorical", values=["a", "b", "c"]),
    parameter("x", "double", min=0, max=1),
)
BASELINE = {"kind": "b", "x": 0.25}


def differences(a: Entry, b: Entry) -> set[str]:
    return {
        name for name in {*a.parameters, *b.parameters} if a.parameters.get(name) != b.parameters.get(name)
    }


def test_every_trial_differs_from_the_baseline_in_one_parameter_until_all_have_been_varied() -> None:
    of = problem(*X_AND_KIND, algorithm="OneAtATime", initial=(BASELINE,))
    entries = run(of, 7)
    assert entries[0].parameters == BASELINE
    varied = [differences(entries[0], e) for e in entries[1:]]
    # two other kinds, and the four other levels of five (0.25 is one)
    assert sorted(name for names in varied for name in names) == ["kind"] * 2 + ["x"] * 4
    assert all(len(names) == 1 for names in varied)


def test_without_an_initial_trial_the_baseline_is_the_middle() -> None:
    first = run(problem(*X_AND_KIND, algorithm="OneAtATime"), 1)[0]
    assert first.parameters == {"kind": "b", "x": 0.5}


def test_a_parameter_that_comes_to_exist_gets_its_middle_value() -> None:
    entries = run(problem(*MIXED, algorithm="OneAtATime"), 20)
    sgd = next(e for e in entries if e.parameters["optimizer"] == "sgd")
    assert sgd.parameters["momentum"] == 0.495
    assert differences(entries[0], sgd) == {"optimizer", "momentum"}


def test_afterwards_the_best_so_far_is_varied_by_smaller_steps() -> None:
    of = problem(parameter("x", "double", min=0, max=1), algorithm="OneAtATime")
    history = run(of, 18, lambda values: abs(float(values["x"]) - 0.8))
    places = [e.parameters["x"] for e in history]
    assert sorted(places[:5]) == [0, 0.25, 0.5, 0.75, 1]  # what a grid would try
    assert min(abs(float(x) - 0.8) for x in places) < 0.02


def test_of_a_long_row_of_steps_five_are_tried_before_the_best_so_far_is_varied() -> None:
    of = problem(parameter("x", "int", min=0, max=100_000, step=2), algorithm="OneAtATime")
    history = run(of, 12, lambda values: abs(float(values["x"]) - 70_000))
    places = [int(e.parameters["x"]) for e in history]
    assert sorted(places[:5]) == [0, 25_000, 50_000, 75_000, 100_000]
    assert min(abs(place - 70_000) for place in places[5:]) < 5_000


def test_a_trial_that_failed_is_never_the_best_so_far() -> None:
    of = problem(parameter("x", "double", min=0, max=1), algorithm="OneAtATime")
    levels = (0.5, 0.0, 1.0, 0.25, 0.75)
    history = [
        finished(n, {"x": x}, x if x else None, "Succeeded" if x else "Failed")
        for n, x in enumerate(levels, 1)
    ]
    nexts = run_on(of, history, 3)
    assert all(0 < float(x) < 0.75 for x in nexts)


def test_a_trial_that_breaks_a_constraint_is_never_the_best_so_far() -> None:
    x = parameter("x", "double", min=0, max=1)
    of = problem(x, algorithm="OneAtATime", constraints=(Constraint(metric="c", min=0.5),))
    levels = (0.5, 0.0, 1.0, 0.25, 0.75)
    history = [Entry(n, {"x": x}, "Succeeded", (x,), (x,)) for n, x in enumerate(levels, 1)]
    nexts = run_on(of, history, 3)  # half a range beside 0.5 are the ends, then a quarter, then an eighth
    assert nexts == [0.375, 0.625, 0.4375]


def run_on(of: object, history: list[Entry], trials: int) -> list[object]:
    from tests.search.builders import proposed

    pending: list[Entry] = []
    for _ in range(trials):
        number = len(history) + len(pending) + 1
        pending.append(Entry(number, proposed(of, history, pending, number)))  # type: ignore[arg-type]
    return [e.parameters["x"] for e in pending]
