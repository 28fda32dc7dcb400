"""How much each parameter matters for being among the best.

PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023): the further the distribution
of a parameter's values among the best trials is from that among all, by Pearson's
divergence, the more of the loss's variance it explains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tuning_operator.api import ParameterValue
from tuning_operator.search.domain import Choices, Domain
from tuning_operator.search.lessons import Lesson, lessons
from tuning_operator.search.problem import Entry, Problem
from tuning_operator.search.space import Space

LEAST = 8  # trials; fewer say nothing
TOP = 0.25  # the share of trials that count as the best
BINS = 64  # of the unit interval, on which the densities of numbers are compared
CHOICES = 20  # more values than this are compared as places on a scale


def importance(problem: Problem, history: Sequence[Entry]) -> dict[str, float]:
    """Each parameter's share, 0 … 1, together 1; empty if nothing can be said yet.

    Of several objectives the first counts. Trials of any outcome count as the search
    counts them: a failure is as bad as the worst value.
    """
    learned = sorted(lessons(problem, history), key=lambda x: (x.losses[0], x.entry.number))
    if len(learned) < LEAST or learned[0].losses[0] == learned[-1].losses[0]:
        return {}
    domains = Space(problem.parameters).domains
    found = {}
    for name, values in domains.items():
        # A stage that freezes it looks where the best are: its one value would seem to make them so.
        varied = [x for x in learned if name not in x.entry.frozen]
        found[name] = _divergence(values, name, varied, max(2, math.ceil(TOP * len(varied))))
    whole = sum(found.values())
    return {name: value / whole for name, value in found.items()} if whole > 0 else {}


def _divergence(domain: Domain, name: str, learned: Sequence[Lesson], top: int) -> float:
    """∫ (p_best / p_all − 1)² p_all, among the trials in which the parameter exists."""
    values = [
        (rank < top, x.entry.parameters[name]) for rank, x in enumerate(learned) if name in x.entry.parameters
    ]
    best = [value for good, value in values if good]
    if not best:
        return 0.0
    density = _shares if isinstance(domain, Choices) and domain.count <= CHOICES else _density
    among_best, among_all = density(domain, best), density(domain, [value for _, value in values])
    return sum((b / a - 1) ** 2 * a for b, a in zip(among_best, among_all, strict=True))


def _shares(domain: Domain, values: Sequence[ParameterValue]) -> list[float]:
    """How often each choice occurs; each is taken to have occurred once more, all together."""
    assert isinstance(domain, Choices)
    count = domain.count
    seen = [domain.index(value) for value in values]
    return [(seen.count(index) + 1 / count) / (len(seen) + 1) for index in range(count)]


def _density(domain: Domain, values: Sequence[ParameterValue]) -> list[float]:
    """A Parzen estimate with one normal kernel a value and an even prior, in BINS shares."""
    width = max(0.5 * len(values) ** -0.2 * _spread([domain.unit(v) for v in values]), 1 / BINS)
    shares = [1 / BINS] * BINS
    for value in values:
        centre = domain.unit(value)
        kernel = [math.exp(-0.5 * (((i + 0.5) / BINS - centre) / width) ** 2) for i in range(BINS)]
        whole = sum(kernel)
        shares = [share + k / whole for share, k in zip(shares, kernel, strict=True)]
    return [share / (len(values) + 1) for share in shares]


def _spread(units: Sequence[float]) -> float:
    mean = sum(units) / len(units)
    return math.sqrt(sum((unit - mean) ** 2 for unit in units) / len(units))
