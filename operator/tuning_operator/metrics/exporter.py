"""The operator's own metrics, by Prometheus' conventions: base units, `_total`, bounded labels.

Gauges are read from what the operator knows at the moment of the scrape, so the series of a
deleted job vanish with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PHASES = ("Pending", "Running", "Suspended", "Stalled", "Succeeded", "Failed")
RECONCILE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PROPOSAL_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True)
class JobFigures:
    """What is exported of one TuningJob.

    trials: how many are running, succeeded, failed, stopped; most: how many there may be.
    best: the objectives of the best trial, by metric; last: those of the trial that succeeded last, and
    parameters: that trial's numbers; pareto: those of the front, by the trial's number,
    and hypervolume what the front beats.
    failures and waiting: trials by reason. resource_seconds: amount times seconds, by resource.
    """

    namespace: str
    name: str
    phase: str
    trials: Mapping[str, int] = field(default_factory=dict)
    most: int = 0
    best: Mapping[str, float] = field(default_factory=dict)
    last: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    pareto: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    hypervolume: float | None = None
    failures: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    resource_seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sources:
    """Where the figures are read at each scrape. requests: answered so far, by verb and HTTP code."""

    jobs: Callable[[], Iterable[JobFigures]]
    requests: Callable[[], Mapping[tuple[str, str], int]]
    queue_depth: Callable[[], int]
    is_leader: Callable[[], bool]


Samples = Iterable[tuple[tuple[str, ...], float]]
Read = Callable[[JobFigures], Samples]


def _by(figures: Mapping[str, float]) -> Samples:
    return (((name,), number) for name, number in figures.items())


def _pareto(job: JobFigures) -> Samples:
    return (
        ((trial, metric), value) for trial, values in job.pareto.items() for metric, value in values.items()
    )


FAMILIES: tuple[
    tuple[str, str, tuple[str, ...], Read], ...
] = (  # name, help, labels beside the job's, samples
    ("job_phase", "1 for the phase that a TuningJob is in.", ("phase",), lambda job: [((job.phase,), 1)]),
    ("trials", "Trials of a TuningJob by state.", ("state",), lambda job: _by(job.trials)),
    ("trials_max", "How many trials a TuningJob may have.", (), lambda job: [((), job.most)]),
    (
        "trial_failures",
        "Trials of a TuningJob that have failed, by reason.",
        ("reason",),
        lambda job: _by(job.failures),
    ),
    (
        "trials_waiting",
        "Trials of a TuningJob that wait for something of the cluster's, by reason.",
        ("reason",),
        lambda job: _by(job.waiting),
    ),
    (
        "best_objective",
        "The objectives of a TuningJob's best trial so far.",
        ("metric",),
        lambda job: _by(job.best),
    ),
    (
        "last_objective",
        "The objectives of the trial that succeeded last.",
        ("metric",),
        lambda job: _by(job.last),
    ),
    (
        "last_parameter",
        "The numbers among the parameters of the trial that succeeded last, while the job goes on.",
        ("parameter",),
        lambda job: _by(job.parameters),
    ),
    (
        "pareto_objective",
        "With several objectives: those of the trials that no other one beats, as the status shows them; "
        "of a finished job, at most 25 of these trials.",
        ("tuning_trial", "metric"),
        _pareto,
    ),
    (
        "pareto_hypervolume",
        "With several objectives: what the front beats. The reference point is the worst of each objective "
        "among the first ten successes, and 1 the box from there to their best; fixed once there are ten.",
        (),
        lambda job: [] if job.hypervolume is None else [((), job.hypervolume)],
    ),
    (
        "resource_seconds",
        "What the trials of a TuningJob had, times the seconds they had it, running ones included.",
        ("resource",),
        lambda job: _by(job.resource_seconds),
    ),
)


class Exporter:
    """Times what the operator does, and writes the page."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._reconcile = Histogram(
            "tuning_operator_reconcile_duration_seconds",
            "How long one visit to a TuningJob took, its API writes included.",
            buckets=RECONCILE_BUCKETS,
            registry=self._registry,
        )
        self._proposal = Histogram(
            "tuning_operator_proposal_duration_seconds",
            "How long it took to propose the parameters of one trial.",
            ["algorithm"],
            buckets=PROPOSAL_BUCKETS,
            registry=self._registry,
        )

    def read_from(self, sources: Sources) -> None:
        self._registry.register(_Gauges(sources))

    @contextmanager
    def reconcile(self) -> Iterator[None]:
        with self._reconcile.time():
            yield

    @contextmanager
    def proposal(self, algorithm: str) -> Iterator[None]:
        with self._proposal.labels(algorithm).time():
            yield

    def page(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _Gauges(Collector):
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def describe(self) -> Iterable[Metric]:
        return ()  # or the registry would collect once at the start, before there is anything

    def collect(self) -> Iterable[Metric]:
        jobs = list(self._sources.jobs())
        yield _phases(jobs)
        yield from (_of_jobs(jobs, *family) for family in FAMILIES)
        yield _requests(self._sources.requests())
        yield _gauge("queue_depth", "TuningJobs that wait for a visit.", self._sources.queue_depth())
        yield _gauge("leader", "1 while this replica holds the lease.", int(self._sources.is_leader()))


def _phases(jobs: Iterable[JobFigures]) -> Metric:
    family = GaugeMetricFamily("tuning_operator_jobs", "TuningJobs by phase.", labels=["phase"])
    phases = [job.phase for job in jobs]
    for phase in PHASES:
        family.add_metric([phase], phases.count(phase))
    return family


def _of_jobs(jobs: Iterable[JobFigures], name: str, help_: str, more: tuple[str, ...], read: Read) -> Metric:
    """One family with the samples that `read` tells of each job. `job` is Prometheus' own label."""
    labels = ["namespace", "tuning_job", *more]
    family = GaugeMetricFamily(f"tuning_operator_{name}", help_, labels=labels)
    for job in jobs:
        for values, number in read(job):
            family.add_metric([job.namespace, job.name, *values], number)
    return family


def _requests(requests: Mapping[tuple[str, str], int]) -> Metric:
    family = CounterMetricFamily(
        "tuning_operator_api_requests",
        "Requests to the API server without the watches, by verb and HTTP code (timeout, broken: no answer).",
        labels=["verb", "code"],
    )
    for (verb, code), count in sorted(requests.items()):
        family.add_metric([verb, code], count)
    return family


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tuning_operator_{name}", help_, value=value)
