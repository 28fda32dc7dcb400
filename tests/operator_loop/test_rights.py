"""The operator's rights are what it uses, no more and no less, by the audit log.

It runs under its own ServiceAccount, with the chart's ClusterRole and with its Roles. What it needs only
when something goes wrong is made to go wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from tuning_operator.cluster.kinds import JOBS, TRIALS

from tests.cluster import Client
from tests.cluster.audit import Request
from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet, succeeds
from tests.operator_loop.proxy import Proxy
from tests.operator_loop.test_life import waiting_trial
from tests.operator_loop.test_names import somebody_elses_job
from tests.operator_loop.world import World, tuning_job
from tests.tools.helm import NAMESPACE, RELEASE, Helm

Right = tuple[str, str, str]  # group, resource with subresource, verb


@dataclass(frozen=True)
class Account:
    """The operator's ServiceAccount, with the chart's rights and no other."""

    namespace: str
    granted: set[Right]
    kubeconfig: Path

    @property
    def user(self) -> str:
        return f"system:serviceaccount:{self.namespace}:{RELEASE}"


@pytest.fixture(params=["ClusterRole", "Role"])
def account(
    request: pytest.FixtureRequest, world: World, control_plane: Client, helm: Helm, tmp_path: Path
) -> Account:
    # In a namespace of its own, no ClusterRole that other tests have installed speaks for it.
    is_narrow = request.param == "Role"
    home = world.namespace if is_narrow else NAMESPACE
    values = {"namespaces": [world.namespace]} if is_narrow else {}
    rights = helm.render(values, "--show-only", "templates/rbac.yaml", namespace=home)
    control_plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}})
    control_plane.kubectl("apply", "-f", "-", input=rights)
    # Nor has an operator of theirs left a Lease, which would not be created then.
    control_plane.kubectl("delete", "lease", "--all", "--namespace", home)
    roles = [each for each in yaml.safe_load_all(rights) if each["kind"].endswith("Role")]
    assert {role["kind"] for role in roles} == {"Role", request.param}
    return Account(home, granted(roles), as_service_account(control_plane, home, tmp_path))


def granted(roles: list[dict[str, Any]]) -> set[Right]:
    rules = [rule for role in roles for rule in role["rules"]]
    return {right for r in rules for right in product(r["apiGroups"], r["resources"], r["verbs"])}


def test_every_right_is_used_and_none_is_missing(
    account: Account,
    world: World,
    control_plane: Client,
    run_operator: RunOperator,
    kubelet: Callable[..., HandKubelet],
    tmp_path: Path,
) -> None:
    offset = control_plane.audit_offset()
    kubelet(lambda env: succeeds({"score": float(env["TUNING_PARAM_x"])}, 1.5))
    with Proxy(account.kubeconfig, tmp_path) as proxy:
        operator = run_operator("--lease-namespace", account.namespace, kubeconfig=proxy.kubeconfig)
        a_job_to_its_end_and_beyond(world, operator)
        names_that_others_hold(world)
        a_write_that_comes_too_late(world, proxy)
        a_quota_without_room(world, control_plane)
        assert operator.stop() == 0
    asked = [request for request in control_plane.audit(offset) if request.user == account.user]
    assert [(r.verb, r.resource, r.name) for r in asked if is_refused(r)] == []
    used = {(r.group, r.resource, r.verb) for r in asked if r.resource}  # /version and the like are anyone's
    assert used == account.granted
    pods = [r.raw["requestURI"] for r in asked if (r.resource, r.verb) == ("pods", "create")]
    assert all("dryRun=All" in uri for uri in pods), "it may create pods, and only ever tries"


def is_refused(request: Request) -> bool:
    """By RBAC; a quota answers 403 as well."""
    return bool(request.raw["annotations"]["authorization.k8s.io/decision"] == "forbid")


def a_job_to_its_end_and_beyond(world: World, operator: Any) -> None:
    """Its losers' Jobs are deleted, then, by its time to live, the TuningJob itself."""
    world.create(tuning_job(ttlSecondsAfterFinished=1))
    world.until("it succeeded", lambda: "phase=Succeeded" in operator.said())
    world.until("it is deleted", lambda: "its time to live is over" in operator.said())


def names_that_others_hold(world: World) -> None:
    """Who holds the name of a Trial or of a Job is looked up."""
    world.create(somebody_elses_job("taken-1-r1"), JOBS)
    spec = {
        "number": 2,
        "stage": 1,
        "purpose": "Search",
        "seed": 0,
        "parameters": {},
        "basis": {"engine": "0"},
    }
    stranger = {"apiVersion": "tuning.dev/v1alpha1", "kind": "Trial", "metadata": {"name": "taken-2"}}
    world.create(stranger | {"spec": spec}, TRIALS)
    world.create(tuning_job("taken", trials={"max": 2, "parallel": 1}))
    world.until("it is stalled", lambda: world.status("taken").get("phase") == "Stalled")
    world.delete("taken-1-r1", JOBS)
    in_words = lambda: "taken-2" in world.status("taken").get("message", "")  # noqa: E731
    world.until("the second name stalls it", in_words, seconds=60)
    world.delete("taken")


def a_write_that_comes_too_late(world: World, proxy: Proxy) -> None:
    """Somebody changed the TuningJob, and the watch did not tell of it."""
    proxy.keep = lambda event: not (event["type"] == "MODIFIED" and event["object"]["kind"] == "TuningJob")
    world.create(tuning_job("late", trials={"max": 2, "parallel": 1}))
    world.until("it runs", lambda: world.status("late").get("phase") == "Running")
    world.patch("late", {"metadata": {"annotations": {"example.com/seen": "yes"}}})
    assert world.finished("late")["phase"] == "Succeeded"
    proxy.keep = lambda _: True


def a_quota_without_room(world: World, control_plane: Client) -> None:
    """Why a Job gets no pod stands in an Event."""
    control_plane.kubectl("create", "quota", "none", "--hard=pods=0", "--namespace", world.namespace)
    world.create(tuning_job("refused", trials={"max": 1, "parallel": 1}))
    world.until("it says why it waits", lambda: waiting_trial(world, "PodRefused"), seconds=40)


def as_service_account(control_plane: Client, namespace: str, directory: Path) -> Path:
    """The administrator's kubeconfig with the operator's token in the administrator's place."""
    account = ("token", RELEASE, "--namespace", namespace)
    config = yaml.safe_load(control_plane.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": control_plane.kubectl("create", *account).stdout.strip()}
    path = directory / "service-account.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path
