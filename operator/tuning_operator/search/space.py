"""All parameters together: which of them exist, how many points there are, and which point is which.

A parameter's `when` looks at one other parameter, so the parameters form a
forest. That makes a conditional space countable: the points below a value are
the product of the points of the children that exist at that value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from tuning_operator.api import Parameter, ParameterValue, When
from tuning_operator.api.when import allows
from tuning_operator.search.domain import Continuous, Domain, Finite, Steps, domain
from tuning_operator.search.errors import ImpossibleSpace

Values: TypeAlias = dict[str, ParameterValue]
Point: TypeAlias = Mapping[str, ParameterValue]
Key: TypeAlias = tuple[tuple[str, ParameterValue], ...]
"""What makes two points the same one: their active parameters, in order of name."""


@dataclass(frozen=True)
class Segment:
    """Neighbouring values of a parameter, index `start` up to `stop`, at which the same children exist."""

    start: int
    stop: int
    children: tuple[Node, ...]

    @cached_property
    def below(self) -> int:
        """Points below each of these values."""
        return math.prod(child.size or 0 for child in self.children)


@dataclass(frozen=True)
class Node:
    """A parameter with its values and the parameters that look at it, in order of name."""

    parameter: Parameter
    domain: Domain
    children: tuple[Node, ...]

    @cached_property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name

    def living(self, value: ParameterValue) -> tuple[Node, ...]:
        """The children that exist at this value."""
        return tuple([child for child, when in self._whens if allows(when, value)])

    @cached_property
    def _whens(self) -> list[tuple[Node, When]]:
        return [(child, child.parameter.when) for child in self.children if child.parameter.when]

    @cached_property
    def size(self) -> int | None:
        """How many points there are of this parameter and all below it; None: no end of them."""
        if isinstance(self.domain, Continuous):
            return None
        children = (child for segment in self.segments for child in segment.children)
        if any(child.size is None for child in children):
            return None
        return sum((s.stop - s.start) * s.below for s in self.segments)

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The values of a finite parameter, cut where the children that exist may change."""
        assert not isinstance(self.domain, Continuous)
        cuts = sorted(self._cuts(self.domain))
        return tuple(Segment(a, b, self.living(self.domain.nth(a))) for a, b in pairwise(cuts))

    def _cuts(self, values: Finite) -> set[int]:
        if not isinstance(values, Steps):
            return set(range(values.count + 1))
        cuts = {0, values.count}
        for when in (c.parameter.when for c in self.children if c.parameter.when):
            if when.min is not None:
                cuts.add(_count_below(values, when.min))
            if when.max is not None:
                cuts.add(_count_below(values, math.nextafter(when.max, math.inf)))
        return cuts

    def nth(self, rank: int) -> Iterator[tuple[str, ParameterValue]]:
        """Names and values of point number `rank`, 0 … size − 1, of this parameter and all below."""
        assert not isinstance(self.domain, Continuous)
        for segment in self.segments:
            width = (segment.stop - segment.start) * segment.below
            if rank < width:
                index, rest = divmod(rank, segment.below)
                yield self.name, self.domain.nth(segment.start + index)
                yield from _digits(segment.children, rest)
                return
            rank -= width


class Space:
    """A search space. `domains` replaces the parameters' own values, for a grid's levels."""

    def __init__(self, parameters: Sequence[Parameter], domains: Mapping[str, Domain] | None = None) -> None:
        ordered = sorted(parameters, key=lambda p: p.name)
        self.names = tuple(p.name for p in ordered)
        self.domains: dict[str, Domain] = {p.name: (domains or {}).get(p.name) or domain(p) for p in ordered}
        self.conditional = frozenset(p.name for p in ordered if p.when)
        self.roots = _forest(ordered, self.domains)

    @cached_property
    def size(self) -> int | None:
        """How many points there are; None: no end of them."""
        if any(root.size is None for root in self.roots):
            return None
        return math.prod(root.size or 0 for root in self.roots)

    def at(self, units: Sequence[float]) -> Values:
        """The point at a place in the unit cube, one number per parameter in order of name."""
        if not self.conditional:  # the same as below, in a third of the time
            return {n: values.at(unit) for (n, values), unit in zip(self.domains.items(), units, strict=True)}
        place = dict(zip(self.names, units, strict=True))
        return self.walk(lambda node: node.domain.at(place[node.name]))

    def nth(self, rank: int) -> Values:
        """Point number `rank`, 0 … size − 1, of a finite space."""
        return dict(sorted(_digits(self.roots, rank)))

    def own(self, values: Point) -> Values:
        """The same values in their parameters' own JSON types."""
        return {n: self.domains[n].own(v) if n in self.domains else v for n, v in sorted(values.items())}

    def key(self, values: Point) -> Key:
        """What makes a point this one and no other; parameters that do not exist there play no part."""
        if not self.conditional:  # the same as below, in half of the time
            return tuple((n, _same(own, values[n])) for n, own in self.domains.items() if n in values)
        return tuple(self.walk(lambda n: _same(n.domain, values[n.name]), values).items())

    def mark(self, values: Point) -> ParameterValue | None:
        """What points of one key have in common, soon told: the value of the root with the most values."""
        root = self._widest
        return _same(root.domain, values[root.name]) if root.name in values else None

    @cached_property
    def _widest(self) -> Node:
        return max(self.roots, key=lambda root: root.domain.count or math.inf)

    def within(self, key: Key) -> bool:
        """Whether a key is that of a point which `nth` can give."""
        values = dict(key)
        held = self.walk(lambda n: values[n.name], values)
        whole = self.walk(lambda n: values.get(n.name, n.domain.at(0)))
        return held == whole and all(_listed(self.domains[n], v) for n, v in key)

    def holds(self, values: Point) -> bool:
        """Whether every value is one of its parameter's: a narrowed space lacks some."""
        return all(name in self.domains and _listed(self.domains[name], v) for name, v in values.items())

    def completed(self, values: Point) -> Values:
        """The point with these values as far as they exist there, and the middle one of each other."""
        return self.walk(lambda n: values[n.name] if n.name in values else n.domain.at(0.5))

    def walk(self, pick: Callable[[Node], ParameterValue], known: Point | None = None) -> Values:
        """Picks a value for every parameter that exists (and is known, if a mapping is given)."""
        values: Values = {}
        open_ = list(self.roots)
        while open_:
            node = open_.pop()
            if known is None or node.name in known:
                values[node.name] = value = pick(node)
                if node.children:
                    open_ += node.living(value)
        return dict(sorted(values.items()))


def _digits(nodes: Sequence[Node], rank: int) -> Iterator[tuple[str, ParameterValue]]:
    """Point number `rank` of several independent parameters: one digit each."""
    for node in nodes:
        rank, digit = divmod(rank, node.size or 1)
        yield from node.nth(digit)


def _forest(parameters: Sequence[Parameter], domains: Mapping[str, Domain]) -> tuple[Node, ...]:
    below: dict[str | None, list[Parameter]] = {}
    for p in parameters:
        below.setdefault(p.when.parameter if p.when else None, []).append(p)

    def grow(parent: str | None) -> tuple[Node, ...]:
        return tuple(Node(p, domains[p.name], grow(p.name)) for p in below.pop(parent, []))

    roots = grow(None)
    if below:  # what no root leads to
        lost = sorted(p.name for group in below.values() for p in group)
        raise ImpossibleSpace(f"parameters {', '.join(lost)}: `when` names none, or they name one another")
    return roots


def _count_below(values: Steps, bound: float) -> int:
    """How many of the values are smaller than the bound."""
    low, high = 0, values.count
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if values.nth(middle) < bound else (low, middle)
    return low


def _same(values: Domain, value: ParameterValue) -> ParameterValue:
    """The value as the domain itself would write it, so that 0.30000000000000004 is the step 0.3."""
    if isinstance(values, Continuous):
        return values.own(value)
    index = values.index(value)
    return values.own(value) if index is None else values.nth(index)


def _listed(values: Domain, value: ParameterValue) -> bool:
    if isinstance(values, Continuous):
        return not isinstance(value, str) and values.min <= value <= values.max
    return values.index(value) is not None
