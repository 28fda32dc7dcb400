"""A Trial's runs as the Store shows them."""

from datetime import timedelta

import pytest
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS
from tuning_operator.cluster.reading import KnownJob
from tuning_operator.cluster.snapshot import POD_PATIENCE, podless_runs, trial_views
from tuning_operator.cluster.store import Store

from tests.operator_loop.builders import (
    NOON,
    NOON_TEXT,
    Body,
    disrupted,
    pod_body,
    recorded,
    run_body,
    running,
    terminated,
    trial_body,
    tuning_job,
)

JOB = KnownJob("ns", "hello", "job", 1, tuning_job())


def a_run(number: int) -> Body:
    body = run_body(uid=f"run-{number}")
    body["metadata"]["labels"]["tuning.dev/run"] = str(number)
    return body


@pytest.mark.parametrize("ended", [{}, {"completionTime": NOON_TEXT}])
@pytest.mark.parametrize("there", [(1, 2), (1,)])
def test_earlier_runs_are_shown_while_their_jobs_are_there(ended: Body, there: tuple[int, ...]) -> None:
    store = Store()
    runs = [recorded(number, f"run-{number}") for number in (1, 2)]
    store.put(TRIALS, trial_body(runs=runs, **ended))
    for number in there:
        store.put(JOBS, a_run(number))
    assert [view.older for view in trial_views(store, JOB)] == [(1,)]


def test_an_earlier_run_on_its_way_out_is_not_shown() -> None:
    store = Store()
    store.put(TRIALS, trial_body(runs=[recorded(2, "run-2")]))
    going = a_run(1)
    going["metadata"]["deletionTimestamp"] = NOON_TEXT
    store.put(JOBS, going)
    assert trial_views(store, JOB)[0].older == ()


def test_a_job_of_another_namespace_is_no_run_and_its_pods_say_nothing_of_the_trial() -> None:
    """Their owner references name the trial's uid and its run's: whoever may look at those may write them."""
    store = Store()
    store.put(TRIALS, trial_body(runs=[recorded()]))
    store.put(JOBS, run_body())
    forged, claimed = a_run(9), pod_body(state=terminated(0, '{"metrics": {"score": 1}}'))
    for body, kind in ((forged, JOBS), (claimed, PODS)):
        body["metadata"]["namespace"] = "elsewhere"
        store.put(kind, body)
    (view,) = trial_views(store, JOB)
    assert view.run is not None
    assert (view.run.number, view.run.state, view.older) == (1, "Waiting", ())


EVICTED = pod_body(state=terminated(143, at="2026-01-01T12:01:00Z"), conditions=[disrupted()])


@pytest.mark.parametrize(
    ("what", "pods", "since"),
    [
        ("no pod yet", [], 0),
        ("one that runs", [pod_body(state=running())], None),
        ("one that ended", [pod_body(state=terminated(0))], None),
        ("a disrupted one, and no other yet", [EVICTED], 60),
        ("a disrupted one, and another", [EVICTED, pod_body("next", 2, state=running())], None),
    ],
)
def test_a_job_lacks_a_pod_three_seconds_after_one_was_due(
    what: str, pods: list[Body], since: int | None
) -> None:
    store = Store()
    store.put(TRIALS, trial_body(runs=[recorded()]))
    store.put(JOBS, run_body())
    for body in pods:
        store.put(PODS, body)
    soon = NOON + timedelta(seconds=since or 0) + POD_PATIENCE - timedelta(seconds=1)
    late = soon + timedelta(seconds=1)
    assert podless_runs(store, JOB, soon) == ([], 1.0 if since is not None else None), what
    assert [run.uid for run in podless_runs(store, JOB, late)[0]] == ["run"] * (since is not None), what


@pytest.mark.parametrize("how", ["suspended", "deleting", "ended"])
def test_a_job_that_makes_no_pods_now_lacks_none(how: str) -> None:
    store = Store()
    store.put(TRIALS, trial_body(runs=[recorded()]))
    body = run_body()
    if how == "suspended":
        body["spec"]["suspend"] = True
    elif how == "deleting":
        body["metadata"]["deletionTimestamp"] = NOON_TEXT
    else:
        body["status"]["conditions"] = [{"type": "Failed", "status": "True"}]
    store.put(JOBS, body)
    assert podless_runs(store, JOB, NOON + timedelta(hours=1)) == ([], None)
