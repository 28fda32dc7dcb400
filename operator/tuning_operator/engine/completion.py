"""Is the job over, and how?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuning_operator.api import TuningJob
from tuning_operator.engine.stages import next_stage
from tuning_operator.engine.tally import Tally
from tuning_operator.engine.target import reached

Closing = Literal["Finished", "TargetReached", "TooManyFailures"]


@dataclass(frozen=True)
class Completion:
    """How a job ended; `reason` is the conditions'."""

    succeeded: bool
    reason: Literal[
        "TrialsDone", "TargetReached", "Exhausted", "TooManyFailures", "NoSuccess", "NothingFeasible"
    ]


def is_finished(job: TuningJob) -> bool:
    """Finished is for good, whatever happens to the spec or the Trials later."""
    condition = job.status.condition("Finished")
    return condition is not None and condition.status == "True"


def closing(job: TuningJob, known: Tally) -> Closing | None:
    """Why what still goes is to be stopped and nothing started any more."""
    if is_finished(job):
        return "Finished"
    if any(reached(job, trial.value) for trial in known.succeeded):
        return "TargetReached"
    if len(known.failed) > max_failed(job):
        return "TooManyFailures"
    return None


def max_failed(job: TuningJob) -> int:
    """How many trials may fail: a tenth of them, but at least 3, unless the job says otherwise."""
    given = job.spec.trials.max_failed
    return given if given is not None else max(3, job.spec.trials.max // 10)


def completion(
    job: TuningJob, known: Tally, why: Closing | None, exhausted: int, *, has_best: bool
) -> Completion | None:
    """How the job ended; None while a trial goes or is still to come.

    exhausted: up to this stage there is nothing left to propose.
    has_best: a success keeps to the constraints.
    """
    if known.unfinished:
        return None
    if why == "TooManyFailures":
        return Completion(False, why)
    if why == "TargetReached":
        return Completion(True, why)
    planned = known.last >= job.spec.trials.max
    if not planned and next_stage(job, known.stages, exhausted) is not None:
        return None
    if not has_best:
        return Completion(False, "NothingFeasible" if known.succeeded else "NoSuccess")
    return Completion(True, "TrialsDone" if planned else "Exhausted")
