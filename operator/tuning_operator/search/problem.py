"""What a proposal is made from, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tuning_operator.api import Objective, Parameter, ParameterValue

Outcome = Literal["Succeeded", "Failed", "Diverged", "Stopped"]


@dataclass(frozen=True)
class Problem:
    """What to search for.

    parameters: in any order; the search sorts them by name.
    objectives: the first is the one that is searched for.
    algorithm: the stage's.
    initial: parameters of trials 1 … len(initial), proposed as they are.
    seed: 0 … 2³¹ − 1.
    """

    parameters: tuple[Parameter, ...]
    objectives: tuple[Objective, ...]
    algorithm: Literal["Random", "Grid", "Sobol", "Bayesian"]
    initial: tuple[Mapping[str, ParameterValue], ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Entry:
    """A trial as the search sees it. Pending trials have neither outcome nor values.

    values: the objectives' final values in the problem's order, None where there is none.
    """

    number: int
    parameters: Mapping[str, ParameterValue]
    outcome: Outcome | None = None
    values: tuple[float | None, ...] = ()


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
