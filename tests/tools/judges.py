"""How the tools of GitOps judge a resource: by their own libraries, in the program `judge`."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.tools.build import Tools
from tests.tools.helm import ROOT

GITOPS = ROOT / "manifests" / "examples" / "gitops"


@dataclass(frozen=True)
class Verdict:
    """What each of them says of one resource. flux: by the healthCheckExprs that we document."""

    kstatus: str
    flux: str
    argocd: str


def verdicts(tools: Tools, directory: Path, *resources: dict[str, Any]) -> list[Verdict]:
    """One verdict for each resource."""
    expressions = directory / "expressions.json"
    expressions.write_text(json.dumps(health_check_expressions()))
    asked = (["kstatus"], ["flux", str(expressions)], ["argocd", str(GITOPS / "argocd" / "health.lua")])
    answers = [_ask(tools, arguments, resources) for arguments in asked]
    return [Verdict(*(said["status"] for said in row)) for row in zip(*answers, strict=True)]


def argocd(tools: Tools, *resources: dict[str, Any]) -> list[tuple[str, str]]:
    """Health and message that Argo CD shows of each."""
    said = _ask(tools, ["argocd", str(GITOPS / "argocd" / "health.lua")], resources)
    return [(each["status"], each["message"]) for each in said]


def health_check_expressions() -> dict[str, str]:
    """Those of the example for Flux."""
    document = yaml.safe_load((GITOPS / "flux" / "jobs-to-their-end.yaml").read_text())
    [found] = document["spec"]["healthCheckExprs"]
    return {name: found[name] for name in ("failed", "current")}


def _ask(tools: Tools, arguments: list[str], resources: tuple[dict[str, Any], ...]) -> list[dict[str, str]]:
    command = [str(tools.judge), *arguments]
    done = subprocess.run(command, input=json.dumps(resources), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found
