"""A Keras model as a graph of calls, read and rebuilt by Keras' own way of copying models."""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from tuning_trial.errors import UserError

# Of an instance's own, as in `model.fit = …`, a copy knows nothing.
OF_A_CLASS = ("fit", "train_step", "test_step", "call", "compute_loss", "compute_metrics", "evaluate")


@dataclass(frozen=True)
class Call:
    """A layer or operation in a graph, with the names of the tensors that it is given and that it gives."""

    layer: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """All calls of a model, each after those whose tensors it is given.

    model: whose graph it is.
    plain: the graph alone, of the same layers.
    ends: the names of the model's outputs.
    """

    model: Any
    plain: Any
    calls: tuple[Call, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, model: Any) -> "Graph":
        """Read a model's graph.

        Raises:
            UserError: it has none, or it has code of its own or a layer that a copy would not have.
        """
        plain = _plain(model)
        own = {operation.name: operation for operation in plain.operations}
        calls = []

        def call(copied: Any, *arguments: Any, **keywords: Any) -> Any:
            outputs = copied(*arguments, **keywords)
            calls.append(Call(own[copied.name], _names((arguments, keywords)), _names(outputs)))
            return outputs

        copy = keras.models.clone_model(plain, clone_function=twin, call_function=call)
        return cls(model, plain, tuple(calls), _names(copy.output))

    def rebuilt(self, copy: Callable[[Any], Any]) -> Any:
        """Return a model of the same graph, not compiled, of copies of its layers and operations."""
        if isinstance(self.model, keras.Sequential):
            given = self.model.inputs[0]
            beginning = keras.Input(batch_shape=given.shape, dtype=given.dtype)
            return keras.Sequential([beginning, *map(copy, self.model.layers)])
        return keras.models.clone_model(self.plain, clone_function=copy)

    def takers(self, name: int) -> list[Call]:
        """Return the calls that are given a tensor."""
        return [call for call in self.calls if name in call.inputs]

    def is_shared(self, layer: Any) -> bool:
        """Say whether a layer is called more than once."""
        return sum(call.layer is layer for call in self.calls) > 1


def twin(layer: Any, **changes: Any) -> Any:
    """Return a layer or operation of the same configuration, with weights of its own.

    Functions of the file's own are handed on: of a configuration Keras does not make them again.

    Raises:
        UserError: it cannot be made from its configuration.
    """
    kind = type(layer)
    try:
        if kind is keras.layers.Lambda:
            options = {"name": layer.name, "dtype": layer.dtype_policy}
            return kind(layer.function, layer._output_shape, layer.mask, layer.arguments, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a lambda, which is handed on below
            config = layer.get_config() | changes
        activation = getattr(layer, "activation", None)
        if kind.__module__.startswith("keras.") and inspect.isfunction(activation):
            config["activation"] = activation
        return kind.from_config(config)
    except Exception as error:  # a layer's configuration is anybody's code
        raise UserError(
            f"the layer {layer.name!r} ({kind.__name__}) cannot be copied: {_reason(error)}",
            "give its class get_config and from_config, and decorate your own functions and classes within "
            "its configuration with @keras.saving.register_keras_serializable()",
        ) from error


def _reason(error: Exception) -> str:
    """The first sentence of Keras' own: it prints all of a configuration before the reason, or behind it."""
    text = str(error).rpartition("Exception encountered: ")[2]
    return f"{type(error).__name__}: {text.partition('. ')[0]}"[:300]


def _plain(model: Any) -> Any:
    """Return the graph of a model alone, not compiled, of the same layers."""
    own = [name for name in OF_A_CLASS if name in vars(model)]
    if own:
        raise UserError(
            f"units are removed in a copy of the model, which would not have this one's own {own[0]}",
            "leave it Keras', or have the training in the `fit` of a HyperModel",
        )
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
