"""The rights in manifests/operator/rbac.yaml are enough, under the operator's own ServiceAccount."""

from collections.abc import Callable
from pathlib import Path

import yaml

from tests.cluster import Client
from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet
from tests.operator_loop.world import World, tuning_job

MANIFESTS = Path(__file__).parents[2] / "manifests" / "operator"


def test_a_whole_job_with_no_other_rights(
    world: World,
    control_plane: Client,
    run_operator: RunOperator,
    kubelet: Callable[..., HandKubelet],
    tmp_path: Path,
) -> None:
    for name in ("namespace", "rbac"):
        control_plane.kubectl("apply", "-f", str(MANIFESTS / f"{name}.yaml"))
    kubelet()
    # Deleted by its time to live at the end: that takes a right of its own.
    world.create(tuning_job(ttlSecondsAfterFinished=1))
    kubeconfig = as_service_account(control_plane, tmp_path)
    operator = run_operator("--lease-namespace", "tuning-system", kubeconfig=kubeconfig)
    world.until("it succeeded", lambda: "phase=Succeeded" in operator.said())
    world.until("it is deleted", lambda: "its time to live is over" in operator.said())
    assert operator.stop() == 0
    assert "forbidden" not in operator.said().lower()


def as_service_account(control_plane: Client, directory: Path) -> Path:
    """The administrator's kubeconfig with the operator's token in the administrator's place."""
    account = ("token", "tuning-operator", "--namespace", "tuning-system")
    config = yaml.safe_load(control_plane.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": control_plane.kubectl("create", *account).stdout.strip()}
    path = directory / "service-account.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path
