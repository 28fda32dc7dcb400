"""A Trial's newest run: as recorded, as seen, and the record brought up to what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from tuning_operator.api import Run, RunPurpose, TrialStatus
from tuning_operator.engine.snapshot import RunView, TrialView


def last_run(status: TrialStatus) -> Run | None:
    """The newest recorded run."""
    return status.runs[-1] if status.runs else None


def is_occupied(status: TrialStatus) -> bool:
    """A run of this Trial is recorded that has not ended."""
    return bool(status.runs) and status.runs[-1].end_time is None


def next_run(status: TrialStatus) -> tuple[int, RunPurpose]:
    """Number and purpose of the run to start next."""
    last = last_run(status)
    if last is None:
        return 1, "Train"
    return last.number + 1, "Retry" if status.reason == "Disrupted" else "Resume"


def attempts(runs: Sequence[Run]) -> int:
    """Pods that a Trial has had, without those that a suspension ended: these were no disruptions."""
    suspended = sum(bool(run.attempts) and after.purpose == "Resume" for run, after in pairwise(runs))
    return sum(run.attempts or 0 for run in runs) - suspended


def current(view: TrialView) -> RunView | None:
    """The run that goes on, or has ended and nobody has written it down yet."""
    run, last = view.run, last_run(view.trial.status)
    if run is None or last is None or run.number > last.number:
        return run
    if run.number < last.number or last.end_time is not None:
        return None
    return run if run.uid == last.uid else _replaced(run, last)


def is_told(run: RunView) -> bool:
    """Somebody has told the run to stop: its exit code alone proves nothing any more."""
    return run.stopping or not run.exists


def will_be_replaced(run: RunView) -> bool:
    """The Job itself starts another pod: to it a disruption is no failure."""
    return run.state == "Ended" and run.cause == "Disrupted" and not run.final and not is_told(run)


def seen(status: TrialStatus, run: RunView) -> Run:
    """The record of this run with all that the world shows of it."""
    old = last_run(status)
    if old is None or old.number != run.number:
        old = Run(number=run.number, purpose=next_run(status)[1], uid=run.uid)
    new_pod = run.pod is not None and run.pod != old.pod
    return old.model_copy(
        update={
            "pod": run.pod or old.pod,
            "attempts": (old.attempts or 0) + 1 if new_pod else old.attempts,
            "start_time": run.started or old.start_time,
            "node": run.node or old.node,
            "image": run.image or old.image,
            "resources": dict(run.resources) if run.resources else old.resources,
        }
    )


def ended(record: Run, run: RunView, now: datetime) -> Run:
    """The record of a run that is over."""
    return record.model_copy(update={"end_time": run.ended or now, "exit_code": run.exit_code})


def with_run(status: TrialStatus, record: Run) -> list[Run]:
    """The status' runs with this one as the newest."""
    return [run for run in status.runs if run.number != record.number] + [record]


def _replaced(run: RunView, last: Run) -> RunView:
    return replace(
        run,
        uid=last.uid,
        state="Gone",
        exists=False,
        cause="JobDeleted",
        exit_code=None,
        report=None,
        message="its Job was replaced by another one of the same name",
    )
