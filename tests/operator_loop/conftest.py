"""The operator under test, the namespace it looks after, and the kubelet by hand."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster import Client
from tests.operator_loop.hand_kubelet import NODE, HandKubelet, Plan
from tests.operator_loop.operator_process import OperatorProcess
from tests.operator_loop.proxy import Proxy
from tests.operator_loop.world import World, scores_x

CRDS = Path(__file__).parents[2] / "manifests" / "crds"
INSTALLED = ("--namespace", "tuning-system")
RunOperator = Callable[..., OperatorProcess]


@pytest.fixture(scope="session")
def crds(control_plane: Client) -> None:
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    for name in ("tuningjobs", "trials"):
        control_plane.wait_for("condition=Established", f"crd/{name}.tuning.dev")
        _wait_until_served(control_plane, name)


def _wait_until_served(control_plane: Client, name: str) -> None:
    """A kind that is established may still be answered with 429, "storage is (re)initializing"."""
    for _ in range(100):
        if control_plane.kubectl("get", name, check=False).returncode == 0:
            return
        time.sleep(0.1)
    pytest.fail(f"the API server does not serve {name}")


@pytest.fixture(scope="package")
def alone(control_plane: Client) -> Iterator[None]:
    """An operator that other tests have installed in the cluster rests meanwhile."""
    there = (*INSTALLED, "get", "deployment/tuning-operator")
    is_installed = control_plane.kubectl(*there, check=False).returncode == 0
    if is_installed:
        _scale(control_plane, 0)
    yield
    if is_installed:
        _scale(control_plane, 1)


@pytest.fixture(scope="package")
def node(control_plane: Client) -> Iterator[None]:
    """The node of the kubelet by hand: pods on one that does not exist are soon collected."""
    metadata = {"name": NODE}
    # Nobody else's pods may come here; and nobody says that it lives, so it is not Ready either.
    body = {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"unschedulable": True}}
    control_plane.apply(body)
    yield
    control_plane.kubectl("delete", "node", NODE, "--ignore-not-found")


def _scale(control_plane: Client, replicas: int) -> None:
    control_plane.kubectl(*INSTALLED, "scale", "deployment/tuning-operator", f"--replicas={replicas}")
    control_plane.kubectl(*INSTALLED, "rollout", "status", "deployment/tuning-operator", "--timeout=90s")


@pytest.fixture
def world(control_plane: Client, crds: None, alone: None, node: None, namespace: str) -> Iterator[World]:
    world = World(control_plane.kubeconfig, namespace)
    yield world
    world.close()


@pytest.fixture
def proxy(world: World, tmp_path: Path) -> Iterator[Proxy]:
    with Proxy(world.kubeconfig, tmp_path) as proxy:
        yield proxy


@pytest.fixture
def run_operator(world: World, tmp_path: Path) -> Iterator[RunOperator]:
    """Starts an operator for the test's namespace; its log is shown when the test fails."""
    with ExitStack() as stack:
        started = []

        def run(*flags: str, kubeconfig: Path | None = None, port: int = 0) -> OperatorProcess:
            log = tmp_path / f"operator-{len(started)}.log"
            more = ("--metrics-port", str(port), *flags)
            operator = OperatorProcess(kubeconfig or world.kubeconfig, log, world.namespace, flags=more)
            started.append(operator)
            return stack.enter_context(operator)

        yield run
        for operator in started:
            print(operator.said())


@pytest.fixture
def kubelet(world: World) -> Iterator[Callable[..., HandKubelet]]:
    """Starts a kubelet by hand; by default every trial's score is its x."""
    with ExitStack() as stack:

        def start(plan: Plan = scores_x) -> HandKubelet:
            return stack.enter_context(HandKubelet(str(world.kubeconfig), world.namespace, plan))

        yield start
