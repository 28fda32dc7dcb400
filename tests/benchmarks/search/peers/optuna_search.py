"""Optuna: conditions natively, by suggesting what exists."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping

import optuna
from optuna.samplers import BaseSampler, GPSampler, RandomSampler, TPESampler
from optuna.trial import Trial, TrialState
from tuning_operator.api import ParameterValue

from tests.benchmarks.search.axes import Axis, axes, walk
from tests.benchmarks.search.landscape import Landscape

optuna.logging.set_verbosity(logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


class OptunaSearch:
    """A study in memory."""

    def __init__(self, landscape: Landscape, sampler: BaseSampler) -> None:
        self._axes = axes(landscape.parameters)
        self._study = optuna.create_study(sampler=sampler)
        self._running: dict[int, Trial] = {}

    def ask(self, number: int) -> Mapping[str, ParameterValue]:
        trial = self._running[number] = self._study.ask()
        return walk(self._axes, lambda axis: suggested(trial, axis))

    def tell(self, number: int, loss: float | None) -> None:
        trial = self._running.pop(number)
        if loss is None:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._study.tell(trial, loss)


def suggested(trial: Trial, axis: Axis) -> ParameterValue:
    """Asks for a value of an axis; places in an order are whole numbers to Optuna."""
    match axis.kind:
        case "double":
            return axis.own(trial.suggest_float(axis.name, axis.low, axis.high, log=axis.log))
        case "int":
            return axis.own(trial.suggest_int(axis.name, int(axis.low), int(axis.high), log=axis.log))
        case "order":
            return axis.levels[trial.suggest_int(axis.name, 0, len(axis.levels) - 1)]
        case "choice":
            return axis.levels[trial.suggest_categorical(axis.name, range(len(axis.levels)))]


def random(landscape: Landscape, seed: int) -> OptunaSearch:
    return OptunaSearch(landscape, RandomSampler(seed=seed))


def tpe(landscape: Landscape, seed: int, workers: int) -> OptunaSearch:
    sampler = TPESampler(seed=seed, multivariate=True, group=True, constant_liar=workers > 1)
    return OptunaSearch(landscape, sampler)


def gp(landscape: Landscape, seed: int) -> OptunaSearch:
    import torch

    torch.set_num_threads(1)  # its fits are small: more threads wait for one another
    return OptunaSearch(landscape, GPSampler(seed=seed, warn_independent_sampling=False))
