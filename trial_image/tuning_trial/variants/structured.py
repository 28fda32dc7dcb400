"""Removes whole units and filters from a graph of layers: a smaller model that needs no sparse kernels."""

import math
from collections.abc import Collection
from typing import Any

import keras
import numpy

from tuning_trial.copying import give_state
from tuning_trial.errors import UserError
from tuning_trial.tactics.given import Given
from tuning_trial.tactics.recompiling import changed_optimizer, compile_arguments
from tuning_trial.variants.graph import Call, Graph, twin

layers = keras.layers
WEIGHTED = {  # and what their configuration calls its outputs
    layers.Dense: "units",
    layers.Conv1D: "filters",
    layers.Conv2D: "filters",
    layers.Conv3D: "filters",
}
PASSING = (  # these treat each channel by itself
    layers.Flatten,
    layers.BatchNormalization,
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    layers.AveragePooling1D,
    layers.AveragePooling2D,
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
)
PROBE = [[-1.5, 0.25, 2.0, -0.5]]  # of an activation: what it makes of two channels, alone and among four


def remove_units(model: Any, share: float) -> Any:
    """Return a smaller copy of a model, without the units and filters whose kernels have the least L1 norm.

    After Li et al. 2017 (arXiv:1608.08710). A layer loses units where all that takes them in is Dense or a
    convolution, be it through what treats each channel by itself. Where they are added up, attended to or
    normalised across, as behind a shortcut, and in the model's outputs, they all stay. The copy is compiled
    as the model is, with a new optimizer: train it on, for it has lost something.

    Args:
        model: a keras.Sequential or a functional model, built.
        share: of such a layer's units or filters that go, 0 to below 1; at least one stays.

    Raises:
        UserError: the share is out of range, the model is no graph of layers, or no layer can lose any.
    """
    if not 0 <= share < 1:
        raise UserError(f"the share of units to remove is {share!r}", "make it a number from 0 to below 1")
    graph = Graph.of(model)
    rules = _Rules(graph)
    cut = [call.layer for call in graph.calls if rules.can_lose(call)]
    if not cut:
        raise UserError(
            "no units can be removed: there is no layer whose units all go into a Dense or a convolution",
            "remove none, or train a model that has such a layer",
        )
    with model.distribute_strategy.scope():
        weights = _weights(graph, cut, share)
        copies = {layer: _copy(layer, values) for layer, values in weights.items()}
        smaller = graph.rebuilt(copies.__getitem__)
        _refuse_untied(model, smaller)
        for layer, values in weights.items():
            if isinstance(layer, layers.Layer):
                give_state(layer, copies[layer], values)
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


class _Rules:
    """Which layers of a graph can lose units.

    Args:
        graph: of the model.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def can_lose(self, call: Call) -> bool:
        """Say whether a layer has units, and all that takes them in can do without some."""
        return self._is(WEIGHTED, call) and self._are_separable(call)

    def _are_separable(self, call: Call) -> bool:
        """Say whether no output is one of the model's, or made of all channels, or taken as a whole."""
        return _is_by_channel(getattr(call.layer, "activation", None)) and all(
            name not in self._graph.ends and all(map(self._can_do_without, self._graph.takers(name)))
            for name in call.outputs
        )

    def _can_do_without(self, call: Call) -> bool:
        return self._is(WEIGHTED, call) or (self._is(PASSING, call) and self._are_separable(call))

    def _is(self, kinds: Collection[Any], call: Call) -> bool:
        """Say whether a layer is one of these, called once, with its channels last and in one group."""
        layer = call.layer
        if type(layer) not in kinds or self._graph.is_shared(layer) or _has_more_weights(layer):
            return False
        is_last_axis = getattr(layer, "axis", -1) in (-1, len(_input_shape(layer)) - 1)
        is_last = is_last_axis and getattr(layer, "data_format", "channels_last") == "channels_last"
        return is_last and getattr(layer, "groups", 1) == 1


def _weights(graph: Graph, cut: Collection[Any], share: float) -> dict[Any, list[Any]]:
    """Go along the graph, knowing which channels are left of what a layer is given.

    Args:
        graph: of the model.
        cut: the layers that lose units.
        share: of their units.

    Returns:
        The weights that stay, by layer or operation.
    """
    left: dict[int, Any] = {}  # by tensor; of those that are not in it all are
    weights: dict[Any, list[Any]] = {}
    for call in graph.calls:
        layer = call.layer
        values = list(layer.get_weights()) if isinstance(layer, layers.Layer) else []
        channels = next((left[name] for name in call.inputs if name in left), None)
        if channels is not None:
            values, channels = _without_inputs(layer, values, channels)
        if layer in cut:
            channels = kept(layer.get_weights()[0], share)
            values = [value[..., channels] for value in values]
        if channels is not None:
            left |= dict.fromkeys(call.outputs, channels)
        weights[layer] = values
    return weights


def _without_inputs(layer: Any, values: list[Any], channels: Any) -> tuple[list[Any], Any]:
    """Return a layer's weights for those channels of its input alone, and which of its outputs are left."""
    if type(layer) in WEIGHTED:
        return [values[0][..., channels, :], *values[1:]], None
    if type(layer) is layers.Flatten:
        *places, count = _input_shape(layer)[1:]
        numbers = numpy.arange(math.prod(places) * count).reshape(-1, count)
        return values, numbers[:, channels].ravel()
    return [value[channels] for value in values], channels


def _is_by_channel(activation: Any) -> bool:
    """Say whether it treats each channel by itself, as relu does and softmax does not; by trying it."""
    if activation is None:
        return True
    probe = keras.ops.convert_to_tensor(PROBE)
    try:
        among, alone = activation(probe), activation(probe[:, :2])
        return bool(numpy.array_equal(among[:, :2], alone))
    except Exception:  # it may be anybody's code, for inputs of one shape only
        return False


def _has_more_weights(layer: Any) -> bool:
    """Say whether it has other weights than kernel and bias: of LoRA, quantised, of an activation."""
    return type(layer) in WEIGHTED and len(layer.weights) != 1 + layer.use_bias


def _input_shape(layer: Any) -> Any:
    """Return the shape of what a layer is given; a mask may come with it."""
    return keras.tree.flatten(layer.input)[0].shape


def _refuse_untied(model: Any, copy: Any) -> None:
    """See that a copy has as many weights: each layer inside of a model's layer was copied by itself.

    Raises:
        UserError: one of them is used elsewhere too, and would no longer be the same.
    """
    if len(copy.weights) != len(model.weights):
        raise UserError(
            "units cannot be removed from a model whose parts share a layer's weights",
            "call the shared layer in one model only, or remove none",
        )


def _copy(layer: Any, values: list[Any]) -> Any:
    """Return a layer like it with as many units as these weights have."""
    if type(layer) not in WEIGHTED:
        return twin(layer)
    return twin(layer, **{WEIGHTED[type(layer)]: values[0].shape[-1]})
