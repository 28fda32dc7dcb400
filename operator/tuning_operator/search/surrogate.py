"""Which model stands for the objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tuning_operator.search.question import Question


@dataclass(frozen=True)
class Observations:
    """What a model learns from.

    rows: n × columns, between 0 and 1. losses: n, standardised. groups: of each column,
    the index of its parameter. pending: rows of the running trials. doubt: of each row,
    its noise as a multiple of one measurement's.
    """

    rows: Any
    losses: Any
    groups: tuple[int, ...]
    pending: Any
    doubt: Any


class Surrogate(Protocol):
    """A model of the loss."""

    def mean(self, rows: Any) -> Any:
        """The expected loss at each row."""

    def predict(self, rows: Any) -> tuple[Any, Any]:
        """Mean and standard deviation at each row, with the running trials taken as known."""


def surrogate(question: Question, seen: Observations) -> Surrogate:
    """The model that the problem's options name."""
    kind = question.problem.bayesian.surrogate
    if kind == "GP":
        from tuning_operator.search.gp import GaussianProcess

        return GaussianProcess(seen.rows, seen.losses, seen.groups, pending=seen.pending, doubt=seen.doubt)
    from tuning_operator.search.trees import Trees

    return Trees(kind, question, seen)
