"""Two replicas: one acts, the other takes over."""

import socket
import urllib.error
import urllib.request
from collections.abc import Callable

from tuning_operator.cluster.kinds import LEASES

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet, stays
from tests.operator_loop.proxy import Fault, Proxy
from tests.operator_loop.world import World, scores_x, tuning_job

Kubelet = Callable[..., HandKubelet]


def test_two_replicas_run_each_trial_once(world: World, run_operator: RunOperator, kubelet: Kubelet) -> None:
    hand = kubelet()
    run_operator()
    run_operator()
    world.create(tuning_job())
    assert world.finished()["trials"]["succeeded"] == 4
    assert sorted(hand.seen) == [f"hello-{n}-r1" for n in range(1, 5)]


def test_the_other_takes_over_at_once_when_one_ends_cleanly(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    hand = kubelet(lambda _: stays())
    first = run_operator()
    world.until("the first holds the lease", lambda: "the lease is held" in first.said())
    second = run_operator()
    world.create(tuning_job(trials={"max": 1, "parallel": 1}))
    world.until("a trial runs", lambda: hand.seen)
    assert "the lease is held" not in second.said()
    assert first.stop() == 0
    world.until("the second holds the lease", lambda: "the lease is held" in second.said(), seconds=10)


def test_who_loses_the_lease_stops_and_exits_with_an_error(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    kubelet(scores_x)
    operator = run_operator(kubeconfig=proxy.kubeconfig)
    world.until("it holds the lease", lambda: "the lease is held" in operator.said())
    lease = world.get("tuning-operator", LEASES)
    spec = {**lease["spec"], "holderIdentity": "another"}
    world.patch("tuning-operator", {"spec": spec}, LEASES)
    assert operator.wait(30) == 1
    world.create(tuning_job())
    assert not [asked for asked in proxy.writes() if "/trials" in asked.path]


def test_who_cannot_renew_the_lease_stops(world: World, proxy: Proxy, run_operator: RunOperator) -> None:
    operator = run_operator(kubeconfig=proxy.kubeconfig)
    world.until("it holds the lease", lambda: "the lease is held" in operator.said())
    proxy.answer = lambda asked: Fault(500, {}) if "leases" in asked.path else None
    assert operator.wait(40) == 1


def test_probes_and_metrics_answer(world: World, run_operator: RunOperator) -> None:
    port = _free_port()
    run_operator(port=port)
    world.until("it is ready", lambda: _get(port, "readyz") == (200, "ok\n"))
    assert _get(port, "healthz") == (200, "ok\n")
    assert "tuning_operator_leader" in _get(port, "metrics")[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _get(port: int, path: str) -> tuple[int, str]:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""
