"""Asks for the next trial's parameters in a process of its own: fits are long, and the loop must turn."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Literal

from tuning_operator.api import Trial, TuningJob
from tuning_operator.engine.actions import StartTrial
from tuning_operator.engine.findings import Findings
from tuning_operator.engine.proposal import Proposed
from tuning_operator.errors import InternalError, MachineError
from tuning_operator.search.problem import Exhausted, Wait

Answer = Proposed | Wait | Exhausted


class Proposer:
    """One worker process, started at once and kept warm. It ends when its pipe does, however that comes."""

    def __enter__(self) -> Proposer:
        context = multiprocessing.get_context("spawn")  # a fork would copy the event loop's locks
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        # Ctrl-C reaches the whole foreground group; a worker that is being born must not die of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # it holds nothing: a fit that nobody waits for any more is not waited for
        self._process.join()
        self._pipe.close()

    async def propose(self, job: TuningJob, trials: Sequence[Trial], start: StartTrial) -> Answer:
        """What `engine.proposal.propose` answers."""
        asked = (job, list(trials), start.number, start.stage, start.basis)
        answer: Answer | str = await asyncio.to_thread(self._ask, "propose", asked)
        if isinstance(answer, str):
            raise InternalError(f"no parameters for trial {start.number}: {answer}")
        return answer

    async def find(self, job: TuningJob, trials: Sequence[Trial]) -> Findings:
        """What `engine.findings.find` answers."""
        answer: Findings | str = await asyncio.to_thread(self._ask, "find", (job, list(trials)))
        if isinstance(answer, str):
            raise InternalError(f"no advice on {job.metadata.name}: {answer}")
        return answer

    def _ask(self, what: Literal["propose", "find"], arguments: tuple[Any, ...]) -> Any:
        try:
            self._pipe.send((what, arguments))
            return self._pipe.recv()
        except (EOFError, OSError):
            raise MachineError(
                "the process that proposes parameters was killed, most likely because the machine ran "
                "out of memory; the same command goes on where it stopped"
            ) from None


def _serve(pipe: Connection) -> None:
    """The worker: answers questions until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    import tuning_operator.search.suggest  # noqa: F401 (now, while the command still reads its files)
    from tuning_operator.engine.findings import find
    from tuning_operator.engine.proposal import propose

    functions: dict[str, Callable[..., object]] = {"propose": propose, "find": find}
    while True:
        try:
            what, arguments = pipe.recv()
        except EOFError:
            return
        try:
            answer = functions[what](*arguments)
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        pipe.send(answer)
