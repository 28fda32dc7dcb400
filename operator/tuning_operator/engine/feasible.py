"""Which metrics a job's trials are judged by, and whether a trial keeps to the constraints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuning_operator.api import Constraint, Trial, TuningJob

Value = Callable[[str], float | None]
"""Finds a metric's final value; None where there is none or it is not finite."""


@dataclass(frozen=True)
class Breach:
    """A constraint that a trial breaks.

    excess: how far beyond the bound, as a share of it (of 1, where it is 0); infinite without a value.
    """

    words: str
    excess: float


def judged_metrics(job: TuningJob) -> list[str]:
    """The objectives' metrics, then those that are only constrained, each once."""
    spec = job.spec
    return list(dict.fromkeys([o.metric for o in spec.objectives] + [c.metric for c in spec.constraints]))


def constrained_metrics(job: TuningJob) -> list[str]:
    """Those of the judged metrics that are no objective's."""
    return judged_metrics(job)[len(job.spec.objectives) :]


def feasible(job: TuningJob, value: Value) -> bool:
    """Whether the values keep to every constraint; one without a value does not."""
    return not any(_breach(constraint, value(constraint.metric)) for constraint in job.spec.constraints)


def breaches(job: TuningJob, value: Value) -> list[Breach]:
    """The constraints that these values break, the worst first."""
    found = (_breach(constraint, value(constraint.metric)) for constraint in job.spec.constraints)
    return sorted((one for one in found if one), key=lambda breach: -breach.excess)


def nearest(job: TuningJob, trials: Sequence[Trial]) -> tuple[Trial, Breach] | None:
    """Of trials that all break a constraint the one that breaks them least, and its worst breach."""
    ranked = [(sum(b.excess for b in found), trial.number, trial, found[0])
              for trial in trials if (found := breaches(job, trial.value))]  # fmt: skip
    if not ranked:
        return None
    _, _, trial, worst = min(ranked, key=lambda one: one[:2])
    return trial, worst


def _breach(constraint: Constraint, value: float | None) -> Breach | None:
    metric, low, high = constraint.metric, constraint.min, constraint.max
    if value is None:
        return Breach(f"{metric} has no value", float("inf"))
    if high is not None and value > high:
        return Breach(f"{metric} {value:.6g} is above max {high:.6g}", (value - high) / (abs(high) or 1))
    if low is not None and value < low:
        return Breach(f"{metric} {value:.6g} is below min {low:.6g}", (low - value) / (abs(low) or 1))
    return None
