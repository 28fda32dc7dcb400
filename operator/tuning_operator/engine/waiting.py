"""What a run without a container waits for, in words, and when that has lasted too long."""

from __future__ import annotations

from datetime import datetime

from tuning_operator.api import Reason, TrialStatus
from tuning_operator.engine.limits import IMAGE_PULL_GRACE
from tuning_operator.engine.outcome import Outcome
from tuning_operator.engine.runs import will_be_replaced
from tuning_operator.engine.snapshot import RunView
from tuning_operator.engine.words import head


def waits_for(run: RunView) -> tuple[Reason | None, str | None]:
    """Reason and message of the wait; neither in the ordinary course of a start."""
    if will_be_replaced(run):
        return "Disrupted", head(f"its pod was disrupted, another one follows: {run.message or '-'}")
    if run.state != "Waiting" or (run.cause is None and not run.message):
        return None, None
    message = run.message or "no words from the cluster"
    if run.cause == "PodRefused":
        return run.cause, head(f"waits until the cluster admits a pod: {message}")
    return run.cause, head(message)


def given_up(status: TrialStatus, run: RunView, now: datetime) -> Outcome | None:
    """The failure of a run whose wait is hopeless: its image cannot be pulled."""
    if run.state != "Waiting":
        return None
    deadline = image_deadline(status, run)
    if run.final or (deadline is not None and deadline <= now):
        return Outcome(run.cause or "Error", head(run.message or "it can never start"))
    return None


def image_deadline(status: TrialStatus, run: RunView) -> datetime | None:
    """When the wait for an image ends: a while after it was first written down."""
    if run.state != "Waiting" or run.cause != "ImagePull" or status.reason != "ImagePull":
        return None
    return status.observed_time + IMAGE_PULL_GRACE if status.observed_time else None
