"""The configuration files of the node's components, as text."""

import json
from pathlib import Path

from tests.cluster import requirements, settings, small_images
from tests.cluster.settings import Directories


def containerd_config(root: Path, store: Path) -> str:
    """`store` keeps images between clusters; everything else goes with `root`."""
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    return f"""\
version = 2
root = "{store}"
state = "{root}/containerd"

[grpc]
address = "{root}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
path = "{root}/opt"

[{cri}]
sandbox_image = "{small_images.PAUSE}"
restrict_oom_score_adj = true  # root in a virtual machine or container may lack CAP_SYS_RESOURCE
netns_mounts_under_state_dir = true
disable_tcp_service = true

[{cri}.cni]
bin_dir = "{requirements.cni_directory()}"
conf_dir = "{root}/cni"

[{cri}.containerd]
default_runtime_name = "runc"

[{cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
"""


def network_config(root: Path) -> str:
    """A bridge with an address per pod. The host has a route to it, so no address is ever translated."""
    addresses = {
        "type": "host-local",
        "dataDir": f"{root}/addresses",
        "ranges": [[{"subnet": settings.POD_NETWORK}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": "pods", "isGateway": True, "hairpinMode": True, "ipam": addresses}
    return json.dumps({"cniVersion": "0.4.0", "name": settings.NAME, "plugins": [bridge]}, indent=1)


def kubelet_config(directories: Directories, events: bool) -> str:
    return json.dumps(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": f"unix://{directories.containerd_socket}",
            "authentication": {
                "anonymous": {"enabled": False},
                "x509": {"clientCAFile": f"{directories.certificates}/authority.crt"},
            },
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{settings.NAME}",
            "cgroupsPerQOS": False,
            "enforceNodeAllocatable": [],
            "failCgroupV1": False,
            "failSwapOn": False,
            "featureGates": {"EventedPLEG": True} if events else {},
            "clusterDomain": "cluster.local",
            "clusterDNS": ["127.0.0.1"],  # there is no DNS: a name fails at once instead of timing out
            "evictionHard": {
                "memory.available": "100Mi",
                "nodefs.available": "0%",
                "imagefs.available": "0%",
            },
            "imageGCHighThresholdPercent": 100,  # loaded images cannot be pulled again
            "makeIPTablesUtilChains": False,
            "maxPods": 200,
            "podLogsDir": f"{directories.logs}/pods",
            "serializeImagePulls": False,
            "shutdownGracePeriod": "0s",
            "volumePluginDir": f"{directories.root}/volume-plugins",
            "logging": {"verbosity": 2},
        },
        indent=1,
    )


def proxy_config(directories: Directories) -> str:
    return json.dumps(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": f"{directories.certificates}/proxy.kubeconfig"},
            "hostnameOverride": settings.NAME,
            "mode": "iptables",
            "clusterCIDR": settings.POD_NETWORK,
            "iptables": {"masqueradeAll": True},  # answers between pods of one bridge pass the node as well
            "conntrack": {"maxPerCore": 0, "min": 0},  # the machine's own limits are not ours to set
        },
        indent=1,
    )
