"""Grid: every combination once, in an order that is well mixed from the start.

Lists, bools and stepped numbers give all their values. A double without a step
is cut into LEVELS levels, even on its scale, both ends included; so is an int
without a step and with more than WHOLE values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b

from tuning_operator.api import Parameter
from tuning_operator.search.domain import Choices, Domain, Steps, domain
from tuning_operator.search.question import Question
from tuning_operator.search.space import Space, Values

LEVELS = 5
WHOLE = 10
ROUNDS = 6
NEAR = 1e-6  # of the range


def grid(question: Question) -> Values | None:
    """The grid's point for this trial's number, or the next one that is untried."""
    space = grid_space(question.parameters)
    size = space.size or 0
    first = question.number - 1 - len(question.problem.initial)
    ranks = (mixed((first + step) % size, size, question.problem.seed) for step in range(size))
    return next((point for point in map(space.nth, ranks) if question.untried(point)), None)


def grid_space(parameters: Sequence[Parameter]) -> Space:
    """The parameters with the levels that a grid tries; its `size` is the number of trials."""
    return Space(parameters, {p.name: levels(p) for p in parameters})


def levels(parameter: Parameter) -> Domain:
    """The values of a parameter that a grid tries."""
    values = domain(parameter)
    if isinstance(values, Choices):
        return values
    if isinstance(values, Steps) and (parameter.step is not None or values.count <= WHOLE):
        return values
    return Choices(tuple(dict.fromkeys(_even(parameter, values))), ordinal=True)


def _even(parameter: Parameter, values: Domain) -> list[float | int]:
    """LEVELS values, even on the parameter's scale, from min to max; ints are rounded."""
    assert parameter.min is not None
    assert parameter.max is not None
    log, ends = parameter.scale == "log", (parameter.min, parameter.max)
    low, high = (math.log(end) if log else end for end in ends)
    inner = (low * (1 - i / (LEVELS - 1)) + high * (i / (LEVELS - 1)) for i in range(1, LEVELS - 1))
    numbers = [ends[0], *(_short(math.exp(x) if log else x, *ends) for x in inner), ends[1]]
    whole = isinstance(values, Steps)
    return [round(n) if whole else float(n) for n in numbers]


def _short(number: float, low: float, high: float) -> float:
    """Without the digits that rounding left: 0.0001, not 0.00010000000000000009. Inside of low and high."""
    short = float(f"{number:.12g}")
    # In a range that is narrow for its height those digits tell the levels apart.
    near = abs(short - number) <= NEAR * (high - low)
    return min(max(short if near else number, low), high)


def mixed(position: int, size: int, seed: int) -> int:
    """A seeded permutation of 0 … size − 1, without making a list of them.

    A Feistel network over the next power of four, walked until it comes back
    into the range (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
    """
    half = max((size - 1).bit_length() + 1, 2) // 2
    while True:
        position = _feistel(position, half, seed)
        if position < size:
            return position


def _feistel(number: int, half: int, seed: int) -> int:
    left, right = number >> half, number & ((1 << half) - 1)
    for turn in range(ROUNDS):
        digest = blake2b(f"{seed} {turn} {right}".encode(), digest_size=32).digest()
        left, right = right, left ^ (int.from_bytes(digest, "big") & ((1 << half) - 1))
    return (left << half) | right
