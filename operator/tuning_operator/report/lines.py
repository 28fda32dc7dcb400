"""Progress without a terminal: one plain line per event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from tuning_operator.api import Trial
from tuning_operator.engine.snapshot import TrialView
from tuning_operator.report.progress import Progress, duration, succeeded
from tuning_operator.report.text import number, parameters_text, plain, span, stage_text, took


class Lines:
    """Writes what is new each time it is shown a moment."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last: Progress | None = None

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def show(self, progress: Progress) -> None:
        for line in events(self._last, progress):
            print(f"{span(progress.elapsed):>7}  {line}", file=self._stream, flush=True)
        self._last = progress

    def note(self, text: str) -> None:
        print(plain(text), file=self._stream, flush=True)


def events(before: Progress | None, after: Progress) -> Iterator[str]:
    """What has happened between two moments; before the first there was nothing."""
    old = {v.trial.number: v for v in before.trials} if before else {}
    if before is None and after.finished:
        done = f"{len(after.finished)} of {after.job.spec.trials.max} trials done"
        yield f"{after.job.metadata.name} goes on: {done}"
    for view in after.trials:
        known = old.get(view.trial.number)
        if before is None and view.trial.finished:
            continue
        if _newest_run(view) > _newest_run(known):
            yield _start_line(view)
        if view.trial.finished and not (known and known.trial.finished):
            yield _end_line(view.trial, after)
    yield from _new_stage(before, after)
    yield from _new_best(before, after)
    if after.job.status.completion_time and not (before and before.job.status.completion_time):
        yield f"{after.job.metadata.name} {after.job.status.phase}"


def _newest_run(view: TrialView | None) -> int:
    """Number of the newest run; 0 before the first."""
    if view is None:
        return 0
    recorded = view.trial.status.runs[-1].number if view.trial.status.runs else 0
    return max(recorded, view.run.number if view.run else 0)


def _start_line(view: TrialView) -> str:
    run = _newest_run(view)
    again = f" again (run {run})" if run > 1 else ""
    return f"trial {view.trial.number} started{again}: {parameters_text(view.trial.spec.parameters)}"


def _end_line(trial: Trial, after: Progress) -> str:
    reason, words = trial.status.reason, plain(trial.status.message or "")
    if succeeded(trial):
        broken = f", {words}" if words else ""
        return f"trial {trial.number} finished: {_values(trial, after)} in {took(duration(trial))}{broken}"
    if reason == "Stopped":
        return f"trial {trial.number} stopped: {words}"
    failed = f"trial {trial.number} failed ({reason})"
    return failed if after.failed_start else f"{failed}: {words}"


def _values(trial: Trial, after: Progress) -> str:
    values = [(o.metric, trial.value(o.metric)) for o in after.job.spec.objectives]
    return ", ".join(f"{plain(metric)} {number(value)}" for metric, value in values if value is not None)


def _new_stage(before: Progress | None, after: Progress) -> Iterator[str]:
    """Of a job with several stages, the ones that have begun."""
    stages = after.job.status.stages or []
    old = (before.job.status.stages or []) if before else stages
    for place, stage in enumerate(stages if len(stages) > 1 else [], start=1):
        if stage.trials and not (len(old) >= place and old[place - 1].trials):
            yield f"stage {place} of {len(stages)} begins: {stage_text(stage)}"


def _new_best(before: Progress | None, after: Progress) -> Iterator[str]:
    best, old = after.job.status.best, before.job.status.best if before else None
    if best is not None and before is not None and (old is None or old.number != best.number):
        values = ", ".join(f"{plain(o.metric)} {number(o.value)}" for o in best.objectives)
        yield f"new best: {values} by trial {best.number}"
