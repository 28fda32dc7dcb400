"""Renders manifests/ from the chart: `kubectl apply -k manifests/` and `helm install` never differ."""

from __future__ import annotations

import re
from pathlib import Path

from tests.tools.helm import ROOT, Helm

MANIFESTS = ROOT / "manifests" / "operator"
HEADER = "# Generated from helm/tuning-operator by `make generate`; edit the chart.\n"
SOURCE = re.compile(r"^---\n# Source: .*\n", re.MULTILINE)
KINDS = ("deployment", "rbac", "service", "user-roles")


def rendered(helm: Helm) -> dict[Path, str]:
    """Path and text of every file that is made of the chart."""
    return {MANIFESTS / f"{kind}.yaml": manifest(helm, kind) for kind in KINDS}


def manifest(helm: Helm, kind: str) -> str:
    """One template of the chart with its default values. Helm names the source above each object."""
    text = helm.render({}, "--show-only", f"templates/{kind}.yaml")
    bare = SOURCE.sub("---\n", text).removeprefix("---\n").replace("\n\n---", "\n---")
    return HEADER + bare.rstrip() + "\n"
