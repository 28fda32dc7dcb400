"""The command's own rule: when the first trial to end has failed, the others would fail likewise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tuning_operator.api import Reason, Trial
from tuning_operator.engine.words import clean
from tuning_operator.local.files import write_whole
from tuning_operator.local.store import Store
from tuning_operator.report.progress import succeeded
from tuning_operator.report.text import as_it_stands

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
    if any(succeeded(t) for t in finished):
        return None
    ended = sorted((t.status.completion_time, t.number, t) for t in finished if _ended_since(t, since))
    if not ended or ended[0][2].status.reason not in FAILURES:
        return None
    return _words(ended[0][2], store)


def mark_failed_start(store: Store, words: str) -> None:
    """Remember that the command stopped for its first trial's failure.

    The records alone do not tell it from a job whose failures --keep-going has allowed.
    """
    write_whole(_mark(store), f"{words}\n")


def is_failed_start(store: Store) -> bool:
    """Whether the last command stopped for its first trial's failure, and no trial has succeeded since."""
    return _mark(store).exists() and not any(succeeded(trial) for trial in store.trials().values())


def forget_failed_start(store: Store) -> None:
    """The job goes on in spite of it."""
    _mark(store).unlink(missing_ok=True)


def _mark(store: Store) -> Path:
    return store.directory / "failed-start.txt"


def _ended_since(trial: Trial, since: datetime) -> bool:
    return trial.status.completion_time is not None and trial.status.completion_time >= since


def _words(trial: Trial, store: Store) -> str:
    status = trial.status
    files = store.run(trial.number, status.runs[-1].number if status.runs else 1)
    said = f"{trial.metadata.name}, the first trial to end, has failed ({status.reason})"
    lines, message = files.last_lines(LOG_LINES), clean(status.message or "")
    if message and not any(message.lstrip("…") in clean(line) for line in lines):  # said once
        said += f": {message}"
    log = [f"the end of {files.log}:", *(f"  {as_it_stands(line)}" for line in lines)]
    mend = MENDS.get(status.reason or "", ())
    return "\n".join([said, *(log if lines else [f"{files.log} is empty"]), *mend])
