"""The real command, started as a user would, on jobs whose trials are shell scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from tuning_operator.api import Trial, TuningJob
from tuning_operator.local.store import Store

COMMAND = [sys.executable, "-m", "tuning_operator.cli"]
REPORT = """printf '{"metrics": {"loss": %s}}' "$TUNING_PARAM_x" > "$TUNING_TERMINATION_LOG";"""


def manifest(script: str = REPORT, **trials: Any) -> dict[str, Any]:
    """A job named `job` that minimises `loss` over x; its trials run this shell script."""
    container = {"name": "trial", "image": "none", "command": ["sh", "-c", script]}
    return {
        "apiVersion": "tuning.dev/v1alpha1",
        "kind": "TuningJob",
        "metadata": {"name": "job"},
        "spec": {
            "objectives": [{"metric": "loss", "goal": "Minimize"}],
            "parameters": [{"name": "x", "type": "double", "min": -1.0, "max": 1.0}],
            "search": {
                "seed": 1,
                "stages": [{"algorithm": "Random"}],
            },
            "initialTrials": [{"parameters": {"x": 0.5}}],
            "trials": {"max": 3, "parallel": 2, **trials},
            "template": {"spec": {"containers": [container]}},
        },
    }


class Directory:
    """A directory with job.yaml, where commands are started."""

    def __init__(self, path: Path, body: dict[str, Any]) -> None:
        self.path = path
        self.write(body)

    def write(self, body: dict[str, Any]) -> None:
        (self.path / "job.yaml").write_text(yaml.safe_dump(body))

    def arguments(self, *options: str) -> list[str]:
        return [*COMMAND, "run", "job.yaml", *options]

    def run(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`tuning run job.yaml`, to its end."""
        return subprocess.run(
            self.arguments(*options),
            cwd=self.path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *options: str) -> subprocess.Popen[str]:
        """The same, still running; its lines come on stdout."""
        return subprocess.Popen(
            self.arguments(*options),
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def store(self) -> Store:
        return Store(self.path / "runs" / "job")

    def job(self) -> TuningJob:
        job = self.store.job()
        assert job is not None
        return job

    def trials(self) -> list[Trial]:
        return list(self.store.trials().values())

    def words(self, name: str) -> list[str]:
        """The lines that trials have appended to a file."""
        path = self.path / name
        return path.read_text().split() if path.exists() else []


def parsed(output: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(output)
    return body
