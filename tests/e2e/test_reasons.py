"""Every way a trial can go wrong has its own reason, and the search goes on.

All faults are real: real exits, a real OOM kill, a real eviction. The jobs run side by side, each
with a first trial that meets the fault and a second that does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.jobs import REPORT, Jobs, container, first_trial_only, misses_its_image, shell_job

FAULTS = {
    "exit-1": ("exit 1", "Error"),
    "exit-2": ('echo \'{"error": "units must be even"}\' > /dev/termination-log; exit 2', "UserError"),
    "exit-3": ("exit 3", "OutOfMemory"),
    "oom-killed": ("exec tail /dev/zero", "OutOfMemory"),
    "nan": ('echo \'{"metrics": {"score": "NaN"}}\' > /dev/termination-log; exit 0', "Diverged"),
    "silent": ("exit 0", "MetricsUnavailable"),
    "hangs": ("exec sleep 600", "Timeout"),
}


def faulty_job(name: str) -> dict[str, Any]:
    job = shell_job(name, first_trial_only(FAULTS[name][0]))
    container(job)["resources"] = {"limits": {"memory": "32Mi"}}
    if name == "hangs":
        job["spec"]["trials"]["timeoutSeconds"] = 4
    return job


@pytest.fixture(scope="module")
def jobs(jobs_in: Any, unpulled: Jobs) -> Iterator[Jobs]:
    """All faulty jobs, running at once in one namespace."""
    with jobs_in("reasons", enforce="restricted") as found:
        found.apply(*map(faulty_job, FAULTS))
        found.apply(misses_its_image("never-pulled", "Never"))
        yield found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_own_reason_and_the_search_goes_on(jobs: Jobs, name: str) -> None:
    assert_the_second_succeeded(jobs, name, FAULTS[name][1])


def assert_the_second_succeeded(jobs: Jobs, name: str, reason: str) -> None:
    status = jobs.finished(name)
    first, second = jobs.trials(name)
    assert first["status"]["reason"] == reason, first["status"]
    assert second["status"]["reason"] == "Completed"
    assert status["trials"]["failed"] == 1
    assert status["trials"]["succeeded"] == 1
    assert status["best"]["number"] == 2
    jobs.assert_described(name, reason)


def test_what_the_trial_said_stands_in_kubectl_describe(jobs: Jobs) -> None:
    jobs.finished("exit-2")
    assert "units must be even" in jobs.kubectl("describe", "trial", "exit-2-1").stdout


def test_a_diverged_trial_has_no_value(jobs: Jobs) -> None:
    jobs.finished("nan")
    assert [o for o in jobs.trial("nan", 1)["status"]["observations"] if "value" in o] == []


def test_an_image_that_may_not_be_pulled_fails_the_trial(jobs: Jobs) -> None:
    assert jobs.finished("never-pulled")["phase"] == "Failed"
    jobs.assert_described("never-pulled", "ImagePull")


def test_a_job_deleted_by_hand_is_not_silently_made_again(jobs: Jobs) -> None:
    jobs.apply(shell_job("job-deleted", first_trial_only("exec sleep 600")))
    jobs.pod_of("job-deleted-1")
    jobs.kubectl("delete", "job", "job-deleted-1-r1")
    assert_the_second_succeeded(jobs, "job-deleted", "JobDeleted")
    assert len(jobs.trial("job-deleted", 1)["status"]["runs"]) == 1


def test_a_pod_deleted_by_hand_is_named(jobs: Jobs) -> None:
    jobs.apply(shell_job("pod-deleted", first_trial_only("exec sleep 600")))
    jobs.kubectl("delete", "pod", jobs.pod_of("pod-deleted-1"))
    assert_the_second_succeeded(jobs, "pod-deleted", "PodDeleted")


def evict(jobs: Jobs, pod: str) -> None:
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": jobs.namespace},
    }
    path = f"/api/v1/namespaces/{jobs.namespace}/pods/{pod}/eviction"
    jobs.kubectl("create", "--raw", path, "-f", "-", input=json.dumps(eviction))


@pytest.mark.parametrize("code", [143, 0])
def test_an_evicted_trial_runs_again_and_its_exit_code_is_not_believed(jobs: Jobs, code: int) -> None:
    name = f"evicted-{code}"
    jobs.apply(shell_job(name, f"trap 'exit {code}' TERM\nsleep 8 & wait\n{REPORT}", trials={"max": 1}))
    pod = jobs.pod_of(f"{name}-1")
    evict(jobs, pod)
    status = jobs.finished(name)
    trial = jobs.trial(name, 1)
    assert status["trials"]["succeeded"] == 1
    assert trial["status"]["reason"] == "Completed"
    assert "score" in json.dumps(trial["status"]["observations"])
    # told by 143, the Job makes another pod; taken in by 0, it is Complete, and another run is made
    assert [run["purpose"] for run in trial["status"]["runs"]] == ["Train", "Retry"][: 1 + (code == 0)]
    jobs.assert_told(name, f"TrialDisrupted .*{name}-1: Disrupted: .*{pod}: EvictionByEvictionAPI")


PREEMPTED = {f"preempted-{code}": code for code in (143, 0)}


@pytest.fixture
def seats(jobs: Jobs) -> Iterator[None]:
    """Room for one pod of each job, and pods that are more urgent; neither stays behind."""
    for name in PREEMPTED:
        jobs.cluster.advertise(f"tuning.dev/{name}", 1)
    urgent = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1000}
    jobs.apply(urgent | {"metadata": {"name": "tuning-test-urgent"}})
    yield
    jobs.kubectl("delete", "priorityclass", "tuning-test-urgent")
    for name in PREEMPTED:
        jobs.cluster.advertise(f"tuning.dev/{name}", 0)


@pytest.mark.usefixtures("seats")
def test_preempted_trials_run_again_and_their_exit_codes_are_not_believed(jobs: Jobs) -> None:
    for name, code in PREEMPTED.items():
        job = shell_job(name, f"trap 'exit {code}' TERM\nsleep 6 & wait\n{REPORT}", trials={"max": 1})
        container(job)["resources"] = seat_of(name)
        jobs.apply(job)
    pods = {name: jobs.pod_of(f"{name}-1") for name in PREEMPTED}
    for name in PREEMPTED:
        jobs.apply(urgent_pod(f"urgent-{name}", seat_of(name)))
    for name, code in PREEMPTED.items():
        assert jobs.finished(name)["trials"]["succeeded"] == 1
        status = jobs.trial(name, 1)["status"]
        assert status["reason"] == "Completed"
        assert "score" in json.dumps(status["observations"])
        assert [run["purpose"] for run in status["runs"]] == ["Train", "Retry"][: 1 + (code == 0)]
        assert sum(run["attempts"] for run in status["runs"]) == 2
        jobs.assert_told(name, f"TrialDisrupted .*{name}-1: Disrupted: .*{pods[name]}: PreemptionByScheduler")


def seat_of(name: str) -> dict[str, Any]:
    return {"limits": {f"tuning.dev/{name}": 1}}


def urgent_pod(name: str, resources: dict[str, Any]) -> dict[str, Any]:
    body = shell_job(name)["spec"]["template"]
    found = body["spec"]["containers"][0]
    found.update(command=["/bin/sh", "-c", "sleep 1"], resources=resources)
    spec = {**body["spec"], "priorityClassName": "tuning-test-urgent", "restartPolicy": "Never"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def test_pod_security_refuses_before_the_first_trial_in_the_servers_words(jobs: Jobs) -> None:
    job = shell_job("privileged")
    container(job)["securityContext"] = {"privileged": True}
    jobs.apply(job)
    jobs.kubectl("wait", "--for=condition=Stalled", "tuningjob/privileged", "--timeout=30s")
    status = jobs.status("privileged")
    assert status["phase"] == "Stalled"
    assert "violates PodSecurity" in json.dumps(status["conditions"])
    assert jobs.trials("privileged") == []
    jobs.assert_told("privileged", "Stalled .*violates PodSecurity")


def test_a_trial_that_pod_security_refuses_later_waits_and_says_so(jobs_in: Any) -> None:
    with jobs_in("tightened", enforce="privileged") as found:
        job = shell_job("late", f"sleep 6\n{REPORT}")
        del container(job)["securityContext"]
        found.apply(job)
        found.pod_of("late-1")
        tightened = "pod-security.kubernetes.io/enforce=restricted"
        found.cluster.kubectl("label", "namespace", found.namespace, "--overwrite", tightened)

        def waits() -> re.Match[str] | None:
            told = found.kubectl("describe", "trial", "late-2").stdout
            return re.search("^  Reason: +PodRefused$", told, re.MULTILINE)

        found.eventually("a trial that waits", waits)
        found.assert_told("late", "TrialWaiting .*late-2: PodRefused: .*violates PodSecurity")


def test_a_trial_that_a_quota_refuses_waits_and_then_runs(jobs_in: Any) -> None:
    with jobs_in("quota") as found:
        found.apply(
            {
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": {"name": "one-pod"},
                "spec": {"hard": {"pods": "1"}},
            },
            shell_job("queue", f"sleep 4\n{REPORT}", trials={"max": 2, "parallel": 2}),
        )
        refused = "a trial that waits because its pod was refused"
        found.eventually(refused, lambda: "PodRefused" in json.dumps(found.trials("queue")), seconds=30)
        found.assert_told("queue", r"TrialWaiting .*queue-\d: PodRefused: .*exceeded quota: one-pod")
        status = found.finished("queue", seconds=180)
        assert status["trials"]["succeeded"] == 2
