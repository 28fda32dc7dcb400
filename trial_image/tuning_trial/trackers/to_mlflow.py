"""MLflow: a run for each trial, on the server of MLFLOW_TRACKING_URI."""

import os
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from tuning_trial.record import Observation
from tuning_trial.trackers.tracker import About, Outcome, set_unless_given

STATUS = {"finished": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
AT_ONCE = 1000  # metrics in one request, MLflow's own limit
# MLflow's own seven attempts of two minutes each would outlive the trial.
IMPATIENT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "5", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Say whether there is a server (or another store of MLflow's) to write to."""
    return bool(environ.get("MLFLOW_TRACKING_URI"))


class ToMLflow:
    """Writes to a run of its own; the program's active run, if it has one, is left alone.

    The experiment is that of MLFLOW_EXPERIMENT_NAME, else the job's name.
    """

    def __init__(self, about: About) -> None:
        set_unless_given(IMPATIENT)
        import mlflow

        self._mlflow = mlflow
        self._client = mlflow.MlflowClient()
        experiment = self._experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME") or about.job)
        tags = {"tuning.job": about.job, "tuning.trial": about.trial, "tuning.seed": str(about.seed)}
        run = self._client.create_run(experiment, run_name=about.trial, tags=tags)
        self._run = run.info.run_id
        parameters = [mlflow.entities.Param(name, str(value)) for name, value in about.parameters.items()]
        self._client.log_batch(self._run, params=parameters)

    def tell(self, observations: Sequence[Observation]) -> None:
        """Log metrics with their steps."""
        now = int(time.time() * 1000)
        entity = self._mlflow.entities.Metric
        metrics = iter([entity(n, v, now, one.step) for one in observations for n, v in one.metrics.items()])
        while part := list(islice(metrics, AT_ONCE)):
            self._client.log_batch(self._run, metrics=part)

    def end(self, outcome: Outcome) -> None:
        """End the run."""
        self._client.set_terminated(self._run, STATUS[outcome])

    def _experiment(self, name: str) -> Any:
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return found.experiment_id
        try:
            return self._client.create_experiment(name)
        except self._mlflow.MlflowException:  # another trial was quicker
            found = self._client.get_experiment_by_name(name)
            if found is None:
                raise
            return found.experiment_id
