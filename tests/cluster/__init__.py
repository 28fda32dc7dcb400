"""A real Kubernetes for the tests: every component built from Go modules, nothing mocked.

`Cluster` starts and stops it; `python -m tests.cluster` does the same by hand; the pytest
fixtures stand in tests/conftest.py. The control plane runs as ordinary processes and needs
no privileges. The node (containerd, kubelet, kube-proxy and all pods) lives in process, mount
and network namespaces of its own, so that ending their first process ends everything in them:
no container, mount or firewall rule can be left behind, even by a crash.
"""

from tests.cluster.client import Client, GivenCluster
from tests.cluster.cluster import Cluster
from tests.cluster.errors import Busy, ClusterError, Unavailable

__all__ = ["Busy", "Client", "Cluster", "ClusterError", "GivenCluster", "Unavailable"]
