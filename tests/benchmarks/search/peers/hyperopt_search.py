"""Hyperopt: conditions natively, as choices whose branches hold the parameters that exist there.

A parent becomes a choice over its levels. Children of a continuous parent have no such branch:
they are always drawn, and left out where they do not exist.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hyperopt import JOB_STATE_DONE, STATUS_FAIL, STATUS_OK, Trials, hp, space_eval, tpe
from hyperopt.base import Domain
from tuning_operator.api import ParameterValue
from tuning_operator.api.when import allows

from tests.benchmarks.search.axes import Axis, axes, walk
from tests.benchmarks.search.landscape import Landscape


class HyperoptSearch:
    """`tpe.suggest` over a Trials object, as fmin uses it."""

    def __init__(self, landscape: Landscape, seed: int) -> None:
        self._axes = axes(landscape.parameters)
        self._space = space(self._axes)
        self._domain = Domain(lambda values: 0.0, self._space)
        self._trials = Trials()
        self._generator = np.random.default_rng(seed)
        self._running: dict[int, dict[str, Any]] = {}

    def ask(self, number: int) -> Mapping[str, ParameterValue]:
        ids = self._trials.new_trial_ids(1)
        self._trials.refresh()
        seed = int(self._generator.integers(2**31 - 1))
        [document] = tpe.suggest(ids, self._domain, self._trials, seed, verbose=False)
        self._trials.insert_trial_docs([document])
        self._trials.refresh()
        self._running[number] = next(d for d in self._trials.trials if d["tid"] == ids[0])
        chosen = {name: value[0] for name, value in document["misc"]["vals"].items() if value}
        drawn = flat(space_eval(self._space, chosen))
        return walk(self._axes, lambda axis: from_hyperopt(axis, drawn[axis.name]))

    def tell(self, number: int, loss: float | None) -> None:
        document = self._running.pop(number)
        document["state"] = JOB_STATE_DONE
        document["result"] = {"status": STATUS_FAIL} if loss is None else {"status": STATUS_OK, "loss": loss}
        self._trials.refresh()


def space(along: Sequence[Axis]) -> dict[str, Any]:
    """Name → Hyperopt's expression; a parent's is a choice of (place, its children there)."""
    nodes: dict[str, Any] = {}
    for axis in reversed(along):  # children first: every branch holds the same expression of a child
        nodes[axis.name] = _node(axis, [c for c in along if _looks_at(c, axis)], nodes)
    return {a.name: nodes[a.name] for a in along if not any(_looks_at(a, parent) for parent in along)}


def _looks_at(child: Axis, parent: Axis) -> bool:
    when = child.parameter.when
    return when is not None and when.parameter == parent.name and parent.kind != "double"


def _node(axis: Axis, children: list[Axis], nodes: Mapping[str, Any]) -> Any:
    if not children:
        return _expression(axis)
    branches = []
    for place, level in enumerate(_levels(axis)):
        living = [c for c in children if c.parameter.when and allows(c.parameter.when, level)]
        value = place if axis.levels else level
        branches.append({"value": value, "children": {c.name: nodes[c.name] for c in living}})
    return hp.choice(axis.name, branches)


def _levels(axis: Axis) -> Sequence[ParameterValue]:
    return axis.levels or range(int(axis.low), int(axis.high) + 1)


def _expression(axis: Axis) -> Any:
    match axis.kind:
        case "choice":
            return hp.choice(axis.name, list(range(len(axis.levels))))
        case "order":
            return hp.uniformint(axis.name, 0, len(axis.levels) - 1)
        case "int" if axis.log:
            return hp.qloguniform(axis.name, math.log(axis.low - 0.5), math.log(axis.high + 0.5), 1)
        case "int":
            return hp.uniformint(axis.name, axis.low, axis.high)
        case _ if axis.log:
            return hp.loguniform(axis.name, math.log(axis.low), math.log(axis.high))
        case _:
            return hp.uniform(axis.name, axis.low, axis.high)


def flat(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What was drawn, branches laid beside one another."""
    values: dict[str, Any] = {}
    for name, value in drawn.items():
        if isinstance(value, dict):
            values |= {name: value["value"], **flat(value["children"])}
        else:
            values[name] = value
    return values


def from_hyperopt(axis: Axis, drawn: Any) -> ParameterValue:
    """The value that was drawn: a place in the levels, or the number itself."""
    return axis.levels[int(drawn)] if axis.levels else axis.own(drawn)
