from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api import (
    Importance,
    Observation,
    Parameters,
    Point,
    Range,
    Run,
    Series,
    Trial,
    TuningJob,
    TuningJobStatus,
)
from tuning_operator.engine.bounded import fit, fit_job, size
from tuning_operator.engine.decide import decide
from tuning_operator.engine.findings import Findings
from tuning_operator.engine.limits import (
    ADVICE_CHARACTERS,
    ADVICE_SENTENCES,
    JOB_STATUS_BYTES,
    STATUS_BYTES,
    TRIAL_ADVICE_SENTENCES,
)
from tuning_operator.engine.snapshot import Obstacle

from tests.engine.builders import NOW, finished, job, recorded, trial, views

JOB = job()


def status(runs: int, points: int, extra: int, message: str):
    """A status with more of everything than fits."""
    values = [Observation(metric="accuracy", value=1 / 3)]
    values += [Observation(metric=f"m{i}" + "x" * 120, value=1 / 3, step=i) for i in range(extra)]
    one = {"image": "registry/image@sha256:" + "0" * 64, "node": "n" * 63, "pod": "p" * 36, "start_time": NOW}
    return recorded().model_copy(
        update={
            "runs": [Run(number=n, purpose="Resume", uid="u" * 36, **one) for n in range(1, runs + 1)],
            "series": [
                Series(metric="accuracy", points=[Point(step=s, value=1 / (3 + s)) for s in range(points)])
            ],
            "observations": values,
            "message": message,
        }
    )


@given(st.integers(1, 60), st.integers(1, 32), st.integers(0, 32), st.text(max_size=512))
def test_every_status_fits(runs, points, extra, message):
    full = status(runs, points, extra, message)
    small = fit(full, JOB)
    assert size(small) <= STATUS_BYTES
    assert small.runs[-1].number == full.runs[-1].number
    assert small.observations[0] == full.observations[0]
    assert small.series[0].points[-1] == full.series[0].points[-1]


def test_what_a_trial_is_judged_by_always_stays():
    constraints = [{"metric": f"m{i}" + "x" * 120, "max": 1} for i in range(8, 16)]
    small = fit(status(60, 32, 16, "m" * 512), job(constraints=constraints))
    assert [o.metric[:3].strip("x") for o in small.observations] == ["acc", *(f"m{i}" for i in range(8, 16))]


def test_advice_goes_before_final_values_do():
    full = status(1, 8, 16, "m").model_copy(update={"advice": ["a" * 256] * 6})
    small = fit(full, JOB)
    assert (small.advice, small.observations) == (None, full.observations)


def test_of_other_metrics_the_last_ones_go_first_and_the_constrained_one_stays():
    full = status(1, 8, 32, "m")
    small = fit(full, job(constraints=[{"metric": full.observations[-1].metric, "max": 1}]))
    kept = [o.metric for o in small.observations]
    first, *others, last = [o.metric for o in full.observations]
    assert kept == [first, last, *others[: len(kept) - 2]]
    assert 2 < len(kept) < 33


def test_what_fits_is_left_as_it_is():
    small = status(1, 8, 1, "short")
    assert fit(small, JOB) is small


# A job's status

NAMES = [f"{i:_>63}" for i in range(64)]
METRICS = [f"{i:m>128}" for i in range(20)]
OBJECTIVES = [{"metric": metric, "goal": "Maximize"} for metric in METRICS[:4]]


def large_job(max: int, letter: str = "x", **spec: object) -> TuningJob:
    """All that a status repeats is as long as a manifest may have it."""
    narrowing = {"algorithm": "Random", "trials": 1, "narrow": {"keep": 0.1}}
    stages = [{"algorithm": "Random", "trials": 1}, *[narrowing] * 6, {**narrowing, "trials": None}]
    return job(
        max=max,
        objectives=OBJECTIVES,
        constraints=[{"metric": metric, "max": 1} for metric in METRICS[4:]],
        initialTrials=[{"parameters": {}}],
        artifacts={"path": "s3://" + letter * 1019},
        search={"stages": stages},
        **spec,
    )


def large_trials(count: int, letter: str = "x", parameters: int = 64) -> list[Trial]:
    """Successes that no other one beats; the first of each stage has narrowed the space."""
    chosen: Parameters = dict.fromkeys(NAMES[:parameters], letter * 64)
    space = [Range(name=name, min=1 / 3, max=2 / 3) for name in NAMES[:60]]
    like, said = finished(1), [letter * ADVICE_CHARACTERS] * TRIAL_ADVICE_SENTENCES
    kept = [Observation(metric=metric, value=1 / 3) for metric in METRICS[4:]]

    def one(number: int) -> Trial:
        there = number / (3 * count)
        values = (there, -there, -abs(there - 1 / 9), -abs(there - 2 / 9))
        observed = [Observation(metric=m, value=v) for m, v in zip(METRICS, values, strict=False)] + kept
        found = space if 1 < number < 9 else None
        spec = {"number": number, "stage": min(number, 8), "parameters": chosen, "space": found}
        return like.model_copy(
            update={
                "metadata": like.metadata.model_copy(update={"name": f"{number:d>58}"}),
                "spec": like.spec.model_copy(update=spec),
                "status": like.status.model_copy(update={"observations": observed, "advice": said}),
            }
        )

    return [one(number) for number in range(1, count + 1)]


SAID = Findings(
    tuple(Importance(parameter=name, share=0.0156) for name in NAMES),
    ("a" * ADVICE_CHARACTERS,) * ADVICE_SENTENCES,
)


def large_status(parameters: int, letter: str, count: int = 200) -> TuningJobStatus:
    done = views(*large_trials(count, letter, parameters))
    return decide(large_job(count, letter), done, NOW, findings=SAID).status


@pytest.mark.parametrize("letter", ["x", "\N{MATHEMATICAL SANS-SERIF SMALL X}"])
def test_a_job_of_10_000_trials_has_a_status_that_fits_with_the_best_the_baseline_and_what_was_found(letter):
    status = large_status(64, letter, count=10_000)
    assert size(status) <= JOB_STATUS_BYTES
    assert (status.best.number, status.baseline.number, status.trials.succeeded) == (10_000, 1, 10_000)
    assert (status.importance, status.advice) == ([*SAID.importance], [*SAID.advice])
    assert status.best.advice == [letter * ADVICE_CHARACTERS] * TRIAL_ADVICE_SENTENCES


def test_a_job_that_cannot_go_on_has_a_status_that_fits_whatever_it_is_told():
    letter = "\N{MATHEMATICAL SANS-SERIF SMALL X}"
    going = views(*large_trials(200, letter), trial(201, recorded(message=letter * 512)))
    status = decide(large_job(300, letter), going, NOW, obstacle=Obstacle("Refused", letter * 5000)).status
    assert status.phase == "Stalled"
    assert size(status) <= JOB_STATUS_BYTES


@pytest.mark.parametrize("parameters", [1, 16, 48, 64])
def test_of_the_pareto_set_as_many_are_shown_as_fit_and_those_best_on_each_objective_always(parameters):
    status = large_status(parameters, "x")
    assert {200, 133, 67, 1} <= {one.number for one in status.pareto}
    assert 0 <= JOB_STATUS_BYTES - size(status) < size(status.best)


def test_the_stages_spaces_go_only_where_they_leave_no_room_for_the_pareto_set():
    assert all(stage.space for stage in large_status(1, "x").stages[1:])
    assert not any(stage.space for stage in large_status(64, "x").stages)


def test_of_a_job_what_fits_is_left_as_it_is():
    small = large_status(1, "x", count=4)
    assert (len(small.pareto), len(small.stages[1].space)) == (4, 60)
    assert fit_job(small, large_job(4)) is small
