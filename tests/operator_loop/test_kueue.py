"""Kueue, which cannot be had here: the tests play its part, on the Job's `spec.suspend` alone.

Its webhook suspends a Job of a queue when it is created; Kueue starts the Job when there is quota, and
suspends it again to preempt it. The Job controller, which is real, deletes the pod then.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest
from tuning_operator.cluster.kinds import JOBS, PODS

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet, stays, succeeds
from tests.operator_loop.proxy import Asked, Proxy
from tests.operator_loop.world import TEMPLATE, World, tuning_job

Kubelet = Callable[..., HandKubelet]
QUEUE = "kueue.x-k8s.io/queue-name"
TIMEOUT = 3  # seconds that a trial may run


@pytest.fixture
def queued(world: World, proxy: Proxy, run_operator: RunOperator) -> World:
    """A job of one trial, whose Job is held back in a queue."""
    proxy.admit = hold_back
    trials = {"max": 1, "parallel": 1, "timeoutSeconds": TIMEOUT}
    world.create(tuning_job(trials=trials, template={"metadata": {"labels": {QUEUE: "gpus"}}, **TEMPLATE}))
    run_operator(kubeconfig=proxy.kubeconfig)
    world.until("its Job is there", lambda: world.every(JOBS))
    return world


def hold_back(asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
    """What Kueue's webhook does with a Job of a queue."""
    if QUEUE in body["metadata"].get("labels", {}) and body["kind"] == "Job":
        body["spec"]["suspend"] = True
    return body


def suspend(world: World, is_on: bool) -> None:
    world.patch("hello-1-r1", {"spec": {"suspend": is_on}}, JOBS)


def the_trial(world: World) -> dict[str, Any]:
    [trial] = world.trials()
    status: dict[str, Any] = trial.get("status") or {}
    return status


def test_playing_kueue_a_trial_that_is_held_back_waits_and_its_time_counts_from_its_pods_start(
    queued: World, kubelet: Kubelet
) -> None:
    kubelet(lambda env: succeeds({"score": 1.0}, TIMEOUT / 2))
    time.sleep(TIMEOUT + 1)
    assert "completionTime" not in the_trial(queued)
    assert queued.status()["trials"]["failed"] == 0
    said = lambda: the_trial(queued).get("message") == "the Job is suspended"  # noqa: E731
    queued.until("it says what it waits for", said, seconds=40)
    suspend(queued, False)
    assert queued.finished()["trials"]["succeeded"] == 1
    assert the_trial(queued)["reason"] == "Completed"


def test_playing_kueue_a_trial_that_is_preempted_waits_and_then_runs_anew(
    queued: World, kubelet: Kubelet
) -> None:
    hand = kubelet(lambda _: stays())
    suspend(queued, False)
    queued.until("it runs", lambda: hand.seen)
    suspend(queued, True)
    queued.until("its pod is gone", lambda: not queued.every(PODS))
    time.sleep(TIMEOUT + 1)
    assert "completionTime" not in the_trial(queued)
    hand.plan = lambda env: succeeds({"score": 1.0}, TIMEOUT / 2)
    suspend(queued, False)
    assert queued.finished()["trials"]["succeeded"] == 1
    assert [run["number"] for run in the_trial(queued)["runs"]] == [1], "the same Job, another pod"


def test_playing_kueue_a_trial_that_runs_too_long_after_its_wait_is_stopped(
    queued: World, kubelet: Kubelet
) -> None:
    kubelet(lambda _: stays())
    suspend(queued, False)
    queued.finished()
    assert the_trial(queued)["reason"] == "Timeout"


def test_playing_kueue_the_label_is_on_the_job_and_not_on_its_pods(queued: World, kubelet: Kubelet) -> None:
    kubelet(lambda _: stays())
    suspend(queued, False)
    [pod] = queued.until("its pod is there", lambda: queued.every(PODS))
    [run] = queued.every(JOBS)
    assert run["metadata"]["labels"][QUEUE] == "gpus"
    assert QUEUE not in run["spec"]["template"]["metadata"]["labels"] | pod["metadata"]["labels"]


def test_playing_kueue_a_trial_that_is_held_back_ends_with_its_job(queued: World) -> None:
    queued.patch("hello", {"spec": {"suspend": True}})
    queued.until("its Job is gone", lambda: not queued.every(JOBS))
    queued.until("it is suspended", lambda: queued.status().get("phase") == "Suspended")
