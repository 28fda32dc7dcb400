"""The operator is killed after each of its writes in turn: nothing is lost, nothing is done twice."""

import itertools
from collections.abc import Callable, Mapping

import pytest

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import Ending, HandKubelet, stays, succeeds
from tests.operator_loop.operator_process import OperatorProcess
from tests.operator_loop.proxy import Asked, Proxy
from tests.operator_loop.test_a_whole_job import assert_recomputes
from tests.operator_loop.world import KINDS, World, scores_x, tuning_job

Kubelet = Callable[..., HandKubelet]
MOST_WRITES = 200
LONG = [pytest.param(seed, parallel, marks=pytest.mark.long) for seed in range(20) for parallel in (1, 2, 8)]


@pytest.mark.parametrize(("seed", "parallel"), [(7, 1), (8, 1), *LONG])
def test_killed_after_each_write(
    world: World,
    proxy: Proxy,
    run_operator: RunOperator,
    kubelet: Kubelet,
    seed: int,
    parallel: int,
) -> None:
    hand = kubelet(_fast_and_slow)
    undisturbed = _undisturbed(world, run_operator, seed, parallel)
    _create(world, "hello", seed, parallel)
    last_writes = run_and_kill(world, proxy, run_operator)
    trials = world.trials()
    assert len(last_writes) >= 4 * 3, "even a trial that ends before its run is on record takes three writes"
    assert [trial["spec"]["number"] for trial in trials] == [1, 2, 3, 4]
    assert {trial["status"]["reason"] for trial in trials} == {"Completed"}
    assert sorted(hand.seen) == [f"{job}-{n}-r1" for job in ("calm", "hello") for n in range(1, 5)]
    assert_recomputes(world)
    if parallel == 1:
        assert [trial["spec"]["parameters"] for trial in trials] == undisturbed


COARSE_TO_FINE = {
    "parameters": [
        {"name": "x", "type": "double", "min": 0.1, "max": 1},
        {"name": "kind", "type": "categorical", "values": ["a", "b"]},
    ],
    "search": {
        "stages": [
            {"algorithm": "Random", "trials": 1},
            {"algorithm": "Bayesian", "narrow": {"keep": 0.5}, "bayesian": {"acquisition": "EI"}},
        ]
    },
    "trials": {"max": 3, "parallel": 2},
}
TWO_OBJECTIVES = {
    "objectives": [{"metric": "score", "goal": "Maximize"}, {"metric": "cost", "goal": "Minimize"}],
    "constraints": [{"metric": "bytes", "max": 60}],
    "search": {"stages": [{"algorithm": "NSGA2", "nsga2": {"population": 4}}]},
    "trials": {"max": 2, "parallel": 2},
}


def test_killed_after_each_write_a_space_is_drawn_once(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    kubelet(_fast_and_slow)
    world.create(tuning_job(**COARSE_TO_FINE, retain="All"))
    run_and_kill(world, proxy, run_operator)
    trials = world.trials()
    assert [trial["spec"]["stage"] for trial in trials] == [1, 2, 2]
    assert [trial["spec"]["number"] for trial in trials if "space" in trial["spec"]] == [2]
    assert world.status()["stages"][1] == {
        "algorithm": "Bayesian",
        "trials": 2,
        "space": trials[1]["spec"]["space"],
    }
    assert_recomputes(world)


def test_killed_after_each_write_constraints_and_the_pareto_set_hold(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    kubelet(_three_metrics)
    world.create(tuning_job(**TWO_OBJECTIVES, retain="All"))
    run_and_kill(world, proxy, run_operator)
    trials, status = world.trials(), world.status()
    metrics = [[o["metric"] for o in trial["status"]["observations"]] for trial in trials]
    assert [names[:3] for names in metrics] == [["score", "cost", "bytes"]] * 2
    broken = [t["spec"]["number"] for t in trials if "not feasible" in t["status"].get("message", "")]
    assert broken == [t["spec"]["number"] for t in trials if t["spec"]["parameters"]["x"] > 0.6]
    members = [member["number"] for member in status.get("pareto", [])]
    assert sorted([*members, *broken]) == [1, 2], "score and cost oppose one another"
    assert_recomputes(world)


def test_killed_after_each_write_what_is_stopped_or_released_is_deleted_once(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    hand = kubelet(_the_first_stays)
    world.create(tuning_job(trials={"max": 3, "parallel": 2, "timeoutSeconds": 3}))
    last_writes = run_and_kill(world, proxy, run_operator)
    reasons = [trial["status"]["reason"] for trial in world.trials()]
    assert reasons == ["Timeout", "Completed", "Completed"]
    assert sorted(hand.seen) == ["hello-1-r1", "hello-2-r1", "hello-3-r1"]
    best = world.status()["best"]["trial"]
    deleted = [asked.path.rpartition("/")[2] for asked in last_writes if asked.method == "DELETE"]
    assert sorted([*deleted, f"{best}-r1"]) == sorted(hand.seen)
    assert_recomputes(world)


def _the_first_stays(environment: Mapping[str, str]) -> Ending:
    return stays() if environment["TUNING_TRIAL_NUMBER"] == "1" else scores_x(environment)


def _three_metrics(environment: Mapping[str, str]) -> Ending:
    x = float(environment["TUNING_PARAM_x"])
    return succeeds({"score": x, "cost": 2 * x, "bytes": 100 * x, "a": 1.0}, 0.1)


def _fast_and_slow(environment: Mapping[str, str]) -> Ending:
    """Some trials end before an operator that starts anew can put their run on record, some after."""
    is_slow = int(environment["TUNING_TRIAL_NUMBER"]) % 2
    return succeeds({"score": float(environment["TUNING_PARAM_x"])}, 4.0 if is_slow else 0.1)


def _undisturbed(world: World, run_operator: RunOperator, seed: int, parallel: int) -> list[object]:
    _create(world, "calm", seed, parallel)
    operator = run_operator("--no-leader-elect")
    world.finished("calm")
    assert operator.stop() == 0
    return [trial["spec"]["parameters"] for trial in world.trials("calm")]


def _create(world: World, name: str, seed: int, parallel: int) -> None:
    search = {"seed": seed, "stages": [{"algorithm": "Random", "trials": 2}, {"algorithm": "Bayesian"}]}
    world.create(tuning_job(name, trials={"parallel": parallel}, search=search, retain="All"))


def run_and_kill(world: World, proxy: Proxy, run_operator: RunOperator) -> list[Asked]:
    """Let each life of the operator make one write; the writes after which it was killed."""
    killer = Killer()
    proxy.accepted = killer.accepted
    for life in itertools.count():
        assert len(killer.last_writes) == life, "a life ends by being killed, and never by itself"
        assert life < MOST_WRITES, [asked.path for asked in proxy.writes()]
        killer.victim = run_operator("--no-leader-elect", kubeconfig=proxy.kubeconfig)
        while killer.victim.is_running():
            if _is_over(world):
                _assert_killed_often_enough(world, killer)
                return killer.last_writes
            killer.nap()
    raise AssertionError("never reached")


def _is_over(world: World) -> bool:
    """The job has finished, and the Jobs are gone that it does not retain."""
    job = world.get("hello")
    has_finished = (job.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return has_finished and (job["spec"]["retain"] == "All" or len(world.every(KINDS["jobs"])) == 1)


def _assert_killed_often_enough(world: World, killer: "Killer") -> None:
    at_once = world.get("hello")["spec"]["trials"]["parallel"]
    assert killer.writes >= 3 * len(world.trials()), "a Trial, its Job, and what became of it"
    assert killer.writes <= at_once * len(killer.last_writes), "a life's first write, and what went with it"


class Killer:
    """Kills the operator when its first write has been accepted, before the answer reaches it.

    writes: all that were accepted; last_writes: those that an operator was killed after, one of each life.
    """

    def __init__(self) -> None:
        self.victim: OperatorProcess | None = None
        self.writes = 0
        self.last_writes: list[Asked] = []

    def accepted(self, asked: Asked) -> None:
        if self.victim is not None and self.victim.is_running():
            self.last_writes.append(asked)
            self.victim.kill()
        self.writes += 1

    def nap(self) -> None:
        assert self.victim is not None
        self.victim.nap(0.1)
