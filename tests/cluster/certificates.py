"""Keys, certificates and kubeconfig files of one cluster, made with openssl and thrown away with it."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cluster import settings

VALID_DAYS = "30"

CLIENTS = {  # file name: the subject by which the API server knows it
    "admin": "/O=system:masters/CN=tuning-test-admin",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "proxy": "/CN=system:kube-proxy",
    "kubelet": f"/O=system:nodes/CN=system:node:{settings.NAME}",
}


def make_certificates(directory: Path, server: str) -> None:
    """Write the authority, the API server's pair, and a kubeconfig for each client."""
    directory.mkdir(parents=True)
    directory.chmod(0o700)
    _make_authority(directory)
    names = [
        f"IP:{address}" for address in ("127.0.0.1", settings.HOST_ADDRESS, settings.API_SERVICE_ADDRESS)
    ]
    names += ["DNS:localhost", "DNS:kubernetes.default.svc", "DNS:kubernetes.default", "DNS:kubernetes"]
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(_sign, directory, name, subject) for name, subject in CLIENTS.items()]
        made.append(pool.submit(_sign, directory, "api-server", "/CN=kube-apiserver", ",".join(names)))
        for each in made:
            each.result()
    _openssl("genrsa", "-out", str(directory / "accounts.key"), "2048")
    for name in CLIENTS:
        write_kubeconfig(directory / f"{name}.kubeconfig", directory, name, server)


def write_kubeconfig(path: Path, directory: Path, client: str, server: str) -> None:
    path.write_text(
        f"""\
apiVersion: v1
kind: Config
clusters:
- name: {settings.NAME}
  cluster: {{server: "{server}", certificate-authority: {directory}/authority.crt}}
users:
- name: {client}
  user: {{client-certificate: {directory}/{client}.crt, client-key: {directory}/{client}.key}}
contexts:
- name: {settings.NAME}
  context: {{cluster: {settings.NAME}, user: {client}}}
current-context: {settings.NAME}
"""
    )
    path.chmod(0o600)


def _make_authority(directory: Path) -> None:
    _openssl("req", "-x509", *_new_key(directory / "authority.key"), "-subj", "/CN=tuning-test-authority",
             "-days", VALID_DAYS, "-addext", "keyUsage=critical,keyCertSign,digitalSignature",
             "-out", str(directory / "authority.crt"))  # fmt: skip


def _sign(directory: Path, name: str, subject: str, alternative_names: str = "") -> None:
    usage, key = ("serverAuth", "rsa:2048") if alternative_names else ("clientAuth", "ec")
    extensions = ["-addext", f"extendedKeyUsage={usage}", "-addext", "basicConstraints=critical,CA:FALSE"]
    if alternative_names:
        extensions += ["-addext", f"subjectAltName={alternative_names}"]
    _openssl("req", "-x509", *_new_key(directory / f"{name}.key", key), "-subj", subject, "-days", VALID_DAYS,
             "-CA", str(directory / "authority.crt"), "-CAkey", str(directory / "authority.key"),
             *extensions, "-out", str(directory / f"{name}.crt"))  # fmt: skip


def _new_key(path: Path, kind: str = "ec") -> list[str]:
    """The server's key is RSA, which even busybox's wget understands; the others' are quicker to make."""
    curve = ["-pkeyopt", "ec_paramgen_curve:prime256v1"] if kind == "ec" else []
    return ["-newkey", kind, *curve, "-nodes", "-keyout", str(path)]


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True)
