"""Random: every parameter independent and even over its scale."""

from __future__ import annotations

from tuning_operator.search.question import RANDOM, Question
from tuning_operator.search.space import Values

# In a space that is almost used up, drawing gives way to looking for what is left.
DRAWS = 200


def random(question: Question) -> Values | None:
    """An untried point; each is as likely as the place it takes in the unit cube."""
    if question.used_up:
        return None
    generator = question.random(RANDOM)
    for _ in range(DRAWS):
        point = question.space.at(generator.random(len(question.space.names)).tolist())
        if question.untried(point):
            return point
    return question.remaining()
