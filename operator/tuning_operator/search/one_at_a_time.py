"""OneAtATime: one parameter varied at a time, from the baseline, then from the best so far.

What the field's guides teach: of two trials that differ in one thing, that thing
made the difference. The baseline is the first initial trial, or the middle of the
space. Once each of its neighbours has been tried, the best trial so far is varied
likewise, by steps that halve from round to round.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuning_operator.api import ParameterValue
from tuning_operator.search.domain import Choices, Domain, Steps, is_unordered
from tuning_operator.search.feasibility import feasible
from tuning_operator.search.grid import LEVELS, WHOLE, levels
from tuning_operator.search.lessons import lessons
from tuning_operator.search.question import Question
from tuning_operator.search.random import random
from tuning_operator.search.space import Point, Values

ROUNDS = 12  # a step of 2⁻¹² of a range is the last one; then the rest of the space is drawn from


def one_at_a_time(question: Question) -> Values | None:
    """The next untried variation; where all have been tried, any other untried point."""
    start = _baseline(question)
    if question.untried(start):
        return start
    bases = [start] + [_best(question, start)] * ROUNDS
    points = (point for step, base in enumerate(bases) for point in _variations(question, base, step))
    return next((point for point in points if question.untried(point)), None) or random(question)


def _baseline(question: Question) -> Values:
    initial = question.problem.initial
    return _moved_in(question, initial[0] if initial else {})


def _best(question: Question, otherwise: Values) -> Values:
    learned = lessons(question.problem, question.history)
    allowed = [x for x in learned if x.entry.outcome == "Succeeded" and feasible(question.problem, x.entry)]
    if not allowed:
        return otherwise
    best = min(allowed, key=lambda lesson: (lesson.losses[0], lesson.entry.number))
    return _moved_in(question, best.entry.parameters)


def _moved_in(question: Question, values: Point) -> Values:
    """The searched space's point with these values, or the nearest ones that it has left of a parameter."""
    space = question.space
    near = {n: v if space.holds({n: v}) else _nearest(space.domains[n], v) for n, v in values.items()}
    return space.completed(near)


def _nearest(domain: Domain, value: ParameterValue) -> ParameterValue:
    return domain.at(domain.unit(value))


def _variations(question: Question, base: Values, step: int) -> Iterator[Values]:
    """The base with one parameter changed: every parameter's first other value, then every second one, …"""
    others = {name: _others(question, name, value, step) for name, value in base.items()}
    for place in range(max(map(len, others.values()), default=0)):
        for name, values in others.items():
            if place < len(values):
                yield question.space.completed({**base, name: values[place]})


def _others(question: Question, name: str, value: ParameterValue, step: int) -> list[ParameterValue]:
    """Other values of one parameter, the furthest first."""
    domain = question.space.domains[name]
    found = _near(domain, value, step) if step else _levels(question, name)
    place = domain.unit(value)
    kept = [v for v in dict.fromkeys(found) if v != value]
    return sorted(kept, key=lambda other: (-abs(domain.unit(other) - place), domain.unit(other)))


def _levels(question: Question, name: str) -> list[ParameterValue]:
    """What a grid would try, but of a long row of steps a few: the best so far is soon to be varied."""
    parameter = next(p for p in question.parameters if p.name == name)
    domain = levels(parameter)
    if isinstance(domain, Steps) and domain.count > WHOLE:
        return [domain.at(index / (LEVELS - 1)) for index in range(LEVELS)]
    assert isinstance(domain, Choices) or domain.count is not None
    return [domain.nth(index) for index in range(domain.count)]


def _near(domain: Domain, value: ParameterValue, step: int) -> list[ParameterValue]:
    """The values a share 2⁻ˢᵗᵉᵖ of the range to both sides; every one, where there is no order."""
    if is_unordered(domain):
        return list(domain.values)
    shift = max(2.0**-step, 1 / domain.count if domain.count else 0.0)
    place = domain.unit(value)
    return [domain.at(min(max(place + sign * shift, 0.0), 1.0)) for sign in (-1, 1)]
