"""What there is to show at one moment, and the figures that are computed from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tuning_operator.api import Objective, Trial, TuningJob
from tuning_operator.engine.feasible import feasible
from tuning_operator.engine.snapshot import TrialView

SUCCESSES = ("Completed", "TargetReached")


@dataclass(frozen=True)
class Progress:
    """One moment of a job.

    trials: in the order of their numbers.
    began: when this command did; an earlier command's time is not counted.
    parallel: how many run at once on this machine.
    failed_start: the command ends for its first trial's failure, and tells itself what it was.
    """

    job: TuningJob
    trials: tuple[TrialView, ...]
    now: datetime
    began: datetime
    parallel: int
    failed_start: bool = False

    @property
    def finished(self) -> list[Trial]:
        """In the order in which they finished."""
        trials = [view.trial for view in self.trials if view.trial.finished]
        return sorted(trials, key=lambda t: (t.status.completion_time or self.now, t.number))

    @property
    def running(self) -> list[TrialView]:
        return [v for v in self.trials if not v.trial.finished and v.run and v.run.state == "Running"]

    @property
    def elapsed(self) -> timedelta:
        return self.now - self.began

    @property
    def objective(self) -> Objective:
        return self.job.spec.objectives[0]


class Listener(Protocol):
    """Whoever shows a job to a person."""

    def show(self, progress: Progress) -> None:
        """Called at each change, and about twice a second."""

    def note(self, text: str) -> None:
        """Something to be said once."""


def succeeded(trial: Trial) -> bool:
    """Whether it finished with a result that counts."""
    return trial.status.reason in SUCCESSES


def duration(trial: Trial) -> timedelta | None:
    """How long its runs took together; time between runs is nobody's."""
    spans = [r.end_time - r.start_time for r in trial.status.runs if r.start_time and r.end_time]
    return sum(spans, timedelta()) if spans else None


def remaining(progress: Progress) -> timedelta | None:
    """How long it still takes if trials go on as the successful ones did; None before the first.

    The mean duration times the trials to come, less what the running ones have had,
    spread over those that run at once.
    """
    known = [d for trial in progress.finished if succeeded(trial) and (d := duration(trial))]
    if not known:  # a failed one tells nothing: most fail at once
        return None
    mean = sum(known, timedelta()) / len(known)
    to_come = progress.job.spec.trials.max - len(progress.finished) - len(progress.running)
    had = [age(view, progress.now) for view in progress.running]
    work = max(0, to_come) * mean + sum((max(mean - a, timedelta()) for a in had), timedelta())
    return work / progress.parallel


def age(view: TrialView, now: datetime) -> timedelta:
    """How long the newest run has been going."""
    started = view.run.started if view.run else None
    return now - started if started else timedelta()


def best_so_far(trials: Iterable[Trial], job: TuningJob) -> list[float]:
    """The first objective's best value after each feasible success, for trials in their order."""
    objective = job.spec.objectives[0]
    counting = (t for t in trials if succeeded(t) and feasible(job, t.value))
    values = [v for t in counting if (v := t.value(objective.metric)) is not None]
    best: list[float] = []
    for value in values:
        better = max if objective.goal == "Maximize" else min
        best.append(better(best[-1], value) if best else value)
    return best


def latest(view: TrialView, metric: str) -> tuple[int, float] | None:
    """Step and value last scraped."""
    points = [o for o in view.run.scraped if o.metric == metric] if view.run else []
    return (points[-1].step, points[-1].value) if points else None
