"""The curves of a trial: what was reported at each step, for its record and its checkpoints."""

from collections.abc import Mapping
from typing import Any

from tuning_trial.record import Observation

MOST = 10_000  # steps kept; a program that reports more of them has every second one, then every fourth, …


class Curves:
    """Metrics by step. Of more than MOST steps every second one is kept, again and again; the last always."""

    def __init__(self) -> None:
        self._steps: dict[int, dict[str, float]] = {}

    def add(self, new: Observation) -> None:
        """Add one observation; several of the same step are one."""
        self._steps.setdefault(new.step, {}).update(new.metrics)
        if len(self._steps) > MOST:
            self._steps = dict(list(self._steps.items())[::2])

    def rows(self) -> list[dict[str, Any]]:
        """Return one mapping for each step, `step` first, in the order in which they were reported."""
        return [{"step": step, **metrics} for step, metrics in list(self._steps.items())]

    @classmethod
    def of(cls, rows: list[Mapping[str, Any]]) -> "Curves":
        """Make curves of the rows of others."""
        curves = cls()
        for row in rows:
            metrics = {name: float(value) for name, value in row.items() if name != "step"}
            curves.add(Observation(int(row["step"]), metrics))
        return curves
