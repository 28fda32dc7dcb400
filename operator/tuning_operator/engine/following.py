"""A Trial's status while its run goes on: what is written, and when it is worth a write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tuning_operator.api import TrialStatus, TuningJob
from tuning_operator.engine.bounded import fit
from tuning_operator.engine.limits import FEWER_CHARACTERS, REFRESH, WAITING_PATIENCE
from tuning_operator.engine.runs import last_run, seen, with_run
from tuning_operator.engine.series import Points, newest, recorded_series
from tuning_operator.engine.snapshot import RunView
from tuning_operator.engine.waiting import waits_for
from tuning_operator.engine.words import head


def refreshed(
    job: TuningJob, status: TrialStatus, run: RunView, series: Mapping[str, Points], now: datetime
) -> TrialStatus:
    """The status with all that the world shows of its run now."""
    reason, message = waits_for(run)
    return status.model_copy(
        update={
            "reason": reason,
            "message": message,
            "start_time": status.start_time or run.started,
            "runs": with_run(status, seen(status, run)),
            "series": recorded_series(series, job.spec.objectives),
            "observed_time": now,
        }
    )


def followed(
    job: TuningJob, status: TrialStatus, run: RunView, series: Mapping[str, Points], now: datetime
) -> tuple[TrialStatus, datetime | None]:
    """The status to have on record now, and when it will be due for a write by itself.

    An undisturbed trial is written twice in its life: here when its run's uid becomes
    known, and at its finish. A container's start alone is told by the finish.
    """
    fresh = refreshed(job, status, run, series, now)
    due = _due(status, fresh, run, now)
    if due is None or due > now:
        return status, due
    return fit(fresh, job), None


def _due(old: TrialStatus, fresh: TrialStatus, run: RunView, now: datetime) -> datetime | None:
    """From when on the difference is worth a write; None when there is no difference to tell."""
    if _is_news(old, fresh):
        return now
    times = []
    again = old.observed_time + REFRESH if old.observed_time else now
    if fresh.message is not None and old.message is None:
        times.append(run.since + WAITING_PATIENCE if run.since else now)
    elif _says_more(old, fresh) and fresh.reason != "ImagePull":  # that one only flips to and fro
        times.append(again)
    if newest(fresh.series) != newest(old.series):
        times.append(again)
    return min(times, default=None)


def _says_more(old: TrialStatus, fresh: TrialStatus) -> bool:
    """Other words, and not those of which the record had room for the beginning alone."""
    return old.message != fresh.message and old.message != head(fresh.message or "", FEWER_CHARACTERS)


def _is_news(old: TrialStatus, fresh: TrialStatus) -> bool:
    """Written at once: a new run, another pod, another reason to wait, the end of a wait."""
    before, after = last_run(old), last_run(fresh)
    if before is None or after is None or before.number != after.number:
        return True
    replaced = before.pod is not None and before.pod != after.pod
    return replaced or old.reason != fresh.reason or (old.message is not None and fresh.message is None)
