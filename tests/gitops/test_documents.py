"""docs/gitops.md: its commands run, and what it quotes is the example's."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.cluster import Client
from tests.commands import ROOT, Shell, commands
from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet
from tests.operator_loop.world import World, tuning_job
from tests.tools.judges import health_check_expressions

PAGE = ROOT / "docs" / "gitops.md"
SECTIONS = commands(PAGE)
TUNING = [sys.executable, "-c", "from tuning_operator.cli import main; main()"]


@pytest.fixture
def shell(control_plane: Client, namespace: str, tmp_path: Path) -> Shell:
    kubectl = [*control_plane.kubectl_program(), "--namespace", namespace]
    return Shell(tmp_path, {"kubectl": kubectl, "tuning": TUNING}, control_plane.kubeconfig)


def test_the_end_of_a_job_is_waited_for_and_its_result_read(
    world: World, shell: Shell, run_operator: RunOperator, kubelet: Callable[..., HandKubelet]
) -> None:
    world.create(tuning_job("churn-learning-rate"))
    kubelet()
    run_operator()
    _, best = shell.run_all(*SECTIONS["What a tool sees"])
    assert 0 < json.loads(best)["x"] <= 1


def test_argo_cds_configmap_is_given_the_key_and_keeps_its_others(
    shell: Shell, control_plane: Client, namespace: str
) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm"},
        "data": {"url": "https://a"},
    }
    control_plane.apply(body, namespace=namespace)
    [command] = SECTIONS["Argo CD"]
    shell.run(command.replace("--namespace argocd", f"--namespace {namespace}"))
    data = control_plane.get("--namespace", namespace, "configmap/argocd-cm")["data"]
    script = (ROOT / "manifests/examples/gitops/argocd/health.lua").read_text()
    assert data == {"url": "https://a", "resource.customizations.health.tuning.dev_TuningJob": script}


def test_the_example_is_valid(shell: Shell) -> None:
    [said] = shell.run_all(*SECTIONS["Before the merge"])
    assert "is valid" in said


def test_the_expressions_for_flux_are_the_examples() -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    [quoted] = yaml.safe_load(block)["healthCheckExprs"]
    assert {name: quoted[name] for name in ("failed", "current")} == health_check_expressions()
