"""Looks at gradients and loss inside the optimizer's update, in the graph."""

from collections.abc import Callable
from typing import Any

import numpy
import tensorflow

from tuning_trial.gradients.groups import group_layers, trained_layers
from tuning_trial.gradients.health import EXPLODING, VANISHING, GroupHealth, Health
from tuning_trial.unwrapped import unwrapped

EVERY = 100  # updates; a look at each fiftieth took .7 % (± .4) of steps of 8 ms
KEPT = 512  # losses: enough to tell an oscillation from chance
FIRST = 10  # updates that are looked at all the same: a training may end before the hundredth


class GradientWatch:
    """Stands in front of an optimizer's `apply` and `scale_loss`, which Keras calls in every training step.

    What is seen gathers in variables, so it works in a compiled step and with several steps at once. With
    mixed precision the gradients are those without the loss scale; under gradient accumulation each batch's
    own. A strategy of several replicas is left alone: its replicas would write to one variable.

    Args:
        model: compiled; its layers make the groups, and its optimizer is watched.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._names: list[str] = []
        self._group_of: dict[int, int] = {}  # a variable's id → its group
        self._optimizer = model.optimizer
        self._inner = unwrapped(model.optimizer)
        self._batches = self._inner._iterations  # which `iterations` divides under accumulation
        self._losses = tensorflow.Variable([0.0] * KEPT, trainable=False, name="losses")
        self._has_losses = False  # a train_step of one's own may leave scale_loss out
        self._looked_at = self.done  # updates
        self._last: list[float] = []  # losses
        self.can_look = True  # a graph that is made now
        self._looks_always = tensorflow.Variable(False, trainable=False, name="looks_always")
        self._loss_count, self._turns = 0, 0
        self._measured = tensorflow.Variable(0, dtype="int64", trainable=False, name="measurements")
        self._norms: Any = None
        self._counts: Any = None  # exploding, vanishing, not finite × groups
        # last, so that an optimizer which cannot be watched stays as it is
        self._apply, self._inner.apply = self._inner.apply, self._watched_apply
        self._scale_loss, model.optimizer.scale_loss = model.optimizer.scale_loss, self._watched_loss

    def watches(self, model: Any) -> bool:
        """Say whether it is this model's optimizer that is watched."""
        return bool(model.optimizer is self._optimizer)

    @property
    def done(self) -> int:
        """The updates so far. Reading it waits for the device."""
        return int(self._batches)

    def looks_always(self, wanted: bool) -> None:
        """Have the graph that can look do so in every update, and not when it is due by itself."""
        self._looks_always.assign(wanted)

    def look(self) -> Health:
        """Return what was seen so far; called at each epoch's end."""
        self._count_turns()
        return Health(
            measurements=int(self._measured.numpy()),
            groups=self._groups(),
            losses=self._loss_count,
            turns=self._turns,
        )

    def _count_turns(self) -> None:
        """Of an epoch of more than KEPT updates, the last ones count."""
        done = self.done
        count, self._looked_at = done - self._looked_at, done
        if not self._has_losses or count <= 0:
            return
        kept = numpy.roll(self._losses.numpy(), -(done % KEPT))[-min(count, KEPT) :]
        losses = [*self._last, *kept] if count <= KEPT else list(kept)
        with numpy.errstate(invalid="ignore", over="ignore"):  # of a training that diverges
            ways = numpy.sign(numpy.diff(losses))
        self._turns += int(numpy.sum(ways[1:] * ways[:-1] < 0))
        self._loss_count += len(kept)
        self._last = losses[-2:]

    def _groups(self) -> dict[str, GroupHealth]:
        if self._counts is None or not int(self._measured.numpy()):
            return {}
        norms, counts = self._norms.numpy(), self._counts.numpy().astype(int)
        return {
            name: GroupHealth(float(norms[i]), *(int(kind[i]) for kind in counts))
            for i, name in enumerate(self._names)
        }

    def _watched_apply(self, gradients: Any, trainable_variables: Any = None) -> Any:
        variables = trainable_variables
        if variables is None:
            variables = self._inner._trainable_variables
        gradients, variables = list(gradients), list(variables)
        self._prepare()
        seen = gradients
        if self.can_look:
            done = self._batches.value
            due = (done < FIRST) | (done % EVERY == EVERY - 1) | self._looks_always
            seen = _through(due, gradients, lambda: self._measure(gradients, variables))
        return self._apply(seen, None if trainable_variables is None else variables)

    def _prepare(self) -> None:
        """Make the groups, once the model is built; in the init scope, since a graph may be in the making."""
        if self._counts is not None:
            return
        groups = group_layers(trained_layers(self._model))
        self._names = list(groups)
        for i, layers in enumerate(groups.values()):
            self._group_of.update({id(v): i for layer in layers for v in layer.trainable_weights})
        with tensorflow.init_scope():
            self._norms = tensorflow.Variable(tensorflow.zeros(len(groups)), trainable=False)
            self._counts = tensorflow.Variable(tensorflow.zeros((3, len(groups))), trainable=False)

    def _measure(self, gradients: list[Any], variables: list[Any]) -> None:
        members: list[list[Any]] = [[] for _ in self._names]
        for gradient, variable in zip(gradients, variables, strict=False):
            if gradient is not None and id(variable) in self._group_of:
                members[self._group_of[id(variable)]].append(gradient)
        norms = tensorflow.stack([_norm(one) for one in members])
        finite = tensorflow.math.is_finite(norms)
        unsound = [norms > EXPLODING, (norms < VANISHING) & _present(members), ~finite]
        self._norms.assign(norms)
        self._counts.assign_add(tensorflow.cast(tensorflow.stack(unsound), "float32"))
        self._measured.assign_add(1)

    def _watched_loss(self, loss: Any) -> Any:
        self._has_losses = True
        latest = tensorflow.IndexedSlices(tensorflow.cast(loss, "float32"), self._batches.value % KEPT)
        self._losses.scatter_update(latest)
        return self._scale_loss(loss)


def _through(due: Any, gradients: list[Any], measure: Callable[[], None]) -> list[Any]:
    """Return the gradients as they come out of a conditional, in which they are measured when due.

    So the update comes after the look. Side by side they took about 1 % more of a step of 20 ms, likely
    because TensorFlow runs what is ready in another order, when a gradient has gone from the cache.
    """
    dense = [_values(gradient) for gradient in gradients if gradient is not None]
    if not dense:
        return gradients

    def measured() -> list[Any]:
        measure()
        return passed()

    def passed() -> list[Any]:
        return [tensorflow.identity(one) for one in dense]

    out = iter(tensorflow.cond(due, measured, passed))
    return [None if gradient is None else _with_values(gradient, next(out)) for gradient in gradients]


def _norm(gradients: list[Any]) -> Any:
    """The norm of all of them; of an embedding's only the rows that were looked up, as TensorFlow has it."""
    return tensorflow.linalg.global_norm([_in_float32(g) for g in gradients] or [tensorflow.constant(0.0)])


def _in_float32(gradient: Any) -> Any:
    return tensorflow.cast(_values(gradient), "float32")


def _values(gradient: Any) -> Any:
    return gradient.values if isinstance(gradient, tensorflow.IndexedSlices) else gradient


def _with_values(gradient: Any, values: Any) -> Any:
    if not isinstance(gradient, tensorflow.IndexedSlices):
        return values
    return tensorflow.IndexedSlices(values, gradient.indices, gradient.dense_shape)


def _present(members: list[list[Any]]) -> Any:
    return tensorflow.constant([bool(one) for one in members])
