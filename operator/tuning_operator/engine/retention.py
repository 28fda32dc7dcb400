"""Which Jobs of finished trials are let go."""

from __future__ import annotations

from collections.abc import Iterable

from tuning_operator.api import TuningJob
from tuning_operator.engine.actions import ReleaseRun
from tuning_operator.engine.snapshot import TrialView
from tuning_operator.engine.stops import is_live


def releases(job: TuningJob, views: Iterable[TrialView], best: int | None) -> list[ReleaseRun]:
    """Ended runs of finished trials that `retain` does not keep, failed ones too.

    What they had to say stands in their Trials; their Jobs and Pods are what would fill etcd.
    """
    if job.spec.retain == "All":
        return []
    kept = best if job.spec.retain == "Best" else None
    return [
        ReleaseRun(view.trial.number, run)
        for view in views
        if view.trial.finished and view.trial.number != kept
        for run in _releasable(view)
    ]


def _releasable(view: TrialView) -> list[int]:
    """The runs before the newest one have ended, or there would be no newer one."""
    run = view.run
    if run is None or not run.exists or run.stopping or is_live(run):
        return [*view.older]
    return [*view.older, run.number]
