"""Start, use and stop the test cluster."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from tests.cluster import network, requirements, settings
from tests.cluster.audit import Request, read_audit
from tests.cluster.binary import find_or_build
from tests.cluster.client import Client
from tests.cluster.control_plane import is_ready, server, start_control_plane
from tests.cluster.errors import Busy, ClusterError, Unavailable
from tests.cluster.node import Node
from tests.cluster.processes import Processes
from tests.cluster.settings import Directories
from tests.cluster.traces import traces


class Cluster(Client):
    """One cluster on this machine: `start()`, then `add_node()` where pods are needed, then `stop()`.

    As a context manager it starts and stops the control plane. `stay=True` makes one that
    outlives this process, for `python -m tests.cluster up`. With `events=True` the kubelet hears of an
    exit as it happens, and does not look once a second only (see containerd.py).
    """

    def __init__(
        self, version: str | None = None, audit: bool = False, stay: bool = False, events: bool = False
    ) -> None:
        self.version = version or settings.default_version()
        self.directories = Directories(settings.default_directory())
        self.kubeconfig = self.directories.kubeconfig
        self.processes = Processes(self.directories.root / "processes.jsonl", self.directories.logs)
        self.node = Node(self.directories, self.processes, events)
        self._audit = audit
        self._stay = stay
        self._lock: IO[str] | None = None

    @property
    def server(self) -> str:
        return server()

    @property
    def binary(self) -> Path:
        return find_or_build(self.version)

    def start(self) -> "Cluster":
        """Clear what a crashed run left, then start the control plane (about 5 s)."""
        if why := requirements.missing_for_control_plane(self.version):
            raise Unavailable(why)
        binary = self.binary
        self._take_lock()
        self._clear()
        self.directories.root.mkdir(parents=True)
        if settings.is_root():
            network.make_bridge()
        try:
            start_control_plane(self.directories, self.processes, binary, self._audit)
            self._note()
            self._wait_for_namespaces()
        except BaseException:
            self.stop(keep_logs=True)
            raise
        return self

    def add_node(self) -> None:
        """Start containerd, kubelet and kube-proxy unless they run, and wait until the node is Ready."""
        if why := requirements.missing_for_pods(self.version):
            raise Unavailable(why)
        if not self.node.is_running:
            self.node.start(self.binary)
        self.wait_for("condition=Ready", f"node/{settings.NAME}", seconds=60)

    def stop(self, keep_logs: bool = False) -> None:
        """End every process and remove every trace but, where asked, the logs."""
        self._clear(keep_logs)
        if self._lock:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(self, kind: object, *_: object) -> None:
        self.stop(keep_logs=kind is not None)

    def kubectl_program(self) -> list[str]:
        return [str(self.binary), "kubectl"]

    def load(self, archive: Path) -> None:
        self.node.load(archive)

    def advertise(self, resource: str = "nvidia.com/gpu", count: int = 2) -> None:
        changes = {field: {resource: str(count)} for field in ("capacity", "allocatable")}
        patch = json.dumps({"status": changes})
        self.kubectl("patch", "node", settings.NAME, "--subresource=status", "--type=merge", "-p", patch)

    def audit(self, offset: int = 0) -> Iterator[Request]:
        if not self.directories.audit_log.exists():
            raise ClusterError("the audit log is off: Cluster(audit=True)")
        return read_audit(self.directories.audit_log, offset)

    def audit_offset(self) -> int:
        return self.directories.audit_log.stat().st_size

    def kill_leftovers(self) -> None:
        """End and remove everything of this cluster, whoever started it."""
        self._clear()

    @classmethod
    def running(cls) -> "Cluster | None":
        """The cluster that `up` left running, or None."""
        note = settings.default_directory() / "cluster.json"
        if not note.exists():
            return None
        said = json.loads(note.read_text())
        cluster = cls(version=said["version"], stay=said["stay"])
        alive = cluster.processes.pid("kube-apiserver") and is_ready(cluster.directories.certificates)
        return cluster if alive else None

    def _take_lock(self) -> None:
        settings.cache_directory().mkdir(parents=True, exist_ok=True)
        lock = self.directories.root.with_name(self.directories.root.name + ".lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._refuse_to_replace_one_that_stays()
        except BlockingIOError:
            lock.close()
            raise Busy(f"another session holds the test cluster ({lock.name}): wait until it ends") from None
        except Busy:
            lock.close()
            raise
        self._lock = lock

    def _refuse_to_replace_one_that_stays(self) -> None:
        if (other := Cluster.running()) and other._stay:
            raise Busy(
                f"a cluster runs already: KUBECONFIG={other.kubeconfig} uses it, "
                "`python -m tests.cluster down` ends it"
            )

    def _note(self) -> None:
        said = {"version": self.version, "stay": self._stay, "pid": os.getpid()}
        (self.directories.root / "cluster.json").write_text(json.dumps(said))

    def _clear(self, keep_logs: bool = False) -> None:
        if not self.directories.root.exists():
            if settings.is_root():
                network.remove_bridge()
            return
        self.node.stop()
        self.processes.stop("kube-controller-manager", "kube-scheduler", patience=0.2)
        self.processes.stop("kube-apiserver", "etcd", patience=0.2)
        self.processes.stop()
        if settings.is_root():
            network.remove_bridge()
        self._keep_logs(keep_logs)
        shutil.rmtree(self.directories.root)
        if left := traces(self.directories.root):
            raise ClusterError(f"left behind: {', '.join(left)}; end or remove it, then try again")

    def _keep_logs(self, wanted: bool) -> None:
        shutil.rmtree(self.directories.kept_logs, ignore_errors=True)
        if wanted and self.directories.logs.exists():
            with suppress(FileNotFoundError):
                shutil.move(self.directories.logs, self.directories.kept_logs)

    def _wait_for_namespaces(self) -> None:
        """A pod cannot be created before the controller manager has made its namespace's account."""
        self.wait_for("create", "serviceaccount/default", "--namespace=default")
