"""Results that are kept: a file for each search, a line for each run.

The first line says what the others are valid for: the search's version and settings, and the
version of the problems. A file whose first line says something else is begun anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.search.simulation import Run, Step

PROBLEMS = 1  # raised when a problem or the simulation changes: no kept result is valid then


@dataclass(frozen=True)
class Job:
    """One run to be had."""

    problem: str
    seed: int
    workers: int
    evaluations: int


class Kept:
    """The runs of one search."""

    def __init__(self, path: Path, name: str, version: str | None, settings: str) -> None:
        """version: None when the search is not installed: the kept runs are taken as they are."""
        self.path = path
        lines = path.read_text().splitlines() if path.exists() else []
        found = json.loads(lines[0]) if lines else {}
        self.head: dict[str, Any] = {
            "search": name,
            "version": version or found.get("version"),
            "settings": settings,
            "problems": PROBLEMS,
        }
        self._valid = found == self.head
        self._runs: dict[tuple[str, int, int], tuple[int, Run]] = {}
        for line in lines[1:] if self._valid else []:
            self._remember(*_read(line))

    def find(self, job: Job) -> Run | None:
        """A run that is at least as long."""
        evaluations, run = self._runs.get((job.problem, job.seed, job.workers), (0, None))
        return run if evaluations >= job.evaluations else None

    def missing(self, jobs: Iterable[Job]) -> list[Job]:
        return [job for job in jobs if self.find(job) is None]

    def add(self, job: Job, run: Run) -> None:
        """Remembers a run, in the file at once."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._valid:
            self.path.write_text(json.dumps(self.head) + "\n")
            self._valid = True
        with self.path.open("a") as file:
            file.write(_line(job, run) + "\n")
        self._remember(job, run)

    def _remember(self, job: Job, run: Run) -> None:
        key = (job.problem, job.seed, job.workers)
        if job.evaluations > self._runs.get(key, (0, run))[0]:
            self._runs[key] = job.evaluations, run


def _line(job: Job, run: Run) -> str:
    whole = {
        "problem": job.problem,
        "seed": job.seed,
        "workers": job.workers,
        "evaluations": job.evaluations,
        "finished": run.finished,
        "seconds": _digits(run.seconds),
        "cpu": _digits(run.cpu),
        "steps": [[s.finished, _digits(s.seconds), _digits(s.regret)] for s in run.steps],
    }
    return json.dumps(whole, separators=(",", ":"))


def _digits(number: float) -> float:
    """Five of them."""
    return float(f"{number:.5g}")


def _read(line: str) -> tuple[Job, Run]:
    whole = json.loads(line)
    steps = [Step(*step) for step in whole["steps"]]
    run = Run(steps, whole["finished"], whole["seconds"], whole["cpu"])
    evaluations = whole.get("evaluations", run.finished)
    return Job(whole["problem"], whole["seed"], whole["workers"], evaluations), run
