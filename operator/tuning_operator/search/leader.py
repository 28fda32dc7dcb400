"""Which trial is the best when measurements are noisy."""

from __future__ import annotations

from collections.abc import Sequence

from tuning_operator.search.feasibility import feasible
from tuning_operator.search.lessons import chosen, lessons
from tuning_operator.search.problem import Entry, Problem


def leader(problem: Problem, history: Sequence[Entry]) -> int | None:
    """The number of the trial whose expected first objective is the best; None without a feasible success.

    The luckiest of many noisy measurements is better than it is: the expectation comes from a
    Gaussian process over all of them, in which trials near to one another and repeats of one
    trial share their evidence. Of a long history the best, the newest and some others count.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

    from tuning_operator.search.features import Features
    from tuning_operator.search.gp import GaussianProcess
    from tuning_operator.search.normal import normal
    from tuning_operator.search.space import Space

    learned = lessons(problem, sorted(history, key=lambda entry: entry.number))
    known = [learned[i] for i in chosen([x.losses[0] for x in learned])]
    allowed = [
        i for i, x in enumerate(known) if x.entry.outcome == "Succeeded" and feasible(problem, x.entry)
    ]
    if not allowed:
        return None
    features = Features(Space(problem.parameters))
    rows = features.rows([x.entry.parameters for x in known])
    doubt = np.array([1 / x.entry.repeats for x in known])
    with threadpool_limits(limits=1, user_api="blas"):
        model = GaussianProcess(rows, normal([x.losses[0] for x in known]), features.groups, doubt=doubt)
        means = model.mean(rows)
    return min((float(means[i]), known[i].entry.number) for i in allowed)[1]
