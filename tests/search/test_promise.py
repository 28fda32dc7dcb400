"""What a point promises, and how much an improvement must be to count."""

from dataclasses import replace

import numpy as np
import pytest
from tuning_operator.api import Constraint
from tuning_operator.search import Entry
from tuning_operator.search.acquisition import log_expected_improvement
from tuning_operator.search.lessons import lessons
from tuning_operator.search.prior import prior
from tuning_operator.search.promise import Promise, margin
from tuning_operator.search.question import Question
from tuning_operator.search.space import Space

from tests.search.builders import parameter, problem

X = parameter("x", "double", min=0, max=1)
FALLING = [Entry(n, {"x": n / 10}, "Succeeded", (-n / 10,), (n / 10,)) for n in range(1, 10)]
"""The larger x, the better, and the constrained metric is x."""


def promise(history: list[Entry], *pending: float, limit: float = 1.0) -> Promise:
    of = problem(X, algorithm="Bayesian", constraints=(Constraint(metric="c", max=limit),))
    running = tuple(Entry(n, {"x": x}) for n, x in enumerate(pending, start=50))
    question = Question(of, Space((X,)), Space((X,)), tuple(history), running, 61)
    return Promise(question, lessons(of, history), prior(question))


def mean_at(of: Promise, x: float) -> float:
    return float(of._model.mean(of._features.rows([{"x": x}]))[0])


def test_what_is_to_be_undercut_is_expected_of_a_trial_that_keeps_to_the_constraints() -> None:
    of = promise(FALLING, limit=0.5)
    assert of._best == pytest.approx(mean_at(of, 0.5))
    assert mean_at(of, 0.9) < of._best - 0.5


def test_what_a_running_trial_is_expected_to_reach_is_no_improvement_for_another() -> None:
    of = promise(FALLING[:5], 0.6)
    assert of._best == pytest.approx(mean_at(of, 0.6))
    assert of._best < mean_at(of, 0.5)


def test_a_running_trial_takes_the_doubt_from_where_it_stands() -> None:
    rows = np.array([[0.7]])
    alone, beside = (promise(FALLING[:5], *running)._model.predict(rows) for running in ((), (0.7,)))
    assert beside[0] == pytest.approx(alone[0])
    assert beside[1] < 0.5 * alone[1]


def test_the_probability_to_be_allowed_weighs_in_full() -> None:
    of, places = promise(FALLING, limit=0.5), np.linspace(0, 1, 21).reshape(-1, 1)
    expected = log_expected_improvement(*of._model.predict(places), of._best - of._margin)
    likely = of._feasibility.log_probability(places)
    assert of._scores(places) == pytest.approx(expected + likely)
    assert likely[2] > -0.5 > -2 > likely[16]


def test_while_nothing_is_allowed_only_the_probability_to_be_allowed_counts() -> None:
    of, places = promise(FALLING, limit=0.05), np.linspace(0, 1, 21).reshape(-1, 1)
    assert of._scores(places) == pytest.approx(of._feasibility.log_probability(places))


def test_candidates_stand_around_the_best_that_keep_to_the_constraints() -> None:
    assert promise(FALLING, limit=0.5).good_trials(3).tolist() == [[0.5], [0.4], [0.3]]
    assert promise(FALLING[5:], limit=0.5).good_trials(2).tolist() == [[0.9], [0.8]]


def test_a_narrowed_stage_tells_the_trials_outside_of_its_box_apart() -> None:
    narrow = X.model_copy(update={"min": 0.2, "max": 0.4})
    of = problem(X, algorithm="Bayesian", narrowed=(narrow,))
    history = [replace(entry, constraints=()) for entry in FALLING]
    question = Question(of, Space((X,)), Space((narrow,)), tuple(history), (), 61)
    inside = Promise(question, lessons(of, history), prior(question))
    assert mean_at(inside, 0.9) < mean_at(inside, 0.6) - 0.5


def test_a_mean_of_many_runs_is_believed_more_than_one_run() -> None:
    """At one point half of the trials told 0, and half 1."""

    def said(repeats: int) -> float:
        told = [(n, n % 2) for n in range(1, 9)]
        history = [
            Entry(n, {"x": 0.5}, "Succeeded", (float(odd),), (0.0,), repeats=repeats if odd else 1)
            for n, odd in told
        ]
        return mean_at(promise(history), 0.5)

    assert said(100) > 0.7 > said(1)


def test_more_is_asked_for_where_there_are_more_parameters() -> None:
    asked = [margin(1, parameters) for parameters in (1, 2, 5, 20)]
    assert asked == sorted(set(asked))


def test_a_thousand_parameters_ask_for_no_more_than_a_tenth_of_a_deviation() -> None:
    assert margin(1, 1000) == margin(1, 20) == pytest.approx(0.1)


def test_every_fourth_proposal_polishes_however_many_parameters_there_are() -> None:
    polishing = [number for number in range(1, 13) if margin(number, 20) < 0.001]
    assert polishing == [4, 8, 12]


def test_with_several_objectives_the_number_of_parameters_asks_for_no_more() -> None:
    assert margin(1, 20, objectives=2) == margin(1, 2) < margin(1, 20)
