"""Cross-validation: a model for each fold, trained side by side, so that each epoch has a mean to report."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import keras

from tuning_trial import sdk
from tuning_trial.errors import Interrupted
from tuning_trial.keeping.checkpointing import begin
from tuning_trial.recipes.model import RecipeModel


class FoldedModel(RecipeModel):
    """Trains one epoch of every fold after another. The model that is kept is that of the first fold."""

    def fit(self, hp: Any, model: Any, *arguments: Any, callbacks: Sequence[Any] = (), **_: Any) -> None:
        """Train; the trial's callbacks see the mean of each metric, and of a validation's each fold's too.

        Raises:
            Interrupted: a SIGTERM came.
        """
        numbers = range(len(self.data.splits))
        models = [model, *(self.build(hp, number) for number in numbers[1:])]
        data = [(self.training_data(hp, number), self.validation_data(hp, number)) for number in numbers]
        epochs = self.epochs(hp)
        trial = keras.callbacks.CallbackList([*callbacks], model=model, epochs=epochs)
        first = begin(callbacks, models)
        trial.on_train_begin()
        for epoch in range(first, epochs):
            trial.on_epoch_begin(epoch)
            logs = [_train(*fold, epoch, trial) for fold in zip(models, data, strict=True)]
            trial.on_epoch_end(epoch, summary(logs))
            if model.stop_training:
                break
        trial.on_train_end()


def summary(folds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the means of one epoch's metrics, and a validation's metrics of each fold, numbered from 1."""
    means = {name: fmean(logs[name] for logs in folds) for name in folds[0]}
    each = {
        f"{name}_fold_{i + 1}": value
        for i, logs in enumerate(folds)
        for name, value in logs.items()
        if name.startswith("val_")
    }
    return means | each


def _train(model: Any, data: tuple[Any, Any], epoch: int, trial: Any) -> dict[str, float]:
    """Train a fold for one epoch and validate it."""
    history = keras.Model.fit(
        model,
        data[0],
        validation_data=data[1],
        initial_epoch=epoch,
        epochs=epoch + 1,
        callbacks=[_Batches(trial)],
        shuffle=False,
        verbose=0,
    )
    if sdk.should_stop():
        raise Interrupted("SIGTERM")
    return {name: values[-1] for name, values in history.history.items()}


class _Batches(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Hands a fold's batches on to the trial's callbacks, and their wish to stop back."""

    def __init__(self, trial: Any) -> None:
        super().__init__()
        self._trial = trial

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Hand it on."""
        self._trial.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Hand it on."""
        self._trial.on_train_batch_end(batch, logs)
        self.model.stop_training = self.model.stop_training or self._trial.model.stop_training

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Hand it on."""
        self._trial.on_test_begin(logs)

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Hand it on."""
        self._trial.on_test_end(logs)

    def on_test_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Hand it on."""
        self._trial.on_test_batch_end(batch, logs)
        self.model.stop_evaluating = self.model.stop_evaluating or sdk.should_stop()
