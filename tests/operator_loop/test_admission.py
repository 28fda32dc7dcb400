"""What the first visit says of a job that cannot run."""

from __future__ import annotations

from collections.abc import Callable

from tuning_operator.cluster.admission import listed
from tuning_operator.cluster.kinds import TRIALS

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet
from tests.operator_loop.test_names import condition
from tests.operator_loop.world import World, tuning_job


def test_a_few_problems_are_all_told() -> None:
    assert listed(["a", "b"]) == "a; b"


def test_of_many_problems_the_first_are_told_and_the_rest_counted() -> None:
    words = listed([f"p{n}" for n in range(640)])
    assert words.startswith("p0; p1; ")
    assert words.endswith("p9; and 630 more")


def test_what_only_a_visit_can_see_stalls_the_job_until_it_is_mended(
    world: World, run_operator: RunOperator, kubelet: Callable[..., HandKubelet]
) -> None:
    world.create(tuning_job(initialTrials=[{"parameters": {"x": 7}}, {"parameters": {"y": 0.5}}]))
    kubelet()
    run_operator()
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert stalled["reason"] == "InvalidSpec"
    assert "spec.initialTrials[0].parameters.x: 7" in stalled["message"]
    assert "spec.initialTrials[1].parameters.y: 0.5: no parameter has this name" in stalled["message"]
    assert not world.every(TRIALS)
    world.patch("hello", {"spec": {"initialTrials": [{"parameters": {"x": 0.5}}]}})
    status = world.finished()
    assert (status["phase"], status["baseline"]["parameters"]) == ("Succeeded", {"x": 0.5})
