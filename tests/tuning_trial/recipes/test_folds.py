"""Folds: every one is trained, the objective is their mean, and each has a metric of its own."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import numpy as np
import pytest
from tuning_trial import sdk
from tuning_trial.errors import Interrupted

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.recipes.training import make, train

pytestmark = pytest.mark.tensorflow

Y = np.arange(30) % 2
SIZES = (np.random.default_rng(0).normal(size=30) + Y).astype("float32")


def data(test: bool = False) -> Any:
    return make({"size": SIZES}, Y, 2, folds=3, test=test)


def test_the_objective_is_the_mean_of_the_folds_metrics(here: Here) -> None:
    ran = train(here, "tabular-classification", data(test=True), {"width": 2}, epochs=2, final=True)
    folds = [ran.metrics[f"val_accuracy_fold_{i}"] for i in (1, 2, 3)]
    assert ran.metrics["val_accuracy"] == pytest.approx(fmean(folds))
    assert "val_accuracy_fold_4" not in ran.metrics
    assert ran.steps == 2
    assert 0 <= ran.metrics["test_accuracy"] <= 1
    assert len(sdk.current().health.dead) == 2  # relus of the first fold, which the trial's callbacks look at


def test_an_early_stop_watches_the_mean(here: Here) -> None:
    # leaky: units that are all dead make classes equal, and the smallest bias then decides for all examples
    given = {"width": 2, "activation": "leaky_relu", "learning_rate": 1e-12, "patience": 1}
    assert train(here, "tabular-classification", data(), given, epochs=9).steps == 2


def test_a_loss_that_is_nan_in_one_fold_ends_the_trial_as_diverged(here: Here) -> None:
    given = {"width": 2, "learning_rate": 1e38, "optimizer": "sgd", "batch_size": 2}
    ran = train(here, "tabular-classification", data(), given, epochs=9)
    assert np.isnan(ran.metrics["val_accuracy"])
    assert ran.steps < 9


def test_a_sigterm_leaves_in_the_middle_of_a_fold(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuning_trial.keras_callback import KerasCallback

    batches = []

    def terminate(callback: Any, batch: int, logs: Any = None) -> None:
        batches.append(batch)
        if len(batches) == 7:
            sdk.current().interrupted = True
        own(callback, batch, logs)

    own = KerasCallback.on_train_batch_end
    monkeypatch.setattr(KerasCallback, "on_train_batch_end", terminate)
    with pytest.raises(Interrupted):
        train(here, "tabular-classification", data(), {"width": 2, "batch_size": 5}, epochs=9)
    assert len(batches) <= 8
    assert sdk.current().record.last is None
