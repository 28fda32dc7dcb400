"""Looks at the gradients of a few groups of layers when that is due; else it costs next to nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy
import tensorflow

from tuning_trial.gradients.groups import group_layers, trained_layers
from tuning_trial.gradients.health import EXPLODING, VANISHING, GroupHealth

BYTES = 2 << 20  # of gradients that wait for one another, so that a core's cache still holds them


class Look:
    """What was seen of a few groups' gradients, on their way to the optimizer's update.

    Args:
        groups: layers by the group's name.
    """

    def __init__(self, groups: Mapping[str, Sequence[Any]]) -> None:
        self._names = list(groups)
        self._group_of = {id(v): i for i, layers in enumerate(groups.values()) for v in _weights(layers)}
        with tensorflow.init_scope():  # a graph may be in the making
            self._norms = tensorflow.Variable(tensorflow.zeros(len(groups)), trainable=False)
            # looks, and those at which the group was exploding, vanishing, not finite
            self._counts = tensorflow.Variable(tensorflow.zeros((4, len(groups))), trainable=False)

    @property
    def seen(self) -> tuple[int, dict[str, GroupHealth]]:
        """How often it has looked, and what was seen of each group; nothing before the first time."""
        looks, *kinds = self._counts.numpy().astype(int).tolist()
        if not looks[0]:
            return 0, {}
        found = zip(self._names, self._norms.numpy().tolist(), *kinds, strict=True)
        return looks[0], {name: GroupHealth(*values) for name, *values in found}

    def through(self, due: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> list[Any]:
        """Return the gradients as they come out of the look, so that the update waits for it."""
        its = [i for i, v in enumerate(variables) if id(v) in self._group_of and gradients[i] is not None]
        if not its:
            return list(gradients)
        members = [self._group_of[id(variables[i])] for i in its]
        values = [_values(gradients[i]) for i in its]
        passed = dict(zip(its, _after(due, lambda *of: self._measure(members, of), values), strict=True))
        return [_with_values(one, passed[i]) if i in passed else one for i, one in enumerate(gradients)]

    def _measure(self, members: Sequence[int], values: Sequence[Any]) -> None:
        """Look at tensors, of which each belongs to a group, by its place."""
        of = [[one for i, one in zip(members, values, strict=True) if i == group] for group in self._groups]
        norms = tensorflow.stack([_norm(one) for one in of])
        vanishing = (norms < VANISHING) & [bool(one) for one in of]
        unsound = [norms > EXPLODING, vanishing, ~tensorflow.math.is_finite(norms)]
        self._norms.assign(norms)
        self._counts.assign_add(
            tensorflow.cast(tensorflow.stack([tensorflow.fill(norms.shape, True), *unsound]), "float32")
        )

    @property
    def _groups(self) -> range:
        return range(len(self._names))


def looks_at(model: Any) -> list[Look]:
    """Return the looks at all layers of a built model that have weights to train, first to last.

    Each is at BYTES of gradients, or at one group that has more.
    """
    parts: list[dict[str, list[Any]]] = []
    size = BYTES
    for name, layers in group_layers(trained_layers(model)).items():
        own = sum(numpy.prod(v.shape) * tensorflow.as_dtype(v.dtype).size for v in _weights(layers))
        if size + own > BYTES:
            parts.append({})
            size = 0
        parts[-1][name] = layers
        size += own
    return [Look(part) for part in parts]


def _after(due: Any, measure: Callable[..., None], values: Sequence[Any]) -> list[Any]:
    """Return the tensors, as they are after they have been measured, or need not be.

    Side by side with the update, the look would hold on to gradients, and nothing could be written where they
    stand. The conditional is TensorFlow's operation itself: `tf.cond` has it taken apart (lowered), with a
    switch for each gradient and the whole graph run by a slower executor.
    """
    if tensorflow.executing_eagerly():
        if due:
            measure(*values)
        return list(values)
    look = tensorflow.function(measure).get_concrete_function(*_specs(values))
    inputs = [*values, *look.captured_inputs]
    leave = tensorflow.function(lambda *of: None).get_concrete_function(*_specs(inputs))
    done = tensorflow.raw_ops.If(cond=due, input=inputs, Tout=[], then_branch=look, else_branch=leave)
    with tensorflow.control_dependencies([done]):
        return [tensorflow.identity(one) for one in values]


def _specs(tensors: Sequence[Any]) -> list[Any]:
    return [tensorflow.TensorSpec(one.shape, one.dtype) for one in tensors]


def _weights(layers: Sequence[Any]) -> list[Any]:
    return [variable for layer in layers for variable in layer.trainable_weights]


def _norm(values: Sequence[Any]) -> Any:
    """The norm of all of them; of an embedding's only the rows that were looked up, as TensorFlow has it."""
    return tensorflow.linalg.global_norm(
        [tensorflow.cast(one, "float32") for one in values] or [tensorflow.constant(0.0)]
    )


def _values(gradient: Any) -> Any:
    return gradient.values if isinstance(gradient, tensorflow.IndexedSlices) else gradient


def _with_values(gradient: Any, values: Any) -> Any:
    if not isinstance(gradient, tensorflow.IndexedSlices):
        return values
    return tensorflow.IndexedSlices(values, gradient.indices, gradient.dense_shape)
