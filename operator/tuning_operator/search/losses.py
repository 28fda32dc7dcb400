"""What the finished trials teach, as numbers that a Gaussian process can take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuning_operator.search.problem import Entry, Problem

# A proposal's price must not grow with the job: the model sees this many trials at most.
MOST = 300


@dataclass(frozen=True)
class Lesson:
    """A finished trial and its loss (smaller is better): the value itself, or its negative to maximise."""

    entry: Entry
    loss: float


def lessons(problem: Problem, history: Sequence[Entry]) -> list[Lesson]:
    """The trials that say something, in the history's order; none, if not one has a finite value.

    A trial that failed or diverged without a value counts as the worst that
    was seen: bad enough to be avoided, and finite. Others without one say nothing.
    """
    measured = {e.number: loss for e in history if (loss := _loss(problem, e)) is not None}
    worst = max(measured.values(), default=None)
    if worst is None:
        return []
    telling = (e for e in history if e.number in measured or e.outcome in ("Failed", "Diverged"))
    return [Lesson(e, measured.get(e.number, worst)) for e in telling]


def chosen(all_: Sequence[Lesson], most: int = MOST) -> list[Lesson]:
    """At most `most` of them: the best third, the newest third, and the rest evenly over time."""
    if len(all_) <= most:
        return list(all_)
    third = most // 3
    best = sorted(all_, key=lambda x: (x.loss, x.entry.number))[:third]
    keep = {x.entry.number for x in (*best, *all_[-third:])}
    others = [x for x in all_ if x.entry.number not in keep]
    keep |= {others[i].entry.number for i in spread(len(others), most - len(keep))}
    return [x for x in all_ if x.entry.number in keep]


def spread(length: int, count: int) -> list[int]:
    """`count` different indexes from 0 to length − 1, evenly apart; all of them if there are fewer."""
    if length <= count:
        return list(range(length))
    return [i * length // count for i in range(count)]


def normal(losses: Sequence[float]) -> Any:
    """The losses, shifted, scaled and bent (Yeo and Johnson, 2000) to look like a standard normal sample.

    Zeros if all are equal. Any finite doubles will do, 1e300 and 5e-324 among them.
    """
    values = np.asarray(losses, dtype=float)
    if values.min() == values.max():
        return np.zeros_like(values)
    # A power of two loses no digit, and leaves room to square and to add.
    _, exponent = math.frexp(float(np.abs(values).max()))
    scaled = np.ldexp(values, -exponent)
    return _standard(_bent(_standard(scaled)))


def _loss(problem: Problem, entry: Entry) -> float | None:
    value = entry.values[0] if entry.values else None
    if value is None or not math.isfinite(value):
        return None
    return -value if problem.objectives[0].goal == "Maximize" else value


def _standard(values: Any) -> Any:
    shifted = values - values.mean()
    deviation = shifted.std()
    return shifted / deviation if deviation > 0 else np.zeros_like(values)


def _bent(values: Any) -> Any:
    from scipy.optimize import minimize_scalar
    from scipy.stats import yeojohnson, yeojohnson_llf

    if not values.any():
        return values
    found = minimize_scalar(lambda power: -yeojohnson_llf(power, values), bounds=(-1, 3), method="bounded")
    return yeojohnson(values, found.x)
