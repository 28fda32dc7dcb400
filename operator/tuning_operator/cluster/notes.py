"""What of a job's life is worth an Event. Pure: statuses in, notes out."""

from __future__ import annotations

from tuning_operator.api import Best, Trial, TrialStatus, TuningJob, TuningJobStatus
from tuning_operator.cluster.recorder import Note
from tuning_operator.engine.runs import last_run
from tuning_operator.report.text import stage_text

TOLD_PHASES = {"Succeeded", "Failed", "Stalled"}
NO_FAILURES = {"Completed", "TargetReached", "Stopped"}


def job_notes(job: TuningJob, after: TuningJobStatus) -> list[Note]:
    """What the new status has that the old one had not."""
    before, notes = job.status, []
    if after.best is not None and (before.best is None or before.best.number != after.best.number):
        notes.append(Note("NewBest", _best(after.best), after.best.trial))
    notes += _stages(before, after)
    if after.phase is not None and after.phase != before.phase and after.phase in TOLD_PHASES:
        subject = f"{job.metadata.generation}/{after.message}"
        is_good = after.phase == "Succeeded"
        words = after.message or after.phase
        notes.append(Note(after.phase, words, subject, "Normal" if is_good else "Warning"))
    return notes


def _stages(before: TuningJobStatus, after: TuningJobStatus) -> list[Note]:
    """A note for each stage that has begun, where there are several or one tells its size."""
    old, stages = before.stages or [], after.stages or []
    told = [(place, stage) for place, stage in enumerate(stages, 1) if len(stages) > 1 or stage.points]
    return [
        Note("StageStarted", f"stage {place} of {len(stages)}: {stage_text(stage)}", f"stage {place}")
        for place, stage in told
        if stage.trials and not (len(old) >= place and old[place - 1].trials)
    ]


def trial_started(trial: Trial) -> Note:
    values = ", ".join(f"{name}={value}" for name, value in sorted(trial.spec.parameters.items()))
    return Note("TrialStarted", f"{trial.metadata.name}: {values}", trial.metadata.name)


def trial_recorded(trial: Trial, after: TrialStatus) -> list[Note]:
    """A note when the trial has just failed, was disrupted, or begins to wait for what a person may mend."""
    name = trial.metadata.name
    if trial.finished or after.reason is None or after.reason in NO_FAILURES:
        return []
    words = f"{name}: {after.reason}" + (f": {after.message}" if after.message else "")
    if after.completion_time is not None:
        return [Note("TrialFailed", words, name, "Warning")]
    if _trouble(after) == _trouble(trial.status):  # the same one, in other words
        return []
    what = "TrialDisrupted" if after.reason == "Disrupted" else "TrialWaiting"
    return [Note(what, words, f"{name} {_trouble(after)}", "Warning")]


def _trouble(status: TrialStatus) -> str:
    """What is told once: this reason, after so many pods of this run."""
    run = last_run(status)
    return f"{status.reason} {run.number}/{run.attempts or 0}" if run else ""


def _best(best: Best) -> str:
    return f"{best.trial}: " + ", ".join(f"{o.metric}={o.value:g}" for o in best.objectives)
