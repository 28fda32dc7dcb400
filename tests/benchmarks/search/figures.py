"""From runs to figures: means, paired differences with their intervals, evaluations to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tests.benchmarks.search.kept import Job, Kept
from tests.benchmarks.search.plan import seeds as planned_seeds

Curves = Mapping[tuple[str, int], Sequence[float]]
"""(problem, seed) → the regret after 1, 2, … evaluations."""

RESAMPLES = 10_000


def curves(runs: Kept, problems: Sequence[str], seeds: int, workers: int, evaluations: int) -> Curves:
    """Those runs that there are."""
    jobs = [Job(problem, seed, workers, evaluations) for problem in problems for seed in range(seeds)]
    found = {(job.problem, job.seed): runs.find(job) for job in jobs}
    return {key: run.regrets(evaluations) for key, run in found.items() if run}


def planned(runs: Kept, problems: Sequence[str], workers: int, evaluations: int) -> Curves:
    """Those runs of the plan that there are."""
    each = (curves(runs, [p], planned_seeds(p, workers, evaluations), workers, evaluations) for p in problems)
    return {key: curve for found in each for key, curve in found.items()}


def covered(of: Curves) -> set[str]:
    """The problems with a run."""
    return {problem for problem, _ in of}


def mean_curve(of: Curves) -> list[float]:
    """The mean regret after 1, 2, … evaluations: problems count alike, however many seeds they have."""
    problems = sorted(covered(of))
    each = [
        np.mean([curve for (name, _), curve in of.items() if name == problem], axis=0) for problem in problems
    ]
    return [float(x) for x in np.mean(each, axis=0)] if each else []


def difference(ours: Curves, peer: Curves, evaluations: int) -> tuple[float, float, float] | None:
    """Ours minus the peer's mean regret over the pairs (problem, seed) that both have run.

    With the 95 % interval of a bootstrap over these pairs (10,000 resamples, a fixed seed).
    None without a pair.
    """
    pairs = sorted(ours.keys() & peer.keys())
    if not pairs:
        return None
    gaps = np.array([ours[pair][evaluations - 1] - peer[pair][evaluations - 1] for pair in pairs])
    low, high = np.quantile(gaps[_resamples(len(gaps))].mean(axis=1), (0.025, 0.975))
    return float(gaps.mean()), float(low), float(high)


def there_by(ours: Curves, peer: Curves) -> int | None:
    """After how many evaluations our mean regret is no larger than the peer's in the end; None if never.

    Over the pairs that both have run, of which there must be one.
    """
    pairs = ours.keys() & peer.keys()
    target = mean_curve({pair: peer[pair] for pair in pairs})[-1]
    return reached(mean_curve({pair: ours[pair] for pair in pairs}), target)


def there_by_interval(ours: Curves, peer: Curves) -> tuple[float, float]:
    """The 95 % interval of `there_by`, of a bootstrap over the pairs; infinite where it is never.

    10,000 resamples, a fixed seed. A problem counts as often as it is drawn.
    """
    pairs = sorted(ours.keys() & peer.keys())
    mine, theirs = (np.array([of[pair] for pair in pairs]) for of in (ours, peer))
    found = [
        reached(mine[drawn].mean(axis=0), theirs[drawn, -1].mean()) or np.inf
        for drawn in _resamples(len(pairs))
    ]
    low, high = np.quantile(found, (0.025, 0.975), method="nearest")
    return float(low), float(high)


def _resamples(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """10,000 × count: which of so many pairs each resample has; the same each time."""
    return np.random.default_rng(0).integers(count, size=(RESAMPLES, count))


def reached(curve: Sequence[float], regret: float) -> int | None:
    """The first evaluation after which the mean regret is no larger and stays so; None if never."""
    above = [index for index, value in enumerate(curve, start=1) if value > regret]
    last = max(above, default=0)
    return last + 1 if last < len(curve) else None
