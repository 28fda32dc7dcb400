"""The callback that writes checkpoints of `model.fit`, and lets a training go on from one."""

import time
from collections.abc import Mapping
from typing import Any

import keras

from tuning_trial import checkpoint
from tuning_trial.keeping import model_state
from tuning_trial.session import Session, say

ALLOWANCE = 1.0  # seconds that checkpoints may take in all, whatever the training takes …
SHARE = 0.05  # … and the share of its time that they may take besides


class Checkpointing(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Writes a checkpoint at the ends of epochs, as often as their cost allows; stands behind the reporter.

    Args:
        session: whose checkpoint.
        reporter: the KerasCallback, which holds the weights that are kept so far.
        found: the checkpoint to go on from, None for a training that starts.
    """

    async_safe = True  # it needs no batch's logs

    def __init__(self, session: Session, reporter: Any, found: checkpoint.Checkpoint | None) -> None:
        super().__init__()
        self._session = session
        self._reporter = reporter
        self._found = found
        self._cost = 0.0  # seconds, of all of them
        self._began = time.monotonic()
        self._has_failed = False

    @property
    def first_epoch(self) -> int:
        """The epoch to begin with, from 0: `initial_epoch` of `model.fit`."""
        return self._found.step if self._found else 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Give the model its state back."""
        if self._found is not None:
            seconds = self._session.record.latest.get("train_time", 0.0)
            self._reporter.go_on(model_state.load(self.model, self._found.data), seconds)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write one when it is due. A reporter that was told to stop has left before."""
        began = time.monotonic()
        if self._has_failed or self._cost > ALLOWANCE + SHARE * (began - self._began):
            return
        try:
            checkpoint.save(self._session, model_state.dump(self.model, self._reporter.kept_weights))
        except Exception as error:  # a full disk or a store that is down must not cost the training
            say(f"no more checkpoints, since one cannot be written: {error}")
            self._has_failed = True
        self._cost += time.monotonic() - began
