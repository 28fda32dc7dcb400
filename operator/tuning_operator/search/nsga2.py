"""NSGA2: parents from the foremost fronts, and of one front from where it is thin.

Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002.
The generation is the trial's number divided by the population, and its parents are
finished trials of earlier ones, so that no trial ever waits for another.
"""

from __future__ import annotations

from tuning_operator.search.breeding import child, parents_of
from tuning_operator.search.lessons import Lesson, lessons
from tuning_operator.search.question import BREEDING, Question
from tuning_operator.search.ranking import crowding, fronts
from tuning_operator.search.sobol import sobol
from tuning_operator.search.space import Values


def nsga2(question: Question) -> Values | None:
    """A child of two tournaments' winners; of the first generation, the next Sobol point."""
    if question.used_up:
        return None
    population = question.problem.nsga2.population
    survivors = _survivors(question, population)
    if len(survivors) < 2:
        return sobol(question)
    generator = question.random(BREEDING)
    # Survivors come best first, so of two that meet the one that stands further ahead wins.
    mother, father = (survivors[int(generator.integers(len(survivors), size=2).min())] for _ in range(2))
    return child(question, mother.entry.parameters, father.entry.parameters, generator)


def _survivors(question: Question, population: int) -> list[Lesson]:
    """The best of all generations before, by front, then by room around them."""
    learned = parents_of(question, lessons(question.problem, question.history), population)
    survivors: list[Lesson] = []
    for leading in fronts(question.problem, learned):
        room = crowding([x.losses for x in leading])
        order = sorted(range(len(leading)), key=lambda i: (-room[i], leading[i].entry.number))
        survivors += [leading[i] for i in order]
        if len(survivors) >= population:
            break
    return survivors[:population]
