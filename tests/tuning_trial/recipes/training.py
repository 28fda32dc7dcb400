"""Trains a recipe inside of this process, where TensorFlow is imported already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuning_trial.datasets.examples import Examples
from tuning_trial.datasets.loading import Data
from tuning_trial.datasets.splits import Split, fold
from tuning_trial.recipes.catalogue import RECIPES

from tests.tuning_trial.in_process import Here, Ran


def make(inputs: Mapping[str, Any], y: Any, classes: int, folds: int = 0, test: bool = False) -> Data:
    """Split these examples: every third one validates, or there are folds."""
    examples = Examples("generated", inputs, y)
    splits = fold(examples, folds, 0) if folds else [Split(examples, examples.take(slice(None, None, 3)))]
    judged = examples.take(slice(None, None, 2)) if test else None
    return Data(tuple(splits), tuple(range(classes)), judged)


def train(
    here: Here, name: str, data: Data, given: Mapping[str, Any], epochs: int = 1, **contract: Any
) -> Ran:
    """Train for an epoch, and return what came of it."""
    from tuning_trial.recipes.task import make_training

    session = here.session(parameters=given, **contract)
    training = make_training(session, RECIPES[name], given, data, epochs)
    training.run()
    return Ran(session, training._hp, training)
