"""Pruning by magnitude: the smallest weights become 0 as the training goes on, and stay so."""

from collections.abc import Mapping
from typing import Any

import keras

from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics
from tuning_trial.unwrapped import unwrapped
from tuning_trial.variants.masks import mask_of
from tuning_trial.variants.sizing import Sizes, kernels_of

POWER = 3  # of the polynomial, as in the paper


def latest_point(chosen: Tactics, update: int, updates: int) -> int | None:
    """Return the latest update at which the weights are pruned, None before the first.

    Args:
        chosen: its begin and end are shares of the training's updates.
        update: updates so far.
        updates: of the whole training.
    """
    begin, end = _span(chosen, updates)
    if not chosen.sparsity or update < begin:
        return None
    if update >= end:
        return end
    return begin + (update - begin) // chosen.pruning_frequency * chosen.pruning_frequency


def sparsity_at(chosen: Tactics, point: int, updates: int) -> float:
    """Return the sparsity from one point on, 0 to `sparsity`.

    The polynomial is equation 1 of Zhu & Gupta 2017 (arXiv:1710.01878) from an initial sparsity of 0:
    s_t = s_f − s_f (1 − (t − t₀) / (t_end − t₀))³.
    """
    begin, end = _span(chosen, updates)
    if chosen.pruning_schedule == "constant" or point >= end:
        return chosen.sparsity
    return chosen.sparsity * (1 - (1 - (point - begin) / (end - begin)) ** POWER)


def _span(chosen: Tactics, updates: int) -> tuple[int, int]:
    return round(chosen.pruning_begin * updates), round(chosen.pruning_end * updates)


class Prune(Sizes):
    """Prunes each kernel of a model while `model.fit` trains it, by the magnitude of its weights.

    Masks are applied again after each update, for an optimizer's momentum moves weights that have no
    gradient. Each epoch's logs get what `Sizes` tells: have this callback before the one that reports them.

    Args:
        chosen: `sparsity` and what begins with `pruning_`.

    Raises:
        UserError: when the training begins: the data does not tell its length, or nothing would be pruned.
    """

    def __init__(self, chosen: Tactics) -> None:
        rows, _, columns = chosen.pruning_block.partition("x")
        super().__init__((int(rows), int(columns)))
        self._chosen = chosen
        self._batches = 0  # of an epoch
        self._earlier = 0  # batches of the epochs before this one
        self._point: int | None = None
        self._masks: list[Any] = []

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """See that there is something to prune, and how long the training is."""
        self._point, self._masks = None, []
        self._batches = self._count()
        self._refuse_without_effect()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Prune as far as is due; a training that goes on from a checkpoint finds its masks again."""
        self._earlier = epoch * self._batches
        self._prune(self._earlier)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Prune further when it is time, and keep at 0 what was."""
        self._prune(self._earlier + batch + 1)

    def _prune(self, batches: int) -> None:
        # The optimizer's own count is none: a thawed model has a fresh one.
        every = getattr(unwrapped(self.model.optimizer), "gradient_accumulation_steps", None) or 1
        updates = int(self.params["epochs"]) * self._batches // every
        due = latest_point(self._chosen, batches // every, updates)
        if due is None:
            return
        kernels = kernels_of(self.model)
        if due != self._point or len(kernels) != len(self._masks):  # frozen layers may have been thawed
            sparsity = sparsity_at(self._chosen, due, updates)
            self._masks = [self._mask(kernel, sparsity) for kernel in kernels]
            self._point = due
        for kernel, mask in zip(kernels, self._masks, strict=True):
            kernel.assign(kernel.value * mask)

    def _mask(self, kernel: Any, sparsity: float) -> Any:
        chosen = mask_of(kernel.numpy(), sparsity, self._block, self._chosen.pruning_pooling)
        return keras.ops.cast(chosen, kernel.dtype)

    def _count(self) -> int:
        if not self.params.get("steps"):
            raise UserError(
                "pruning must know how many batches an epoch has, and the dataset does not say",
                "give it .apply(tf.data.experimental.assert_cardinality(n))",
            )
        return int(self.params["steps"])

    def _refuse_without_effect(self) -> None:
        kernels, sparsity = kernels_of(self.model), self._chosen.sparsity
        if not kernels:
            raise UserError(
                f"sparsity={sparsity:g}: the model has no kernels to prune",
                "take it out of spec.parameters, or train a model with dense or convolutional layers",
            )
        if sparsity and all(keras.ops.all(self._mask(kernel, sparsity)) for kernel in kernels):
            raise UserError(
                f"sparsity={sparsity:g} prunes nothing: no kernel has so many weights or blocks of "
                f"{self._chosen.pruning_block} that one of them would go",
                "give a smaller pruning_block, or a higher sparsity",
            )
