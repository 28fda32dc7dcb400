"""Runs real trials: a process with the contract's environment, and what it left behind."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tuning_trial

PACKAGE = str(Path(tuning_trial.__file__).parents[1])  # of a checkout it may be, and not the installed one
OBJECTIVES = [{"metric": "val_accuracy", "goal": "Maximize", "take": "Best"}]

COUNTS = """
import importlib.abc, os, sys

class Counts(importlib.abc.MetaPathFinder):
    '''Notes each import of TensorFlow, in any process.'''

    def find_spec(self, name, path=None, target=None):
        if name == 'tensorflow':
            with open(os.environ['IMPORTS'], 'a') as file:
                file.write(f'{os.getpid()}\\n')

sys.meta_path.insert(0, Counts())
"""


@dataclass(frozen=True)
class Ended:
    """How a trial ended: exit code, termination message (None: none was written), and what it printed."""

    code: int
    message: dict[str, Any] | None
    stdout: str
    stderr: str


class TrialProcess:
    """One trial below `directory`, started by `start` or `run`, of the package that the tests import.

    Its modules are looked up in PYTHONPATH first, if that is among the variables.
    """

    def __init__(self, directory: Path, parameters: dict[str, Any] | None = None, **variables: str) -> None:
        self.log = directory / "termination-log"
        self.port = free_port()
        self._directory = directory
        self._environ = {
            "PATH": os.environ["PATH"],
            "OMP_NUM_THREADS": "1",
            "HOME": "/nonexistent",  # as in a container with an arbitrary uid
            "TUNING_PARAMETERS": json.dumps(parameters or {}),
            "TUNING_OBJECTIVES": json.dumps(OBJECTIVES),
            "TUNING_METRICS_PORT": str(self.port),
            "TUNING_TERMINATION_LOG": str(self.log),
            **variables,
            "PYTHONPATH": os.pathsep.join(filter(None, [variables.get("PYTHONPATH"), PACKAGE])),
        }

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start `python COMMAND` in the trial's directory."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self._directory,
            env=self._environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *command: str) -> Ended:
        """Run `python COMMAND` to its end."""
        with self.start(*command) as process:
            return self.end(process)

    def run_program(self, source: str) -> Ended:
        """Run a program that is given as text."""
        return self.run("-c", source)

    def run_model(self, source: str, *options: str) -> Ended:
        """Run `tuning-trial run model.py`, the file given as text."""
        return self.run(*self.model(source, *options))

    def model(self, source: str, *options: str) -> list[str]:
        """Write model.py and return the command that runs it."""
        (self._directory / "model.py").write_text(source)
        return ["-m", "tuning_trial.cli", "run", "model.py", *options]

    def end(self, process: "subprocess.Popen[str]") -> Ended:
        """Wait for the process and read what it left."""
        stdout, stderr = process.communicate(timeout=120)
        message = json.loads(self.log.read_bytes()) if self.log.exists() else None
        return Ended(process.returncode, message, stdout, stderr)


class CountingTrial(TrialProcess):
    """A trial that knows how often TensorFlow was imported."""

    def __init__(self, directory: Path, parameters: dict[str, Any] | None = None, **variables: str) -> None:
        (directory / "sitecustomize.py").write_text(COUNTS)
        self._imports = directory / "imports"
        self._imports.touch()
        counting = {"PYTHONPATH": str(directory), "IMPORTS": str(self._imports)}
        super().__init__(directory, parameters, **counting, **variables)

    @property
    def imports(self) -> int:
        """By all of its processes together."""
        return len(self._imports.read_text().split())


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
