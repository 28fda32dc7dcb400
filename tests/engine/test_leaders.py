"""Who leads among the successes: the best, the Pareto set, the baseline."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.engine.leaders import Leaders, baseline, leaders
from tuning_operator.engine.limits import PARETO_MEMBERS
from tuning_operator.engine.tally import tally

from tests.engine.builders import finished, job, measured, trial

INITIAL = [{"parameters": {"x": 0.1}}]


@pytest.mark.parametrize(
    ("what", "goal", "trials", "number"),
    [
        ("the highest", "Maximize", [finished(1, 0.1), finished(2, 0.9)], 2),
        ("the lowest", "Minimize", [finished(1, 0.1), finished(2, 0.9)], 1),
        ("of equals the first", "Maximize", [finished(1, 0.9), finished(2, 0.9)], 1),
        ("no stopped one", "Maximize", [finished(1, 0.1), finished(2, 0.9, "Stopped")], 1),
        ("no running one", "Maximize", [trial(1), finished(2, 0.9)], 2),
    ],
)
def test_the_best(what, goal, trials, number):
    assert leaders(job(goal=goal), tally(trials)).best.number == number


def test_without_a_success_there_is_no_best():
    assert leaders(job(), tally([finished(1, reason="Diverged"), trial(2)])) == Leaders()


def test_the_best_is_named_with_all_that_is_needed_to_use_it():
    found = leaders(job(artifacts={"path": "s3://bucket/runs"}), tally([finished(7, 0.9)])).best
    assert (found.trial, found.number, found.parameters) == ("digits-7", 7, {"x": 0.5})
    assert [(o.metric, o.value) for o in found.objectives] == [("accuracy", 0.9)]
    assert found.artifact == "s3://bucket/runs/lab/uid-1/7"


def test_what_the_best_said_itself_goes_with_it_and_with_no_other_name():
    said = [
        one.model_copy(update={"status": one.status.model_copy(update={"advice": ["clip the gradients"]})})
        for one in (measured(1, 0.5, bytes=1), measured(2, 0.9, bytes=3))
    ]
    found = leaders(job(objectives=TWO), tally(said))
    assert (found.best.number, found.best.advice) == (2, ["clip the gradients"])
    assert [member.advice for member in found.pareto] == [None, None]


def test_the_baseline_is_the_first_initial_trial():
    trials = [finished(1, 0.1), finished(2, 0.9)]
    assert baseline(job(), tally(trials)) is None
    assert baseline(job(initialTrials=INITIAL), tally(trials)).number == 1


# Constraints

SMALL = [{"metric": "bytes", "max": 100}]


def test_the_best_keeps_to_the_constraints():
    trials = tally([measured(1, 0.9, bytes=101), measured(2, 0.5, bytes=99), measured(3, 0.6, bytes=100)])
    best = leaders(job(constraints=SMALL), trials).best
    assert best.number == 3
    assert [(c.metric, c.value) for c in best.constraints] == [("bytes", 100)]


def test_while_nothing_is_feasible_the_nearest_is_told():
    found = leaders(job(constraints=SMALL), tally([measured(1, 0.9, bytes=150), measured(2, 0.5, bytes=110)]))
    trial, breach = found.nearest
    assert (found.best, trial.number, breach.words) == (None, 2, "bytes 110 is above max 100")


# Several objectives

TWO = [{"metric": "accuracy", "goal": "Maximize"}, {"metric": "bytes", "goal": "Minimize"}]


def pareto(*trials, **spec):
    return [b.number for b in leaders(job(objectives=TWO, **spec), tally(trials)).pareto]


def test_the_pareto_set_is_what_nothing_beats_the_first_objective_s_best_first():
    trials = [measured(1, 0.5, bytes=1), measured(2, 0.9, bytes=3), measured(3, 0.9, bytes=4)]
    assert pareto(*trials, measured(4, 0.7, bytes=2), measured(5, 0.4, bytes=1)) == [2, 4, 1]


def test_equals_stand_in_the_order_of_their_numbers():
    assert pareto(measured(1, 0.5, bytes=1), measured(2, 0.5, bytes=1)) == [1, 2]


def test_what_breaks_a_constraint_is_not_in_the_set():
    trials = [measured(1, 0.5, bytes=1, recall=0.1), measured(2, 0.4, bytes=2, recall=0.9)]
    assert pareto(*trials, constraints=[{"metric": "recall", "min": 0.5}]) == [2]


def test_the_best_is_the_member_that_is_best_on_the_first_objective():
    trials = tally([measured(1, 0.9, bytes=4), measured(2, 0.9, bytes=3), measured(3, 0.2, bytes=1)])
    found = leaders(job(objectives=TWO), trials)
    assert found.best.number == 2
    assert found.pareto[0] == found.best


def test_with_one_objective_there_is_no_pareto_set():
    assert leaders(job(), tally([finished(1, 0.5)])).pareto is None


def test_of_a_large_set_the_ends_and_an_even_spread_are_shown():
    members = [measured(n, n / 1000, bytes=n) for n in range(1, 1001)]
    found = leaders(job(objectives=TWO), tally(members))
    numbers = [b.number for b in found.pareto]
    assert (found.size, len(numbers), numbers[0], numbers[-1]) == (1000, PARETO_MEMBERS, 1000, 1)
    assert max(a - b for a, b in pairwise(numbers)) <= 11


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.25, 0.5, 1.0])] * 3), min_size=1, max_size=40))
def test_no_success_beats_the_best_or_a_member_of_the_set(rows):
    goals = [*TWO, {"metric": "loss", "goal": "Minimize"}]
    spec = job(objectives=goals, constraints=[{"metric": "loss", "max": 0.75}])
    found = leaders(
        spec, tally([measured(n, a, bytes=b, loss=c) for n, (a, b, c) in enumerate(rows, start=1)])
    )
    allowed = [row for row in rows if row[2] <= 0.75]
    members = {tuple(o.value for o in b.objectives) for b in found.pareto or ()}
    assert members == {row for row in allowed if not any(beats(other, row) for other in allowed)}
    assert (found.best is None) == (not allowed)
    assert found.best is None or found.best == found.pareto[0]


def beats(one, other):
    signed = [(-a, b, c) for a, b, c in (one, other)]
    return signed[0] != signed[1] and all(x <= y for x, y in zip(*signed, strict=True))
