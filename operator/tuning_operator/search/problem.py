"""What a proposal is made from, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tuning_operator.api import (
    Algorithm,
    BayesianOptions,
    Constraint,
    NSGA2Options,
    Objective,
    Parameter,
    ParameterValue,
    PESA2Options,
)

Outcome = Literal["Succeeded", "Failed", "Diverged", "Stopped"]


@dataclass(frozen=True)
class Problem:
    """What to search for.

    parameters: in any order; the search sorts them by name.
    objectives: one, or several whose Pareto set is searched for.
    algorithm: the stage's; the options of the others mean nothing.
    initial: parameters of trials 1 … len(initial), proposed as they are.
    seed: 0 … 2³¹ − 1.
    constraints: what a trial must keep to, in the order of their metrics.
    narrowed: the same parameters with the smaller ranges that the stage searches in; None: the whole space.
    prior: finished trials of earlier jobs, a tuple for each job, for the same objectives. Their
        parameters may be others: what is unknown here is left out, what lies outside is dropped. Bayesian
        alone looks at them.
    """

    parameters: tuple[Parameter, ...]
    objectives: tuple[Objective, ...]
    algorithm: Algorithm
    initial: tuple[Mapping[str, ParameterValue], ...] = ()
    seed: int = 0
    constraints: tuple[Constraint, ...] = ()
    bayesian: BayesianOptions = field(default_factory=BayesianOptions)
    nsga2: NSGA2Options = field(default_factory=NSGA2Options)
    pesa2: PESA2Options = field(default_factory=PESA2Options)
    narrowed: tuple[Parameter, ...] | None = None
    prior: tuple[tuple[Entry, ...], ...] = ()


@dataclass(frozen=True)
class Entry:
    """A trial as the search sees it. Pending trials have neither outcome nor values.

    values: the objectives' final values in the problem's order, None where there is none.
    constraints: those of the constrained metrics, likewise.
    rungs: the first objective's value at each rung (a step) that the trial came to. Of a stopped
        trial they are all that is known: its last value is none that a finished one can be held to.
    repeats: how many runs the values are the mean of.
    frozen: the parameters to which its stage had left one value: it says nothing of how much they matter.
    """

    number: int
    parameters: Mapping[str, ParameterValue]
    outcome: Outcome | None = None
    values: tuple[float | None, ...] = ()
    constraints: tuple[float | None, ...] = ()
    rungs: Mapping[int, float] = field(default_factory=dict)
    repeats: int = 1
    frozen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Proposal:
    """Parameters to try: only the active ones, as JSON values."""

    parameters: Mapping[str, ParameterValue]


@dataclass(frozen=True)
class Wait:
    """Nothing to propose until a running trial has finished."""

    why: str


@dataclass(frozen=True)
class Exhausted:
    """Every point of the space has been tried or is running."""

    why: str
