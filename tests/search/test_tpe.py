from __future__ import annotations

from statistics import mean, median

import pytest
from tuning_operator.api import Constraint
from tuning_operator.search import Entry
from tuning_operator.search.tpe import most_told

from tests.search.builders import parameter, problem, proposed


@pytest.mark.parametrize(("parameters", "most"), [(1, 2000), (6, 2000), (12, 1000), (40, 300), (64, 300)])
def test_the_more_parameters_there_are_the_fewer_trials_make_a_study(parameters: int, most: int) -> None:
    assert most_told(parameters) == most


def test_of_many_parameters_a_bad_trial_that_is_not_among_the_chosen_is_not_told() -> None:
    """With 40 the study is of 300: the best and the newest hundred, and every second or third of the rest."""
    names = [f"x{i:02}" for i in range(40)]
    of = problem(*[parameter(name, "double", min=0, max=1) for name in names], algorithm="TPE")

    def history(bad: float) -> list[Entry]:
        told = [(0.5, 0.0)] * 101 + [(bad, 9.0)] + [(0.25, 1.0)] * 350
        trials = [(dict.fromkeys(names, at) | {"x00": i / 1000}, loss) for i, (at, loss) in enumerate(told)]
        return [Entry(i, at, "Succeeded", (loss,)) for i, (at, loss) in enumerate(trials, 1)]

    assert proposed(of, history(0.9), [], 453) == proposed(of, history(0.1), [], 453)


def test_running_trials_send_the_next_ones_elsewhere() -> None:
    of = problem(parameter("x", "double", min=0, max=1), algorithm="TPE")
    history = [Entry(n, {"x": n / 40}, "Succeeded", (abs(n / 40 - 0.3),)) for n in range(1, 41)]
    running = [Entry(n, {"x": 0.3 + (n - 50) / 1000}) for n in range(41, 61)]

    def away(pending: list[Entry]) -> float:
        points = [proposed(of, history, pending, number) for number in range(61, 81)]
        return mean(abs(float(point["x"]) - 0.3) for point in points)

    assert away(running) > 2 * away([])


def test_what_breaks_a_constraint_is_not_sought_however_good_it_is() -> None:
    x = parameter("x", "double", min=0, max=1)
    of = problem(x, algorithm="TPE", constraints=(Constraint(metric="c", max=0.5),))
    history = [Entry(n, {"x": n / 40}, "Succeeded", (-n / 40,), (n / 40,)) for n in range(1, 41)]
    points = [float(proposed(of, history, [], number)["x"]) for number in range(41, 61)]
    assert median(points) == pytest.approx(0.5, abs=0.1)
