"""Bayesian: a Gaussian process says where the loss may fall the most.

The first trial stands in the middle of the space: people choose ranges around what they hold to
be sensible. The next come from a Sobol sequence around it: a handful of points says more about the
middle of many ranges than about their corners, where almost all of the space lies. After that every
proposal fits a model from nothing, and takes the untried point with the largest expected
improvement among candidates from everywhere and, in shrinking rounds, from
around the most promising ones. No gradient polishes that: a search among a
finite list gives the same point on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuning_operator.search.question import BAYESIAN, Question
from tuning_operator.search.sobol import sobol
from tuning_operator.search.space import Values

if TYPE_CHECKING:
    from tuning_operator.search.candidates import Candidates
    from tuning_operator.search.promise import Promise

START = 10  # trials before the first model, at most
INNER = 0.6  # the share of each range that they come from, around its middle
ANYWHERE = 1000
NEAR_BEST = 300
RADIUS = 0.1
FEW = 5  # the best few that candidates are drawn around
ROUNDS = (0.3, 0.2, 0.1, 0.05, 0.03, 0.01, 0.003)  # how far each round looks, as shares of a range
PER_ROUND = 100


def bayesian(question: Question) -> Values | None:
    """The untried point that promises the most; None when there is none."""
    if question.used_up:
        return None
    if question.number <= min(START, 2 + len(question.space.names)) and not _knows_earlier(question):
        return _start(question)
    return _modelled(question) or sobol(question)


def _knows_earlier(question: Question) -> bool:
    """Whether earlier jobs have trials with a place in this space: a model of them is the better start."""
    if not question.problem.prior:
        return False
    from tuning_operator.search.prior import prior

    return len(prior(question).points) > 0


def _start(question: Question) -> Values | None:
    """The middle of the space, each log scale's own, once what the user wants to try has been proposed."""
    if question.number == len(question.problem.initial) + 1:
        middle = question.space.at([0.5] * len(question.space.names))
        if question.untried(middle):
            return middle
    return sobol(question, INNER)


def _modelled(question: Question) -> Values | None:
    """The best candidate, or None while fewer than two trials, earlier jobs' included, say something."""
    # Imported here: scikit-learn takes a second, which other algorithms need not wait for.
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

    from tuning_operator.search.lessons import lessons
    from tuning_operator.search.prior import prior
    from tuning_operator.search.promise import Promise

    learned, earlier = lessons(question.problem, question.history), prior(question)
    if len(learned) + len(earlier.points) < 2:
        return None
    # Small matrices: more threads only get in one another's way.
    with threadpool_limits(limits=1, user_api="blas"):
        return _most_promising(question, Promise(question, learned, earlier))


def _most_promising(question: Question, promise: Promise) -> Values | None:
    from tuning_operator.search.candidates import Candidates

    candidates = Candidates(question, question.random(BAYESIAN))
    few = candidates.everything(ANYWHERE)
    best = _nearer_and_nearer(candidates, promise) if few is None else promise.best(few, FEW)
    points = map(question.space.at, best.tolist())
    # A double's place may differ in its last bit from that of the trial which stands on it.
    return next((point for point in points if question.untried(point)), None)


def _nearer_and_nearer(candidates: Candidates, promise: Promise) -> Any:
    """The places of the best few; none if all that were drawn were tried: the space is all but used up."""
    import numpy as np

    near = candidates.around(promise.good_trials(FEW), NEAR_BEST, RADIUS)
    best = promise.best(np.vstack([candidates.anywhere(ANYWHERE), near]), FEW)
    for radius in ROUNDS if len(best) else ():
        best = promise.best(np.vstack([best, candidates.around(best, PER_ROUND, radius)]), FEW)
    return best
