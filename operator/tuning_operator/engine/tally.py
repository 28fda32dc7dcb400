"""Counts a job's Trials and names the best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuning_operator.api import Best, Counts, MetricValue, Trial, TuningJob
from tuning_operator.engine.artifacts import artifact_path
from tuning_operator.engine.outcome import SUCCESSES


def is_success(trial: Trial) -> bool:
    """The trial ran to its end and its objectives have values."""
    return trial.finished and trial.status.reason in SUCCESSES


def is_failure(trial: Trial) -> bool:
    """The trial finished as neither a success nor stopped by us."""
    return trial.finished and trial.status.reason not in (*SUCCESSES, "Stopped")


def counts(job: TuningJob, trials: Sequence[Trial]) -> Counts:
    """How many Trials there are in each state; together they are the total."""
    finished = sum(t.finished for t in trials)
    succeeded = sum(is_success(t) for t in trials)
    failed = sum(is_failure(t) for t in trials)
    return Counts(
        done=f"{finished}/{max(job.spec.trials.max, len(trials))}",
        total=len(trials),
        running=len(trials) - finished,
        succeeded=succeeded,
        failed=failed,
        stopped=finished - succeeded - failed,
    )


def best(job: TuningJob, trials: Iterable[Trial]) -> Best | None:
    """The success with the best first objective; of equals the one with the lowest number."""
    objective = job.spec.objectives[0]
    sign = -1 if objective.goal == "Maximize" else 1
    ranked = [
        (sign * value, trial.number, trial)
        for trial in trials
        if is_success(trial) and (value := trial.value(objective.metric)) is not None
    ]
    return named(job, min(ranked)[2]) if ranked else None


def baseline(job: TuningJob, trials: Iterable[Trial]) -> Best | None:
    """The first initial trial, if the job has one and it succeeded."""
    if not job.spec.search.initial_trials:
        return None
    return next((named(job, t) for t in trials if t.number == 1 and is_success(t)), None)


def named(job: TuningJob, trial: Trial) -> Best:
    """A success as the job's status shows it."""
    values = [(o.metric, trial.value(o.metric)) for o in job.spec.objectives]
    return Best(
        trial=trial.metadata.name,
        number=trial.number,
        parameters=trial.spec.parameters,
        objectives=[MetricValue(metric=metric, value=value) for metric, value in values if value is not None],
        artifact=artifact_path(job, trial.number),
    )
