"""Our own search: `suggest`, called with nothing but its arguments."""

from __future__ import annotations

from collections.abc import Mapping

from tuning_operator.api import Objective, ParameterValue
from tuning_operator.search import Entry, Problem, Proposal, suggest

from tests.benchmarks.search.landscape import Landscape

Values = Mapping[str, ParameterValue]


class Ours:
    """One algorithm of ours."""

    def __init__(self, landscape: Landscape, seed: int, algorithm: str = "Bayesian") -> None:
        self._problem = Problem(
            landscape.parameters,
            (Objective(metric="loss", goal="Minimize"),),
            algorithm,  # type: ignore[arg-type]
            seed=seed,
        )
        self._history: list[Entry] = []
        self._pending: dict[int, Values] = {}

    def ask(self, number: int) -> Values | None:
        pending = [Entry(n, values) for n, values in self._pending.items()]
        answer = suggest(self._problem, self._history, pending, number)
        if not isinstance(answer, Proposal):
            return None
        self._pending[number] = answer.parameters
        return answer.parameters

    def tell(self, number: int, loss: float | None) -> None:
        values = self._pending.pop(number)
        outcome = "Diverged" if loss is None else "Succeeded"
        self._history.append(Entry(number, values, outcome, (loss,)))
