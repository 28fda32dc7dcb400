"""A job's phase and conditions: the design's table, read by people (phase) and machines (conditions)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from tuning_operator.api import Condition, TuningJob
from tuning_operator.engine.completion import Completion
from tuning_operator.engine.snapshot import Obstacle
from tuning_operator.engine.words import head

Phase = Literal["Pending", "Running", "Suspended", "Stalled", "Succeeded", "Failed"]
Status = Literal["True", "False", "Unknown"]

# What is missing in a row is absent from the status: kstatus takes an absent Stalled or
# Reconciling for False, and `kubectl wait` an absent Finished for "not yet".
TABLE: Mapping[Phase, Mapping[str, Status]] = {
    "Pending": {"Ready": "False", "Reconciling": "True", "Succeeded": "Unknown"},
    "Running": {"Ready": "True", "Succeeded": "Unknown"},
    "Suspended": {"Ready": "True", "Succeeded": "Unknown", "Suspended": "True"},
    "Stalled": {"Ready": "False", "Stalled": "True", "Succeeded": "Unknown"},
    "Succeeded": {"Ready": "True", "Succeeded": "True", "Finished": "True"},
    "Failed": {
        "Ready": "False",
        "Succeeded": "False",
        "Finished": "True",
        "Failed": "True",
        "Stalled": "True",
    },
}


def phase_of(
    job: TuningJob, has_trials: bool, completion: Completion | None, obstacle: Obstacle | None
) -> Phase:
    """The job's phase; what is done is done, then what must be mended, then what was asked for."""
    if completion is not None:
        return "Succeeded" if completion.succeeded else "Failed"
    if obstacle is not None and not obstacle.passes:
        return "Stalled"
    if job.spec.suspend:
        return "Suspended"
    return "Running" if has_trials else "Pending"


def conditions(job: TuningJob, phase: Phase, reason: str, message: str, now: datetime) -> list[Condition]:
    """The table's row; a condition whose status stays keeps its lastTransitionTime."""
    return [_condition(job, kind, status, reason, message, now) for kind, status in TABLE[phase].items()]


def observed(job: TuningJob) -> list[Condition]:
    """The recorded conditions, for the generation that is there now."""
    generation = job.metadata.generation
    return [c.model_copy(update={"observed_generation": generation}) for c in job.status.conditions]


def _condition(
    job: TuningJob, kind: str, status: Status, reason: str, message: str, now: datetime
) -> Condition:
    old = job.status.condition(kind)
    return Condition(
        type=kind,
        status=status,
        reason=reason,
        message=head(message),
        last_transition_time=old.last_transition_time if old and old.status == status else now,
        observed_generation=job.metadata.generation,
    )
