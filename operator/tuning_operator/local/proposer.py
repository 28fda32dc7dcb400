"""Asks for the next trial's parameters in a process of its own: fits are long, and the loop must turn."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from tuning_operator.api import Trial, TuningJob
from tuning_operator.engine.actions import StartTrial
from tuning_operator.engine.proposal import propose
from tuning_operator.errors import InternalError, MachineError
from tuning_operator.search.problem import Exhausted, Proposal, Wait


class Proposer:
    """One worker process, started at once and kept warm."""

    def __enter__(self) -> Proposer:
        self._pool = ProcessPoolExecutor(
            max_workers=1, mp_context=multiprocessing.get_context("spawn"), initializer=_initialise
        )
        # Ctrl-C reaches the whole foreground group; a worker that is just being born must not die of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._pool.submit(_warm)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def propose(
        self, job: TuningJob, trials: Sequence[Trial], start: StartTrial
    ) -> Proposal | Wait | Exhausted:
        """What `engine.proposal.propose` answers."""
        asked = (job, list(trials), start.number, start.stage, start.basis)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, propose, *asked)
        except BrokenProcessPool:
            raise MachineError(
                "the process that proposes parameters was killed, most likely because the machine ran "
                "out of memory; the same command goes on"
            ) from None
        except Exception as error:
            raise InternalError(f"no parameters for trial {start.number}: {error}") from error


def _initialise() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker holds both ends of its queue and would wait for ever when its parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _warm() -> None:
    """Import the search while the command still reads its files."""
    import tuning_operator.search.suggest  # noqa: F401
