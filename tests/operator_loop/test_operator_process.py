"""The operator of a test, as a process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.processes import started_at
from tests.operator_loop.world import World

pytestmark = pytest.mark.control_plane

A_RUN_THAT_IS_KILLED = """
import os, pathlib, signal, sys, time
from tests.operator_loop.operator_process import OperatorProcess
kubeconfig, log, namespace = sys.argv[1:]
flags = ("--metrics-port", "0")
operator = OperatorProcess(pathlib.Path(kubeconfig), pathlib.Path(log), namespace, flags=flags)
operator.start()
while "the lease is held" not in operator.said():
    time.sleep(0.1)
print(operator.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can end a process with the one that began it")
def test_it_does_not_outlive_a_test_run_that_is_killed(world: World, tmp_path: Path) -> None:
    given = (str(world.kubeconfig), str(tmp_path / "log"), world.namespace)
    command = [sys.executable, "-c", A_RUN_THAT_IS_KILLED, *given]
    killed = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    operator = int(killed.stdout)
    world.until("it has ended", lambda: started_at(operator) is None, 10)
