"""Children of two trials: crossover and mutation.

Simulated binary crossover and polynomial mutation (Deb and Agrawal, 1995; Deb and
Goyal, 1996) on the unit cube; values without an order are inherited or drawn anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuning_operator.search.domain import is_unordered
from tuning_operator.search.lessons import Lesson
from tuning_operator.search.question import Question
from tuning_operator.search.random import random
from tuning_operator.search.space import Point, Values

if TYPE_CHECKING:
    import numpy as np

CROSSOVER = 0.9  # Deb et al., 2002, section IV
CROSSOVER_INDEX = 15.0
MUTATION_INDEX = 20.0
DRAWS = 50


def parents_of(question: Question, learned: list[Lesson], population: int) -> list[Lesson]:
    """Lessons from generations before this trial's own: nobody waits for the rest of a generation."""
    generation = (question.number - 1) // population
    return [x for x in learned if (x.entry.number - 1) // population < generation]


def child(question: Question, mother: Point, father: Point, generator: np.random.Generator) -> Values | None:
    """An untried child of two points; one of the whole space, if all that were drawn had been tried."""
    for _ in range(DRAWS):
        point = question.space.at(_place(question, mother, father, generator))
        if question.untried(point):
            return point
    return random(question)


def _place(question: Question, mother: Point, father: Point, generator: np.random.Generator) -> list[float]:
    names = question.space.names
    crossed = bool(generator.random() < CROSSOVER)
    place = []
    for name in names:
        values = question.space.domains[name]
        draws = generator.random(4).tolist()
        genes = [values.unit(p[name]) for p in (mother, father) if name in p]
        if not genes:  # neither parent has it: anywhere
            place.append(draws[0])
        elif is_unordered(values):
            inherited = genes[-1] if crossed and draws[0] < 0.5 else genes[0]
            place.append(draws[2] if draws[1] < 1 / len(names) else inherited)
        else:
            gene = _crossed(genes, draws[0], draws[1]) if crossed else genes[0]
            place.append(_mutated(gene, draws[3]) if draws[2] < 1 / len(names) else gene)
    return place


def _crossed(genes: list[float], spread: float, side: float) -> float:
    mother, father = genes[0], genes[-1]
    power = 1 / (CROSSOVER_INDEX + 1)
    beta = (2 * spread) ** power if spread <= 0.5 else (1 / (2 * (1 - spread))) ** power
    sign = 1 if side < 0.5 else -1
    return _inside(0.5 * (mother + father + sign * beta * (mother - father)))


def _mutated(gene: float, draw: float) -> float:
    power = 1 / (MUTATION_INDEX + 1)
    shift = (2 * draw) ** power - 1 if draw < 0.5 else 1 - (2 * (1 - draw)) ** power
    return _inside(gene + shift)


def _inside(gene: float) -> float:
    return min(max(gene, 0.0), 1.0)
