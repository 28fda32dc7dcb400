"""Has `propose` compute parameters away from the event loop.

Cheap algorithms run in a thread: the hop to a process and the pickling of a long history would
take longer than they do. Bayesian fits run in a bounded pool of processes, warmed while nothing
is asked of it, because importing scipy takes seconds.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from tuning_operator.api import Basis, Objective, Parameter, Trial, TuningJob
from tuning_operator.engine.findings import Findings, find
from tuning_operator.engine.proposal import Proposed, propose
from tuning_operator.search.problem import Entry, Exhausted, Problem, Wait

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

CHEAP = {"Random", "Grid", "Sobol"}


class Proposer:
    """A pool of processes that proposes parameters, made anew when it breaks."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = self._make()

    def warm(self) -> None:
        """Import what proposals need, here and in each worker, in the background."""
        threading.Thread(target=_import_search, name="warm", daemon=True).start()
        self._pool.submit(_import_search)  # workers are spawned with the first task, all of them, and begin

    async def propose(
        self, job: TuningJob, trials: Sequence[Trial], number: int, stage: int, basis: Basis
    ) -> Proposed | Wait | Exhausted:
        """The engine's own `propose`, elsewhere."""
        of = job.spec.search.stages[stage - 1]
        if of.algorithm in CHEAP and of.narrow is None:
            return await asyncio.to_thread(propose, job, trials, number, stage, basis)
        return await self._in_pool(propose, job, [_lean(trial) for trial in trials], number, stage, basis)

    async def find(self, job: TuningJob, trials: Sequence[Trial]) -> Findings:
        """The engine's own `find`, elsewhere. Nothing to say, where it fails: no job hangs on that."""
        try:
            return await self._in_pool(find, job, [_lean(trial) for trial in trials])
        except Exception:
            logger.exception("no advice", extra={"job": f"{job.metadata.namespace}/{job.metadata.name}"})
            return Findings()

    async def _in_pool(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)
        except BrokenProcessPool:  # a worker was killed, for want of memory most likely
            if self._pool is pool:  # only the first to notice makes a new one
                pool.shutdown(wait=False)
                self._pool = self._make()
                self.warm()
            raise

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _make(self) -> ProcessPoolExecutor:
        # spawn: a fork would copy our threads' locks, held or not.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, context, initializer=_begin, initargs=(os.getpid(),))


def _lean(trial: Trial) -> Trial:
    """The trial without what no proposal looks at, because every byte is pickled."""
    return trial.model_copy(update={"status": trial.status.model_copy(update={"series": [], "runs": []})})


def _begin(parent: int) -> None:
    """Leave signals to the parent, but never outlive it: a worker waits for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    rehearse()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def rehearse() -> None:
    """Propose for a toy: much is imported only where it is needed, and so by the first proposal."""
    from tuning_operator.search.suggest import suggest  # takes a second to import; only the pool needs it

    x = Parameter(name="x", type="double", min=0, max=1)
    toy = Problem((x,), (Objective(metric="y", goal="Minimize"),), "Bayesian")
    told = [Entry(number, {"x": number / 4}, "Succeeded", (float(number),)) for number in (1, 2, 3)]
    suggest(toy, told[:1], [], 2)  # a point of the sequence; the first trial is the middle
    suggest(toy, told, [], 4)  # one that the model promises most of


def _import_search() -> None:
    import tuning_operator.search.suggest  # noqa: F401
