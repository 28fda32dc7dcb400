"""Where the test cluster lives: directories, addresses and ports, all its own."""

import os
from dataclasses import dataclass
from pathlib import Path

# Another instance collides with nothing of the first: for tests of the cluster itself.
INSTANCE = int(os.environ.get("TUNING_CLUSTER_INSTANCE", "0"))
_SUFFIX = str(INSTANCE) if INSTANCE else ""

NAME = f"tuning-test{_SUFFIX}"  # the node's name, and the root of its cgroups
DEVICE = f"tuning{INSTANCE}"  # the bridge on the host
_NETWORK = f"10.{177 + INSTANCE}"
HOST_ADDRESS = f"{_NETWORK}.0.1"  # the host's end; tests and pods alike reach the API server here
NODE_ADDRESS = f"{_NETWORK}.0.2"
POD_NETWORK = f"{_NETWORK}.64.0/18"
SERVICE_NETWORK = "10.96.0.0/16"  # exists within the node only
API_SERVICE_ADDRESS = "10.96.0.1"
API_PORT = 27443 + 10 * INSTANCE
ETCD_PORT = 27379 + 10 * INSTANCE
ETCD_PEER_PORT = ETCD_PORT + 1
CGROUPS = Path("/sys/fs/cgroup")


def is_root() -> bool:
    return os.geteuid() == 0


def cache_directory() -> Path:
    """What is dear to make and stays: the binary, images, containerd's content."""
    return Path(os.environ.get("TUNING_CACHE") or Path.home() / ".cache" / "tuning-operator")


def image_store(events: bool = False) -> Path:
    """containerd's content, which only one containerd at a time may open."""
    return cache_directory() / f"containerd{_SUFFIX}{'-telling' if events else ''}"


def default_version() -> str:
    return os.environ.get("KUBERNETES") or "1.35.4"


def default_directory() -> Path:
    """What belongs to one run. Short, because a Unix socket's path has at most 107 characters."""
    if chosen := os.environ.get("TUNING_CLUSTER"):
        return Path(chosen)
    return (Path("/var/lib") if is_root() else cache_directory()) / f"{NAME}-cluster"


@dataclass(frozen=True)
class Directories:
    """The places of one running cluster below `root`, which is removed when it stops."""

    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def certificates(self) -> Path:
        return self.root / "certificates"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def audit_log(self) -> Path:
        return self.logs / "audit.jsonl"

    @property
    def containerd_socket(self) -> Path:
        return self.root / "containerd.sock"

    @property
    def kept_logs(self) -> Path:
        """Where the logs of a failed run outlive it."""
        return self.root.with_name(self.root.name + "-logs")


def api_address() -> str:
    """Root owns a bridge that pods can reach; anyone else has the loopback, and no pods."""
    return HOST_ADDRESS if is_root() else "127.0.0.1"
