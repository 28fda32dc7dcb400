"""What the finished and the running trials say about points that nobody has tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuning_operator.api import ParameterValue
from tuning_operator.search.acquisition import log_expected_improvement
from tuning_operator.search.features import Features
from tuning_operator.search.losses import Lesson, chosen, normal, spread
from tuning_operator.search.question import Question
from tuning_operator.search.space import Values
from tuning_operator.search.surrogate import Surrogate

# The hyperparameters need fewer trials than the model itself, and cost far more.
TEACHERS = 150

# An improvement counts from here on, in standard deviations of the losses. Without it the search
# may settle at a local minimum and polish its last digits for ever.
MARGIN = 1e-3


class Promise:
    """The model of one proposal, made from nothing."""

    def __init__(self, question: Question, learned: Sequence[Lesson]) -> None:
        known = chosen(learned)
        self._by_loss = sorted(range(len(known)), key=lambda i: (known[i].loss, i))
        self._trials = [lesson.entry.parameters for lesson in known]
        self._features = Features(question.space)
        rows = self._features.rows(self._trials)
        running = self._features.rows([entry.parameters for entry in question.pending])
        losses = normal([lesson.loss for lesson in known])
        teachers = [self._by_loss[i] for i in spread(len(known), TEACHERS)]
        self._model = Surrogate(rows, losses, running, self._features.groups, teachers)

    def good_trials(self, count: int) -> list[Mapping[str, ParameterValue]]:
        """Parameters of the trials with the smallest losses."""
        return [self._trials[i] for i in self._by_loss[:count]]

    def best(self, points: Sequence[Values], count: int) -> list[Values]:
        """The `count` points that promise the most, the best first."""
        if not points:
            return []
        order = np.argsort(-self._scores(points), kind="stable")
        return [points[i] for i in order[:count].tolist()]

    def _scores(self, points: Sequence[Values]) -> Any:
        rows = self._features.rows(points)
        mean, deviation = self._model.mean(rows), self._model.deviation(rows)
        return log_expected_improvement(mean, deviation, self._model.best - MARGIN)
