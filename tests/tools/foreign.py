"""The CRDs of the tools that our manifests speak to, out of those tools' own Go modules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError


@dataclass(frozen=True)
class Foreign:
    """module: path@version; sum: as in a go.sum; files: paths inside it."""

    module: str
    sum: str
    files: tuple[str, ...]


MONITORING = "example/prometheus-operator-crd/monitoring.coreos.com_"
FLUX = "config/crd/bases/"
MODULES = (
    Foreign(
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        tuple(f"{MONITORING}{kind}.yaml" for kind in ("podmonitors", "servicemonitors", "prometheusrules")),
    ),
    Foreign(
        "github.com/fluxcd/kustomize-controller@v1.7.3",
        "h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M=",
        (f"{FLUX}kustomize.toolkit.fluxcd.io_kustomizations.yaml",),
    ),
    Foreign(
        "github.com/fluxcd/source-controller@v1.7.0",
        "h1:/fBgS4CSmT5Jj/fjQDF92y+pC3gst1GJjgNSzY8Ff9I=",
        tuple(
            f"{FLUX}source.toolkit.fluxcd.io_{kind}.yaml" for kind in ("gitrepositories", "ocirepositories")
        ),
    ),
    Foreign(
        "github.com/argoproj/argo-cd/v3@v3.2.0",
        "h1:m2eGAV+nXQGgzZbH5SyJD5laaPW27mzWXBrgisUHY/0=",
        ("manifests/crds/application-crd.yaml", "manifests/crds/appproject-crd.yaml"),
    ),
)


def collect(directory: Path) -> None:
    """Copy all of them into a directory."""
    directory.mkdir()
    for foreign in MODULES:
        place = _download(foreign, directory)
        for file in foreign.files:
            shutil.copy(place / file, directory / Path(file).name)


def _download(foreign: Foreign, directory: Path) -> Path:
    command = ["go", "mod", "download", "-json", foreign.module]
    environment = {**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=mod"}
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)
    said = json.loads(done.stdout or "{}")
    if done.returncode or said.get("Error"):
        raise ClusterError(f"go mod download {foreign.module}: {said.get('Error') or done.stderr[-1000:]}")
    if said["Sum"] != foreign.sum:
        raise ClusterError(f"{foreign.module} has the sum {said['Sum']}, not {foreign.sum}")
    return Path(said["Dir"])
