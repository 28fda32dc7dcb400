"""What a job does next: one pass over one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tuning_operator.api import TrialStatus, TuningJob, TuningJobStatus
from tuning_operator.engine.actions import Action, Advise, Decision, DeleteJob, RecordTrial
from tuning_operator.engine.completion import closing, completion, is_finished
from tuning_operator.engine.findings import Findings
from tuning_operator.engine.leaders import leaders
from tuning_operator.engine.observe import concluded, ongoing
from tuning_operator.engine.retention import releases
from tuning_operator.engine.snapshot import Obstacle, TrialView
from tuning_operator.engine.starts import run_starts, trial_starts
from tuning_operator.engine.status import job_status
from tuning_operator.engine.stops import stops
from tuning_operator.engine.tally import Tally, tally

RECORDED_WITHIN = timedelta(seconds=1)
"""A job without time to live is looked at again this soon: at once, it would go round hot until written."""


def decide(
    job: TuningJob,
    trials: Sequence[TrialView],
    now: datetime,
    *,
    exhausted: int = 0,
    obstacle: Obstacle | None = None,
    findings: Findings | None = None,
) -> Decision:
    """The actions to carry out, in their order, and the status to write once there are none left.

    exhausted: up to this stage (from 1) the search has nothing left to propose.
    obstacle: why nothing can be started now.
    findings: what the trials of a job that is about to end say; asked for by Advise.

    The same snapshot gives the same answer. With the actions carried out, or when nothing
    has changed, there are none, and the status equals the recorded one.
    """
    # 1. A job that is being deleted takes what it owns with it.
    if job.metadata.deletion_timestamp is not None:
        return Decision((), job.status)

    # 2. What has become of the runs? What ends the job is known only then.
    views = sorted(trials, key=lambda view: view.trial.spec.number)
    seen = [_with(view, concluded(job, view, now)) for view in views]
    why = closing(job, _tally(seen))

    # 3. What goes on is followed; what is to stop is marked so before it is told.
    looks = [ongoing(job, view, now, why) for view in seen]
    after = [_with(view, status) for view, (status, _) in zip(seen, looks, strict=True)]
    known = _tally(after)
    actions: list[Action] = [*_records(views, after), *stops(after)]

    # 4. Free slots are filled, unless the job is over, suspended, or cannot go on.
    if why is None and not job.spec.suspend and obstacle is None:
        actions += run_starts(job, known)
        actions += trial_starts(job, known, exhausted)

    # 5. The status that the job has with all this done.
    ahead = leaders(job, known)
    end = completion(job, known, why, exhausted, has_best=ahead.best is not None)
    status = job_status(job, known, ahead, now, end, obstacle, findings)
    if end is not None and findings is None and known.succeeded and not is_finished(job):
        actions.append(Advise())

    # 6. What has served its time is let go.
    actions += releases(job, after, status.best.number if status.best else None)
    deadline = _end_of_life(job, status)
    if deadline is not None and deadline <= now and is_finished(job):
        actions.append(DeleteJob())

    # 7. Nobody calls again before something changes, so say when time alone changes something.
    return Decision(tuple(actions), status, _earliest([deadline, *(wake for _, wake in looks)], now))


def _with(view: TrialView, status: TrialStatus) -> TrialView:
    if status is view.trial.status:
        return view
    return replace(view, trial=view.trial.model_copy(update={"status": status}))


def _tally(views: Iterable[TrialView]) -> Tally:
    return tally([view.trial for view in views])


def _records(before: Sequence[TrialView], after: Sequence[TrialView]) -> list[RecordTrial]:
    return [
        RecordTrial(new.trial.number, new.trial.status)
        for old, new in zip(before, after, strict=True)
        if new is not old and new.trial.status != old.trial.status
    ]


def _end_of_life(job: TuningJob, status: TuningJobStatus) -> datetime | None:
    """When the finished job is to be deleted; that it has finished must be on record first."""
    seconds, completed = job.spec.ttl_seconds_after_finished, status.completion_time
    if seconds is None or completed is None:
        return None
    least = timedelta() if is_finished(job) else RECORDED_WITHIN
    return completed + max(timedelta(seconds=seconds), least)


def _earliest(times: Iterable[datetime | None], now: datetime) -> datetime | None:
    return min((time for time in times if time is not None and time > now), default=None)
