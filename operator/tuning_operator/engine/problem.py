"""A stage of a job as a problem for the search, and the spaces that stages narrow to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tuning_operator.api import (
    BayesianOptions,
    Constraint,
    NSGA2Options,
    Parameter,
    PESA2Options,
    Range,
    Trial,
    TuningJob,
)
from tuning_operator.engine.values import typed
from tuning_operator.search.problem import Problem

RANGE = ("min", "max", "numbers", "values")


def problem_of(job: TuningJob, stage: int, space: Sequence[Range] | None = None) -> Problem:
    """What the stage (from 1) searches for; space: what is left of the parameters that it has narrowed."""
    spec, of = job.spec, job.spec.search.stages[stage - 1]
    return Problem(
        parameters=tuple(spec.parameters),
        objectives=tuple(spec.objectives),
        algorithm=of.algorithm,
        initial=tuple(typed(spec.parameters, one.parameters) for one in spec.initial_trials),
        seed=spec.search.seed,
        constraints=tuple(constraints_of(job)),
        bayesian=of.bayesian or BayesianOptions(),
        nsga2=of.nsga2 or NSGA2Options(),
        pesa2=of.pesa2 or PESA2Options(),
        narrowed=within(spec.parameters, space) if space else None,
    )


def constraints_of(job: TuningJob) -> list[Constraint]:
    """By metric: their order in the manifest means nothing, and may be edited."""
    return sorted(job.spec.constraints, key=lambda constraint: constraint.metric)


def recorded_space(trials: Iterable[Trial], stage: int) -> list[Range] | None:
    """The space that the stage's first Trial has recorded; None when none has."""
    found = [t for t in trials if t.spec.stage == stage and t.spec.space is not None]
    return min(found, key=lambda t: t.number).spec.space if found else None


def frozen_in(space: Iterable[Range]) -> frozenset[str]:
    """The parameters that have one value left, whether it was frozen or all of the best had it."""
    return frozenset(one.name for one in space if _is_single(one))


def _is_single(of: Range) -> bool:
    choices = of.numbers or of.values
    return len(choices) == 1 if choices else of.min == of.max


def ranges(whole: Iterable[Parameter], narrow: Iterable[Parameter]) -> list[Range]:
    """What a narrower space leaves of those parameters that it narrows, by name."""
    before = {p.name: _left(p) for p in whole}
    after = {p.name: _left(p) for p in narrow}
    return [Range(name=name, **after[name]) for name in sorted(after) if after[name] != before[name]]


def within(parameters: Iterable[Parameter], space: Iterable[Range]) -> tuple[Parameter, ...]:
    """The parameters with what the space leaves of them."""
    left = {one.name: _range(one) for one in space}
    return tuple(p.model_copy(update=left[p.name]) if p.name in left else p for p in parameters)


def _left(of: Parameter) -> dict[str, Any]:
    """A bool that has both its values is as wide as one that lists none."""
    left = _range(of)
    return left | {"values": None} if of.type == "bool" and len(of.values or ()) == 2 else left


def _range(of: Parameter | Range) -> dict[str, Any]:
    return {field: getattr(of, field) for field in RANGE}
