"""Has a trial reached the objectives' targets?"""

from __future__ import annotations

from tuning_operator.api import Objective, TuningJob
from tuning_operator.engine.feasible import Value, feasible


def reached(job: TuningJob, value: Value) -> bool:
    """Whether there are targets, and these values reach every one and keep to the constraints."""
    targets = [o for o in job.spec.objectives if o.target is not None]
    return bool(targets) and all(_reaches(o, value(o.metric)) for o in targets) and feasible(job, value)


def _reaches(objective: Objective, value: float | None) -> bool:
    if value is None or objective.target is None:
        return False
    return value >= objective.target if objective.goal == "Maximize" else value <= objective.target
