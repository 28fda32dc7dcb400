"""Why a run is being stopped: written into its Trial before the run is told.

A run that was stopped and one whose Job somebody deleted look alike afterwards.
The intent, on record first, tells them apart even when the operator dies in between.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from tuning_operator.api import Condition, TrialStatus, TuningJob
from tuning_operator.engine.snapshot import RunView

STOPPING = "Stopping"  # the type of the Trial's condition
Intent = Literal["Timeout", "Suspended", "JobDone"]


def intent_of(status: TrialStatus) -> Intent | None:
    """The recorded intent."""
    condition = next((c for c in status.conditions if c.type == STOPPING), None)
    known: tuple[Intent, ...] = ("Timeout", "Suspended", "JobDone")
    return next((intent for intent in known if condition and condition.reason == intent), None)


def wanted(job: TuningJob, run: RunView, now: datetime, closing: str | None) -> Intent | None:
    """Why this run is to stop, if it is. Timeout comes first: it belongs to the trial alone."""
    deadline = timeout_at(job, run)
    if deadline is not None and deadline <= now:
        return "Timeout"
    if closing is not None:
        return "JobDone"
    return "Suspended" if job.spec.suspend else None


def timeout_at(job: TuningJob, run: RunView) -> datetime | None:
    """When the running container will have had its time."""
    begin, seconds = run.started or run.since, job.spec.trials.timeout_seconds
    if run.state != "Running" or begin is None or seconds is None:
        return None
    return begin + timedelta(seconds=seconds)


def with_intent(status: TrialStatus, intent: Intent | None, now: datetime) -> TrialStatus:
    """The status with this intent. The same intent again changes nothing."""
    if intent == intent_of(status):
        return status
    conditions = [c for c in status.conditions if c.type != STOPPING]
    if intent is not None:
        conditions.append(Condition(type=STOPPING, status="True", reason=intent, last_transition_time=now))
    return status.model_copy(update={"conditions": conditions})
