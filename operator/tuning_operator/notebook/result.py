"""What a tuning has found, for Python."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from tuning_operator.api import Trial, TuningJob
from tuning_operator.errors import InternalError
from tuning_operator.local.store import Store
from tuning_operator.report.progress import duration
from tuning_operator.report.result import print_result

MODEL = "model.keras"


@dataclass(frozen=True, repr=False)
class Result:
    """The job as it is on record.

    job: the finished TuningJob, its status included; directory: where it and its Trials are kept.
    """

    job: TuningJob
    directory: Path

    @property
    def best_parameters(self) -> dict[str, Any] | None:
        """Those of the best trial; None where no trial has succeeded."""
        best = self.job.status.best
        return dict(best.parameters) if best else None

    @property
    def best_objectives(self) -> dict[str, float]:
        """The best trial's values by metric."""
        best = self.job.status.best
        return {one.metric: one.value for one in best.objectives} if best else {}

    @property
    def best_model(self) -> Path | None:
        """The file of the best trial's model, for `keras.models.load_model`; None where there is none."""
        best = self.job.status.best
        path = Path(best.artifact) / MODEL if best and best.artifact else None
        return path if path and path.exists() else None

    @property
    def pareto(self) -> list[dict[str, Any]]:
        """With several objectives: parameters and objectives of the trials that no other one beats."""
        return [
            {
                "number": one.number,
                "parameters": dict(one.parameters),
                "objectives": {value.metric: value.value for value in one.objectives},
            }
            for one in self.job.status.pareto or ()
        ]

    @property
    def trials(self) -> list[dict[str, Any]]:
        """Every trial in the order of its number; `pandas.json_normalize` makes a table of it.

        number, reason, parameters, metrics (final values by name), seconds of its runs, message.
        """
        return [_row(trial) for trial in Store(self.directory).trials().values()]

    def __repr__(self) -> str:
        text = io.StringIO()
        print_result(Console(file=text, color_system=None), self.job, self.directory)
        return text.getvalue().rstrip()


def read_result(directory: Path) -> Result:
    """The job that is on record there."""
    job = Store(directory).job()
    if job is None:
        raise InternalError(f"{directory}: nothing was recorded")
    return Result(job, directory)


def _row(trial: Trial) -> dict[str, Any]:
    took = duration(trial)
    return {
        "number": trial.number,
        "reason": trial.status.reason,
        "parameters": dict(trial.spec.parameters),
        "metrics": {one.metric: one.value for one in trial.status.observations},
        "seconds": took.total_seconds() if took else None,
        "message": trial.status.message,
    }
