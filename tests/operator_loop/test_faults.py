"""An API server that loses, refuses and delays: the operator converges, and makes no hot loop."""

import random
import time
from collections.abc import Callable

import pytest
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet, stays
from tests.operator_loop.operator_process import OperatorProcess
from tests.operator_loop.proxy import Asked, Fault, Proxy
from tests.operator_loop.world import World, scores_x, tuning_job
from tests.repeatedly import repeatedly

Kubelet = Callable[..., HandKubelet]
MANY = 400  # requests that a job of eight trials may take amid faults; a hot loop makes thousands


def a_third(status: int, **headers: str) -> Callable[[Asked], Fault | None]:
    """Refuse a third of the requests that are no watches."""
    dice = random.Random(3)

    def answer(asked: Asked) -> Fault | None:
        return Fault(status, headers) if not asked.is_watch and dice.random() < 1 / 3 else None

    return answer


def a_job_succeeds(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> OperatorProcess:
    hand = kubelet()
    world.create(tuning_job(trials={"max": 8, "parallel": 2}))
    # A lease that cannot be renewed ends the operator; here is no Deployment to start it again.
    operator = run_operator("--refresh-seconds", "5", "--no-leader-elect", kubeconfig=proxy.kubeconfig)
    assert world.finished(seconds=120)["trials"]["succeeded"] == 8
    assert sorted(hand.seen) == [f"hello-{n}-r1" for n in range(1, 9)]
    assert len(proxy.asked) < MANY, proxy.count()
    return operator


def test_watches_are_cut(world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet) -> None:
    with repeatedly(proxy.cut_watches, 0.7):
        a_job_succeeds(world, proxy, run_operator, kubelet)


def test_watches_expire(world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet) -> None:
    with repeatedly(proxy.expire_watches, 0.7):
        a_job_succeeds(world, proxy, run_operator, kubelet)


def test_a_watch_is_refused_with_410(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    refusals = iter([True] * 4)
    proxy.answer = lambda asked: Fault(410, {}) if asked.is_watch and next(refusals, False) else None
    a_job_succeeds(world, proxy, run_operator, kubelet)


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "1"}), (500, {})])
def test_watches_are_cut_and_then_refused(
    status: int,
    headers: dict[str, str],
    world: World,
    proxy: Proxy,
    run_operator: RunOperator,
    kubelet: Kubelet,
) -> None:
    dice, refused = random.Random(3), []

    def answer(asked: Asked) -> Fault | None:
        if not asked.is_watch or dice.random() > 2 / 3:
            return None
        refused.append(asked)
        return Fault(status, headers)

    proxy.answer = answer
    with repeatedly(proxy.cut_watches, 0.7):
        a_job_succeeds(world, proxy, run_operator, kubelet)
    assert len(refused) > 8


@pytest.mark.parametrize("times", [4, pytest.param(8, marks=pytest.mark.long)])
def test_without_any_watch_the_lists_do_and_watches_are_asked_for_ever_more_rarely_until_they_are_there(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet, times: int
) -> None:
    """Eight times take a minute: with a last attempt kopf gave up after the seventh, and could hang."""
    watches = lambda: sum(asked.is_watch for asked in proxy.asked)  # noqa: E731
    proxy.answer = lambda asked: Fault(500, {}) if asked.is_watch else None
    operator = a_job_succeeds(world, proxy, run_operator, kubelet)
    world.until("they were asked for so many times", lambda: watches() >= 4 * times, 120)
    assert watches() <= 4 * (times + 2), proxy.count()
    proxy.answer = lambda _: None
    world.until("all four are open", lambda: proxy.open_watches() == 4, 60)
    assert "the watches broke" not in operator.said()


def test_500(world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet) -> None:
    proxy.answer = a_third(500)
    a_job_succeeds(world, proxy, run_operator, kubelet)


def test_429(world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet) -> None:
    proxy.answer = a_third(429, **{"Retry-After": "1"})
    a_job_succeeds(world, proxy, run_operator, kubelet)


def test_409(world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet) -> None:
    refuse = a_third(409)
    proxy.answer = lambda asked: refuse(asked) if asked.method == "PATCH" else None
    a_job_succeeds(world, proxy, run_operator, kubelet)


def test_a_slow_api_server(world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet) -> None:
    proxy.delay = 0.3
    a_job_succeeds(world, proxy, run_operator, kubelet)


def test_a_deletion_that_no_watch_told_is_found_by_the_list(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 2, "parallel": 1}))
    hand = kubelet(lambda e: stays() if e["TUNING_TRIAL_NUMBER"] == "1" else scores_x(e))
    proxy.keep = lambda event: event["object"]["kind"] not in ("Pod", "Job") or not _is_ending(event)
    run_operator("--refresh-seconds", "3", kubeconfig=proxy.kubeconfig)
    world.until("its pod runs", lambda: hand.seen)
    world.delete(world.every(PODS)[0]["metadata"]["name"], PODS)
    world.finished()
    assert world.trials()[0]["status"]["reason"] == "PodDeleted"


def test_a_trial_whose_deletion_no_watch_told_is_made_again(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 2, "parallel": 1}))
    hand = kubelet(lambda e: scores_x(e) if hand.seen else stays())
    proxy.keep = lambda event: not _is_ending(event)
    run_operator("--refresh-seconds", "3", kubeconfig=proxy.kubeconfig)
    world.until("its pod runs", lambda: hand.seen)
    world.delete("hello-1", TRIALS)
    assert world.finished()["trials"]["succeeded"] == 2
    assert hand.seen == ["hello-1-r1", "hello-1-r1", "hello-2-r1"]
    assert len(proxy.asked) < MANY, proxy.count()


def test_a_tuning_job_whose_deletion_no_watch_told_is_let_go(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    hand = kubelet(lambda _: stays())
    proxy.keep = lambda event: not _is_ending(event)
    run_operator("--refresh-seconds", "3", kubeconfig=proxy.kubeconfig)
    world.until("two pods run", lambda: len(hand.seen) == 2)
    world.delete("hello")
    world.until("all is gone", lambda: not any(map(world.every, (TRIALS, JOBS, PODS))), seconds=60)
    time.sleep(4.0)  # the next list
    before = len(proxy.writes())
    time.sleep(4.0)
    assert proxy.writes()[before:] == []
    assert len(hand.seen) == 2
    assert len(proxy.asked) < MANY, proxy.count()


@pytest.mark.parametrize("again", [False, True], ids=["", "and-created-again"])
def test_a_tuning_job_that_went_untold_while_its_trials_started_does_not_start_them_again(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet, again: bool
) -> None:
    """What tells the operator is that a Trial to be recorded is not there; no list comes meanwhile."""
    deleted: list[Asked] = []

    def delete_before_a_record(asked: Asked) -> None:
        if not deleted and asked.method == "PATCH" and "/trials/" in asked.path:
            world.delete("hello")
            world.until("all is gone", lambda: not any(map(world.every, (TRIALS, JOBS, PODS))), seconds=60)
            if again:
                world.create(tuning_job(suspend=True))
            deleted.append(asked)

    world.create(tuning_job())
    hand = kubelet(lambda _: stays())
    proxy.keep = lambda event: not _is_ending(event) and not event["object"]["spec"].get("suspend")
    proxy.answer = delete_before_a_record
    # The proxy answers nothing while it waits for the garbage collector: a lease would be lost.
    run_operator("--refresh-seconds", "600", "--no-leader-elect", kubeconfig=proxy.kubeconfig)
    world.until("a record was tried", lambda: deleted, seconds=90)
    time.sleep(4.0)  # several visits, were it visited
    assert proxy.count()["POST", "trials"] == 2
    assert len(hand.seen) <= 2
    if again:
        world.until("its namesake is seen", lambda: world.status().get("phase") == "Suspended")


def test_a_job_whose_end_is_told_before_its_pods_keeps_its_result(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    proxy.keep = lambda event: event["object"]["kind"] != "Pod"
    a_job_succeeds(world, proxy, run_operator, kubelet)
    assert {trial["status"]["reason"] for trial in world.trials()} == {"Completed"}


def test_an_idle_operator_writes_nothing_but_its_lease(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    world.create(tuning_job("waits", suspend=True))
    kubelet()
    run_operator("--refresh-seconds", "1", kubeconfig=proxy.kubeconfig)
    world.finished()
    world.until("the other one is suspended", lambda: world.status("waits").get("phase") == "Suspended")
    time.sleep(1.0)  # what the end of the job brings about (the best Job's completion) settles
    before = len(proxy.writes())
    time.sleep(6.0)
    assert proxy.writes()[before:] == []
    assert {kind for method, kind in proxy.count() if method == "PUT"} == {"leases"}


def _is_ending(event: dict[str, object]) -> bool:
    body = event["object"]
    assert isinstance(body, dict)
    return event["type"] == "DELETED" or "deletionTimestamp" in body["metadata"]
