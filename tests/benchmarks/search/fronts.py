"""Problems of several objectives whose true front is known: ZDT, DTLZ2 and a table.

Zitzler, Deb and Thiele (2000); Deb, Thiele, Laumanns and Zitzler (2002). All objectives are made
smaller. What a search has found is the share of the true front's hypervolume that its points have,
up to a reference of 1.1 in each objective, where the true front spans 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from tuning_operator.api import Parameter, ParameterValue

from tests.benchmarks.search.synthetic import double
from tests.benchmarks.search.tables import read

Values = Mapping[str, ParameterValue]
REFERENCE = 1.1


@dataclass(frozen=True)
class Front:
    """A problem. objectives: how many; volume: the true front's hypervolume."""

    name: str
    parameters: tuple[Parameter, ...]
    objectives: int
    losses: Callable[[Values], tuple[float, ...]]
    volume: float

    def share(self, points: Sequence[tuple[float, ...]]) -> float:
        """The points' hypervolume as a share of the true front's: 0 to 1."""
        return _volume(np.array(points)) / self.volume


def _volume(points: np.ndarray) -> float:
    from moocore import hypervolume

    return float(hypervolume(points, ref=[REFERENCE] * points.shape[1]))


def _variables(count: int) -> tuple[Parameter, ...]:
    return tuple(double(f"x{i:02}", 0, 1) for i in range(count))


def _numbers(values: Values) -> list[float]:
    return [float(values[name]) for name in sorted(values)]


def _zdt(name: str, second: Callable[[float, float], float], volume: float) -> Front:
    def losses(values: Values) -> tuple[float, ...]:
        first, *others = _numbers(values)
        return first, second(first, 1 + 9 * sum(others) / len(others))

    return Front(name, _variables(10), 2, losses, volume)


def zdt1() -> Front:
    """A convex front. The volume is that of 1 − √f, up to the reference."""
    return _zdt("zdt1", lambda f, g: g * (1 - math.sqrt(f / g)), 0.1 + 2 / 3 + 0.11)


def zdt2() -> Front:
    """A front bent the other way."""
    return _zdt("zdt2", lambda f, g: g * (1 - (f / g) ** 2), 0.1 + 1 / 3 + 0.11)


def zdt3() -> Front:
    """A front in five pieces; its volume is that of 100,001 points."""

    def second(f: float, g: float) -> float:
        return g * (1 - math.sqrt(f / g) - f / g * math.sin(10 * math.pi * f))

    first = np.linspace(0, 1, 100_001)
    front = np.column_stack([first, 1 - np.sqrt(first) - first * np.sin(10 * np.pi * first)])
    return _zdt("zdt3", second, _volume(front))


def dtlz2() -> Front:
    """An eighth of a sphere over 12 variables."""

    def losses(values: Values) -> tuple[float, ...]:
        first, second, *others = _numbers(values)
        radius = 1 + sum((x - 0.5) ** 2 for x in others)
        a, b = first * math.pi / 2, second * math.pi / 2
        flat = radius * math.cos(a)
        return flat * math.cos(b), flat * math.sin(b), radius * math.sin(a)

    return Front("dtlz2", _variables(12), 3, losses, REFERENCE**3 - math.pi / 6)


def nasbench201() -> Front:
    """NAS-Bench-201 on cifar10: accuracy, model size and training time, scaled by the true front."""
    table = read("nasbench201-cifar10")
    raw = np.column_stack(
        [-table.metrics["val_acc"], table.metrics["model_size"], table.metrics["train_time"]]
    )
    best = raw[_undominated(raw)]
    scaled = (raw - best.min(axis=0)) / (best.max(axis=0) - best.min(axis=0))

    def losses(values: Values) -> tuple[float, ...]:
        return tuple(float(x) for x in scaled[table.row(values)])

    return Front("nasbench201", table.parameters, 3, losses, _volume(scaled))


def _undominated(points: np.ndarray) -> np.ndarray:
    from moocore import is_nondominated

    return np.asarray(is_nondominated(points))


FRONTS = {"zdt1": zdt1, "zdt2": zdt2, "zdt3": zdt3, "dtlz2": dtlz2, "nasbench201": nasbench201}


@cache
def front(name: str) -> Front:
    """The problem of this name."""
    return FRONTS[name]()
