"""One Trial, looked at: the status it is to have, and when it must be looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tuning_operator.api import Condition, TrialStatus, TuningJob
from tuning_operator.engine.bounded import fit
from tuning_operator.engine.feasible import judged_metrics
from tuning_operator.engine.following import followed, refreshed
from tuning_operator.engine.intents import intent_of, timeout_at, wanted, with_intent
from tuning_operator.engine.outcome import SUCCESSES, Outcome, Pause, judge
from tuning_operator.engine.runs import attempts, current, ended, is_told, seen, with_run
from tuning_operator.engine.series import Points, merged
from tuning_operator.engine.snapshot import RunView, TrialView
from tuning_operator.engine.waiting import given_up, image_deadline


def concluded(job: TuningJob, view: TrialView, now: datetime) -> TrialStatus:
    """The status after its run has ended; the recorded one while it has not."""
    status = view.trial.status
    if not _is_open(view) or (run := current(view)) is None:
        return status
    series = _series(job, status, run)
    pods = attempts(with_run(status, seen(status, run)))
    verdict = judge(job, run, series, pods, intent_of(status)) or given_up(status, run, now)
    if verdict is None:
        return status
    fresh = refreshed(job, status, run, series, now)
    done = _finished(fresh, verdict, run, now) if isinstance(verdict, Outcome) else _paused(fresh, verdict)
    last = ended(done.runs[-1], run, now)
    return fit(done.model_copy(update={"runs": with_run(done, last)}), job)


def ongoing(
    job: TuningJob, view: TrialView, now: datetime, closing: str | None
) -> tuple[TrialStatus, datetime | None]:
    """The status of a Trial whose run has not ended, and the next moment that matters to it."""
    status = view.trial.status
    if not _is_open(view):
        return status, None
    if (run := current(view)) is None:
        return (_never_started(job, status, now) if closing and not _is_unseen(view) else status), None
    status, due = followed(job, status, run, _series(job, status, run), now)
    if not is_told(run):
        marked = with_intent(status, wanted(job, run, now, closing), now)
        status = status if marked is status else fit(marked, job)
    times = (due, image_deadline(status, run), None if is_told(run) else timeout_at(job, run))
    return status, min((t for t in times if t is not None and t > now), default=None)


def _is_open(view: TrialView) -> bool:
    """A finished Trial never changes again; one that is being deleted cannot be told anything."""
    status = view.trial.status
    return status.completion_time is None and view.trial.metadata.deletion_timestamp is None


def _is_unseen(view: TrialView) -> bool:
    """A run is on record, but the shell does not show it (yet): nothing is known of it."""
    runs = view.trial.status.runs
    return bool(runs) and runs[-1].end_time is None


def _series(job: TuningJob, status: TrialStatus, run: RunView) -> Mapping[str, Points]:
    return merged(status.series, run.scraped, judged_metrics(job))


def _finished(status: TrialStatus, outcome: Outcome, run: RunView, now: datetime) -> TrialStatus:
    advice = list(run.report.advice) if run.report else []
    return _complete(status, outcome, run.ended or now).model_copy(update={"advice": advice or None})


def _never_started(job: TuningJob, status: TrialStatus, now: datetime) -> TrialStatus:
    """The job was done before this Trial had its turn (again)."""
    return fit(_complete(status, Outcome("Stopped", "not started (again), for the job was done"), now), job)


def _complete(status: TrialStatus, outcome: Outcome, time: datetime) -> TrialStatus:
    return status.model_copy(
        update={
            "conditions": _conditions(outcome, time),
            "reason": outcome.reason,
            "message": outcome.message,
            "completion_time": time,
            "observed_time": None,
            "observations": list(outcome.observations),
        }
    )


def _paused(status: TrialStatus, pause: Pause) -> TrialStatus:
    """Unfinished, without a run: the next one will be `Resume`."""
    return status.model_copy(update={"conditions": [], "reason": pause.reason, "message": pause.message})


def _conditions(outcome: Outcome, time: datetime) -> list[Condition]:
    success = outcome.reason in SUCCESSES
    return [
        Condition(
            type=kind,
            status="True" if holds else "False",
            reason=outcome.reason,
            last_transition_time=time,
        )
        for kind, holds in (("Succeeded", success), ("Finished", True))
    ]
