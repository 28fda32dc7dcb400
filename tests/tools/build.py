"""Helm, kubeconform and `judge`: found in the cache, or built from the Go module in `judge/`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import settings
from tests.cluster.binary import check_go, go
from tests.cluster.errors import ClusterError
from tests.tools import foreign

MODULE = Path(__file__).parent / "judge"
A_WEEK = 7 * 24 * 3600.0
PACKAGES = {
    "helm4": "helm.sh/helm/v4/cmd/helm",
    "helm3": "helm.sh/helm/v3/cmd/helm",
    "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform",
    "judge": ".",
}


@dataclass(frozen=True)
class Tools:
    """Where the programs are."""

    directory: Path

    def __getattr__(self, name: str) -> Path:
        if name not in PACKAGES:
            raise AttributeError(name)
        return self.directory / name

    @property
    def crds(self) -> Path:
        """The directory of the CRDs of others."""
        return self.directory / "crds"


def find_or_build() -> Tools:
    """All programs; minutes when they must be built. Raises Unavailable without a Go to build them."""
    directory = settings.cache_directory() / f"tools-{digest()}"
    if not directory.exists():
        check_go()
        _build(directory)
        _remove_older(directory)
    return Tools(directory)


def digest() -> str:
    """Of everything that decides what is built."""
    files = [
        *(MODULE / name for name in ("go.mod", "go.sum", "main.go")),
        Path(__file__),
        Path(foreign.__file__),
    ]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _build(directory: Path) -> None:
    """Build in another place and rename: a cut-off build leaves nothing that looks finished."""
    partial = directory.with_suffix(f".{os.getpid()}.partial")
    partial.mkdir(parents=True)
    print("building helm, kubeconform and judge (minutes, once)", flush=True)
    for name, package in PACKAGES.items():
        go(
            MODULE,
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            _flags(name),
            "-o",
            f"{partial}/{name}",
            package,
        )
    foreign.collect(partial / "crds")
    try:
        partial.rename(directory)
    except OSError:  # another session was quicker
        shutil.rmtree(partial)


def _flags(name: str) -> str:
    """Helm believes what its build tells of its version, and Helm 3 of Kubernetes' too."""
    flags = ["-s", "-w"]
    if name.startswith("helm"):
        module = PACKAGES[name].removesuffix("/cmd/helm")
        flags.append(f"-X {module}/internal/version.version={_required(module)}")
    if name == "helm3":
        minor = _required("k8s.io/client-go").split(".")[1]
        for package in ("pkg/chartutil", "pkg/lint/rules"):
            place = f"helm.sh/helm/v3/{package}.k8sVersion"
            flags += [f"-X {place}Major=1", f"-X {place}Minor={minor}"]
    return " ".join(flags)


def _required(module: str) -> str:
    found = re.search(rf"^\s*{re.escape(module)} (v\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise ClusterError(f"{MODULE}/go.mod does not require {module}")
    return found.group(1)


def _remove_older(newest: Path) -> None:
    """What no session uses any more: another checkout's may be another one, and in use just now."""
    for directory in newest.parent.glob("tools-*"):
        if directory != newest and time.time() - directory.stat().st_mtime > A_WEEK:
            shutil.rmtree(directory)
