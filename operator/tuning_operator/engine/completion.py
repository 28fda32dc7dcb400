"""Is the job over, and how?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tuning_operator.api import Trial, TuningJob
from tuning_operator.engine.starts import next_number
from tuning_operator.engine.tally import is_failure, is_success
from tuning_operator.engine.target import reached

Closing = Literal["Finished", "TargetReached", "TooManyFailures"]


@dataclass(frozen=True)
class Completion:
    """How a job ended; `reason` is the conditions'."""

    succeeded: bool
    reason: Literal["TrialsDone", "TargetReached", "Exhausted", "TooManyFailures", "NoSuccess"]


def is_finished(job: TuningJob) -> bool:
    """Finished is for good, whatever happens to the spec or the Trials later."""
    condition = job.status.condition("Finished")
    return condition is not None and condition.status == "True"


def closing(job: TuningJob, trials: Sequence[Trial]) -> Closing | None:
    """Why what still goes is to be stopped and nothing started any more."""
    if is_finished(job):
        return "Finished"
    if any(is_success(t) and reached(job, t.value) for t in trials):
        return "TargetReached"
    if sum(is_failure(t) for t in trials) > max_failed(job):
        return "TooManyFailures"
    return None


def max_failed(job: TuningJob) -> int:
    """How many trials may fail: a tenth of them, but at least 3, unless the job says otherwise."""
    given = job.spec.trials.max_failed
    return given if given is not None else max(3, job.spec.trials.max // 10)


def completion(
    job: TuningJob, trials: Sequence[Trial], why: Closing | None, exhausted: bool
) -> Completion | None:
    """How the job ended; None while a trial goes or is still to come."""
    if any(not t.finished for t in trials):
        return None
    if why == "TooManyFailures":
        return Completion(False, why)
    if why == "TargetReached":
        return Completion(True, why)
    planned = next_number(trials) > job.spec.trials.max
    if not planned and not exhausted:
        return None
    if not any(is_success(t) for t in trials):
        return Completion(False, "NoSuccess")
    return Completion(True, "TrialsDone" if planned else "Exhausted")
