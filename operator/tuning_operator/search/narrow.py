"""A smaller space around the best trials, for a stage that looks closer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tuning_operator.api import Parameter, ParameterValue
from tuning_operator.search.domain import Choices, domain
from tuning_operator.search.feasibility import feasible
from tuning_operator.search.importance import importance
from tuning_operator.search.lessons import Lesson, lessons
from tuning_operator.search.problem import Entry, Problem

LEAST = 2  # trials to draw a box around
MARGIN = 0.05  # of the whole range, added on both sides at least: the best may lie just outside


def narrowed(
    problem: Problem, history: Sequence[Entry], keep: float, freeze: float | None = None
) -> tuple[Parameter, ...]:
    """The parameters, by name, with ranges and values around the best trials.

    keep: the share, 0 … 1, of successful trials that are the best ones.
    freeze: a parameter whose importance is a smaller share than this keeps its value in the
        best trial; None: none does.
    A range with one value has min = max; of a bool, `values` are those that are left. Without
    a success the parameters are as they were.
    """
    best = _best(problem, history, keep)
    shares = importance(problem, history) if freeze is not None else {}
    return tuple(
        _fixed(p, best) if shares.get(p.name, 1.0) < (freeze or 0.0) else _around(p, best)
        for p in sorted(problem.parameters, key=lambda p: p.name)
    )


def _best(problem: Problem, history: Sequence[Entry], keep: float) -> list[Lesson]:
    """The best first; of trials that break a constraint only if there is none that does not."""
    successes = [x for x in lessons(problem, history) if x.entry.outcome == "Succeeded"]
    allowed = [x for x in successes if feasible(problem, x.entry)] or successes
    ranked = sorted(allowed, key=lambda x: (x.losses[0], x.entry.number))
    return ranked[: max(LEAST, math.ceil(keep * len(ranked)))]


def _values(parameter: Parameter, best: Sequence[Lesson]) -> list[ParameterValue]:
    return [x.entry.parameters[parameter.name] for x in best if parameter.name in x.entry.parameters]


def _fixed(parameter: Parameter, best: Sequence[Lesson]) -> Parameter:
    """With the value of the best trial that has the parameter."""
    values = _values(parameter, best)
    return _with(parameter, values[:1], 0.0) if values else parameter


def _around(parameter: Parameter, best: Sequence[Lesson]) -> Parameter:
    values = _values(parameter, best)
    return _with(parameter, values, MARGIN) if values else parameter


def _with(parameter: Parameter, values: Sequence[ParameterValue], margin: float) -> Parameter:
    """With a range that holds the values and a margin (0: none) on both sides; of choices, the values."""
    known = domain(parameter)
    places = [known.unit(value) for value in values]
    # The best of few trials lies beyond them more often than the best of many.
    wider = max(margin, (max(places) - min(places)) / (len(places) + 1)) if margin else 0.0
    low, high = max(min(places) - wider, 0.0), min(max(places) + wider, 1.0)
    if isinstance(known, Choices):
        kept = _between(known, low, high) if known.ordinal else [v for v in known.values if v in values]
        return _of_choices(parameter, kept)
    if not margin:
        return parameter.model_copy(update={"min": float(values[0]), "max": float(values[0])})
    return parameter.model_copy(update={"min": float(known.at(low)), "max": float(known.at(high))})


def _between(known: Choices, low: float, high: float) -> list[ParameterValue]:
    return [v for i, v in enumerate(known.values) if i <= high * known.count and i + 1 >= low * known.count]


def _of_choices(parameter: Parameter, values: Sequence[ParameterValue]) -> Parameter:
    if parameter.type == "discrete":
        return parameter.model_copy(update={"numbers": [float(v) for v in values]})
    if parameter.type == "bool":
        return parameter.model_copy(update={"values": [str(v).lower() for v in values]})
    if parameter.type == "categorical":
        return parameter.model_copy(update={"values": list(values)})
    return parameter  # a range that had one value all along
