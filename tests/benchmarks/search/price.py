"""What a proposal costs with many finished trials: CPU seconds and memory, each in a process of its own.

    python -m tests.benchmarks.search.price Bayesian 1000 8

The process warms up on a few trials first, so that imports are not part of the price.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.search.priced import NINE, OURS, loss

ROOT = Path(__file__).resolve().parents[3]
FINISHED = (10, 100, 1_000, 10_000)
PENDING = (1, 8)
ASKS = 3
SECONDS = 300  # longer is not waited for


@dataclass(frozen=True)
class Price:
    """seconds: CPU of a proposal, the median of three; mebibytes: the process's peak."""

    seconds: float
    mebibytes: float


def price(name: str, finished: int, pending: int) -> Price | None:
    """Measured in a fresh process with one thread; None when it is not done within five minutes."""
    command = [sys.executable, "-m", __name__, name, str(finished), str(pending)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except subprocess.TimeoutExpired:
        return None
    return Price(**json.loads(done.stdout.splitlines()[-1]))


def _ours(name: str, finished: int, pending: int) -> Callable[[], object]:
    from tuning_operator.search import gp, suggest

    problem = OURS[name].problem()
    history, running = OURS[name].trials(finished, pending)

    def ask() -> object:
        gp.forget()  # or only the first ask would pay for the fit
        return suggest(problem, history, running, finished + pending + 1)

    return ask


def _optuna(name: str, finished: int, pending: int) -> Callable[[], object]:
    import optuna
    from optuna.trial import TrialState

    from tests.benchmarks.search.axes import axes, walk
    from tests.benchmarks.search.peers.optuna_search import suggested

    sampler = {
        "optuna-tpe": lambda: optuna.samplers.TPESampler(
            seed=0, multivariate=True, group=True, constant_liar=True
        ),
        "optuna-gp": lambda: optuna.samplers.GPSampler(seed=0),
    }[name]()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for number in range(finished + pending):
        trial = study.ask()
        point = walk(axes(NINE), lambda axis, trial=trial: suggested(trial, axis))
        if number < finished:
            study.tell(trial, loss(point))
    study.sampler = sampler

    def ask() -> None:
        trial = study.ask()
        walk(axes(NINE), lambda axis: suggested(trial, axis))
        study.tell(trial, state=TrialState.FAIL)

    return ask


def _seconds(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return time.process_time() - began


def _peak() -> float:
    """The largest resident set of this process, MiB (an executed process's own, unlike ru_maxrss)."""
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main() -> None:
    name, finished, pending = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    prepare = _ours if name in OURS else _optuna
    prepare(name, 12, 1)()
    ask = prepare(name, finished, pending)
    print(json.dumps({"seconds": median(_seconds(ask) for _ in range(ASKS)), "mebibytes": _peak()}))


if __name__ == "__main__":
    main()
