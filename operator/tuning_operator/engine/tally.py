"""A job's Trials, sorted out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuning_operator.api import Best, Counts, MetricValue, Trial, TuningJob
from tuning_operator.engine.artifacts import artifact_path
from tuning_operator.engine.outcome import SUCCESSES


@dataclass(frozen=True)
class Tally:
    """Trials by what became of them, each in the order of their numbers.

    Made in one pass: with 10,000 Trials every other pass over all of them is felt.
    failed: finished as neither a success nor stopped by us; stopped: by us.
    """

    unfinished: Sequence[Trial]
    succeeded: Sequence[Trial]
    failed: Sequence[Trial]
    stopped: Sequence[Trial]
    last: int

    @property
    def finished(self) -> int:
        return len(self.succeeded) + len(self.failed) + len(self.stopped)

    @property
    def total(self) -> int:
        return self.finished + len(self.unfinished)

    @property
    def finished_numbers(self) -> list[int]:
        """In no particular order."""
        return [t.spec.number for group in (self.succeeded, self.failed, self.stopped) for t in group]


def tally(trials: Sequence[Trial]) -> Tally:
    """Sort the Trials out; they come in the order of their numbers."""
    unfinished: list[Trial] = []
    succeeded: list[Trial] = []
    failed: list[Trial] = []
    stopped: list[Trial] = []
    for trial in trials:
        status = trial.status
        if status.completion_time is None:
            unfinished.append(trial)
        elif status.reason in SUCCESSES:
            succeeded.append(trial)
        else:
            (stopped if status.reason == "Stopped" else failed).append(trial)
    return Tally(unfinished, succeeded, failed, stopped, last=trials[-1].spec.number if trials else 0)


def counts(job: TuningJob, known: Tally) -> Counts:
    """How many Trials there are in each state; together they are the total."""
    return Counts(
        done=f"{known.finished}/{max(job.spec.trials.max, known.total)}",
        total=known.total,
        running=len(known.unfinished),
        succeeded=len(known.succeeded),
        failed=len(known.failed),
        stopped=len(known.stopped),
    )


def best(job: TuningJob, known: Tally) -> Best | None:
    """The success with the best first objective; of equals the one with the lowest number."""
    objective = job.spec.objectives[0]
    sign = -1 if objective.goal == "Maximize" else 1
    ranked = [
        (sign * value, trial.spec.number, trial)
        for trial in known.succeeded
        if (value := trial.value(objective.metric)) is not None
    ]
    return named(job, min(ranked)[2]) if ranked else None


def baseline(job: TuningJob, known: Tally) -> Best | None:
    """The first initial trial, if the job has one and it succeeded."""
    first = known.succeeded[0] if known.succeeded else None
    if first is None or first.number != 1 or not job.spec.search.initial_trials:
        return None
    return named(job, first)


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
