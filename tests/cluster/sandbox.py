"""Process, mount and network namespaces that hold the whole node, and die with their first process."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.cluster import network, settings
from tests.cluster.errors import ClusterError
from tests.cluster.processes import Processes, all_gone, children

HIDDEN = ("/run", "/var/log")  # the node sees empty ones instead of the machine's
BORROWED = ("/var/lib/kubelet", "/var/lib/cni")  # fixed paths of its components; empty for the machine

FIRST_PROCESS = """\
mount --make-rshared /
for place in {places}; do mount -t tmpfs -o mode=755 tmpfs $place || exit 1; done
echo 1 > /proc/sys/net/ipv4/ip_forward
echo ready > {ready}
while :; do sleep 3600; done
"""  # a shell, because it reaps the orphans that its own sleep is not


class Sandbox:
    """The node's namespaces. Nothing in them survives `stop`, nor a kill of their first process."""

    def __init__(self, root: Path, processes: Processes) -> None:
        self._ready = root / "sandbox-ready"
        self._processes = processes

    def start(self) -> None:
        for place in BORROWED:
            Path(place).mkdir(parents=True, exist_ok=True)
        script = FIRST_PROCESS.format(places=" ".join(HIDDEN + BORROWED), ready=self._ready)
        kinds = ["--fork", "--pid", "--mount", "--net", "--mount-proc", "--kill-child"]
        self._processes.start("sandbox", ["unshare", *kinds, "sh", "-c", script])
        self._processes.wait_until("the node's namespaces", self._ready.exists, "sandbox", 10)
        network.plug_in(self.pid())

    def pid(self) -> int:
        """The pid, on the host, of the first process in the namespaces."""
        if found := self._find():
            return found
        raise ClusterError("the node does not run")

    @property
    def is_running(self) -> bool:
        return self._find() is not None

    def enter(self, *command: str) -> list[str]:
        """The command line that runs this one inside."""
        return ["nsenter", "--target", str(self.pid()), "--mount", "--pid", "--net", "--", *command]

    def run(self, *command: str) -> str:
        done = subprocess.run(self.enter(*command), capture_output=True, text=True)
        if done.returncode:
            raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def start_inside(self, name: str, *command: str) -> None:
        self._processes.start(name, self.enter(*command))

    def stop_inside(self, name: str) -> None:
        """End one process inside; what we recorded is only nsenter, which waits for it."""
        waiting = self._processes.pid(name)
        for child in children(waiting) if waiting else []:
            os.kill(child, signal.SIGTERM)
        if waiting and not all_gone([waiting], 10):
            raise ClusterError(f"{name} does not end")

    def stop(self) -> None:
        """The kernel ends every process in the namespace, containers too, before the first one is gone."""
        if first := self._find():
            os.kill(first, signal.SIGKILL)
            if not all_gone([first], 20):
                raise ClusterError(f"the node's first process {first} does not end")
        for place in BORROWED:
            with suppress(OSError):  # only an empty directory goes: one in use is not ours
                Path(place).rmdir()
        remove_cgroups()

    def _find(self) -> int | None:
        parent = self._processes.pid("sandbox")
        return next(iter(children(parent)), None) if parent else None


def remove_cgroups() -> None:
    """Remove the pods' cgroups, which the kernel keeps when their processes are gone."""
    for top in [*settings.CGROUPS.glob(settings.NAME), *settings.CGROUPS.glob(f"*/{settings.NAME}")]:
        for place, _, _ in os.walk(top, topdown=False):
            with suppress(FileNotFoundError):
                Path(place).rmdir()
