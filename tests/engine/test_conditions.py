"""The design's table, row by row."""

from __future__ import annotations

import pytest
from tuning_operator.engine.decide import decide
from tuning_operator.engine.snapshot import Obstacle

from tests.engine.builders import NOW, at, finished, job, running, trial, views

OBSTACLE = Obstacle("PodSecurity", 'pods "digits-1-r1" is forbidden')
NO_ROOM = Obstacle("QuotaExceeded", "exceeded quota: jobs", passes=True)


@pytest.mark.parametrize(
    ("phase", "spec", "trials", "obstacle", "conditions"),
    [
        ("Pending", job(), [], None, {"Reconciling": "True", "Ready": "False", "Succeeded": "Unknown"}),
        ("Running", job(), [running(1)], None, {"Ready": "True", "Succeeded": "Unknown"}),
        (
            "Suspended",
            job(suspend=True),
            [trial(1)],
            None,
            {"Ready": "True", "Succeeded": "Unknown", "Suspended": "True"},
        ),
        ("Stalled", job(), [], OBSTACLE, {"Stalled": "True", "Ready": "False", "Succeeded": "Unknown"}),
        ("Running", job(), [running(1)], NO_ROOM, {"Ready": "True", "Succeeded": "Unknown"}),
        ("Pending", job(), [], NO_ROOM, {"Reconciling": "True", "Ready": "False", "Succeeded": "Unknown"}),
        (
            "Succeeded",
            job(max=1),
            [finished(1, 0.5)],
            OBSTACLE,
            {"Succeeded": "True", "Finished": "True", "Ready": "True"},
        ),
        (
            "Failed",
            job(max=1),
            [finished(1, reason="Error")],
            None,
            {"Succeeded": "False", "Finished": "True", "Failed": "True", "Stalled": "True", "Ready": "False"},
        ),
    ],
)
def test_a_row_of_the_table(phase, spec, trials, obstacle, conditions):
    status = decide(spec, views(*trials), NOW, obstacle=obstacle).status
    assert status.phase == phase
    assert {c.type: c.status for c in status.conditions} == conditions


def test_a_condition_that_stays_keeps_its_time():
    pending = decide(job(), [], NOW).status.to_json()
    running_ = decide(job(status=pending), views(running(1)), at(9)).status
    assert running_.condition("Succeeded").last_transition_time == NOW
    assert running_.condition("Ready").last_transition_time == at(9)


def test_conditions_follow_the_generation():
    old = decide(job(), views(running(1)), NOW).status.to_json()
    new = decide(job(status=old, generation=2), views(running(1)), at(9)).status
    assert {c.observed_generation for c in new.conditions} == {2}
    assert new.observed_generation == 2


@pytest.mark.parametrize(("obstacle", "kind"), [(OBSTACLE, "Stalled"), (NO_ROOM, "Reconciling")])
def test_the_words_of_who_refused_stand_in_the_condition(obstacle, kind):
    status = decide(job(), [], NOW, obstacle=obstacle).status
    condition = status.condition(kind)
    assert (condition.reason, condition.message) == (obstacle.reason, obstacle.message)
    assert obstacle.message in status.message
