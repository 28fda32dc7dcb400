"""Which proposals of ours are priced: each algorithm, each kind of Bayesian, and what is dear to each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tuning_operator.api import (
    BayesianOptions,
    Constraint,
    NSGA2Options,
    Objective,
    Parameter,
    ParameterValue,
    PESA2Options,
)
from tuning_operator.search import Entry, Problem

from tests.benchmarks.search.landscape import draw
from tests.benchmarks.search.synthetic import choice, double, integer

Values = Mapping[str, ParameterValue]

NUMBERS: tuple[Parameter, ...] = (
    double("learning_rate", 1e-5, 1e-1, scale="log"),
    double("weight_decay", 1e-7, 1e-2, scale="log"),
    double("dropout", 0, 0.8),
    double("momentum", 0, 0.99, step=0.01),
    integer("units", 16, 1024, scale="log"),
    integer("layers", 1, 8),
)
NINE = (
    *NUMBERS,
    choice("optimizer", "adam", "adamw", "sgd"),
    choice("activation", "relu", "gelu", "tanh", "elu"),
    choice("size", "small", "medium", "large", ordered=True),
)
NINE_NUMBERS = (
    *NUMBERS,
    double("warmup", 0, 0.3),
    double("smoothing", 0, 0.2),
    integer("batch_size", 8, 512, scale="log"),
)
CHOICES = tuple(choice(f"c{i:02}", *(f"{j}" for j in range(64))) for i in range(16))  # a thousand columns
WIDE = tuple(double(f"x{i:02}", 0, 1) for i in range(64))
CHAIN = tuple(
    double(f"x{i:02}", 0, 1, **({"when": {"parameter": f"x{i - 1:02}", "min": 0}} if i else {}))
    for i in range(64)
)
"""Each parameter exists where the one before it does; all of them do everywhere, which is the dearest."""
LARGE = math.log(256) * 4  # about half of the random points are larger


@dataclass(frozen=True)
class Priced:
    """An algorithm with what is asked of it.

    objectives: 1, the loss, or 2, the model's size too. constrained: whether the size has a limit.
    population: of NSGA2 and PESA2. front: whether no trial beats another, whatever its loss and size.
    """

    algorithm: str
    parameters: tuple[Parameter, ...] = NINE
    surrogate: str = "GP"
    objectives: int = 1
    constrained: bool = False
    population: int = 20
    front: bool = False

    def problem(self) -> Problem:
        return Problem(
            self.parameters,
            tuple(Objective(metric=name, goal="Minimize") for name in ("loss", "size")[: self.objectives]),
            self.algorithm,  # type: ignore[arg-type]
            constraints=(Constraint(metric="size", max=LARGE),) if self.constrained else (),
            bayesian=BayesianOptions.model_validate({"surrogate": self.surrogate}),
            nsga2=NSGA2Options(population=self.population),
            pesa2=PESA2Options(population=self.population),
        )

    def trials(self, finished: int, pending: int) -> tuple[list[Entry], list[Entry]]:
        """Finished trials of random points, then running ones."""
        points = draw(self.parameters, finished + pending)
        history = [self._finished(number, point) for number, point in enumerate(points[:finished], start=1)]
        return history, [Entry(n, p) for n, p in enumerate(points[finished:], start=finished + 1)]

    def _finished(self, number: int, point: Values) -> Entry:
        if self.front:
            return Entry(number, point, "Succeeded", (float(number), -float(number)))
        told = (loss, size) if "learning_rate" in point else (away,)
        values = tuple(of(point) for of in told[: self.objectives])
        return Entry(number, point, "Succeeded", values, (size(point),) if self.constrained else ())


def loss(point: Values) -> float:
    """Smooth, a choice in it where there is one."""
    away = math.log10(float(point["learning_rate"]) / 1e-3) ** 2 + (float(point["dropout"]) - 0.3) ** 2
    return away + 0.5 * (point.get("optimizer") == "sgd") + 0.1 * abs(float(point["layers"]) - 4)


def away(point: Values) -> float:
    """From a third of the way along each of many parameters, which are numbers up to 1 or choices of 64."""
    return sum((float(v) / (64 if isinstance(v, str) else 1) - 0.3) ** 2 for v in point.values())


def size(point: Values) -> float:
    """Of a model: what makes the loss small is not what makes this small."""
    return math.log(float(point["units"])) * float(point["layers"])


OURS = {
    "Bayesian": Priced("Bayesian"),
    "Bayesian, RandomForest": Priced("Bayesian", surrogate="RandomForest"),
    "Bayesian, ExtraTrees": Priced("Bayesian", surrogate="ExtraTrees"),
    "Bayesian, GradientBoosting": Priced("Bayesian", surrogate="GradientBoosting"),
    "Bayesian, 2 objectives": Priced("Bayesian", objectives=2),
    "Bayesian, a constraint": Priced("Bayesian", constrained=True),
    "TPE": Priced("TPE"),
    "CMAES, numbers only": Priced("CMAES", NINE_NUMBERS),
    "NSGA2, 2 objectives": Priced("NSGA2", objectives=2),
    "NSGA2, 2 objectives, population 200": Priced("NSGA2", objectives=2, population=200),
    "NSGA2, all on one front": Priced("NSGA2", objectives=2, front=True),
    "PESA2, 2 objectives": Priced("PESA2", objectives=2),
    "PESA2, all on one front": Priced("PESA2", objectives=2, front=True),
    "Grid": Priced("Grid"),
    "OneAtATime": Priced("OneAtATime"),
    "Random": Priced("Random"),
    "Sobol": Priced("Sobol"),
    "Bayesian, 16 choices of 64": Priced("Bayesian", CHOICES),
    "Bayesian, 64 numbers": Priced("Bayesian", WIDE),
    "Bayesian, 64 nested conditions": Priced("Bayesian", CHAIN),
    "TPE, 16 choices of 64": Priced("TPE", CHOICES),
    "TPE, 64 numbers": Priced("TPE", WIDE),
    "TPE, 64 nested conditions": Priced("TPE", CHAIN),
    "Random, 64 nested conditions": Priced("Random", CHAIN),
}
BESIDE = ("optuna-tpe", "optuna-gp")
