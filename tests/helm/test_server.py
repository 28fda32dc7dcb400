"""A real API server takes every object of the chart, and kubeconform finds nothing either.

The server's strict dry run is the harder judge: it validates, where a schema only knows shapes.
kubeconform reads the schemas that this very server publishes, the CRDs of the Prometheus operator
among them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Client
from tests.helm.schemas import write_schemas
from tests.helm.values import NAMESPACED, WAYS
from tests.tools import Tools
from tests.tools.helm import CHART, NAMESPACE, RELEASE, Helm

STRICT = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-")


@pytest.fixture(scope="module")
def server(control_plane: Client, tools: Tools) -> Iterator[Client]:
    """The control plane with the namespaces and the CRDs of others that the chart needs."""
    for crd in sorted(tools.crds.glob("monitoring.*")):
        control_plane.kubectl("apply", "--server-side", "-f", str(crd))
    for kind in ("podmonitors", "servicemonitors", "prometheusrules"):
        control_plane.wait_for("condition=Established", f"crd/{kind}.monitoring.coreos.com")
    made = [NAMESPACE, *NAMESPACED["namespaces"]]
    control_plane.apply(*({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n}} for n in made))
    # the dry run of a pod, that of `helm test`, looks it up
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": RELEASE}}
    control_plane.apply(account, namespace=NAMESPACE)
    # what `helm test` of another test left: a pod cannot be changed, in a dry run neither
    control_plane.kubectl("delete", "pod", "--all", "--namespace", NAMESPACE)
    yield control_plane
    for name in made[1:]:
        control_plane.kubectl("delete", "namespace", name, "--wait=false")


@pytest.mark.parametrize("way", WAYS)
def test_the_server_takes_every_object(way: str, helm: Helm, server: Client) -> None:
    server.kubectl(*STRICT, input=helm.render(WAYS[way]))


@pytest.fixture(scope="module")
def schemas(server: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    openapi = json.loads(server.kubectl("get", "--raw", "/openapi/v2").stdout)
    return write_schemas(openapi, tmp_path_factory.mktemp("schemas"))


def kubeconform(tools: Tools, schemas: str, manifests: str) -> dict[str, Any]:
    command = [str(tools.kubeconform), "-strict", "-summary", "-output", "json", "-schema-location", schemas]
    done = subprocess.run(command, input=manifests, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_kubeconform_strict_is_content(way: str, helm: Helm, tools: Tools, schemas: str) -> None:
    said = kubeconform(tools, schemas, helm.render(WAYS[way]))
    assert said.get("resources", []) == []
    assert said["summary"]["valid"] == len(helm.objects(WAYS[way]))


def test_kubeconform_strict_finds_a_field_that_nobody_knows(helm: Helm, tools: Tools, schemas: str) -> None:
    spoilt = helm.render({"crds": {"enabled": False}}).replace("serviceAccountName", "serviceAcountName", 1)
    assert kubeconform(tools, schemas, spoilt)["summary"]["invalid"] == 1


def test_the_readme_of_manifests_applies_as_it_is(server: Client) -> None:
    root = Path(__file__).parents[2]
    server.kubectl(*STRICT[:-2], "-k", str(root / "manifests"))


@pytest.mark.parametrize(("major", "flags"), [("helm4", ["--server-side=false"]), ("helm3", [])])
def test_what_kubectl_installed_is_taken_over_and_can_be_upgraded(
    major: str, flags: list[str], tools: Tools, control_plane: Client, namespace: str
) -> None:
    """The flags are those of docs/install.md; in a namespace of its own, with Roles only."""
    values = ["--set", f"namespaces={{{namespace}}}", "--set", "crds.enabled=false"]
    helm = Helm(getattr(tools, major), control_plane.kubeconfig)
    where = [RELEASE, str(CHART), "--namespace", namespace]
    by_hand = helm.run("template", *where, *values, "--no-hooks").stdout
    control_plane.kubectl("apply", "--namespace", namespace, "-f", "-", input=by_hand)
    helm.run("install", *where, *values, "--take-ownership", *flags)
    helm.run("upgrade", *where, "--reset-then-reuse-values", "--set", "replicas=2")
    deployment = control_plane.get("--namespace", namespace, f"deployment/{RELEASE}")
    assert deployment["spec"]["replicas"] == 2
    assert deployment["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
    helm.run("uninstall", RELEASE, "--namespace", namespace)
    assert control_plane.get("--namespace", namespace, "deployments,roles")["items"] == []
