"""What a smaller Keras model takes: the same figures for one that was pruned and one that was cut."""

from typing import Any

import keras

from tuning_trial.variants.masks import sizes


def kernels_of(model: Any) -> list[Any]:
    """Return the trainable variables of two dimensions and more that are no biases."""
    return [v for v in model.trainable_variables if len(v.shape) > 1 and v.name != "bias"]


def model_sizes(model: Any, block: tuple[int, int] = (1, 1)) -> dict[str, float]:
    """Return `sparsity` (share of zeros in the kernels), and `sparse_bytes` and `compressed_bytes` of all.

    Not their `bytes`: each trial measures them as `model_bytes`.

    Args:
        model: built.
        block: of the sparse kernels, see `masks.sparse_bytes`.
    """
    kernels = [kernel.numpy() for kernel in kernels_of(model)]
    count = sum(kernel.size for kernel in kernels)
    zeros = sum(int((kernel == 0).sum()) for kernel in kernels)
    found = sizes([weight.numpy() for weight in model.weights], kernels, block)
    del found["bytes"]
    return {"sparsity": zeros / count if count else 0.0, **found}


class Sizes(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Adds `model_sizes` to each epoch's logs: have this callback before the one that reports them.

    Args:
        block: as for `model_sizes`.
    """

    def __init__(self, block: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self._block = block

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell what the model takes by now."""
        if logs is not None:
            logs |= model_sizes(self.model, self._block)
