from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.client import GivenCluster
from tests.cluster.images import OPERATOR, ROOT, TRIAL, given_images
from tests.commands import Shell


def test_a_shell_whose_kubectl_is_the_given_clusters_does_not_call_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "installed" / "kubectl"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nexec echo "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    cluster = GivenCluster(tmp_path / "kubeconfig", refuse=pytest.skip)
    (tmp_path / "shell").mkdir()
    shell = Shell(tmp_path / "shell", {"kubectl": cluster.kubectl_program()})
    assert shell.run("timeout 10 kubectl version").stdout == "version\n"


def test_the_images_of_a_given_cluster_can_be_chosen() -> None:
    released = f"a: {OPERATOR.tag}\nb: {TRIAL.tag}\n"
    assert given_images({}).named_in(released) == released
    chosen = given_images(
        {"OPERATOR_IMAGE": "registry.example.com/o:1", "TRIAL_IMAGE": "registry.example.com/t:1"}
    )
    assert chosen.named_in(released) == "a: registry.example.com/o:1\nb: registry.example.com/t:1\n"


@pytest.mark.parametrize("manifest", ["manifests/operator/deployment.yaml", "manifests/examples/digits.yaml"])
def test_what_the_cluster_is_given_names_the_images_that_are_chosen(manifest: str) -> None:
    text = (ROOT / manifest).read_text()
    assert given_images({"OPERATOR_IMAGE": "o", "TRIAL_IMAGE": "t"}).named_in(text) != text
