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


GRID = {"algorithm": "Grid"}
NARROW = {"narrow": {"keep": 0.5}}


@pytest.mark.parametrize(
    ("stage", "where"),
    [
        ({"algorithm": "Sobol"}, "space"),
        ({"algorithm": "Sobol", **NARROW}, "narrowed space"),
        (GRID, "grid"),
        (GRID | NARROW, "narrowed grid"),
    ],
)
def test_what_is_used_up_is_what_the_last_stage_has_looked_at(stage, where):
    spec = job(max=9, search={"stages": [{"algorithm": "Random", "trials": 1}, stage]})
    message = decide(spec, views(finished(1, 0.5)), NOW, exhausted=2).status.message
    assert message.endswith(f"(digits-1); every point of the {where} has been tried")
