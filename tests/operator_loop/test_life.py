"""What people do to a job while it runs, and what becomes of trials that do not end well."""

from collections.abc import Callable
from typing import Any

import pytest
from tuning_operator.cluster.kinds import EVENTS, JOBS, PODS, TRIALS

from tests.cluster import Client
from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet, fails, stays, succeeds
from tests.operator_loop.test_names import condition
from tests.operator_loop.world import World, scores_x, tuning_job

Kubelet = Callable[..., HandKubelet]


def test_the_operator_restarts_in_the_middle(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    hand = kubelet()
    operator = run_operator()
    world.until("a trial has finished", lambda: (world.status().get("trials") or {}).get("succeeded"))
    assert operator.stop() == 0
    run_operator()
    assert world.finished()["trials"]["succeeded"] == 4
    assert sorted(hand.seen) == [f"hello-{n}-r1" for n in range(1, 5)]


def test_a_suspended_job_stops_its_trials_and_resumes_them_as_new_runs(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    hand = kubelet(lambda _: stays())
    run_operator()
    world.until("two run", lambda: len(hand.seen) == 2)
    world.patch("hello", {"spec": {"suspend": True}})
    world.until("it is suspended", lambda: world.status().get("phase") == "Suspended")
    world.until("no pod is left", lambda: not world.every(PODS))
    hand.plan = scores_x
    world.patch("hello", {"spec": {"suspend": False}})
    assert world.finished()["trials"]["succeeded"] == 4
    assert {len(trial["status"]["runs"]) for trial in world.trials()[:2]} == {2}


def test_more_trials_are_run_when_the_job_is_edited(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 2, "parallel": 1}))
    hand = kubelet(lambda _: stays())
    run_operator()
    world.until("one runs", lambda: hand.seen)
    world.patch("hello", {"spec": {"trials": {"max": 3, "parallel": 3}}})
    world.until("three run", lambda: len(hand.seen) == 3)
    hand.plan = scores_x


def test_each_failure_has_its_own_reason_and_the_search_goes_on(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    endings = {
        "1": fails(2, '{"error": "no such column: price"}'),
        "2": fails(3),
        "3": fails(137, reason="OOMKilled"),
        "4": fails(1, "boom"),
        "5": succeeds({"score": float("nan")}),
        "6": succeeds({"other": 1.0}),
        "7": succeeds({"score": 0.5}),
    }
    world.create(tuning_job(trials={"max": 7, "maxFailed": 7, "parallel": 3}))
    kubelet(lambda environment: endings[environment["TUNING_TRIAL_NUMBER"]])
    run_operator()
    status = world.finished()
    reasons = [trial["status"]["reason"] for trial in world.trials()]
    assert reasons == [
        "UserError",
        "OutOfMemory",
        "OutOfMemory",
        "Error",
        "Diverged",
        "MetricsUnavailable",
        "Completed",
    ]
    assert status["best"]["trial"] == "hello-7"
    assert "no such column: price" in world.trials()[0]["status"]["message"]


def test_a_job_deleted_by_hand_is_not_silently_made_again(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 2, "parallel": 1}))
    hand = kubelet(lambda e: stays() if e["TUNING_TRIAL_NUMBER"] == "1" else scores_x(e))
    run_operator()
    world.until("its run is on record", lambda: runs_of(world, 0))
    world.until("its pod runs", lambda: hand.seen)
    world.delete("hello-1-r1", JOBS)
    world.finished()
    assert [trial["status"]["reason"] for trial in world.trials()] == ["JobDeleted", "Completed"]


def test_a_pod_deleted_by_hand_has_its_own_reason(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 2, "parallel": 1}))
    hand = kubelet(lambda e: stays() if e["TUNING_TRIAL_NUMBER"] == "1" else scores_x(e))
    run_operator()
    world.until("its pod runs", lambda: hand.seen)
    world.delete(world.every(PODS)[0]["metadata"]["name"], PODS)
    world.finished()
    assert [trial["status"]["reason"] for trial in world.trials()] == ["PodDeleted", "Completed"]


def test_pod_security_refuses_and_the_job_says_so_in_its_words(
    world: World, control_plane: Client, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    label = "pod-security.kubernetes.io/enforce"
    control_plane.kubectl("label", "namespace", world.namespace, f"{label}=restricted")
    world.create(tuning_job())
    kubelet()
    run_operator()
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert stalled["reason"] == "AdmissionRefused"
    assert 'violates PodSecurity "restricted:latest"' in stalled["message"]
    assert not world.every(TRIALS)
    control_plane.kubectl("label", "namespace", world.namespace, f"{label}-")
    assert world.finished(seconds=60)["phase"] == "Succeeded"


def test_a_quota_without_room_is_waited_for_with_the_controllers_words(
    world: World, control_plane: Client, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    a_quota(world, control_plane)
    world.create(tuning_job())
    kubelet()
    run_operator()
    trial = world.until("it says why it waits", lambda: waiting_trial(world, "PodRefused"), seconds=40)
    assert "exceeded quota" in trial["status"]["message"]
    told = world.until("an Event says so", lambda: events(world, "TrialWaiting"))
    assert "exceeded quota" in told[0]["message"]


def test_an_evicted_trial_runs_again_and_an_event_tells_of_its_pod(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    pod = a_trial_that_runs(world, run_operator, kubelet)
    world.evict(pod)
    assert world.finished()["trials"]["succeeded"] == 1
    [told] = events(world, "TrialDisrupted")
    assert f"hello-1: Disrupted: its pod was disrupted, another one follows: {pod}: " in told["message"]


def a_quota(world: World, control_plane: Client) -> Callable[[], object]:
    here = ("--namespace", world.namespace)
    control_plane.kubectl("create", "quota", "none", "--hard=pods=0", *here)
    control_plane.wait_for("jsonpath={.status.hard.pods}=0", "quota/none", *here)
    return lambda: control_plane.kubectl("delete", "quota", "none", *here)


def pod_security(world: World, control_plane: Client) -> Callable[[], object]:
    label = "pod-security.kubernetes.io/enforce"
    control_plane.kubectl("label", "namespace", world.namespace, f"{label}=restricted")
    return lambda: control_plane.kubectl("label", "namespace", world.namespace, f"{label}-")


@pytest.mark.parametrize(
    ("refuse", "words"), [(a_quota, "exceeded quota"), (pod_security, "violates PodSecurity")]
)
def test_an_evicted_trial_whose_next_pod_is_refused_says_so_in_the_controllers_words(
    world: World,
    control_plane: Client,
    run_operator: RunOperator,
    kubelet: Kubelet,
    refuse: Callable[[World, Client], Callable[[], object]],
    words: str,
) -> None:
    pod = a_trial_that_runs(world, run_operator, kubelet)
    admit = refuse(world, control_plane)
    world.evict(pod)
    world.until("it was disrupted", lambda: waiting_trial(world, "Disrupted"))
    refused = world.until("it says why it waits", lambda: waiting_trial(world, "PodRefused"), seconds=60)
    assert words in refused["status"]["message"]
    admit()
    assert world.finished(seconds=120)["trials"]["succeeded"] == 1
    [run] = runs_of(world, 0)
    assert (run["purpose"], run["attempts"]) == ("Train", 2)


def test_a_quota_of_jobs_is_used_as_far_as_it_goes_and_stalls_nothing(
    world: World, control_plane: Client, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    quota = ("quota", "jobs", "--hard=count/jobs.batch=1", "--namespace", world.namespace)
    control_plane.kubectl("create", *quota)
    world.create(tuning_job(trials={"max": 3, "parallel": 2}, retain="None"))
    hand = kubelet(lambda _: stays())
    run_operator()
    waits = lambda: "exceeded quota: jobs" in world.status().get("message", "")  # noqa: E731
    world.until("it says what it waits for", waits)
    assert world.status()["phase"] == "Running"
    control_plane.kubectl("delete", *quota[:2], "--namespace", world.namespace)
    world.patch("hello", {"metadata": {"annotations": {"example.com/room": "made"}}})  # else it looks in 15 s
    world.until("the second one runs", lambda: len(hand.seen) == 2)


def a_trial_that_runs(world: World, run_operator: RunOperator, kubelet: Kubelet) -> str:
    """The pod of a job's only trial; one that takes its place succeeds."""
    world.create(tuning_job(trials={"max": 1, "parallel": 1}))
    hand = kubelet(lambda _: stays())
    run_operator()
    world.until("its run is on record", lambda: runs_of(world, 0))
    pod: str = world.until("its pod runs", lambda: running_pod(world))
    hand.plan = scores_x
    return pod


def waiting_trial(world: World, reason: str) -> dict[str, Any] | None:
    return next((t for t in world.every(TRIALS) if (t.get("status") or {}).get("reason") == reason), None)


def running_pod(world: World) -> str | None:
    running = (p["metadata"]["name"] for p in world.every(PODS) if p["status"]["phase"] == "Running")
    return next(running, None)


def events(world: World, reason: str) -> list[dict[str, Any]]:
    return [event for event in world.every(EVENTS) if event["reason"] == reason]


def runs_of(world: World, index: int) -> list[Any]:
    trials = world.trials()
    return list((trials[index].get("status") or {}).get("runs") or []) if len(trials) > index else []
