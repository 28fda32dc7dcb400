"""Finds relus that are 0 for every example of a small batch."""

from collections.abc import Callable
from typing import Any

import keras
import numpy
import tensorflow

from tuning_trial.gradients.groups import group_layers

EXAMPLES = 128  # a unit that none of them wakes is dead, or as good as


def dead_units(model: Any) -> Callable[[Any], dict[str, float]] | None:
    """Return what measures, of each group of relu layers, the part of the units that is always 0.

    A unit is one of the last axis: a filter of a convolution is dead when it is 0 everywhere. None for a
    model whose layers cannot be looked at one by one (a subclass of keras.Model), or that has no relu.
    """
    groups = group_layers([layer for layer in getattr(model, "layers", ()) if _is_relu(layer)])
    if not groups or getattr(model, "inputs", None) is None:
        return None
    outputs = [layer.output for layers in groups.values() for layer in layers]
    inside = keras.Model(model.inputs, outputs)
    run = tensorflow.function(lambda x: [_is_dead(one) for one in _listed(inside(x, training=False))])

    def measure(sample: Any) -> dict[str, float]:
        dead = iter(run(sample))
        return {
            name: float(numpy.mean(numpy.concatenate([next(dead).numpy() for _ in layers])))
            for name, layers in groups.items()
        }

    return measure


def sample_of(x: Any) -> Any | None:
    """Return the first few examples of arrays; None of anything else.

    A dataset is left alone: one more iterator would shuffle the rest of the training otherwise.
    """
    if hasattr(x, "shape") and hasattr(x, "__getitem__") and not hasattr(x, "element_spec"):
        return tensorflow.convert_to_tensor(x[:EXAMPLES])
    return None


def _is_relu(layer: Any) -> bool:
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope
    return getattr(layer, "activation", None) is keras.activations.relu


def _is_dead(output: Any) -> Any:
    axes = list(range(len(output.shape) - 1))
    return tensorflow.cast(tensorflow.reduce_max(output, axis=axes) <= 0, "float32")


def _listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
