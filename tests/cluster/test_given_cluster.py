from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.client import GivenCluster
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
