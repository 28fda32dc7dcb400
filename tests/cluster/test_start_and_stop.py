"""A second cluster, started and stopped from the command line beside the session's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import Client, Cluster

pytestmark = pytest.mark.long

LOOK = "from tests.cluster import settings, traces; print(traces.traces(settings.default_directory()))"
FAILS = "from tests.cluster import Cluster; Cluster().start().stop(keep_logs=True)"
LOGS = "from tests.cluster import Cluster; print(*Cluster().directories.kept_logs.glob('*.log'))"
CRASH = "import os; from tests.cluster import Cluster; c = Cluster().start(); c.add_node(); os._exit(9)"


def run(*arguments: str) -> str:
    environment = {**os.environ, "TUNING_CLUSTER_INSTANCE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    return done.stdout + done.stderr


def test_the_logs_of_a_failed_run_outlive_its_cluster(cluster: Client) -> None:
    if not isinstance(cluster, Cluster):
        pytest.skip("the cluster of KUBECONFIG is not ours to start and stop")
    run("-c", FAILS)
    assert run("-c", LOOK).strip() == "[]"
    assert "kube-apiserver.log" in run("-c", LOGS)  # until the next one, in the test below, ends well


def test_a_crashed_run_is_cleared_and_a_stopped_cluster_leaves_nothing(cluster: Client) -> None:
    if not isinstance(cluster, Cluster):
        pytest.skip("the cluster of KUBECONFIG is not ours to start and stop")
    run("-c", CRASH)
    assert "kube-scheduler" in run("-c", LOOK)
    try:
        assert "KUBECONFIG" in run("-m", "tests.cluster", "up")
        assert "runs already" in run("-m", "tests.cluster", "up")
    finally:
        run("-m", "tests.cluster", "down")
    assert run("-c", LOOK).strip() == "[]"
    assert run("-c", LOGS).strip() == ""
