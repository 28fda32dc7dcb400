"""The one node: containerd, kubelet and kube-proxy, in namespaces of their own."""

import json
from pathlib import Path

import grpc

from tests.cluster import settings, small_images
from tests.cluster.containerd import telling_containerd
from tests.cluster.errors import ClusterError
from tests.cluster.node_files import containerd_config, kubelet_config, network_config, proxy_config
from tests.cluster.processes import Processes
from tests.cluster.sandbox import Sandbox
from tests.cluster.settings import Directories


class Node:
    """Starts and stops the node, and puts images on it.

    Images outlive the cluster: containerd's content stays in the cache, because unpacking
    TensorFlow anew would cost every run half a minute. A newer containerd (`events`) has its own, for
    the older one could not read it again.
    """

    def __init__(self, directories: Directories, processes: Processes, events: bool = False) -> None:
        self._directories = directories
        self._processes = processes
        self._events = events
        self._sandbox = Sandbox(directories.root, processes)
        self._store = settings.image_store(events)

    @property
    def is_running(self) -> bool:
        return self._sandbox.is_running

    def start(self, binary: Path) -> None:
        self._write_files()
        self._sandbox.start()
        self._start_containerd()
        self._start_component(binary, "kube-proxy", f"--config={self._directories.root}/proxy.yaml")
        for archive in (small_images.pause_archive(), small_images.shell_archive()):
            self.load(archive)
        self._start_component(
            binary,
            "kubelet",
            f"--config={self._directories.root}/kubelet.yaml",
            f"--kubeconfig={self._directories.certificates}/kubelet.kubeconfig",
            f"--root-dir={self._directories.root}/kubelet",
            f"--node-ip={settings.NODE_ADDRESS}",
            f"--hostname-override={settings.NAME}",
        )

    def stop(self) -> None:
        self._sandbox.stop()

    def load(self, archive: Path) -> None:
        """Import an archive of one image, unless that very file was the last one of its name."""
        archive = archive.resolve()
        identity = f"{archive}:{archive.stat().st_size}:{archive.stat().st_mtime_ns}"
        loaded = self._loaded()
        if identity in loaded.values():
            return
        self._import(archive)
        names = small_images.names_in(archive)
        self._note_loaded({**loaded, **dict.fromkeys(names, identity)})

    def _import(self, archive: Path) -> None:
        """Again, when garbage collection has taken a layer of the image that this one replaces."""
        for is_last in (False, False, True):
            try:
                self._ctr("images", "import", str(archive))
                return
            except ClusterError as why:
                if is_last or "does not exist" not in str(why):
                    raise

    def _start_component(self, binary: Path, name: str, *flags: str) -> None:
        self._sandbox.start_inside(name, str(binary), name, *flags)

    def _start_containerd(self) -> None:
        """containerd remembers the containers of the run before; the kubelet must not inherit them."""
        self._run_containerd()
        if old := self._ctr("containers", "list", "--quiet").split():
            self._ctr("containers", "delete", *old)
            self._sandbox.stop_inside("containerd")
            self._run_containerd()

    def _run_containerd(self) -> None:
        program = str(telling_containerd()) if self._events else "containerd"
        command = (program, "--config", str(self._directories.root / "containerd.toml"))
        self._sandbox.start_inside("containerd", *command)
        self._processes.wait_until("containerd", self._answers, "containerd", 30)

    def _answers(self) -> bool:
        """Asked as the kubelet asks, which gives up for good while CRI is not initialised yet."""
        with grpc.insecure_channel(f"unix://{self._directories.containerd_socket}") as channel:
            try:
                channel.unary_unary("/runtime.v1.RuntimeService/Version")(b"", timeout=1)
            except grpc.RpcError:
                return False
        return True

    def _ctr(self, *arguments: str) -> str:
        at = ("--address", str(self._directories.containerd_socket), "--namespace", "k8s.io")
        return self._sandbox.run("ctr", *at, *arguments)

    def _write_files(self) -> None:
        root = self._directories.root
        (root / "cni").mkdir()
        (root / "cni" / "10-pods.conflist").write_text(network_config(root))
        (root / "containerd.toml").write_text(containerd_config(root, self._store))
        (root / "kubelet.yaml").write_text(kubelet_config(self._directories, self._events))
        (root / "proxy.yaml").write_text(proxy_config(self._directories))

    def _loaded(self) -> dict[str, str]:
        note = self._store / "loaded.json"
        known: dict[str, str] = json.loads(note.read_text()) if note.exists() else {}
        return known

    def _note_loaded(self, known: dict[str, str]) -> None:
        partial = self._store / "loaded.json.partial"
        partial.write_text(json.dumps(known, indent=1))
        partial.rename(self._store / "loaded.json")
