"""What is run for the report, fixed before anything was measured.

scikit-optimize stops at 64, on the held-out half: a run of 200 would take it an hour. The runs of
200 evaluations are of the held-out half, with fewer seeds, and of the problem of 20 dimensions that is
not in it: no mean evens out its chance, so it has as many seeds as the short runs. The short runs of the
held-out half with 8 workers have twice the seeds, but for scikit-optimize's: five told after how many
evaluations a regret is reached to within eight only.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.search.fronts import FRONTS
from tests.benchmarks.search.kept import Job
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.problems import ALL, HELD_OUT, TWENTY
from tests.benchmarks.search.several import OTHERS, SEVERAL

OURS = "Bayesian"
OUR_SEVERAL = tuple(SEVERAL + name for name in ("Bayesian", "TPE", "NSGA2", "PESA2"))
WORKERS = (1, 8)
SHORT, LONG = 64, 200
SEEDS = {16: 5, SHORT: 5, LONG: 2}
TWICE = 10  # of short runs of the held-out half, with 8 workers
ALONE = tuple(problem for problem in TWENTY if problem not in HELD_OUT)
FRONT_SEEDS = 3


def jobs(name: str) -> list[Job]:
    """The runs of a search that the report wants."""
    if name.startswith(SEVERAL):
        return _jobs(FRONTS, FRONT_SEEDS, (1,), LONG)
    if name == "scikit-optimize":
        return _jobs(HELD_OUT, SEEDS[SHORT], WORKERS, SHORT)
    return _planned(ALL, SHORT) + _planned((*HELD_OUT, *ALONE), LONG)


def seeds(problem: str, workers: int, evaluations: int) -> int:
    """How many runs of this length a problem has with so many workers."""
    if problem in HELD_OUT and workers == 8 and evaluations <= SHORT:
        return TWICE
    return SEEDS[SHORT if problem in ALONE else evaluations]


def names() -> list[str]:
    """All searches, ours last."""
    return [*PEERS, *OTHERS, OURS, *OUR_SEVERAL]


def _planned(problems: Sequence[str], evaluations: int) -> list[Job]:
    return [
        job
        for workers in WORKERS
        for problem in problems
        for job in _jobs([problem], seeds(problem, workers, evaluations), [workers], evaluations)
    ]


def _jobs(problems: Sequence[str], seeds: int, workers: Sequence[int], evaluations: int) -> list[Job]:
    return [
        Job(problem, seed, number, evaluations)
        for number in workers
        for seed in range(seeds)
        for problem in problems
    ]
