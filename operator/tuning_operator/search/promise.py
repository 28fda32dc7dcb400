"""What the finished and the running trials say about points that nobody has tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tuning_operator.search.acquisition import ACQUISITIONS
from tuning_operator.search.feasibility import Feasibility, feasible
from tuning_operator.search.features import Features
from tuning_operator.search.lessons import Lesson, chosen
from tuning_operator.search.normal import normal
from tuning_operator.search.places import Places
from tuning_operator.search.prior import Prior
from tuning_operator.search.question import Question
from tuning_operator.search.scalar import scalar_losses
from tuning_operator.search.space import Point
from tuning_operator.search.surrogate import Observations, Surrogate, surrogate

# An improvement counts from here on, in standard deviations of the losses, times the square of the
# number of parameters. Without it the search may settle at a local minimum and polish its last digits
# for ever; the more parameters there are, the more small steps down lead nowhere else. Every fourth
# proposal polishes all the same. With several objectives each proposal looks for the minimum of
# another mix of them, so that none is polished for ever, however many parameters there are.
MARGIN = 2.5e-4
MANY = 20  # parameters; more ask for no more
MIXED = 2  # parameters, as whose number that of a search with several objectives counts
POLISH = 4

# Points whose promises differ by less are told apart by their place in the list, not by what
# another BLAS kernel makes of the last digits.
DIGITS = 9


def margin(number: int, parameters: int, objectives: int = 1) -> float:
    """How far trial `number` should get below the best loss, in standard deviations."""
    if number % POLISH == 0:
        return MARGIN
    return MARGIN * min(parameters, MANY if objectives == 1 else MIXED) ** 2


class Promise:
    """The models of one proposal, made from nothing.

    learned: what this job's trials teach; may be empty if there are earlier jobs' trials.
    earlier: what these teach.
    """

    def __init__(self, question: Question, learned: Sequence[Lesson], earlier: Prior) -> None:
        problem = question.problem
        losses = scalar_losses(question, learned) if learned else []
        keep = chosen(losses)
        known = [learned[i].entry for i in keep]
        losses = [losses[i] for i in keep]
        allowed = [feasible(problem, entry) for entry in known]
        self._features = Features(question.whole, len(problem.prior))
        self._whole, self._places = question.whole, Places(question.space)
        self._feasibility = Feasibility(problem, known, self._features)
        self._acquisition = ACQUISITIONS[problem.bayesian.acquisition]
        ranked = sorted(range(len(known)), key=lambda i: (not allowed[i], losses[i], known[i].number))
        self._by_loss: Sequence[Point] = [known[i].parameters for i in ranked]
        points = [entry.parameters for entry in known]
        running = [entry.parameters for entry in question.pending]
        self._model, experience = self._modelled(
            question, points, losses, [1 / e.repeats for e in known], earlier
        )
        # Running trials count: what one of them is expected to reach is no improvement for another.
        settled = [p for p, is_allowed in zip(points, allowed, strict=True) if is_allowed] + running
        self._by_loss = self._by_loss or experience
        self._margin = margin(question.number, len(question.space.names), len(problem.objectives))
        self._only_feasibility = bool(known) and not any(allowed)
        self._best = float(self._model.mean(self._features.rows(settled or points or experience)).min())

    def _modelled(
        self,
        question: Question,
        points: list[Point],
        losses: list[float],
        doubt: list[float],
        earlier: Prior,
    ) -> tuple[Surrogate, Sequence[Point]]:
        everything = [*points, *earlier.points]
        seen = Observations(
            rows=self._features.rows(everything, [*[0] * len(points), *earlier.jobs]),
            losses=np.concatenate([normal(losses) if losses else np.empty(0), earlier.losses]),
            groups=self._features.groups,
            pending=self._features.rows([entry.parameters for entry in question.pending]),
            doubt=np.array([*doubt, *[1.0] * len(earlier.points)]),
        )
        by_loss = np.argsort(earlier.losses, kind="stable").tolist()
        return surrogate(question, seen), [earlier.points[i] for i in by_loss]

    def good_trials(self, count: int) -> Any:
        """The places of trials with the smallest losses, feasible ones first; earlier jobs', if none."""
        return self._places.of(self._by_loss[:count])

    def best(self, places: Any, count: int) -> Any:
        """Of points of the searched space, the `count` that promise the most, the best first."""
        if not len(places):
            return places
        order = np.argsort(-np.round(self._scores(places), DIGITS), kind="stable")
        return places[order[:count]]

    def _scores(self, places: Any) -> Any:
        rows = self._features.at(self._places.moved(places, self._whole))
        likely = self._feasibility.log_probability(rows)
        if self._only_feasibility:
            return likely
        mean, deviation = self._model.predict(rows)
        return self._acquisition(mean, deviation, self._best - self._margin) + likely
