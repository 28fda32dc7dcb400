"""Cross-validation: a model for each fold, trained side by side, so that each epoch has a mean to report."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from logging import LogRecord
from statistics import fmean
from typing import Any

import keras
import tensorflow

from tuning_trial import sdk
from tuning_trial.errors import Interrupted
from tuning_trial.keeping.checkpointing import begin
from tuning_trial.recipes.model import RecipeModel


class FoldedModel(RecipeModel):
    """Trains one epoch of every fold after another. The model that is kept is that of the first fold."""

    def fit(self, hp: Any, model: Any, *arguments: Any, callbacks: Sequence[Any] = (), **_: Any) -> None:
        """Train; the trial's callbacks see the mean of each metric, and of a validation's each fold's too.

        Raises:
            UserError: a tactic cannot be applied to a fold's model.
            Interrupted: a SIGTERM came.
        """
        others = (self.build(hp, number) for number in range(1, len(self.data.splits)))
        models = [model, *map(model.fit.built, others)]
        epochs = self.epochs(hp)
        trial = keras.callbacks.CallbackList([*callbacks], model=model, epochs=epochs)
        first = begin(callbacks, models)
        with ExitStack() as until, _traced_once_each():
            folds = []
            for number, one in enumerate(models):
                given = {
                    "x": self.training_data(hp, number),
                    "validation_data": self.validation_data(hp, number),
                    "initial_epoch": first,
                    "epochs": epochs,
                    "callbacks": [_Events(trial)],
                }
                folds.append(Fold(one, until.enter_context(model.fit.around(one, given))))
            trial.on_train_begin()
            for epoch in range(first, epochs):
                trial.on_epoch_end(epoch, summary([fold.train(epoch) for fold in folds]))
                if model.stop_training:
                    break
            trial.on_train_end()


class Fold:
    """One model, its data and its own callbacks, which know the length of the whole training.

    Args:
        model: compiled.
        arguments: of its `fit`, as the tactics have changed them.
    """

    def __init__(self, model: Any, arguments: Mapping[str, Any]) -> None:
        self._model = model
        self._data = {name: arguments[name] for name in ("x", "validation_data")}
        self._callbacks = keras.callbacks.CallbackList(
            arguments["callbacks"],
            add_history=True,
            model=model,
            epochs=arguments["epochs"],
            steps=int(arguments["x"].cardinality()),
        )

    def train(self, epoch: int) -> dict[str, float]:
        """Train for one epoch, validate, and return the metrics.

        Raises:
            Interrupted: a SIGTERM came.
        """
        once = {"initial_epoch": epoch, "epochs": epoch + 1, "shuffle": False, "verbose": 0}
        history = keras.Model.fit(self._model, **self._data, **once, callbacks=self._callbacks)
        if sdk.should_stop():
            raise Interrupted("SIGTERM")
        return {name: values[-1] for name, values in history.history.items()}


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


@contextmanager
def _traced_once_each() -> Iterator[None]:
    """Leave a false alarm out of the log.

    TensorFlow counts tracings by the line of code, which is Keras' for every model: a function of each fold,
    traced once, looks to it like one that is traced again and again.
    """
    logger = tensorflow.get_logger()

    def is_sound(record: LogRecord) -> bool:
        return "triggered tf.function retracing" not in record.getMessage()

    logger.addFilter(is_sound)
    try:
        yield
    finally:
        logger.removeFilter(is_sound)


class _Events(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Hands what happens in a fold on to the trial's callbacks, and their wish to stop back."""

    def __init__(self, trial: Any) -> None:
        super().__init__()
        self._trial = trial

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Hand the first fold's on, when its tactics have given it the optimizer that is to be watched."""
        if self.model is self._trial.model:
            self._trial.on_epoch_begin(epoch, logs)

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
