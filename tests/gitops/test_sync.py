"""A TuningJob under GitOps, on a real API server: synced, judged, synced again, pruned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS

from tests.cluster import Client
from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet, fails, stays
from tests.operator_loop.world import World, scores_x, tuning_job
from tests.tools import Tools
from tests.tools.judges import Verdict, verdicts

Kubelet = Callable[..., HandKubelet]
Judge = Callable[[], Verdict]

# as Flux, Argo CD with ServerSideApply, and Argo CD without it apply
WAYS = {
    "server-side": ("apply", "--server-side", "--field-manager=kustomize-controller"),
    "client-side": ("apply",),
}


class Sync:
    """Applies the manifest as a tool of GitOps does, and says what it would change."""

    def __init__(self, control_plane: Client, namespace: str, way: str) -> None:
        self._client = control_plane
        self._where = ("--namespace", namespace)
        self._flags = WAYS[way][1:]

    def __call__(self, manifest: dict[str, Any]) -> None:
        self._client.kubectl(*self._where, "apply", *self._flags, "-f", "-", input=json.dumps(manifest))

    def drift(self, manifest: dict[str, Any]) -> str:
        done = self._client.kubectl(
            *self._where, "diff", *self._flags, "-f", "-", input=json.dumps(manifest), check=False
        )
        assert done.returncode in (0, 1), done.stderr
        return str(done.stdout)


@pytest.fixture(params=list(WAYS))
def sync(request: pytest.FixtureRequest, control_plane: Client, world: World) -> Sync:
    return Sync(control_plane, world.namespace, request.param)


@pytest.fixture
def judge(world: World, tools: Tools, tmp_path: Path) -> Judge:
    return lambda: verdicts(tools, tmp_path, world.get("hello"))[0]


def test_a_life_under_gitops(
    world: World, sync: Sync, judge: Judge, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    wanted = tuning_job()
    hand = kubelet(lambda _: stays())
    sync(wanted)
    assert judge() == Verdict("InProgress", "InProgress", "Progressing")
    run_operator()
    world.until("two run", lambda: len(hand.seen) == 2 and world.status().get("phase") == "Running")
    assert judge() == Verdict("Current", "InProgress", "Healthy")
    sync(tuning_job(suspend=True))
    world.until("it is suspended", lambda: world.status().get("phase") == "Suspended")
    assert judge() == Verdict("Current", "InProgress", "Suspended")
    hand.plan = scores_x
    sync(wanted)
    world.finished()
    assert judge() == Verdict("Current", "Current", "Healthy")

    trials, before = world.trials(), world.get("hello")
    sync(wanted)
    assert sync.drift(wanted) == "", "nothing was written back into the spec"
    sync(tuning_job(retain="All"))
    edited = lambda: world.status()["observedGeneration"] == world.get("hello")["metadata"]["generation"]  # noqa: E731
    world.until("the edit is seen", edited)
    assert world.get("hello")["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert judge() == Verdict("Current", "Current", "Healthy")
    assert [t["metadata"]["uid"] for t in world.trials()] == [t["metadata"]["uid"] for t in trials]
    assert world.status()["completionTime"] == before["status"]["completionTime"], "it was not started again"


def test_a_failed_job_is_failed_for_all_and_kubectl_wait_does_not_hang(
    world: World, control_plane: Client, judge: Judge, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 1, "parallel": 1}))
    kubelet(lambda _: fails(1))
    run_operator()
    wait = ("wait", "--for=condition=Finished", "tuningjob/hello", "--timeout=30s")
    control_plane.kubectl("--namespace", world.namespace, *wait)
    assert judge() == Verdict("Failed", "Failed", "Degraded")


@pytest.mark.parametrize("how", ["Foreground", "Background"])
def test_pruning_leaves_nothing(how: str, world: World, run_operator: RunOperator, kubelet: Kubelet) -> None:
    """Argo CD deletes in the foreground, Flux in the background."""
    world.create(tuning_job(retain="All"))
    hand = kubelet(lambda env: scores_x(env) if env["TUNING_TRIAL_NUMBER"] == "1" else stays())
    run_operator()
    world.until("one has finished, two run", lambda: len(hand.seen) == 3)
    world.delete("hello", how=how)
    everything = (TRIALS, JOBS, PODS)
    world.until("nothing is left", lambda: not any(map(world.every, everything)), seconds=60)
