"""Sentences that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tuning_operator.api import Parameter, ParameterValue
from tuning_operator.search.domain import Choices, domain
from tuning_operator.search.feasibility import feasible
from tuning_operator.search.importance import importance
from tuning_operator.search.lessons import Lesson, lessons
from tuning_operator.search.problem import Entry, Problem

EDGE = 0.02  # of a range
IDLE = 0.02  # a smaller share of importance is none that a person would notice
ENOUGH = 20  # trials before anything is called without effect, or the search at its end
STILL = 0.5  # the share of trials without progress after which more of them hardly help


def advice(problem: Problem, history: Sequence[Entry]) -> list[str]:
    """What the trials say about the manifest: bounds in the way, idle parameters, a search at its end."""
    learned = [x for x in lessons(problem, history) if x.entry.outcome == "Succeeded"]
    allowed = [x for x in learned if feasible(problem, x.entry)]
    if not allowed or len(problem.objectives) > 1:
        return []
    best = min(allowed, key=lambda x: (x.losses[0], x.entry.number))
    shares = importance(problem, history)
    return [*_bounds(problem, best, shares), *_idle(shares, len(learned)), *_at_the_end(allowed, best)]


def _bounds(problem: Problem, best: Lesson, shares: Mapping[str, float]) -> Iterator[str]:
    for parameter in sorted(problem.parameters, key=lambda p: p.name):
        value = best.entry.parameters.get(parameter.name)
        if value is not None and shares.get(parameter.name, 0.0) >= IDLE:
            yield from _bound(parameter, value)


def _bound(parameter: Parameter, value: ParameterValue) -> Iterator[str]:
    known = domain(parameter)
    if isinstance(known, Choices) or (known.count is not None and known.count < 3):
        return
    # A step's place is the middle of its share.
    place, edge = known.unit(value), max(EDGE, 0.5 / known.count if known.count else 0.0)
    bounds = (("min", parameter.min, "lower", place), ("max", parameter.max, "raise", 1 - place))
    for bound, limit, mend, distance in bounds:
        if distance <= edge + 1e-9 and limit is not None:
            yield f"the best {parameter.name} {value:g} lies at its {bound} {limit:g}: {mend} {bound}"


def _idle(shares: Mapping[str, float], trials: int) -> Iterator[str]:
    if trials < ENOUGH or len(shares) < 2:
        return
    for name, share in shares.items():
        if share < IDLE:
            yield f"{name} hardly matters ({share:.1%} of the importance): fix it, or leave it out"


def _at_the_end(allowed: Sequence[Lesson], best: Lesson) -> Iterator[str]:
    since = sum(x.entry.number > best.entry.number for x in allowed)
    if len(allowed) >= ENOUGH and since >= STILL * len(allowed):
        yield f"the last {since} of {len(allowed)} trials found nothing better: more of them will hardly help"
