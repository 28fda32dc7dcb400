"""A job from its creation to its end."""

from collections.abc import Callable

from tuning_operator.api import Trial, TuningJob
from tuning_operator.cluster.kinds import EVENTS, JOBS
from tuning_operator.engine.proposal import Proposed, recompute

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet
from tests.operator_loop.proxy import Proxy
from tests.operator_loop.world import World, tuning_job

Kubelet = Callable[..., HandKubelet]


def test_four_trials_end_in_success_with_the_best_in_the_status(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    kubelet()
    run_operator()
    status = world.finished()
    trials = world.trials()
    best = max(trials, key=lambda trial: float(trial["spec"]["parameters"]["x"]))
    assert status["phase"] == "Succeeded"
    assert status["trials"] == {
        "done": "4/4",
        "total": 4,
        "running": 0,
        "succeeded": 4,
        "failed": 0,
        "stopped": 0,
    }
    assert status["best"]["trial"] == best["metadata"]["name"]
    assert status["best"]["parameters"] == best["spec"]["parameters"]


def test_every_proposal_can_be_computed_again_from_its_basis(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 6}))
    kubelet()
    run_operator()
    world.finished()
    assert_recomputes(world)


def test_only_the_best_trial_keeps_its_job(world: World, run_operator: RunOperator, kubelet: Kubelet) -> None:
    world.create(tuning_job())
    kubelet()
    run_operator()
    best = world.finished()["best"]["trial"]
    world.until("all other Jobs are gone", lambda: len(world.every(JOBS)) == 1)
    assert [job["metadata"]["name"] for job in world.every(JOBS)] == [f"{best}-r1"]


def test_at_most_five_writes_a_trial(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job(trials={"max": 8, "parallel": 2}, retain="All"))
    kubelet()
    run_operator(kubeconfig=proxy.kubeconfig)
    world.finished()
    assert len(proxy.writes()) <= 5 * 8


def test_people_read_what_happened_in_events(
    world: World, run_operator: RunOperator, kubelet: Kubelet
) -> None:
    world.create(tuning_job())
    kubelet()
    run_operator()
    world.finished()
    world.until("it succeeded", lambda: "Succeeded" in reasons(world))
    assert reasons(world) >= {"TrialStarted", "NewBest", "Succeeded"}


def reasons(world: World) -> set[str]:
    events = world.every(EVENTS)
    return {e["reason"] for e in events if e["involvedObject"]["kind"] == "TuningJob"}


def assert_recomputes(world: World, job: str = "hello") -> None:
    """Each Trial's parameters and space follow from its basis."""
    tuned = TuningJob.model_validate(world.get(job))
    trials = [Trial.parse(body) for body in world.trials(job)]
    for trial in trials:
        assert recompute(tuned, trials, trial) == Proposed(trial.spec.parameters, trial.spec.space)
