from __future__ import annotations

import pytest
from tuning_operator.engine.tally import baseline, best, counts, tally

from tests.engine.builders import finished, job, trial

INITIAL = [{"parameters": {"x": 0.1}}]


def test_counts_add_up():
    trials = [finished(1, 0.1), finished(2, 0.2, "TargetReached"), finished(3, reason="Error")]
    trials += [finished(4, reason="Diverged"), finished(5, 0.1, "Stopped"), trial(6)]
    numbers = counts(job(max=9), tally(trials))
    assert (numbers.done, numbers.total, numbers.running) == ("5/9", 6, 1)
    assert (numbers.succeeded, numbers.failed, numbers.stopped) == (2, 2, 1)


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
    assert best(job(goal=goal), tally(trials)).number == number


def test_without_a_success_there_is_no_best():
    assert best(job(), tally([finished(1, reason="Diverged"), trial(2)])) is None


def test_the_best_is_named_with_all_that_is_needed_to_use_it():
    found = best(job(artifacts={"path": "s3://bucket/runs"}), tally([finished(7, 0.9)]))
    assert (found.trial, found.number, found.parameters) == ("digits-7", 7, {"x": 0.5})
    assert [(o.metric, o.value) for o in found.objectives] == [("accuracy", 0.9)]
    assert found.artifact == "s3://bucket/runs/lab/uid-1/7"


def test_the_baseline_is_the_first_initial_trial():
    trials = [finished(1, 0.1), finished(2, 0.9)]
    assert baseline(job(), tally(trials)) is None
    assert baseline(job(search={"initialTrials": INITIAL}), tally(trials)).number == 1
