"""A Keras model as a graph of calls, read and rebuilt by Keras' own way of copying models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from tuning_trial.errors import UserError


@dataclass(frozen=True)
class Call:
    """A layer or operation in a graph, with the names of the tensors that it is given and that it gives."""

    layer: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """All calls of a model, each after those whose tensors it is given.

    ends: the names of the model's outputs.
    """

    calls: tuple[Call, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, model: Any) -> "Graph":
        """Read a model's graph.

        Raises:
            UserError: it has none, or is a class of its own, which a copy would not be.
        """
        plain = _plain(model)
        own = {operation.name: operation for operation in plain.operations}
        calls = []

        def call(copied: Any, *arguments: Any, **keywords: Any) -> Any:
            outputs = copied(*arguments, **keywords)
            calls.append(Call(own[copied.name], _names((arguments, keywords)), _names(outputs)))
            return outputs

        copy = keras.models.clone_model(plain, clone_function=twin, call_function=call)
        return cls(tuple(calls), _names(copy.output))

    def takers(self, name: int) -> list[Call]:
        """Return the calls that are given a tensor."""
        return [call for call in self.calls if name in call.inputs]

    def is_shared(self, layer: Any) -> bool:
        """Say whether a layer is called more than once."""
        return sum(call.layer is layer for call in self.calls) > 1


def twin(layer: Any, **changes: Any) -> Any:
    """Return a layer or operation of the same configuration, with weights of its own.

    Raises:
        UserError: Keras cannot make it again.
    """
    try:
        return type(layer).from_config(layer.get_config() | changes)
    except Exception as error:  # a layer's from_config is anybody's code
        raise UserError(
            f"the layer {layer.name!r} cannot be copied: {_reason(error)}",
            "decorate classes and functions of your own with @keras.saving.register_keras_serializable(), "
            "give your layers a get_config, and have such a function in the place of a lambda",
        ) from error


def rebuilt(model: Any, copy: Callable[[Any], Any]) -> Any:
    """Return a model of the same graph, not compiled, of copies of its layers and operations."""
    if isinstance(model, keras.Sequential):
        given = model.inputs[0]
        beginning = keras.Input(batch_shape=given.shape, dtype=given.dtype)
        return keras.Sequential([beginning, *map(copy, model.layers)])
    return keras.models.clone_model(_plain(model), clone_function=copy)


def _reason(error: Exception) -> str:
    """The first sentence of Keras' own: it prints all of a configuration before the reason, or behind it."""
    text = str(error).rpartition("Exception encountered: ")[2]
    return f"{type(error).__name__}: {text.partition('. ')[0]}"[:300]


def _plain(model: Any) -> Any:
    """Return the graph of a model alone, not compiled, of the same layers."""
    if type(model) is keras.Sequential and model.built:
        return keras.Model(model.inputs, model.outputs, name=model.name)
    if type(model).__name__ == "Functional":
        return keras.Model(model.input, model.output, name=model.name)
    raise UserError(
        f"units are removed from a graph of layers, and this is {type(model).__name__}",
        "build a keras.Sequential that begins with keras.Input, or a functional model",
    )


def _names(tensors: Any) -> tuple[int, ...]:
    """Return what tells tensors apart: those of one graph live as long as it."""
    return tuple(id(one) for one in keras.tree.flatten(tensors) if isinstance(one, keras.KerasTensor))
