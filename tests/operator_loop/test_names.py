"""Names are taken once: deletion and re-creation, and things that are somebody else's."""

from collections.abc import Callable
from typing import Any

from tuning_operator.cluster.kinds import JOBS, TRIALS

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet, stays
from tests.operator_loop.world import World, scores_x, tuning_job

Kubelet = Callable[..., HandKubelet]


def test_a_job_created_again_under_its_old_name_starts_afresh(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    old = world.create(tuning_job())["metadata"]["uid"]
    kubelet()
    run_operator()
    world.until("a trial has finished", lambda: (world.status().get("trials") or {}).get("succeeded"))
    world.delete("hello")
    new = world.create(tuning_job())["metadata"]["uid"]
    status = world.finished(seconds=90)
    assert status["trials"]["succeeded"] == 4
    assert {trial["metadata"]["ownerReferences"][0]["uid"] for trial in world.every(TRIALS)} == {new}
    assert old != new


def test_a_job_created_again_waits_while_a_trial_of_before_still_goes(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    kubelet()
    operator = run_operator()
    world.until("a trial is there", lambda: world.every(TRIALS))
    world.patch("hello-1", {"metadata": {"finalizers": ["example.com/holds-it"]}}, TRIALS)
    world.delete("hello")
    new = world.create(tuning_job())["metadata"]["uid"]
    world.until("it waits", lambda: "hello-1 of before is still being deleted" in operator.said())
    assert condition(world, "Stalled") is None
    assert world.trials() == []
    world.patch("hello-1", {"metadata": {"finalizers": None}}, TRIALS)
    assert world.finished(seconds=90)["trials"]["succeeded"] == 4
    assert {trial["metadata"]["ownerReferences"][0]["uid"] for trial in world.every(TRIALS)} == {new}


def test_a_copy_of_a_trial_is_no_trial(world: World, run_operator: RunOperator, kubelet: Kubelet) -> None:
    """`kubectl get -o yaml`, another name, and its owner copied too."""
    world.create(tuning_job())
    hand = kubelet(lambda _: stays())
    operator = run_operator()
    world.until("two run", lambda: (world.status().get("trials") or {}).get("running") == 2)
    copy = world.get("hello-1", TRIALS)
    copy["metadata"] = {
        "name": "hello-copy",
        **{field: copy["metadata"][field] for field in ("labels", "ownerReferences")},
    }
    world.create(copy, TRIALS)
    world.until("it is told", lambda: "is it a copy?" in operator.said())
    hand.plan = scores_x
    for job in ("hello-1-r1", "hello-2-r1"):
        world.delete(job, JOBS)
    status = world.finished()
    assert {name: status["trials"][name] for name in ("total", "succeeded", "failed")} == {
        "total": 4, "succeeded": 2, "failed": 2,
    }  # fmt: skip
    assert [job["metadata"]["name"] for job in world.every(JOBS) if "copy" in job["metadata"]["name"]] == []


def test_deleting_a_job_leaves_nothing_behind(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    kubelet(lambda _: stays())
    run_operator()
    world.until("two run", lambda: (world.status().get("trials") or {}).get("running") == 2)
    world.delete("hello")
    world.until("all is gone", lambda: not world.every(TRIALS) and not world.every(JOBS), seconds=60)


def test_a_job_of_that_name_that_is_somebody_elses_stalls_it(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(somebody_elses_job("hello-1-r1"), JOBS)
    world.create(tuning_job())
    kubelet()
    run_operator()
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert stalled["reason"] == "NameTaken"
    assert "hello-1-r1" in stalled["message"]
    assert "delete it" in stalled["message"]
    world.delete("hello-1-r1", JOBS)
    assert world.finished(seconds=90)["phase"] == "Succeeded"


def test_a_trial_of_that_name_that_is_somebody_elses_stalls_it(
    world: World, run_operator: RunOperator
) -> None:
    spec = {
        "number": 1,
        "stage": 1,
        "purpose": "Search",
        "seed": 0,
        "parameters": {},
        "basis": {"engine": "0"},
    }
    api = "tuning.dev/v1alpha1"
    world.create({"apiVersion": api, "kind": "Trial", "metadata": {"name": "hello-1"}, "spec": spec}, TRIALS)
    world.create(tuning_job())
    run_operator()
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert stalled["reason"] == "NameTaken"
    assert "belongs to nobody" in stalled["message"]


def condition(world: World, kind: str) -> dict[str, Any] | None:
    """The job's condition of this type, once it is True."""
    conditions = world.status().get("conditions") or []
    return next((c for c in conditions if c["type"] == kind and c["status"] == "True"), None)


def somebody_elses_job(name: str) -> dict[str, Any]:
    container = {"name": "c", "image": "i"}
    template = {"spec": {"schedulerName": "by-hand", "restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": template},
    }
