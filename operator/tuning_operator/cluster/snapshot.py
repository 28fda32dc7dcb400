"""The snapshot that `decide` is given: a job's trials with their newest runs, out of the Store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tuning_operator.cluster.projections import BatchJob, Pod
from tuning_operator.cluster.reading import KnownJob, KnownTrial
from tuning_operator.cluster.store import Store
from tuning_operator.cluster.views import run_view
from tuning_operator.engine.runs import will_be_replaced
from tuning_operator.engine.snapshot import TrialView

POD_PATIENCE = timedelta(seconds=3)
"""A Job gets its pod within a second; one that has none after three is asked why."""


def trial_views(store: Store, job: KnownJob) -> list[TrialView]:
    """The job's trials in the order of their numbers."""
    trials = sorted(_trials(store, job), key=lambda known: known.trial.number)
    return [trial_view(store, known) for known in trials]


def trial_view(store: Store, known: KnownTrial) -> TrialView:
    """One trial as the Store shows it."""
    run = newest_run(store, known)
    older = _older_runs(store, known, run)
    if run is None and known.trial.finished:
        return TrialView(known.trial, older=older)  # nothing more can come of it: 10,000 of these are cheap
    uid = run.uid if run else _recorded(known)
    return TrialView(
        known.trial,
        run_view(
            known.trial,
            run,
            store.pods.of(known.namespace, uid),
            confirmed=uid in store.confirmed,
            refusal=store.refusals.get(uid),
            scraped=store.scraped.get(uid, ()),
        ),
        older,
    )


def newest_run(store: Store, known: KnownTrial) -> BatchJob | None:
    """The Job of the newest run that is recorded or there; None when it was recorded and is gone."""
    recorded = known.trial.status.runs[-1] if known.trial.status.runs else None
    found = max(_runs(store, known), key=lambda run: (run.run, run.created), default=None)
    if recorded is None or (found is not None and found.run > recorded.number):
        return found
    return store.runs.get(recorded.uid)


def _older_runs(store: Store, known: KnownTrial, newest: BatchJob | None) -> tuple[int, ...]:
    numbers = [run.number for run in known.trial.status.runs] + ([newest.run] if newest else [])
    last = max(numbers, default=0)
    return tuple(sorted(run.run for run in _runs(store, known) if run.run < last and not run.deleting))


def missing_runs(store: Store, job: KnownJob) -> list[KnownTrial]:
    """Unfinished trials whose recorded run is not in the Store.

    Before such a run is called deleted, for good, the API server is asked: a watch may have
    shown the Trial first.
    """
    return [
        known
        for known in _trials(store, job)
        if not known.trial.finished
        and known.trial.status.runs
        and known.trial.status.runs[-1].end_time is None
        and newest_run(store, known) is None
        and not store.runs.is_buried(known.trial.status.runs[-1].uid)
    ]


def unseen_ends(store: Store, job: KnownJob) -> list[BatchJob]:
    """Ended Jobs of unfinished trials of which no pod's end was seen, and nobody has asked for the pods."""
    return [
        run
        for _, run in _unfinished(store, job)
        if run.ended is not None
        and run.uid not in store.confirmed
        and not any(pod.terminated for pod in _pods(store, run))
    ]


def podless_runs(store: Store, job: KnownJob, now: datetime) -> tuple[list[BatchJob], float | None]:
    """Jobs that should have a pod by now and have none; and the seconds until another one should."""
    due = [(run, since + POD_PATIENCE) for run, since in _podless(store, job)]
    late = [run for run, moment in due if moment <= now]
    soon = [(moment - now).total_seconds() for _, moment in due if moment > now]
    return late, min(soon, default=None)


def _podless(store: Store, job: KnownJob) -> Iterator[tuple[BatchJob, datetime]]:
    """Jobs that lack their pod, or the one that is to follow a disrupted one, and since when."""
    for known, run in _unfinished(store, job):
        if run.ended is not None or run.suspended or run.deleting:
            continue
        view = trial_view(store, known).run
        if view is not None and (view.pod is None or will_be_replaced(view)):
            yield run, view.since or run.created


def _unfinished(store: Store, job: KnownJob) -> Iterator[tuple[KnownTrial, BatchJob]]:
    """Unfinished trials, each with the newest of its runs, if it is there."""
    for known in _trials(store, job):
        run = None if known.trial.finished else newest_run(store, known)
        if run is not None:
            yield known, run


def _recorded(known: KnownTrial) -> str:
    return known.trial.status.runs[-1].uid if known.trial.status.runs else ""


def _trials(store: Store, job: KnownJob) -> list[KnownTrial]:
    return store.trials.of(job.namespace, job.uid)


def _runs(store: Store, trial: KnownTrial) -> list[BatchJob]:
    return store.runs.of(trial.namespace, trial.uid)


def _pods(store: Store, run: BatchJob) -> list[Pod]:
    return store.pods.of(run.namespace, run.uid)
