"""Which proposals of ours are priced: each algorithm that models or breeds, and each kind of Bayesian."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tuning_operator.api import BayesianOptions, Constraint, Objective, Parameter, ParameterValue
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
LARGE = math.log(256) * 4  # about half of the random points are larger


@dataclass(frozen=True)
class Priced:
    """An algorithm with what is asked of it.

    objectives: 1, the loss, or 2, the model's size too. constrained: whether the size has a limit.
    """

    algorithm: str
    parameters: tuple[Parameter, ...] = NINE
    surrogate: str = "GP"
    objectives: int = 1
    constrained: bool = False

    def problem(self) -> Problem:
        return Problem(
            self.parameters,
            tuple(Objective(metric=name, goal="Minimize") for name in ("loss", "size")[: self.objectives]),
            self.algorithm,  # type: ignore[arg-type]
            constraints=(Constraint(metric="size", max=LARGE),) if self.constrained else (),
            bayesian=BayesianOptions.model_validate({"surrogate": self.surrogate}),
        )

    def trials(self, finished: int, pending: int) -> tuple[list[Entry], list[Entry]]:
        """Finished trials of random points, then running ones."""
        points = draw(self.parameters, finished + pending)
        history = [self._finished(number, point) for number, point in enumerate(points[:finished], start=1)]
        return history, [Entry(n, p) for n, p in enumerate(points[finished:], start=finished + 1)]

    def _finished(self, number: int, point: Values) -> Entry:
        values = (loss(point), size(point))[: self.objectives]
        return Entry(number, point, "Succeeded", values, (size(point),) if self.constrained else ())


def loss(point: Values) -> float:
    """Smooth, a choice in it where there is one."""
    away = math.log10(float(point["learning_rate"]) / 1e-3) ** 2 + (float(point["dropout"]) - 0.3) ** 2
    return away + 0.5 * (point.get("optimizer") == "sgd") + 0.1 * abs(float(point["layers"]) - 4)


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
    "PESA2, 2 objectives": Priced("PESA2", objectives=2),
}
BESIDE = ("optuna-tpe", "optuna-gp")
