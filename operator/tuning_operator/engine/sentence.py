"""The job's state in one sentence that people like to read."""

from __future__ import annotations

from collections.abc import Sequence

from tuning_operator.api import Counts, StageStatus, Trial, TuningJob
from tuning_operator.engine.completion import Completion, max_failed
from tuning_operator.engine.leaders import Leaders
from tuning_operator.engine.tally import Tally
from tuning_operator.engine.words import head

WAITING_CHARACTERS = 200


def sentence(
    job: TuningJob,
    known: Tally,
    counts: Counts,
    stages: Sequence[StageStatus],
    ahead: Leaders,
    completion: Completion | None,
) -> str:
    """For example: 12 of 12 trials done; best val_accuracy 0.981 (digits-7)."""
    parts = [_progress(counts), _leading(ahead, completion), _ending(job, known, completion)]
    if completion is None:
        parts += [_stage(stages), _waiting(known)]
    return "; ".join(part for part in parts if part)


def _progress(counts: Counts) -> str:
    done, planned = counts.done.split("/")
    states = [(counts.running, "running"), (counts.failed, "failed"), (counts.stopped, "stopped")]
    rest = "".join(f", {number} {word}" for number, word in states if number)
    return f"{done} of {planned} trials done{rest}"


def _leading(ahead: Leaders, completion: Completion | None) -> str:
    best = ahead.best
    if best is None:
        return _nothing_feasible(ahead, completion)
    values = ", ".join(f"{o.metric} {o.value:.6g}" for o in best.objectives)
    members = f", one of {ahead.size} in the Pareto set" if ahead.size > 1 else ""
    return f"best {values} ({best.trial}{members})"


def _nothing_feasible(ahead: Leaders, completion: Completion | None) -> str:
    if ahead.nearest is None:
        return ""
    trial, breach = ahead.nearest
    yet = "" if completion else " yet"
    return f"nothing feasible{yet}, nearest is {trial.metadata.name}: {breach.words}"


def _stage(stages: Sequence[StageStatus]) -> str:
    """Where there are several stages, or a grid whose size tells how long it takes."""
    place = max((i for i, stage in enumerate(stages) if stage.trials), default=0)
    points = f", {stages[place].points} points" if stages[place].points else ""
    which = f"stage {place + 1} of {len(stages)} is " if len(stages) > 1 else ""
    return f"{which}{stages[place].algorithm}{points}" if which or points else ""


def _ending(job: TuningJob, known: Tally, completion: Completion | None) -> str:
    if completion is None or completion.reason in ("TrialsDone", "NothingFeasible"):
        return ""
    if completion.reason == "TargetReached":
        return "the target is reached"
    if completion.reason == "Exhausted":
        return f"every point of the {_last_searched(job)} has been tried"
    first = known.failed[0] if known.failed else None
    words = f": {first.metadata.name} {_state(first)}" if first else ""
    if completion.reason == "NoSuccess":
        return f"none succeeded{words}"
    return f"more than {max_failed(job)} failed{words}"


def _last_searched(job: TuningJob) -> str:
    """Where the last stage has looked: what it leaves out may well have untried points."""
    last = job.spec.search.stages[-1]
    return ("narrowed " if last.narrow else "") + ("grid" if last.algorithm == "Grid" else "space")


def _waiting(known: Tally) -> str:
    waiting = [t for t in known.unfinished if t.status.message]
    if not waiting:
        return ""
    return f"{len(waiting)} waiting ({waiting[0].metadata.name}: {_state(waiting[0])})"


def _state(trial: Trial) -> str:
    words = (trial.status.reason, trial.status.message)
    return head(": ".join(word for word in words if word), WAITING_CHARACTERS)
