"""An operator that looks after some namespaces only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Client
from tests.operator_loop.operator_process import OperatorProcess
from tests.operator_loop.world import World, tuning_job


@pytest.fixture
def others(control_plane: Client, world: World) -> Iterator[list[World]]:
    worlds = []
    for which in ("second", "third"):
        name = f"{which}-{world.namespace[-6:]}"
        control_plane.kubectl("create", "namespace", name)
        worlds.append(World(world.kubeconfig, name))
    yield worlds
    for other in worlds:
        other.close()
        control_plane.kubectl("delete", "namespace", other.namespace, "--wait=false")


def test_two_namespaces_are_served_and_a_third_is_left_alone(
    world: World, others: list[World], tmp_path: Path
) -> None:
    second, third = others
    for one in (third, second, world):
        one.create(tuning_job())
    flags = ("--metrics-port", "0")
    names = (world.namespace, second.namespace)
    with OperatorProcess(world.kubeconfig, tmp_path / "operator.log", *names, flags=flags) as operator:
        world.until("it runs", lambda: world.status().get("phase") == "Running")
        second.until("it runs", lambda: second.status().get("phase") == "Running")
        second.create(tuning_job("late"))  # told by a watch, not by the first LIST
        second.until("it runs", lambda: second.status("late").get("phase") == "Running")
        assert ("phase" in third.status(), third.trials()) == (False, [])
        assert operator.stop() == 0
