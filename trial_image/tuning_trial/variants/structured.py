"""Removes whole units and filters from a chain of layers: a smaller model that needs no sparse kernels."""

from typing import Any

import keras
import numpy

from tuning_trial.errors import UserError
from tuning_trial.tactics.given import Given
from tuning_trial.tactics.recompiling import changed_optimizer, compile_arguments

layers = keras.layers
WEIGHTED = {layers.Dense: "units", layers.Conv2D: "filters"}  # and what their configuration calls its outputs
PASSED = (  # these treat each channel by itself, and have no weights
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.MaxPooling2D,
    layers.AveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.GlobalAveragePooling2D,
    layers.ZeroPadding2D,
)


def remove_units(model: Any, share: float) -> Any:
    """Return a smaller copy of a model, without the units and filters whose kernels have the least L1 norm.

    After Li et al. 2017 (arXiv:1608.08710). The outputs of the last layer with weights all stay. The copy is
    compiled as the model is, with a new optimizer: train it on, for it has lost something.

    Args:
        model: a built keras.Sequential of Dense, Conv2D, BatchNormalization, Flatten and the layers PASSED.
        share: of each layer's units or filters that go, 0 to below 1; at least one stays.

    Raises:
        UserError: the share is out of range, or the model has another graph or another layer.
    """
    if not 0 <= share < 1:
        raise UserError(f"the share of units to remove is {share!r}", "make it a number from 0 to below 1")
    if not isinstance(model, keras.Sequential) or not model.built:
        what = f"units are removed from a built Sequential, and this is {type(model).__name__}"
        raise UserError(what, "build a chain of layers that begins with keras.Input")
    copies, weights = _cut(model, share)
    smaller = keras.Sequential([keras.Input(batch_shape=model.inputs[0].shape, dtype=model.inputs[0].dtype)])
    for copy, values in zip(copies, weights, strict=True):
        smaller.add(copy)
        copy.set_weights(values)
    if model.compiled:
        optimizer = changed_optimizer(model.optimizer, Given.of({}), None)
        smaller.compile(**compile_arguments(model) | {"optimizer": optimizer})
    return smaller


def kept(kernel: Any, share: float) -> Any:
    """Return the numbers of the outputs that stay, in their order.

    Args:
        kernel: … × outputs.
        share: of the outputs that go.
    """
    norms = numpy.abs(kernel).sum(tuple(range(kernel.ndim - 1)))
    count = max(1, round(len(norms) * (1 - share)))
    return numpy.sort(numpy.argsort(-norms, kind="stable")[:count])


def _cut(model: Any, share: float) -> tuple[list[Any], list[list[Any]]]:
    """Go along the chain, knowing which channels are left of what a layer is given."""
    last = [layer for layer in model.layers if type(layer) in WEIGHTED][-1:]
    left = numpy.arange(model.inputs[0].shape[-1])
    copies, weights = [], []
    for layer in model.layers:
        config, values = layer.get_config(), layer.get_weights()
        if type(layer) in WEIGHTED:
            _refuse_others(layer)
            outputs = kept(values[0], 0 if layer in last else share)
            values = [values[0][..., left, :][..., outputs], *(bias[outputs] for bias in values[1:])]
            config[WEIGHTED[type(layer)]] = len(outputs)
            left = outputs
        elif type(layer) is layers.BatchNormalization:
            _refuse_others(layer)
            values = [one[left] for one in values]
        elif type(layer) is layers.Flatten:
            *places, channels = layer.input.shape[1:]
            left = numpy.arange(int(numpy.prod(places)) * channels).reshape(-1, channels)[:, left].ravel()
        elif type(layer) not in PASSED:
            _refuse(layer)
        copies.append(type(layer).from_config({k: v for k, v in config.items() if k != "batch_input_shape"}))
        weights.append(values)
    return copies, weights


def _refuse_others(layer: Any) -> None:
    is_first_axis = getattr(layer, "data_format", "channels_last") != "channels_last"
    is_grouped = getattr(layer, "groups", 1) != 1
    axis = getattr(layer, "axis", -1)
    if is_first_axis or is_grouped or axis not in (-1, len(layer.input.shape) - 1):
        raise UserError(
            f"units cannot be removed around the layer {layer.name!r}",
            "have its channels last, in one group",
        )


def _refuse(layer: Any) -> None:
    known = sorted(kind.__name__ for kind in (*WEIGHTED, layers.BatchNormalization, layers.Flatten, *PASSED))
    raise UserError(
        f"units cannot be removed around the layer {layer.name!r}, a {type(layer).__name__}",
        f"build the model of {', '.join(known)}",
    )
