"""etcd, API server, controller manager and scheduler: ordinary processes on the host."""

import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from tests.cluster import settings
from tests.cluster.certificates import make_certificates, write_kubeconfig
from tests.cluster.errors import Busy
from tests.cluster.processes import Processes
from tests.cluster.settings import Directories

SHELL_TLS = {"GODEBUG": "tlssha1=1"}  # lets the busybox of a shell container call the API; it knows no better

AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- {level: Request, verbs: [create, update, patch, delete, deletecollection], resources: [{group: tuning.dev}]}
- {level: Metadata}
"""


def server() -> str:
    return f"https://{settings.api_address()}:{settings.API_PORT}"


def start_control_plane(directories: Directories, processes: Processes, binary: Path, audit: bool) -> None:
    """Start all four components and wait until the API server says that it is ready."""
    check_ports_are_free()
    certificates = directories.certificates
    make_certificates(certificates, server())
    write_kubeconfig(directories.kubeconfig, certificates, "admin", server())
    processes.start("etcd", [str(binary), "etcd", *_etcd_flags(directories)])
    api_server = [str(binary), "kube-apiserver", *_api_server_flags(directories, audit)]
    processes.start("kube-apiserver", api_server, SHELL_TLS)
    processes.wait_until("API server", lambda: is_ready(certificates), "kube-apiserver")
    for name in ("controller-manager", "scheduler"):
        flags = _controller_manager_flags(certificates) if name == "controller-manager" else []
        kubeconfig = f"--kubeconfig={certificates}/{name}.kubeconfig"
        common = [kubeconfig, "--leader-elect=false", "--secure-port=0"]
        processes.start(f"kube-{name}", [str(binary), f"kube-{name}", *common, *flags])


def check_ports_are_free() -> None:
    """A component that cannot bind must not let us talk to whoever holds its port."""
    ports = [(settings.api_address(), settings.API_PORT)]
    ports += [("127.0.0.1", port) for port in (settings.ETCD_PORT, settings.ETCD_PEER_PORT)]
    for address in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as why:
                raise Busy(
                    f"{address[0]}:{address[1]}, a port of the test cluster's: {why.strerror}"
                ) from why


def is_ready(certificates: Path) -> bool:
    context = ssl.create_default_context(cafile=str(certificates / "authority.crt"))
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        return bool(direct.open(f"{server()}/readyz", timeout=5).status == 200)
    except OSError:  # refused, reset or 500: it is still starting
        return False


def _etcd_flags(directories: Directories) -> list[str]:
    clients, peers = f"https://127.0.0.1:{settings.ETCD_PORT}", f"http://127.0.0.1:{settings.ETCD_PEER_PORT}"
    at = directories.certificates
    return [
        f"--data-dir={directories.root}/etcd",
        "--name=default",
        f"--cert-file={at}/api-server.crt",
        f"--key-file={at}/api-server.key",
        "--client-cert-auth",
        f"--trusted-ca-file={at}/authority.crt",
        "--enable-grpc-gateway=false",  # it would call itself with the server's certificate
        "--unsafe-no-fsync",  # the data is thrown away with the cluster
        "--log-level=warn",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
    ]


def _api_server_flags(directories: Directories, audit: bool) -> list[str]:
    at = directories.certificates
    flags = [
        f"--etcd-servers=https://127.0.0.1:{settings.ETCD_PORT}",
        f"--etcd-cafile={at}/authority.crt",
        f"--etcd-certfile={at}/admin.crt",
        f"--etcd-keyfile={at}/admin.key",
        f"--bind-address={settings.api_address()}",
        f"--secure-port={settings.API_PORT}",
        f"--service-cluster-ip-range={settings.SERVICE_NETWORK}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",  # as in any real cluster: Pod Security alone judges
        f"--client-ca-file={at}/authority.crt",
        f"--tls-cert-file={at}/api-server.crt",
        f"--tls-private-key-file={at}/api-server.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={at}/accounts.key",
        f"--service-account-signing-key-file={at}/accounts.key",
        f"--kubelet-client-certificate={at}/admin.crt",
        f"--kubelet-client-key={at}/admin.key",
        "--kubelet-preferred-address-types=InternalIP",
    ]
    if settings.is_root():
        flags.append(f"--advertise-address={settings.HOST_ADDRESS}")  # what 10.96.0.1 leads to
    else:
        flags.append("--endpoint-reconciler-type=none")  # a loopback address may not be advertised
    return flags + (_audit_flags(directories) if audit else [])


def _audit_flags(directories: Directories) -> list[str]:
    policy = directories.root / "audit-policy.yaml"
    policy.write_text(AUDIT_POLICY)
    # Blocking: an event is in the file before its response is sent, so a test never reads too early.
    return [
        f"--audit-policy-file={policy}",
        f"--audit-log-path={directories.audit_log}",
        "--audit-log-mode=blocking",
        "--audit-log-maxsize=100000",  # MB: a log that is rotated would lose what a test still reads
    ]


def _controller_manager_flags(at: Path) -> list[str]:
    return [
        f"--root-ca-file={at}/authority.crt",
        f"--service-account-private-key-file={at}/accounts.key",
        "--use-service-account-credentials=true",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={settings.POD_NETWORK}",
        f"--service-cluster-ip-range={settings.SERVICE_NETWORK}",
    ]
