"""The command's own rule: when the first trial to end has failed, the others would fail likewise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tuning_operator.api import Reason, Trial
from tuning_operator.engine.words import clean
from tuning_operator.local.store import Store

LOG_LINES = 20
# What tells of the program, not of the parameters: a diverged model says nothing of the next one.
FAILURES: tuple[Reason, ...] = (
    "UserError",
    "OutOfMemory",
    "Timeout",
    "MetricsUnavailable",
    "Error",
)
MENDS = {  # where the message does not say it itself
    "OutOfMemory": ["A smaller model or batch helps, or a smaller spec.trials.parallel."],
    "Timeout": ["Raise spec.trials.timeoutSeconds, or train for less."],
    "MetricsUnavailable": ["The program must report the objective's metric: see docs/trial.md."],
}


def first_failure(trials: Iterable[Trial], since: datetime, store: Store) -> str | None:
    """Words on the first trial that ended since then, if it failed and none has ever succeeded."""
    finished = [t for t in trials if t.status.completion_time is not None]
    if any(t.status.reason in ("Completed", "TargetReached") for t in finished):
        return None
    ended = sorted((t.status.completion_time, t.number, t) for t in finished if _ended_since(t, since))
    if not ended or ended[0][2].status.reason not in FAILURES:
        return None
    return _words(ended[0][2], store)


def _ended_since(trial: Trial, since: datetime) -> bool:
    return trial.status.completion_time is not None and trial.status.completion_time >= since


def _words(trial: Trial, store: Store) -> str:
    status = trial.status
    files = store.run(trial.number, status.runs[-1].number if status.runs else 1)
    said = f"{trial.metadata.name}, the first trial to end, has failed ({status.reason})"
    lines = [f"  {clean(line)}" for line in files.last_lines(LOG_LINES)]
    log = [f"the end of {files.log}:", *lines] if lines else [f"{files.log} is empty"]
    return "\n".join([f"{said}: {clean(status.message or '')}", *log, *MENDS.get(status.reason or "", ())])
