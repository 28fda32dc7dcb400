"""Has frozen layers trained too, from an epoch on."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from tuning_trial.session import say
from tuning_trial.tactics.recompiling import compile_arguments, fresh_optimizer, recompile


class Thaw(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Unfreezes layers and compiles the model again, as Keras wants it after a change of `trainable`.

    The optimizer is one of the same kind with an empty state, since a state knows the variables it was built
    for; its schedule goes on. With moments that begin at 0 for the thawed weights alone, Adam's correction,
    which counts all updates, would make their first steps several times too long.

    To be told of an epoch before what watches the optimizer.

    Args:
        frozen: the layers.
        after: epochs.
        batches: those of so many epochs.
    """

    async_safe = True

    def __init__(self, frozen: Sequence[Any], after: int, batches: int) -> None:
        super().__init__()
        self._frozen = list(frozen)
        self._after = after
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Thaw when it is time."""
        if epoch < self._after or not self._frozen:
            return
        say(f"epoch {epoch + 1}: {len(self._frozen)} frozen layers are trained from here on")
        thaw(self._frozen)
        self._frozen = []
        optimizer = fresh_optimizer(self.model, self.model.optimizer, self._batches)
        recompile(self.model, compile_arguments(self.model) | {"optimizer": optimizer})
        with self.model.distribute_strategy.scope():
            self.model.optimizer.build(self.model.trainable_variables)
        self.model.make_train_function()


def thaw(layers: Sequence[Any]) -> None:
    """Have layers trained that were before they were frozen."""
    for layer in layers:
        layer.trainable = True
