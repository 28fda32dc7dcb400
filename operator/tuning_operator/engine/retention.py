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
        ReleaseRun(view.trial.number, view.run.number)
        for view in views
        if view.trial.finished and view.run is not None and view.trial.number != kept and _is_releasable(view)
    ]


def _is_releasable(view: TrialView) -> bool:
    run = view.run
    return run is not None and run.exists and not run.stopping and not is_live(run)
