"""What is run for the report, fixed before anything was measured.

scikit-optimize stops at 64, on the held-out half: a run of 200 would take it an hour. The runs of
200 evaluations are of the held-out half and both problems of 20 dimensions, with fewer seeds; with 8 workers
Optuna's GP is not among them, for its price.
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
LONG_RUN = tuple(dict.fromkeys((*HELD_OUT, *TWENTY)))
SKOPT_SEEDS = 3
FRONT_SEEDS = 3


def jobs(name: str) -> list[Job]:
    """The runs of a search that the report wants."""
    if name.startswith(SEVERAL):
        return _jobs(FRONTS, FRONT_SEEDS, (1,), LONG)
    if name == "scikit-optimize":
        return _jobs(HELD_OUT, SKOPT_SEEDS, WORKERS, SHORT)
    short = _jobs(ALL, SEEDS[SHORT], WORKERS, SHORT)
    if name == "hyperopt":
        return short
    return short + _jobs(LONG_RUN, SEEDS[LONG], (1,) if name == "optuna-gp" else WORKERS, LONG)


def names() -> list[str]:
    """All searches, ours last."""
    return [*PEERS, *OTHERS, OURS, *OUR_SEVERAL]


def _jobs(problems: Sequence[str], seeds: int, workers: Sequence[int], evaluations: int) -> list[Job]:
    return [
        Job(problem, seed, number, evaluations)
        for number in workers
        for seed in range(seeds)
        for problem in problems
    ]
