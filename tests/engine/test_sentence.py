from __future__ import annotations

import pytest
from tuning_operator.engine.decide import decide

from tests.engine.builders import NOW, finished, job, measured, recorded, running, trial, views

GOALS = [{"metric": "accuracy", "goal": "Maximize"}]


@pytest.mark.parametrize(
    ("spec", "trials", "message"),
    [
        (job(), [], "0 of 4 trials done"),
        (
            job(),
            [finished(1, 0.981), running(2)],
            "1 of 4 trials done, 1 running; best accuracy 0.981 (digits-1)",
        ),
        (job(max=1), [finished(1, 0.5)], "1 of 1 trials done; best accuracy 0.5 (digits-1)"),
        (
            job(target=0.5),
            [finished(1, 0.5), finished(2, reason="Stopped")],
            "2 of 4 trials done, 1 stopped; best accuracy 0.5 (digits-1); the target is reached",
        ),
        (
            job(max=1),
            [finished(1, reason="Error")],
            "1 of 1 trials done, 1 failed; none succeeded: digits-1 Error",
        ),
        (
            job(trials={"maxFailed": 0}),
            [finished(1, reason="Error")],
            "1 of 4 trials done, 1 failed; more than 0 failed: digits-1 Error",
        ),
        (
            job(suspend=False, parallel=1),
            [trial(1, recorded(reason="PodRefused", message="quota"))],
            "0 of 4 trials done, 1 running; 1 waiting (digits-1: PodRefused: quota)",
        ),
        (
            job(constraints=[{"metric": "bytes", "max": 100}]),
            [measured(1, 0.9, bytes=150)],
            "1 of 4 trials done; nothing feasible yet, nearest is digits-1: bytes 150 is above max 100",
        ),
        (
            job(max=1, constraints=[{"metric": "bytes", "max": 100}]),
            [measured(1, 0.9, bytes=150)],
            "1 of 1 trials done; nothing feasible, nearest is digits-1: bytes 150 is above max 100",
        ),
        (
            job(objectives=[*GOALS, {"metric": "bytes", "goal": "Minimize"}]),
            [measured(1, 0.9, bytes=150), measured(2, 0.5, bytes=20)],
            "2 of 4 trials done; best accuracy 0.9, bytes 150 (digits-1, one of 2 in the Pareto set)",
        ),
    ],
)
def test_the_message_people_read(spec, trials, message):
    assert decide(spec, views(*trials), NOW).status.message == message
