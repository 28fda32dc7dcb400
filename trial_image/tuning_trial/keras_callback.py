"""The Keras callback: reports each epoch, keeps the model that counts, and leaves on SIGTERM."""

import math
import time
from collections.abc import Mapping, Set
from typing import Any

import keras

from tuning_trial import sdk
from tuning_trial.errors import Interrupted
from tuning_trial.measures.watcher import Watcher
from tuning_trial.record import Observation
from tuning_trial.session import say


class KerasCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Reports every epoch's logs under Keras' names (loss, val_accuracy, …), the epoch's number as the step.

    With them go `train_time` (the seconds since the training began, validation included, measuring not) and
    what else a trial measures (docs/trial.md). A second `fit` goes on with the steps and the time of the
    first.

    On SIGTERM, training and validation end at the next batch. In a program of your own that is all:
    `model.fit` returns, and the program ends with 143 like any other of the SDK's. A training loop that
    calls no callback at its batches is left at the end of its epoch.

    Args:
        keep_weights: hold a copy of the weights of the epoch that the first objective calls the best,
            for `restore()`. It costs the model's size in memory.
        leave: raise Interrupted instead of letting `model.fit` return, which saves a useless validation.
        sample: the training inputs, an array: units that none of its first few examples wakes are dead.
    """

    async_safe = True  # no need for each batch's logs, so Keras need not wait for the device after each batch

    def __init__(self, keep_weights: bool = False, leave: bool = False, sample: Any = None) -> None:
        super().__init__()
        self._keep_weights = keep_weights
        self._leave = leave
        self._watcher = Watcher(sample)
        self._every: int | None = None  # batches, of which the last one is shown
        self._weights: list[Any] | None = None
        self._owner: Any = None  # the model that the weights are of: a program may train others, too
        self._was_cut = False
        self._has_told = False  # which metrics are left out
        self._began = time.monotonic()
        self._offset: int | None = None  # what is added to this fit's epochs

    def __deepcopy__(self, memo: dict[int, Any]) -> "KerasCallback":
        """Stay the same one: Keras Tuner copies callbacks for each of its trials, and here there is one."""
        return self

    def set_model(self, model: Any) -> None:
        """Watch the model's training from here on; Keras calls it before the first batch."""
        super().set_model(model)
        self._watcher.watch(model)

    def see(self, x: Any) -> None:
        """Take a sample of the training inputs, as `sample` does."""
        self._watcher.see(x)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Become a program that asks: from here on the SDK lets it leave by itself."""
        sdk.should_stop()
        self._every = sdk.current().contract.report_batches
        self._offset = None
        if sdk.current().record.last is None:
            self._began = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start the epoch's clock. An optimizer may have taken another's place."""
        self._watcher.watch(self.model)
        self._watcher.pace.epoch_begins()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stop after this batch when asked to. Keras may call this from a thread: it must not raise here."""
        self._watcher.pace.batch_ends(batch)
        self._show_batch(batch + 1, logs or {})
        if sdk.should_stop():
            self._was_cut = True
            self.model.stop_training = True

    def on_test_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stop a validation as well."""
        if sdk.should_stop():
            self._was_cut = True
            self.model.stop_evaluating = True
            self.model.stop_training = True

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Leave before a validation whose epoch was cut short."""
        self._watcher.pace.training_ends(self.model)
        self._leave_if_cut()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report the epoch, unless it was cut short: half an epoch must not be compared with whole ones."""
        self._leave_if_cut()
        if self._was_cut:
            return
        session, step = sdk.current(), self._step(epoch)
        train_time = self._train_time()
        metrics = without_meaningless(logs or {})
        self._tell_left_out((logs or {}).keys() - metrics.keys())
        measured = self._watcher.epoch_ends(metrics)
        session.health = self._watcher.health
        session.advice = (*session.warnings, *self._watcher.advice)
        ours = {name: value for name, value in measured.items() if name not in metrics}
        session.report(step, metrics | train_time | ours)
        kept = session.record.kept
        if self._keep_weights and kept is not None and kept.step == step:
            self._weights, self._owner = self.model.get_weights(), self.model
        if sdk.should_stop():
            self._was_cut = True
            self.model.stop_training = True
            self._leave_if_cut()

    @property
    def kept_weights(self) -> list[Any] | None:
        """The weights of the best epoch, as `model.get_weights()` gave them; None before the first epoch."""
        return self._weights

    @property
    def kept_model(self) -> Any:
        """The model that had them; None before the first epoch."""
        return self._owner

    def go_on(self, weights: list[Any] | None, seconds: float) -> None:
        """Go on as one that has kept these weights and trained for so many seconds."""
        self._weights, self._owner = weights, self.model
        self._began = time.monotonic() - seconds

    def restore(self) -> bool:
        """Give the model its best weights back; say whether there were any."""
        if self._weights is None:
            return False
        self._owner.set_weights(self._weights)
        return True

    def _show_batch(self, number: int, logs: Mapping[str, Any]) -> None:
        if self._every is not None and number % self._every == 0:
            metrics = scalars(logs)
            measured = self._train_time() | self._watcher.pace.so_far(self.model)
            sdk.current().batch = Observation(number, metrics | measured)

    def _tell_left_out(self, names: Set[str]) -> None:
        if names and not self._has_told:
            self._has_told = True
            say(f"left out, since they are no single numbers: {', '.join(sorted(names))}; average them")

    def _train_time(self) -> dict[str, float]:
        return {"train_time": time.monotonic() - self._began - self._watcher.aside}

    def _step(self, epoch: int) -> int:
        """The epoch's number from 1; behind those of a fit before, unless it counts on by itself."""
        if self._offset is None:
            last = sdk.current().record.last
            self._offset = last.step - epoch if last and epoch < last.step else 0
        return self._offset + epoch + 1

    def _leave_if_cut(self) -> None:
        if self._was_cut and self._leave:
            raise Interrupted("SIGTERM")


def scalars(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return those of the logs that are single numbers; of a metric that gives several by names, each.

    A metric may be an array, as F1Score is by default, which has a number for each class.
    """
    found: dict[str, float] = {}
    for name, value in logs.items():
        if isinstance(value, Mapping):
            found |= scalars(value)
        elif not len(getattr(value, "shape", ())):
            found[name] = float(value)
    return found


def without_meaningless(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return the logs, all of them NaN once the loss is no finite number.

    A model of NaN weights still has an accuracy (that of always choosing the first class), which would pass
    for a result.
    """
    metrics = scalars(logs)
    if math.isfinite(metrics.get("loss", 0.0)):
        return metrics
    return dict.fromkeys(metrics, math.nan)
