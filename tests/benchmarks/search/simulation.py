"""Runs a search on simulated time: workers that evaluate at once, and one proposer.

Asking and telling take the CPU time that they took on this machine, one after the other; an
evaluation takes its simulated duration. A result is told before the next proposal that begins
after it. All workers are busy until the last evaluation that counts has finished, so a shorter run
is the beginning of a longer one.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tuning_operator.api import ParameterValue

from tests.benchmarks.search.landscape import Landscape

Values = Mapping[str, ParameterValue]


class Search(Protocol):
    """What is measured. Numbers are 1, 2, …; a loss of None is a failed evaluation."""

    def ask(self, number: int) -> Values | None:
        """What to evaluate next; None: there is nothing left."""

    def tell(self, number: int, loss: float | None) -> None:
        """What trial `number` has observed."""


@dataclass(frozen=True)
class Step:
    """The best observation got better: after `finished` evaluations, at simulated `seconds`.

    regret: of that point, without noise; so with noise it may rise.
    """

    finished: int
    seconds: float
    regret: float


@dataclass
class Run:
    """How a run went. seconds: simulated, in all; cpu: seconds of all asks and tells together."""

    steps: list[Step] = field(default_factory=list)
    finished: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    def regrets(self, evaluations: int) -> list[float]:
        """The incumbent's regret after 1, 2, … evaluations; 1 while every one has failed."""
        found, regret = [], 1.0
        rises = {step.finished: step.regret for step in self.steps}
        for finished in range(1, evaluations + 1):
            regret = rises.get(finished, regret)
            found.append(regret)
        return found


@dataclass(order=True)
class _Running:
    ends: float
    number: int
    values: Values = field(compare=False)


class Simulation:
    """One run of a search. clock: CPU seconds."""

    def __init__(
        self, search: Search, landscape: Landscape, seed: int, clock: Callable[[], float] = time.process_time
    ) -> None:
        self._search, self._landscape, self._seed, self._clock = search, landscape, seed, clock
        self._running: list[_Running] = []
        self._started = 0
        self._lowest = math.inf
        self._run = Run()

    def run(self, workers: int, evaluations: int) -> Run:
        """Until `evaluations` have finished, or there is nothing left to evaluate."""
        left = True
        while self._run.finished < evaluations:
            if self._running and (self._is_due() or len(self._running) == workers or not left):
                self._finish()
            elif left:
                left = self._start()
            else:
                break
        return self._run

    def _is_due(self) -> bool:
        return self._running[0].ends <= self._run.seconds

    def _start(self) -> bool:
        number = self._started + 1
        values = self._timed(lambda: self._search.ask(number))
        if values is None:
            return False
        self._started = number
        ends = self._run.seconds + self._landscape.duration(values, self._seed, number)
        heapq.heappush(self._running, _Running(ends, number, values))
        return True

    def _finish(self) -> None:
        done = heapq.heappop(self._running)
        self._run.finished += 1
        self._run.seconds = max(self._run.seconds, done.ends)
        observed = self._landscape.observe(done.values, self._seed, done.number)
        if observed is not None and observed < self._lowest:
            self._lowest = observed
            regret = self._landscape.regret(self._landscape.loss(done.values))
            self._run.steps.append(Step(self._run.finished, done.ends, regret))
        self._timed(lambda: self._search.tell(done.number, observed))

    def _timed(self, call: Callable[[], Values | None]) -> Values | None:
        began = self._clock()
        answer = call()
        spent = self._clock() - began
        self._run.cpu += spent
        self._run.seconds += spent
        return answer
