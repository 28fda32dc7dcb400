"""What is exported of the TuningJobs, from what the operator knows of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from kubernetes.utils.quantity import parse_quantity

from tuning_operator.api import Best, Run, Trial, TuningJob
from tuning_operator.cluster.reading import KnownJob
from tuning_operator.cluster.store import Store
from tuning_operator.engine.hypervolume import front_volume
from tuning_operator.engine.leaders import fewer
from tuning_operator.engine.outcome import SUCCESSES
from tuning_operator.metrics.exporter import JobFigures

STATES = ("running", "succeeded", "failed", "stopped")
MOST_KEPT = 25  # members of a finished job's front: enough to draw it by, and 100 series at the most


class Figures:
    """Of all jobs, at each scrape. The event loop waits meanwhile, so what is over is counted only once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._over: dict[str, tuple[int, JobFigures]] = {}  # by uid, of the version of the job

    def at(self, now: datetime) -> list[JobFigures]:
        jobs = list(self._store.jobs)
        self._over = {known.uid: self._over[known.uid] for known in jobs if known.uid in self._over}
        return [self._of(known, now) for known in jobs]

    def _of(self, known: KnownJob, now: datetime) -> JobFigures:
        version, figures = self._over.get(known.uid, (None, None))
        if figures is not None and version == known.version:
            return figures
        trials = [each.trial for each in self._store.trials.of(known.namespace, known.uid)]
        figures = job_figures(known.job, trials, now)
        if known.job.status.completion_time and all(trial.finished for trial in trials):
            self._over[known.uid] = (known.version, figures)
        return figures


def job_figures(job: TuningJob, trials: Sequence[Trial], now: datetime) -> JobFigures:
    """The figures of a job with these Trials, in any order."""
    status, counts = job.status, job.status.trials
    succeeded = [t for t in trials if t.status.completion_time and t.status.reason in SUCCESSES]
    last = max(succeeded, key=lambda t: (t.status.completion_time, t.number), default=None)
    return JobFigures(
        job.metadata.namespace or "",
        job.metadata.name,
        status.phase or "Pending",
        trials={state: getattr(counts, state) for state in STATES} if counts else {},
        most=job.spec.trials.max,
        best=_objectives(status.best) if status.best else {},
        last=_values(job, last) if last else {},
        parameters=_numbers(last) if last and status.completion_time is None else {},
        pareto={str(member.number): _objectives(member) for member in _front(job)},
        hypervolume=front_volume(job, succeeded),
        failures=Counter(t.status.reason or "Error" for t in trials if _has_failed(t)),
        waiting=Counter(t.status.reason or "Pending" for t in trials if _waits(t)),
        resource_seconds=_resource_seconds((run for t in trials for run in t.status.runs), now),
    )


def _front(job: TuningJob) -> Sequence[Best]:
    """The status's while the job goes on; fewer of a finished one, whose series stay as long as it does."""
    members = job.status.pareto or []
    return members if job.status.completion_time is None else fewer(job, members, MOST_KEPT)


def _objectives(named: Best) -> dict[str, float]:
    return {objective.metric: objective.value for objective in named.objectives}


def _values(job: TuningJob, trial: Trial) -> dict[str, float]:
    values = {o.metric: trial.value(o.metric) for o in job.spec.objectives}
    return {metric: value for metric, value in values.items() if value is not None}


def _numbers(trial: Trial) -> dict[str, float]:
    """Parameters that can stand on an axis."""
    return {n: float(v) for n, v in trial.spec.parameters.items() if not isinstance(v, str)}


def _has_failed(trial: Trial) -> bool:
    return trial.finished and trial.status.reason not in (*SUCCESSES, "Stopped")


def _waits(trial: Trial) -> bool:
    """It has told why it waits; one that only starts has nothing to tell."""
    return not trial.finished and trial.status.message is not None


def _resource_seconds(runs: Iterable[Run], now: datetime) -> dict[str, float]:
    """Resource times seconds of the container's life: of CPUs and of what a device plugin offers."""
    spent: Counter[str] = Counter()
    for run in runs:
        if run.start_time is None:
            continue
        seconds = max(0.0, ((run.end_time or now) - run.start_time).total_seconds())
        for name, amount in (run.resources or {}).items():
            if name == "cpu" or "/" in name:
                spent[name] += seconds * _amount(amount)  # type: ignore[assignment]
    return dict(spent)


@lru_cache(maxsize=1024)
def _amount(text: str) -> float:
    return float(parse_quantity(text))  # type: ignore[no-untyped-call]
