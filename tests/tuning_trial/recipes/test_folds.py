"""Folds: every one is trained, the objective is their mean, and each has a metric of its own."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from tuning_trial import sdk
from tuning_trial.errors import Interrupted

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.recipes.training import make, train
from tests.tuning_trial.trial_process import TrialProcess

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow, NumPy 2
]

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


def kept(here: Here) -> str:
    """The path of a model that another trial has trained."""
    ran = train(here, "tabular-classification", data(), {"width": 4}, epochs=2)
    ran.model.save(here.directory / "kept.keras")
    return str(here.directory / "kept.keras")


def test_each_fold_begins_with_the_same_file_and_learns_from_the_same_teacher(here: Here, capsys) -> None:
    file = kept(here)
    given = {"width": 4, "learning_rate": 1e-12, "pretrained": file, "teacher": file}
    ran = train(here, "tabular-classification", data(), {**given, "distillation_weight": 1.0})
    assert capsys.readouterr().err.count("3 of the model's 3 layers taken over") == 3
    assert ran.metrics["loss"] < 0.005, "each is its own teacher, but for its fold's means and deviations"
    assert min(ran.metrics[f"val_loss_fold_{i}"] for i in (1, 2, 3)) > 0.1


def test_frozen_layers_of_each_fold_are_thawed_and_their_gradients_watched(here: Here, capsys) -> None:
    given = {"width": 4, "pretrained": kept(here), "frozen": 0.5, "frozen_epochs": 1, "batch_size": 4}
    capsys.readouterr()
    ran = train(here, "tabular-classification", data(), given, epochs=2)
    said = capsys.readouterr().err
    assert said.count("taken over, 2 of them frozen") == 3
    assert said.count("epoch 2: 2 frozen layers are trained from here on") == 3
    assert said.count("tactics of the manifest: ") == 1
    assert all(layer.trainable for layer in ran.model.layers)
    assert ran.health.measurements == 5, "the second optimizer's updates, of 20 examples in batches of 4"


def test_each_fold_is_pruned_over_the_whole_training(here: Here, capsys) -> None:
    given = {"width": 20, "sparsity": 0.5, "batch_size": 4, "pruning_end": 1.0, "pruning_frequency": 1}
    ran = train(here, "tabular-classification", data(), given, epochs=3)
    told = [float(line.split("sparsity ")[1].split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert told[0] < told[1] < told[2] == 0.5
    kernels = [w for w in ran.model.get_weights() if w.ndim > 1]
    assert [float((kernel == 0).mean()) for kernel in kernels] == [0.5, 0.5, 0.5]


def test_the_log_does_not_blame_keras_for_tracing_a_function_of_each_fold(tmp_path: Path) -> None:
    place = "tuning_trial.datasets.samples:tumours"
    command = ("recipe", "tabular-classification", "--data", place, "--folds", "5", "--epochs", "1")
    trial = TrialProcess(tmp_path, {"width": 2, "depth": 1, "batch_size": 512})  # few calls of each function
    ended = trial.run("-m", "tuning_trial.cli", *command)
    assert ended.code == 0, ended.stderr
    assert "retracing" not in ended.stderr


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
