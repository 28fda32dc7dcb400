"""The operator is killed after each of its writes in turn, while real pods run its trials."""

from tests.cluster import Client
from tests.e2e.jobs import REPORT, shell_job
from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.proxy import Proxy
from tests.operator_loop.test_a_whole_job import assert_recomputes
from tests.operator_loop.test_kill import run_and_kill
from tests.operator_loop.world import KINDS, World, tuning_job


def test_killed_after_each_write_with_real_pods(
    cluster: Client, world: World, proxy: Proxy, run_operator: RunOperator
) -> None:
    template = shell_job("hello", f"sleep 2\n{REPORT}")["spec"]["template"]
    metric = [{"metric": "score", "goal": "Maximize"}]
    world.create(tuning_job(trials={"parallel": 2}, objectives=metric, template=template, retain="All"))
    run_and_kill(world, proxy, run_operator)
    trials = world.trials()
    assert [trial["spec"]["number"] for trial in trials] == [1, 2, 3, 4]
    assert {trial["status"]["reason"] for trial in trials} == {"Completed"}
    names = [f"hello-{number}-r1" for number in range(1, 5)]
    assert sorted(job["metadata"]["name"] for job in world.every(KINDS["jobs"])) == names
    assert len(world.every(KINDS["pods"])) == 4
    assert_recomputes(world)
