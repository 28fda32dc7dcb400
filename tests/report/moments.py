"""Moments of a job to be shown, made from a few words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from tuning_operator.api import (
    Basis,
    Best,
    Metadata,
    MetricValue,
    Observation,
    Reason,
    Run,
    Trial,
    TrialSpec,
    TrialStatus,
    TuningJob,
    TuningJobStatus,
)
from tuning_operator.engine.snapshot import Observed, RunView, TrialView
from tuning_operator.report.progress import Progress

from tests.local.commands import manifest

BEGAN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def trial(number: int, status: TrialStatus, **parameters: Any) -> Trial:
    spec = TrialSpec(
        number=number,
        stage=1,
        purpose="Search",
        seed=1,
        parameters=parameters or {"x": 0.5},
        basis=Basis(engine="test"),
    )
    return Trial(metadata=Metadata(name=f"job-{number}"), spec=spec, status=status)


def running(number: int, *values: float, since: float = 0, **parameters: Any) -> TrialView:
    """A trial whose n-th value of `loss` was scraped at step n."""
    scraped = tuple(Observed("loss", step, value) for step, value in enumerate(values, start=1))
    run = RunView(number=1, uid=f"{number}-1", state="Running", started=at(since), scraped=scraped)
    return TrialView(trial(number, TrialStatus(), **parameters), run)


def finished(
    number: int,
    value: float | None = None,
    reason: Reason = "Completed",
    message: str | None = None,
    span: tuple[float, float] = (0, 10),
    **parameters: Any,
) -> TrialView:
    run = Run(number=1, purpose="Train", uid=f"{number}-1", start_time=at(span[0]), end_time=at(span[1]))
    observations = [] if value is None else [Observation(metric="loss", value=value, step=4)]
    status = TrialStatus(
        reason=reason, message=message, completion_time=at(span[1]), runs=[run], observations=observations
    )
    return TrialView(trial(number, status, **parameters))


def also(view: TrialView, **values: float) -> TrialView:
    """A finished trial with values of other metrics."""
    status = view.trial.status
    more = [Observation(metric=metric, value=value) for metric, value in values.items()]
    status = status.model_copy(update={"observations": [*status.observations, *more]})
    return TrialView(view.trial.model_copy(update={"status": status}))


def moment(
    *views: TrialView,
    best: TrialView | None = None,
    now: float = 20,
    spec: dict[str, Any] | None = None,
    **status: Any,
) -> Progress:
    if best is not None:
        status["best"] = named(best)
    body = manifest(max=8)
    body["spec"] |= spec or {}
    job = TuningJob.model_validate(body).model_copy(update={"status": TuningJobStatus(**status)})
    return Progress(job, views, at(now), BEGAN, parallel=2)


def named(view: TrialView, *others: str) -> Best:
    values = [(metric, view.trial.value(metric)) for metric in ("loss", *others)]
    return Best(
        trial=view.trial.metadata.name,
        number=view.trial.number,
        parameters=view.trial.spec.parameters,
        objectives=[MetricValue(metric=m, value=value) for m, value in values if value is not None],
    )
