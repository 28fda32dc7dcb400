"""Small builders: a test names what matters to it, the rest is ordinary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from tuning_operator.api import (
    Basis,
    Condition,
    Metadata,
    Observation,
    Run,
    Trial,
    TrialSpec,
    TrialStatus,
    TuningJob,
)
from tuning_operator.engine.actions import Action, Decision, RecordTrial
from tuning_operator.engine.snapshot import Observed, Report, RunView, TrialView

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    """A moment, in seconds from NOW."""
    return NOW + timedelta(seconds=seconds)


def job(
    *,
    max: int = 4,
    parallel: int = 2,
    goal: str = "Maximize",
    take: str = "Best",
    target: float | None = None,
    generation: int = 1,
    trials: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    **spec: Any,
) -> TuningJob:
    objective = {"metric": "accuracy", "goal": goal, "take": take, "target": target}
    return TuningJob.model_validate(
        {
            "metadata": {"name": "digits", "namespace": "lab", "uid": "uid-1", "generation": generation},
            "spec": {
                "objectives": [objective],
                "parameters": [{"name": "x", "type": "double", "min": 0, "max": 1}],
                "search": {"stages": [{"algorithm": "Random"}]},
                "trials": {"max": max, "parallel": parallel, **(trials or {})},
                "template": {},
                **spec,
            },
            "status": status or {},
        }
    )


def trial(number: int = 1, status: TrialStatus | None = None, x: float = 0.5) -> Trial:
    """A Trial that nothing is known of yet."""
    return Trial(
        metadata=Metadata(name=f"digits-{number}", namespace="lab"),
        spec=TrialSpec(
            number=number,
            stage=1,
            purpose="Search",
            seed=number,
            parameters={"x": x},
            basis=Basis(engine="0.1.0"),
        ),
        status=status or TrialStatus(),
    )


def recorded(
    run: int = 1, *, intent: str | None = None, ended: bool = False, pod: str | None = None, **status: Any
) -> TrialStatus:
    """The status of an unfinished Trial with so many runs on record."""
    runs = [
        Run(
            number=n,
            purpose="Train" if n == 1 else "Resume",
            uid=f"job-{n}",
            pod=pod,
            attempts=1 if pod else None,
            end_time=NOW if n < run or ended else None,
        )
        for n in range(1, run + 1)
    ]
    stopping = [Condition(type="Stopping", status="True", reason=intent or "", last_transition_time=NOW)]
    known = {"runs": runs, "conditions": stopping if intent else [], "observed_time": NOW}
    return TrialStatus(**{**known, **status})


def finished(number: int, value: float | None = None, reason: str = "Completed") -> Trial:
    """A finished Trial."""
    observations = [] if value is None else [Observation(metric="accuracy", value=value)]
    status = recorded(ended=True, observed_time=None).model_copy(
        update={"completion_time": NOW, "reason": reason, "observations": observations}
    )
    return trial(number, status)


def measured(number: int, accuracy: float = 0.5, **others: float) -> Trial:
    """A success with values of several metrics."""
    done = finished(number, accuracy)
    more = [Observation(metric=metric, value=value) for metric, value in others.items()]
    status = done.status.model_copy(update={"observations": [*done.status.observations, *more]})
    return done.model_copy(update={"status": status})


def run(number: int = 1, state: Any = "Running", **seen: Any) -> RunView:
    """A run as the world shows it."""
    return RunView(**{"number": number, "uid": f"job-{number}", "state": state, **seen})


def running(number: int, **seen: Any) -> TrialView:
    """A trial whose container runs, on record."""
    return TrialView(trial(number, recorded()), run(started=NOW, since=NOW, **seen))


def exited(
    code: int | None = 0, value: float | None = None, report: Report | None = None, **seen: Any
) -> RunView:
    """A run whose container has terminated; `value` is the accuracy that it reported."""
    if value is not None:
        report = Report(metrics={"accuracy": value})
    return run(state="Ended", started=NOW, ended=at(30), exit_code=code, report=report, **seen)


def scraped(*values: float) -> tuple[Observed, ...]:
    """Accuracies of the steps 1, 2, …"""
    return tuple(Observed("accuracy", step, value) for step, value in enumerate(values, start=1))


def views(*trials: Trial | TrialView) -> list[TrialView]:
    """A snapshot; Trials without a view have no run."""
    return [one if isinstance(one, TrialView) else TrialView(one) for one in trials]


def records(decision: Decision) -> dict[int, TrialStatus]:
    """The statuses that a decision writes, by number."""
    return {a.number: a.status for a in decision.actions if isinstance(a, RecordTrial)}


def of(kind: type[Action], decision: Decision) -> list[Any]:
    """The decision's actions of one kind."""
    return [action for action in decision.actions if isinstance(action, kind)]
