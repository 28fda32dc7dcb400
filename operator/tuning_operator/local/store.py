"""The directory of a job: its records, in the same shape as the cluster's objects."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tuning_operator.api import Trial, TuningJob
from tuning_operator.errors import MachineError
from tuning_operator.local.files import write_whole
from tuning_operator.local.record import RunFiles
from tuning_operator.report.output import as_yaml, tidy

Resource = TypeVar("Resource", TuningJob, Trial)
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Store:
    """Reads and writes `<directory>/tuningjob.yaml`, `trials/<number>.yaml` and what belongs to runs."""

    directory: Path

    def job(self) -> TuningJob | None:
        path = self.directory / "tuningjob.yaml"
        return _record(path, TuningJob.model_validate) if path.exists() else None

    def write_job(self, job: TuningJob) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        write_whole(self.directory / "tuningjob.yaml", as_yaml(tidy(job.to_json())))

    def trials(self) -> dict[int, Trial]:
        found = (_record(path, Trial.parse) for path in (self.directory / "trials").glob("[0-9]*.yaml"))
        return {trial.number: trial for trial in sorted(found, key=lambda trial: trial.number)}

    def write_trial(self, trial: Trial) -> None:
        (self.directory / "trials").mkdir(parents=True, exist_ok=True)
        write_whole(self.directory / "trials" / f"{trial.number}.yaml", as_yaml(tidy(trial.to_json())))

    def run(self, number: int, run: int) -> RunFiles:
        return RunFiles(self.directory, number, run)

    def runs(self) -> Iterator[RunFiles]:
        """Every run that a process was started for."""
        for path in (self.directory / "processes").glob("*-r*.json"):
            number, _, run = path.stem.partition("-r")
            yield self.run(int(number), int(run))

    def artifacts(self, number: int) -> Path:
        return self.directory / "artifacts" / str(number)

    def remove_empty_artifacts(self, numbers: Iterable[int]) -> None:
        """Remove the directories of trials that have kept no file, and the one of all if none has."""
        for path in (*map(self.artifacts, numbers), self.directory / "artifacts"):
            with contextlib.suppress(OSError):  # not empty, or never there
                path.rmdir()


def _record(path: Path, parse: Callable[[dict[str, Any]], Resource]) -> Resource:
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader)
        if isinstance(body, dict):
            return parse(body)
    except (OSError, ValueError, yaml.YAMLError):  # a record that breaks the schema is a ValueError
        pass
    raise MachineError(f"{path} is no record that this command wrote; restore it, or start over with --fresh")
