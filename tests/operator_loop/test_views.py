"""Each row: what the API server shows, and what it means for the run."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tuning_operator.cluster.projections import BatchJob, Pod, Refusal, pod, refusal
from tuning_operator.cluster.views import run_view
from tuning_operator.engine.snapshot import RunView

from tests.operator_loop.builders import (
    NOON,
    NOON_TEXT,
    a_pod,
    disrupted,
    pod_body,
    recorded,
    run,
    running,
    terminated,
    trial,
    waiting,
)

DELETED = {"deletionTimestamp": "2026-01-01T12:00:30Z", "deletionGracePeriodSeconds": 30}  # asked at noon


def view(job: BatchJob | None, *pods: Pod, **more: Any) -> RunView:
    found = run_view(trial(recorded()), job, pods, **more)
    assert found is not None
    return found


def test_a_trial_without_a_job_or_a_record_has_no_run() -> None:
    assert run_view(trial(), None, ()) is None


@pytest.mark.parametrize(
    ("what", "job", "pods", "expected"),
    [
        ("no pod yet", run(), [], ("Waiting", None)),
        ("a container that runs", run(), [a_pod(state=running())], ("Running", None)),
        ("a container that ended", run(), [a_pod(state=terminated(0))], ("Ended", None)),
        (
            "killed for memory",
            run(),
            [a_pod(state=terminated(137, reason="OOMKilled"))],
            ("Ended", "OutOfMemory"),
        ),
        ("no image yet", run(), [a_pod(state=waiting("ImagePullBackOff"))], ("Waiting", "ImagePull")),
        ("never an image", run(), [a_pod(state=waiting("InvalidImageName"))], ("Waiting", "ImagePull")),
        (
            "a missing ConfigMap",
            run(),
            [a_pod(state=waiting("CreateContainerConfigError"))],
            ("Waiting", None),
        ),
        (
            "evicted, whatever its exit code",
            run(),
            [a_pod(state=terminated(0), conditions=[disrupted()])],
            ("Ended", "Disrupted"),
        ),
        (
            "preempted before it ran",
            run(),
            [a_pod(phase="Failed", conditions=[disrupted()])],
            ("Ended", "Disrupted"),
        ),
        ("evicted by the kubelet", run(), [a_pod(phase="Failed", reason="Evicted")], ("Ended", "Disrupted")),
        ("refused by the kubelet", run(), [a_pod(phase="Failed", reason="OutOfcpu")], ("Ended", "Error")),
        (
            "past the pod's deadline",
            run(),
            [a_pod(phase="Failed", reason="DeadlineExceeded")],
            ("Ended", "Timeout"),
        ),
        (
            "deleted by hand, and told to end",
            run(),
            [a_pod(state=terminated(143), metadata=DELETED)],
            ("Ended", "PodDeleted"),
        ),
        (
            "ended with a report in the second of its deletion",
            run(),
            [a_pod(state=terminated(0, '{"metrics": {"score": 1}}'), metadata=DELETED)],
            ("Ended", None),
        ),
        (
            "exits 0 when told to, without a report",
            run(),
            [a_pod(state=terminated(0), metadata=DELETED)],
            ("Ended", "PodDeleted"),
        ),
        (
            "deleted by hand at once",
            run(),
            [replace(a_pod(state=running()), gone=True)],
            ("Ended", "PodDeleted"),
        ),
        (
            "ended by itself, deleted later",
            run(),
            [a_pod(state=terminated(0, at="2026-01-01T11:59:58Z"), metadata=DELETED)],
            ("Ended", None),
        ),
        ("suspended by Kueue", run(suspended=True), [], ("Waiting", None)),
        (
            "suspended by Kueue while it ran",
            run(suspended=True),
            [a_pod(state=terminated(143), metadata=DELETED)],
            ("Waiting", None),
        ),
        (
            "started again after a suspension, before its controller says so",
            run(conditions=[{"type": "Suspended", "status": "True"}]),
            [replace(a_pod(state=terminated(143), metadata=DELETED), gone=True)],
            ("Waiting", None),
        ),
        (
            "started again after a suspension, before there is another pod",
            run(started="2026-01-01T12:00:09Z"),
            [replace(a_pod(state=running(), metadata=DELETED), gone=True)],
            ("Waiting", None),
        ),
        ("the Job is gone, and its pod", None, [], ("Gone", "JobDeleted")),
        ("the Job is gone, its pod is ending", None, [a_pod(state=running())], ("Running", None)),
        ("the Job is gone, its pod has ended", None, [a_pod(state=terminated(143))], ("Ended", None)),
        ("the Job completed unseen", run(ended="Complete"), [], ("Ended", None)),
        ("the Job failed unseen", run(ended="Failed"), [], ("Ended", "PodDeleted")),
    ],
)
def test_state_and_cause(what: str, job: BatchJob | None, pods: list[Pod], expected: tuple[str, str]) -> None:
    found = view(job, *pods)
    assert (found.state, found.cause) == expected, what


def test_a_disruption_is_final_only_when_the_job_has_ended() -> None:
    evicted = a_pod(state=terminated(143), conditions=[disrupted()])
    assert not view(run(), evicted).final
    assert view(run(ended="Failed"), evicted).final


def test_a_disruption_names_the_pod() -> None:
    evicted = a_pod(state=terminated(143), conditions=[disrupted()])
    assert view(run(), evicted).message == "hello-1-r1-abc: EvictionByEvictionAPI: drained"


def test_only_hopeless_images_are_final() -> None:
    assert view(run(), a_pod(state=waiting("ErrImageNeverPull"))).final
    assert not view(run(), a_pod(state=waiting("ErrImagePull"))).final


def test_the_termination_message_is_read() -> None:
    report = view(run(), a_pod(state=terminated(0, '{"metrics": {"score": 0.5}}'))).report
    assert report is not None
    assert report.metrics == {"score": 0.5}


def test_last_words_that_are_no_report_are_the_message() -> None:
    assert view(run(), a_pod(state=terminated(1, "boom"))).message == "boom"


def test_the_controllers_words_explain_a_missing_pod() -> None:
    found = view(run(), refusal=Refusal("exceeded quota: q", NOON))
    assert (found.cause, found.message) == ("PodRefused", "exceeded quota: q")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, ("Ended", "Disrupted")), (0, ("Ended", "Disrupted")), (1, ("Waiting", "PodRefused"))],
)
def test_only_what_was_said_since_the_last_pod_explains_a_missing_one_after_a_disruption(
    seconds: int, expected: tuple[str, str]
) -> None:
    said = Refusal("exceeded quota: q", NOON + timedelta(seconds=seconds))
    found = view(run(), a_pod(state=terminated(143), conditions=[disrupted()]), refusal=said)
    assert (found.state, found.cause) == expected


def test_a_disruption_after_which_the_job_has_ended_waits_for_no_pod() -> None:
    said = Refusal("exceeded quota: q", NOON + timedelta(seconds=1))
    evicted = a_pod(state=terminated(143), conditions=[disrupted()])
    assert view(run(ended="Failed"), evicted, refusal=said).cause == "Disrupted"


@pytest.mark.parametrize(
    "times",
    [
        {"lastTimestamp": NOON_TEXT},
        {"lastTimestamp": None, "eventTime": "2026-01-01T12:00:00.000000Z"},
        {"eventTime": "2026-01-01T11:00:00.000000Z", "series": {"lastObservedTime": NOON_TEXT}},
        {},
    ],
)
def test_a_refusal_is_as_old_as_its_last_repetition(times: dict[str, Any]) -> None:
    event = {"metadata": {"creationTimestamp": NOON_TEXT}, "message": "exceeded quota: q", **times}
    assert refusal(event) == Refusal("exceeded quota: q", NOON)


def test_the_schedulers_words_are_the_message() -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}
    assert view(run(), a_pod(conditions=[condition])).message == "Unschedulable: 0/1 nodes"


def test_an_init_container_that_failed_is_the_message_and_one_that_did_not_is_none() -> None:
    done, failed = {"name": "fetch", "state": terminated(0)}, {"name": "unpack", "state": terminated(2)}
    assert view(run(), a_pod(initContainerStatuses=[done])).message is None
    told = view(run(), a_pod(initContainerStatuses=[done, failed])).message
    assert told == "init container unpack exited with 2"


def test_what_a_trial_may_use_is_its_limits_else_what_it_asks_for() -> None:
    asked = {"requests": {"cpu": 1}, "limits": {"cpu": "2", "nvidia.com/gpu": 1}}
    assert resources(asked) == {"cpu": "2", "nvidia.com/gpu": "1"}
    assert resources({"requests": {"cpu": 1}}) == {"cpu": "1"}
    assert resources({}) is None


def resources(asked: dict[str, Any]) -> Any:
    body = pod_body(state=running())
    body["spec"]["containers"][0]["resources"] = asked
    found = pod(body)
    assert found is not None
    return view(run(), found).resources


def test_the_newest_pod_counts() -> None:
    older = a_pod(uid="old", state=terminated(143), conditions=[disrupted()])
    found = view(run(), older, replace(a_pod(uid="new", version=2, state=running())))
    assert (found.state, found.pod) == ("Running", "new")


def test_a_job_that_is_being_deleted_was_told_to_stop() -> None:
    found = view(run(deleting=True), a_pod(state=running()))
    assert (found.stopping, found.exists) == (True, False)


def test_times_and_places_are_those_of_the_container() -> None:
    found = view(run(), a_pod(state=running()))
    assert (found.started, found.since, found.node, found.image) == (NOON, NOON, "n", "i@sha256:1")


def test_a_job_that_ended_before_its_pod_was_seen_to_is_not_believed_at_once() -> None:
    assert view(run(ended="Complete"), a_pod(state=running()), confirmed=False).state == "Running"
    assert view(run(ended="Complete"), confirmed=False).state == "Waiting"
