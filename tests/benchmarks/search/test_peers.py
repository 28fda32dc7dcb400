"""Each peer proposes points of the space: right types, inside, on the step, what exists and no more."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits
from tuning_operator.api.when import active

from tests.benchmarks.search.axes import axes, axis
from tests.benchmarks.search.landscape import Landscape
from tests.benchmarks.search.ours import Ours
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.simulation import Run, Simulation
from tests.search.builders import fits, parameter

SPACE = (
    parameter("activation", "categorical", values=["linear", "relu", "gelu"], ordered=True),
    parameter("batch_size", "discrete", numbers=[128, 32, 64, 0.5]),
    parameter("dropout", "double", min=0, max=0.9, step=0.1),
    parameter("learning_rate", "double", min=1e-5, max=1e-1, scale="log"),
    parameter("layers", "int", min=1, max=3),
    parameter("momentum", "double", min=0, max=0.99, when={"parameter": "optimizer", "in": ["sgd"]}),
    parameter("nesterov", "bool", when={"parameter": "momentum", "min": 0.5}),
    parameter("optimizer", "categorical", values=["adam", "adamw", "sgd"]),
    parameter("units", "int", min=32, max=512, scale="log"),
    parameter("units_2", "int", min=8, max=64, step=8, when={"parameter": "layers", "min": 2}),
)


def loss(values: dict[str, object]) -> float | None:
    """Smallest at a learning rate of 0.001; fails where it is large."""
    rate = float(str(values["learning_rate"]))
    return None if rate > 0.05 else math.log10(rate / 1e-3) ** 2 + (values["optimizer"] != "sgd")


LANDSCAPE = Landscape("small", SPACE, loss, best=0.0, typical=1.0, seconds=lambda values: 1.0)  # type: ignore[arg-type]


def check(values: dict[str, object]) -> None:
    assert set(values) == active(SPACE, values)
    for each in SPACE:
        assert each.name not in values or fits(each, values[each.name]), (each.name, values)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small fits on a busy machine: more threads wait for one another."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("name", PEERS)
# The libraries' own warnings are theirs to mend.
@pytest.mark.filterwarnings("ignore")
def test_a_peer_proposes_points_of_the_space(name: str, workers: int) -> None:
    if PEERS[name].version is None:
        pytest.skip(f"{name} is not installed (see `make bench-search`)")
    search = PEERS[name].make(LANDSCAPE, 0, workers)
    for number in range(1, workers + 1):
        check(search.ask(number))
    search.tell(1, None)
    for number in range(2, workers + 1):
        search.tell(number, 0.5)
    run: Run = Simulation(_Checked(PEERS[name].make(LANDSCAPE, 0, workers)), LANDSCAPE, 0).run(workers, 11)
    assert run.finished == 11
    assert run.regrets(11)[-1] >= 0


def test_ours_proposes_points_of_the_space() -> None:
    run = Simulation(_Checked(Ours(LANDSCAPE, 0)), LANDSCAPE, 0).run(3, 11)
    assert run.finished == 11


class _Checked:
    def __init__(self, search) -> None:  # type: ignore[no-untyped-def]
        self._search = search

    def ask(self, number: int):  # type: ignore[no-untyped-def]
        values = self._search.ask(number)
        check(values)
        return values

    def tell(self, number: int, loss: float | None) -> None:
        self._search.tell(number, loss)


def test_a_place_in_an_order_is_a_level() -> None:
    steps = axis(parameter("dropout", "double", min=0, max=0.9, step=0.1))
    assert steps.levels == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    assert axis(parameter("size", "discrete", numbers=[128, 32, 0.5])).levels == (0.5, 32, 128)


@pytest.mark.parametrize(("unit", "value"), [(0.0, 1e-4), (0.5, 1e-2), (1 - 1e-16, 1.0)])
def test_a_log_scale_is_even_over_orders_of_magnitude(unit: float, value: float) -> None:
    assert axis(parameter("rate", "double", min=1e-4, max=1, scale="log")).at(unit) == pytest.approx(value)


def test_parents_come_before_their_children() -> None:
    names = [a.name for a in axes(SPACE)]
    assert names.index("optimizer") < names.index("momentum") < names.index("nesterov")
