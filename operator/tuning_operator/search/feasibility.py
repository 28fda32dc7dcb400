"""How likely a point keeps to the constraints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tuning_operator.api import Constraint
from tuning_operator.search.problem import Entry, Problem

if TYPE_CHECKING:
    from tuning_operator.search.features import Features


def excess(constraint: Constraint, value: float) -> float:
    """How far a value lies outside of the constraint; 0 or less inside."""
    below = -math.inf if constraint.min is None else constraint.min - value
    above = -math.inf if constraint.max is None else value - constraint.max
    return max(below, above)


def excesses(problem: Problem, entry: Entry) -> tuple[float | None, ...]:
    """The excess over each constraint; None where nothing finite was observed."""
    values = entry.constraints or (None,) * len(problem.constraints)
    return tuple(
        None if value is None or not math.isfinite(value) else excess(constraint, value)
        for constraint, value in zip(problem.constraints, values, strict=True)
    )


def outside(problem: Problem, entry: Entry) -> float:
    """How far the trial lies outside of all constraints together; infinitely where one was not observed."""
    return sum(math.inf if over is None else max(over, 0.0) for over in excesses(problem, entry))


def feasible(problem: Problem, entry: Entry) -> bool:
    """Whether the trial keeps to every constraint; one that was not observed is not kept."""
    return all(over is not None and over <= 0 for over in excesses(problem, entry))


class Feasibility:
    """A Gaussian process for each constraint's excess, whose prior is undecided everywhere."""

    def __init__(self, problem: Problem, entries: Sequence[Entry], features: Features) -> None:
        from tuning_operator.search.gp import GaussianProcess

        self._models = []
        table = [excesses(problem, entry) for entry in entries]
        for column in range(len(problem.constraints)):
            known = [
                (e, over) for e, row in zip(entries, table, strict=True) if (over := row[column]) is not None
            ]
            if known:
                rows = features.rows([e.parameters for e, _ in known])
                self._models.append(
                    GaussianProcess(rows, _scaled([over for _, over in known]), features.groups)
                )

    def log_probability(self, rows: Any) -> Any:
        """Logarithm of the probability that each row keeps to every constraint."""
        import numpy as np
        from scipy.special import log_ndtr

        total = np.zeros(len(rows))
        for model in self._models:
            mean, deviation = model.predict(rows)
            total += log_ndtr(-mean / deviation)
        return total


def _scaled(excesses: Sequence[float]) -> Any:
    """Without outliers and units, with the limit where it was, at 0."""
    import numpy as np

    values = np.asarray(excesses, dtype=float)
    # Of halves, because a median adds the two in the middle.
    usual = 2 * float(np.median(np.abs(values)[values != 0] / 2)) if values.any() else 1.0
    bent = np.arcsinh(np.clip(values / usual, -1e100, 1e100)) if usual > 0 else np.sign(values)
    size = float(np.sqrt(np.mean(bent**2)))
    return bent / size if size > 0 else bent
