"""The example repository: every object is what its tool takes, and the snippet for CI does fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cluster import Client
from tests.commands import Shell
from tests.tools import Tools
from tests.tools.helm import CHART, ROOT, Helm
from tests.tools.judges import GITOPS

KEPT = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
TUNING = [sys.executable, "-c", "from tuning_operator.cli import main; main()"]


@pytest.fixture(scope="module")
def server(control_plane: Client, tools: Tools) -> Client:
    """The control plane with the CRDs of Argo CD and Flux, and the namespaces that the examples name."""
    foreign = [p for p in sorted(tools.crds.iterdir()) if not p.name.startswith("monitoring")]
    for path in foreign:
        control_plane.kubectl("apply", "--server-side", "-f", str(path))
        control_plane.wait_for("condition=Established", "-f", str(path))
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "manifests/crds")
    for name in ("argocd", "flux-system", "gitops-example"):
        control_plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return control_plane


@pytest.mark.parametrize(
    ("folder", "namespace"), [("argocd", "argocd"), ("flux", ""), ("jobs/team-a", "gitops-example")]
)
def test_the_server_takes_every_object_of_the_example(folder: str, namespace: str, server: Client) -> None:
    where = ["--namespace", namespace] if namespace else []
    strict = ("apply", "--server-side", "--dry-run=server", "--validate=strict")
    server.kubectl(*where, *strict, "-k", str(GITOPS / folder))


def test_the_server_takes_what_stands_instead_of_another_file(server: Client) -> None:
    alternative = str(GITOPS / "flux" / "jobs-to-their-end.yaml")
    server.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", alternative)


def test_flux_waits_for_the_same_jobs_in_either_way() -> None:
    names = ("jobs.yaml", "jobs-to-their-end.yaml")
    one, other = (yaml.safe_load((GITOPS / "flux" / name).read_text()) for name in names)
    assert one["metadata"] == other["metadata"], "two Kustomizations over the same jobs would quarrel"
    more = {"timeout", "healthCheckExprs"}
    assert one["spec"] == {name: value for name, value in other["spec"].items() if name not in more}


def test_flux_leaves_the_crds_when_the_operator_goes(server: Client, tmp_path: Path) -> None:
    documents = yaml.safe_load_all((GITOPS / "flux" / "operator.yaml").read_text())
    [kustomization] = [each["spec"] for each in documents if each["kind"] == "Kustomization"]
    base = os.path.relpath(ROOT / kustomization["path"], tmp_path)
    wanted = {"resources": [base], "patches": kustomization["patches"]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(wanted))
    built = list(yaml.safe_load_all(server.kubectl("kustomize", str(tmp_path)).stdout))
    kept = [b["kind"] for b in built if KEPT.items() <= b["metadata"].get("annotations", {}).items()]
    assert kept == ["CustomResourceDefinition"] * 2


def test_argo_cd_is_given_the_health_of_a_tuningjob_under_its_key(server: Client) -> None:
    built = yaml.safe_load_all(server.kubectl("kustomize", str(GITOPS / "argocd")).stdout)
    [settings] = [each for each in built if each["kind"] == "ConfigMap"]
    assert settings["metadata"]["name"] == "argocd-cm"
    script = (GITOPS / "argocd" / "health.lua").read_text()
    assert settings["data"] == {"resource.customizations.health.tuning.dev_TuningJob": script}


def test_the_values_that_argo_cd_gives_the_chart_are_values_of_the_chart(helm: Helm) -> None:
    documents = list(yaml.safe_load_all((GITOPS / "argocd" / "applications.yaml").read_text()))
    [source] = [d["spec"]["source"] for d in documents if "helm" in d["spec"]["source"]]
    assert (ROOT / source["path"]) == CHART
    kinds = {body["kind"] for body in helm.objects(source["helm"]["valuesObject"])}
    assert {"PodDisruptionBudget", "ServiceMonitor", "PodMonitor"} <= kinds


def run_snippet(repository: Path) -> subprocess.CompletedProcess[str]:
    """The step of the workflow that validates, in a checkout of the example repository."""
    workflow = yaml.safe_load((GITOPS / "ci" / "validate.yaml").read_text())
    [step] = [s for s in workflow["jobs"]["validate"]["steps"] if s.get("name") == "validate"]
    shell = Shell(repository, {"tuning": TUNING})
    return shell.run(f"cd {repository}\n{step['run']}", check=False)


def test_the_snippet_for_ci_passes_the_example_and_fails_a_spoilt_one(tmp_path: Path) -> None:
    shutil.copytree(GITOPS / "jobs", tmp_path / "jobs")
    assert run_snippet(tmp_path).returncode == 0
    manifest = tmp_path / "jobs" / "team-a" / "churn-learning-rate.yaml"
    manifest.write_text(manifest.read_text().replace("goal: Maximize", "goal: Maximise"))
    failed = run_snippet(tmp_path)
    assert failed.returncode != 0
    assert "Maximise" in failed.stdout
