"""Helm as a caller sees it: one of both major versions, at the chart of this repository."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.errors import ClusterError

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "tuning-operator"
NAMESPACE = "tuning-system"
RELEASE = "tuning-operator"


@dataclass(frozen=True)
class Helm:
    """program: Helm 4 or 3. kubeconfig: of the cluster, where one is needed."""

    program: Path
    kubeconfig: Path | None = None

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Helm, with its own files in a directory that goes afterwards."""
        with tempfile.TemporaryDirectory(prefix="helm-") as home:
            places = {f"HELM_{each}_HOME": home for each in ("CACHE", "CONFIG", "DATA")}
            environment = {**os.environ, **places, "KUBECONFIG": str(self.kubeconfig or "/dev/null")}
            command = [str(self.program), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if check and done.returncode:
            raise ClusterError(f"helm {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done

    def render(
        self, values: dict[str, Any] | None = None, *arguments: str, namespace: str = NAMESPACE
    ) -> str:
        """The chart's objects for these values, as text."""
        return _rendered(self, json.dumps(values or {}), ("--namespace", namespace, *arguments))

    def objects(self, values: dict[str, Any] | None = None, *arguments: str) -> list[dict[str, Any]]:
        """The chart's objects for these values, parsed."""
        return _parsed(self.render(values, *arguments))


@lru_cache(maxsize=64)
def _parsed(manifests: str) -> list[dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the CRDs are large
    return [each for each in yaml.load_all(manifests, loader) if each]


@lru_cache(maxsize=64)  # many tests look at the same objects
def _rendered(helm: Helm, values: str, arguments: tuple[str, ...]) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="values-") as file:
        file.write(values)
        file.flush()
        command = ("template", RELEASE, str(CHART), "--values", file.name)
        return helm.run(*command, *arguments).stdout
