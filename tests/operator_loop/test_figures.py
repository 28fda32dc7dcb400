"""What is exported of a job."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api import Run, Trial, TrialStatus, TuningJob
from tuning_operator.cluster.figures import Figures, job_figures
from tuning_operator.cluster.kinds import TRIALS, TUNING_JOBS
from tuning_operator.cluster.store import Store
from tuning_operator.metrics.exporter import JobFigures

from tests.engine.builders import NOW, at, finished, job, measured, recorded, trial
from tests.operator_loop.builders import NOON_TEXT, job_body, trial_body


def figures(*trials: Trial, of: TuningJob | None = None) -> JobFigures:
    return job_figures(of or job(), trials, at(100))


def with_runs(*runs: Run) -> Trial:
    return trial(1, TrialStatus(runs=list(runs)))


def a_run(begin: float | None, end: float | None, **resources: str) -> Run:
    named = {name.replace("_", "/"): amount for name, amount in resources.items()}
    start, over = (None if t is None else at(t) for t in (begin, end))
    return Run(number=1, purpose="Train", uid="u", start_time=start, end_time=over, resources=named)


def test_a_job_that_nobody_has_seen_is_pending_and_has_nothing_else_to_tell() -> None:
    said = figures()
    assert (said.namespace, said.name, said.phase, said.most) == ("lab", "digits", "Pending", 4)
    assert (said.trials, said.best, said.last, said.failures, said.resource_seconds) == ({}, {}, {}, {}, {})


def test_the_last_objective_is_that_of_the_trial_that_succeeded_last() -> None:
    late = finished(1, 0.4)
    late = late.model_copy(update={"status": late.status.model_copy(update={"completion_time": at(9)})})
    said = figures(late, finished(2, 0.7), finished(3, reason="Error"))
    assert said.last == {"accuracy": 0.4}
    assert said.parameters == {"x": 0.5}


def test_the_best_trial_and_the_pareto_front_are_the_statuss() -> None:
    member: dict[str, object] = {"trial": "digits-7", "number": 7, "parameters": {}}
    member["objectives"] = [{"metric": "accuracy", "value": 0.9}, {"metric": "latency", "value": 3.0}]
    said = figures(of=job(status={"best": member, "pareto": [member]}))
    assert said.best == {"accuracy": 0.9, "latency": 3.0}
    assert said.pareto == {"7": said.best}


OBJECTIVES = [{"metric": "accuracy", "goal": "Maximize"}, {"metric": "latency", "goal": "Minimize"}]
LARGE_FRONT: list[dict[str, Any]] = [  # the 31st is the most accurate one, the 64th the fastest
    {
        "trial": f"digits-{number}",
        "number": number,
        "parameters": {},
        "objectives": [
            {"metric": "accuracy", "value": 0.99 if number == 31 else 0.5},
            {"metric": "latency", "value": 1.0 if number == 64 else 9.0},
        ],
    }
    for number in range(1, 101)
]


def test_a_finished_jobs_front_stays_to_be_seen_by_fewer_of_its_members_the_ends_among_them() -> None:
    going_on = figures(of=job(objectives=OBJECTIVES, status={"pareto": LARGE_FRONT}))
    assert len(going_on.pareto) == 100
    done = {"pareto": LARGE_FRONT, "completionTime": NOW.isoformat()}
    kept = figures(of=job(objectives=OBJECTIVES, status=done)).pareto
    assert len(kept) == 25
    assert {"31", "64"} <= set(kept)
    assert all(going_on.pareto[number] == values for number, values in kept.items())


def test_the_hypervolume_is_that_of_the_successes_of_a_job_with_several_objectives() -> None:
    trials = measured(1, 0.5, latency=4.0), measured(2, 0.9, latency=8.0), measured(3, 0.7, latency=6.0)
    assert figures(*trials, of=job(objectives=OBJECTIVES)).hypervolume == pytest.approx(0.25)
    assert figures(*trials).hypervolume is None


def test_a_finished_job_tells_no_parameters_any_more() -> None:
    done = job(status={"completionTime": NOW.isoformat()})
    assert figures(finished(1, 0.4), of=done).parameters == {}


def test_failures_and_waits_are_counted_by_their_reason() -> None:
    refused = trial(3, recorded(reason="PodRefused", message="exceeded quota"))
    held_back = trial(4, recorded(message="the Job is suspended"))
    starting = trial(5, recorded())
    said = figures(finished(1, reason="Error"), finished(2, reason="Error"), refused, held_back, starting)
    assert said.failures == {"Error": 2}
    assert said.waiting == {"PodRefused": 1, "Pending": 1}


def test_neither_success_nor_a_stop_is_a_failure() -> None:
    said = figures(finished(1, 0.5), finished(2, 0.5, reason="TargetReached"), finished(3, reason="Stopped"))
    assert said.failures == {}


def test_resources_are_counted_while_the_container_lives() -> None:
    over, alive = a_run(0, 50, cpu="500m", **{"nvidia.com_gpu": "2"}), a_run(90, None, cpu="2", memory="4Gi")
    said = figures(with_runs(over, alive, a_run(None, None, cpu="8")))
    assert said.resource_seconds == {"cpu": 50 * 0.5 + 10 * 2, "nvidia.com/gpu": 100}


def a_store(job_status: dict[str, Any], *trials: dict[str, Any]) -> Store:
    store = Store()
    store.put(TUNING_JOBS, job_body() | {"status": job_status})
    for number, status in enumerate(trials, start=1):
        store.put(TRIALS, trial_body(uid=f"t{number}", number=number, **status))
    return store


DONE = {"phase": "Succeeded", "completionTime": NOON_TEXT}
FAILED = {"completionTime": NOON_TEXT, "reason": "Error"}


def test_what_is_over_is_counted_once_until_it_is_written_again() -> None:
    store = a_store(DONE, FAILED)
    exported = Figures(store)
    first, again = exported.at(NOW), exported.at(NOW)
    assert first[0].failures == {"Error": 1}
    assert again[0] is first[0]
    store.put(TUNING_JOBS, job_body(version=2) | {"status": DONE | {"phase": "Failed"}})
    assert [each.phase for each in exported.at(NOW)] == ["Failed"]


@pytest.mark.parametrize(("job_status", "trial_status"), [({"phase": "Running"}, FAILED), (DONE, {})])
def test_what_still_goes_on_is_counted_each_time(
    job_status: dict[str, Any], trial_status: dict[str, Any]
) -> None:
    exported = Figures(a_store(job_status, trial_status))
    assert exported.at(NOW)[0] is not exported.at(NOW)[0]


def test_a_deleted_job_is_forgotten() -> None:
    store = a_store(DONE, FAILED)
    exported = Figures(store)
    exported.at(NOW)
    store.delete(TUNING_JOBS, job_body())
    assert exported.at(NOW) == []
