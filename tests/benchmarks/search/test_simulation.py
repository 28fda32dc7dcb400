"""Simulated time, with a search and durations made up by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.benchmarks.search.landscape import Landscape
from tests.benchmarks.search.simulation import Run, Simulation, Step
from tests.benchmarks.search.synthetic import double

SECONDS = {1: 5.0, 2: 1.0, 3: 2.5, 4: 10.0, 5: 1.0, 6: 1.0, 7: 1.0, 8: 1.0}


class Script:
    """A search that evaluates x = 1, 2, …, and writes down what it is asked and told."""

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.log: list[str] = []
        self.told: list[int] = []

    def ask(self, number: int) -> dict[str, float] | None:
        self.log.append(f"ask {number}")
        return {"x": float(number)} if number <= self.most else None

    def tell(self, number: int, loss: float | None) -> None:
        self.log.append(f"tell {number}")
        self.told.append(number)


def falling(**fields: object) -> Landscape:
    """Later points are better: the loss of x is 10 − x, the median 10."""
    return Landscape(
        "falling",
        (double("x", 0, 10),),
        lambda values: 10 - float(values["x"]),
        best=0.0,
        typical=10.0,
        seconds=lambda values: SECONDS[int(values["x"])],
        **fields,  # type: ignore[arg-type]
    )


def ticking(tick: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += tick


def simulated(script: Script, workers: int, evaluations: int, tick: float = 0.0) -> Run:
    clock = ticking(tick)
    return Simulation(script, falling(), 0, lambda: next(clock)).run(workers, evaluations)


def test_one_worker_asks_and_tells_in_turn() -> None:
    script = Script()
    run = simulated(script, 1, 3)
    assert script.log == ["ask 1", "tell 1", "ask 2", "tell 2", "ask 3", "tell 3"]
    assert run.seconds == 8.5


def test_results_are_told_in_the_order_in_which_they_end() -> None:
    script = Script()
    simulated(script, 2, 4)
    # 2 ends at 1, 3 runs from 1 to 3.5, 4 from 3.5 to 13.5, 1 ends at 5, and 5 runs from 5 to 6.
    assert script.told == [2, 3, 1, 5]
    assert script.log[:5] == ["ask 1", "ask 2", "tell 2", "ask 3", "tell 3"]


def test_a_proposal_takes_the_time_that_it_took() -> None:
    run = simulated(Script(), 1, 2, tick=0.5)
    # Two asks and two tells of half a second each, around 5 + 1 seconds of evaluation.
    assert (run.seconds, run.cpu) == (8.0, 2.0)


def test_what_ended_during_a_proposal_is_told_before_the_next() -> None:
    script = Script()
    simulated(script, 4, 3, tick=1.0)
    # 1 runs from 1 to 6, 2 from 2 to 3; 3 is proposed from 2 to 3.
    assert script.log[:5] == ["ask 1", "ask 2", "ask 3", "tell 2", "ask 4"]


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    short, long_ = simulated(Script(), 2, 3), simulated(Script(), 2, 5)
    assert long_.steps[: len(short.steps)] == short.steps


def test_a_run_ends_when_nothing_is_left() -> None:
    run = simulated(Script(most=2), 2, 5)
    assert run.finished == 2


def test_the_incumbents_regret_holds_until_a_better_observation() -> None:
    run = Run([Step(2, 1.0, 0.5), Step(4, 2.0, 0.25)], finished=5)
    assert run.regrets(5) == [1.0, 0.5, 0.5, 0.25, 0.25]


def test_a_failed_evaluation_is_no_incumbent() -> None:
    landscape = replace(falling(), loss=lambda values: None if values["x"] == 1 else 10 - float(values["x"]))
    run = Simulation(Script(), landscape, 0, lambda: 0.0).run(1, 2)
    assert run.regrets(2) == [1.0, pytest.approx(0.8)]
