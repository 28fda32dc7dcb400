"""The TuningJob's status."""

from __future__ import annotations

from datetime import datetime

from tuning_operator.api import TuningJob, TuningJobStatus
from tuning_operator.engine.bounded import fit_job
from tuning_operator.engine.completion import Completion, is_finished
from tuning_operator.engine.conditions import conditions, observed, phase_of
from tuning_operator.engine.findings import Findings
from tuning_operator.engine.leaders import Leaders, baseline
from tuning_operator.engine.sentence import sentence
from tuning_operator.engine.snapshot import Obstacle
from tuning_operator.engine.stages import stage_statuses
from tuning_operator.engine.tally import Tally, counts
from tuning_operator.engine.words import head

OBSTACLE_CHARACTERS = 2048
STATUS_CHARACTERS = 4096  # well below what the CRD takes, whatever the obstacle says


def job_status(
    job: TuningJob,
    known: Tally,
    ahead: Leaders,
    now: datetime,
    completion: Completion | None,
    obstacle: Obstacle | None,
    findings: Findings | None,
) -> TuningJobStatus:
    """The status of a job with these Trials; equal to the recorded one when nothing has changed."""
    if is_finished(job):
        return _kept(job)
    phase = phase_of(job, known.total > 0, completion, obstacle)
    numbers, stages = counts(job, known), stage_statuses(job, known)
    message = sentence(job, known, numbers, stages, ahead, completion)
    if completion is None and obstacle is not None:
        message = f"{head(obstacle.message, OBSTACLE_CHARACTERS)} ({message})"
    status = TuningJobStatus(
        observed_generation=job.metadata.generation,
        phase=phase,
        conditions=conditions(job, phase, *_reason(phase, message, completion, obstacle), now),
        trials=numbers,
        best=ahead.best,
        baseline=baseline(job, known),
        pareto=ahead.pareto,
        stages=stages,
        importance=list(findings.importance) or None if completion and findings else None,
        advice=list(findings.advice) or None if completion and findings else None,
        start_time=job.status.start_time or known.begun or (now if known.total else None),
        completion_time=now if completion else None,
        message=head(message, STATUS_CHARACTERS),
    )
    return fit_job(status, job)


def _kept(job: TuningJob) -> TuningJobStatus:
    """A finished job's status is its record: only the generation it was seen at follows."""
    return job.status.model_copy(
        update={"observed_generation": job.metadata.generation, "conditions": observed(job)}
    )


def _reason(
    phase: str, message: str, completion: Completion | None, obstacle: Obstacle | None
) -> tuple[str, str]:
    """Reason and message of the conditions. While the job goes on, only the status' own message moves."""
    if completion is not None:
        return completion.reason, message
    if obstacle is not None:
        return obstacle.reason, obstacle.message
    return {"Pending": "NoTrialYet"}.get(phase, phase), ""
