"""Trials that hold no SDK: a shell script, a plain Prometheus exporter; GPUs; deletion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.e2e.jobs import REPORT, Jobs, container, shell_job

# busybox's own web server shows the page for as long as the trial lives
EXPORTER = """\
mkdir -p /tmp/page
printf '# TYPE score gauge\\nscore %s\\n' "$TUNING_PARAM_x" > /tmp/page/metrics
httpd -p "$TUNING_METRICS_PORT" -h /tmp/page
sleep 12
"""


@pytest.fixture(scope="module")
def jobs(jobs_in: Any) -> Iterator[Jobs]:
    with jobs_in("shell-trials") as found:
        yield found


def test_a_shell_script_that_writes_the_termination_message_is_a_trial(jobs: Jobs) -> None:
    jobs.apply(shell_job("script", trials={"max": 4, "parallel": 2}))
    status = jobs.finished("script")
    trials = jobs.trials("script")
    assert status["phase"] == "Succeeded"
    assert status["trials"] == {
        "done": "4/4",
        "total": 4,
        "running": 0,
        "succeeded": 4,
        "failed": 0,
        "stopped": 0,
    }
    best = max(trials, key=lambda trial: trial["spec"]["parameters"]["x"])
    assert status["best"]["number"] == best["spec"]["number"]
    assert status["best"]["parameters"] == best["spec"]["parameters"]


def test_only_the_best_trial_keeps_its_job_and_pod(jobs: Jobs) -> None:
    jobs.apply(shell_job("kept", trials={"max": 4, "parallel": 2}))
    best = jobs.finished("kept")["best"]["trial"]

    def only_the_best() -> bool:
        names = [[item["metadata"]["name"] for item in jobs.items(kind, "kept")] for kind in ("jobs", "pods")]
        return all(len(found) == 1 and found[0].startswith(f"{best}-r1") for found in names)

    jobs.eventually("only the best trial's Job and Pod are left", only_the_best)


def test_a_trial_is_given_a_place_for_its_files(jobs: Jobs) -> None:
    keeps = f'mkdir -p "$TUNING_ARTIFACT_DIR" && echo model > "$TUNING_ARTIFACT_DIR/model"\n{REPORT}'
    job = shell_job("artifacts", f"set -e\n{keeps}", trials={"max": 1}, artifacts={"path": "/artifacts"})
    job["spec"]["template"]["spec"]["volumes"] = [{"name": "artifacts", "emptyDir": {}}]
    container(job)["volumeMounts"] = [{"name": "artifacts", "mountPath": "/artifacts"}]
    jobs.apply(job)
    status = jobs.finished("artifacts")
    uid = jobs.get("tuningjob", "artifacts")["metadata"]["uid"]
    assert status["trials"]["succeeded"] == 1
    assert status["best"]["artifact"] == f"/artifacts/{jobs.namespace}/{uid}/1"


def test_a_trial_finds_a_token_only_when_its_template_asks_for_one(jobs: Jobs) -> None:
    there = "test -e /var/run/secrets/kubernetes.io/serviceaccount/token"
    asks = shell_job("with-token", f"{there} || exit 2\n{REPORT}", trials={"max": 1})
    asks["spec"]["template"]["spec"]["automountServiceAccountToken"] = True
    jobs.apply(asks, shell_job("without-token", f"! {there} || exit 2\n{REPORT}", trials={"max": 1}))
    for name in ("with-token", "without-token"):
        assert jobs.finished(name)["phase"] == "Succeeded"


def test_jobs_of_the_same_name_in_two_namespaces_are_strangers(jobs: Jobs, jobs_in: Any) -> None:
    jobs.apply(shell_job("twin", trials={"max": 2}))
    with jobs_in("twin") as other:
        other.apply(shell_job("twin", trials={"max": 3}))
        assert other.finished("twin")["trials"]["total"] == len(other.trials("twin")) == 3
    assert jobs.finished("twin")["trials"]["total"] == len(jobs.trials("twin")) == 2


def test_a_plain_exporter_is_scraped_and_its_last_value_counts(jobs: Jobs) -> None:
    jobs.apply(shell_job("exporter", EXPORTER, trials={"max": 2, "parallel": 2}))
    jobs.finished("exporter")
    for trial in jobs.trials("exporter"):
        assert trial["status"]["reason"] == "Completed", trial["status"]
        assert trial["status"]["observations"][0]["value"] == pytest.approx(trial["spec"]["parameters"]["x"])


def test_never_more_trials_run_than_the_node_has_gpus(jobs: Jobs) -> None:
    jobs.cluster.advertise("nvidia.com/gpu", 2)
    job = shell_job("gpu", f"sleep 2\n{REPORT}", trials={"max": 6, "parallel": 4})
    container(job)["resources"] = {"limits": {"nvidia.com/gpu": 1}}
    jobs.apply(job)
    jobs.finished("gpu")
    runs = [trial["status"]["runs"][-1] for trial in jobs.trials("gpu")]
    assert len(runs) == 6
    assert busiest(runs) == 2
    assert all(run["resources"]["nvidia.com/gpu"] == "1" for run in runs)


def busiest(runs: list[dict[str, Any]]) -> int:
    """How many containers ran at once at the most; whole seconds, as the kubelet tells them."""
    starts = [(datetime.fromisoformat(run["startTime"].replace("Z", "+00:00")), 1) for run in runs]
    ends = [(datetime.fromisoformat(run["endTime"].replace("Z", "+00:00")), -1) for run in runs]
    running = most = 0
    for _, change in sorted(starts + ends):
        running += change
        most = max(most, running)
    return most


def test_deleting_a_tuningjob_leaves_nothing_behind(jobs: Jobs) -> None:
    jobs.apply(shell_job("deleted", "sleep 600", trials={"max": 4, "parallel": 2}))
    jobs.pod_of("deleted-1")
    jobs.kubectl("delete", "tuningjob", "deleted", "--wait=false")
    assert_nothing_left(jobs, "deleted")


def test_deleting_a_tuningjob_while_the_operator_is_down_leaves_nothing_behind(jobs: Jobs) -> None:
    jobs.apply(shell_job("orphan", "sleep 600"))
    jobs.pod_of("orphan-1")
    scale(jobs, 0)
    try:
        jobs.kubectl("delete", "tuningjob", "orphan", "--wait=false")
        assert_nothing_left(jobs, "orphan")
    finally:
        scale(jobs, 1)


def scale(jobs: Jobs, replicas: int) -> None:
    deployment = ("--namespace", "tuning-system", "deployment/tuning-operator")
    jobs.cluster.kubectl("scale", *deployment, f"--replicas={replicas}")
    jobs.cluster.kubectl("rollout", "status", *deployment, "--timeout=60s")


def assert_nothing_left(jobs: Jobs, job: str) -> None:
    def nothing() -> bool:
        return not any(jobs.items(kind, job) for kind in ("trials", "jobs", "pods"))

    jobs.eventually(f"nothing is left of {job}", nothing, seconds=60)
